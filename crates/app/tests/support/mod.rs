//! An embedded store with several sales, and a clock that only the test moves.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::{SaleId, UserId};
use onsale_storage::clock::Clock;
use rusqlite::{Connection, params};
use tempfile::TempDir;
use uuid::Uuid;

/// See the module.
pub(crate) struct Home {
    folder: TempDir,
    pub(crate) clock: Clock,
}

impl Home {
    pub(crate) fn new() -> Self {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        Self { folder: TempDir::new().unwrap(), clock: Clock::manual(start) }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Adds a sale besides the main one. The store must have been opened once.
    #[allow(dead_code, reason = "each suite uses its share of it")]
    pub(crate) fn add_sale(&self) -> SaleId {
        let (sale, now) = (Uuid::now_v7(), self.clock.now().as_microsecond());
        let mut sql = self.sql();
        let both = sql.transaction().unwrap();
        both.execute(
            "INSERT INTO sales (id, name, listed, is_main, \"order\", access, opened_at, revision, created_at, updated_at)
             VALUES (?1, 'Presale', TRUE, FALSE, 'arrival', 'everyone', ?2, 1, ?2, ?2)",
            params![sale.as_bytes(), now],
        )
        .unwrap();
        both.execute(
            "INSERT INTO lines (sale_id, epoch, allocated, head, given, closed_tail) VALUES (?1, 1, 0, 0, 0, 0)",
            params![sale.as_bytes()],
        )
        .unwrap();
        both.commit().unwrap();
        SaleId(sale)
    }

    /// The last number that a sale's line has given out, if it rests.
    #[allow(dead_code, reason = "each suite uses its share of it")]
    pub(crate) fn closed_tail(&self, sale: SaleId) -> Option<u64> {
        let query = "SELECT closed_tail FROM lines WHERE sale_id = ?1";
        self.sql().query_row(query, params![sale.0.as_bytes()], |row| row.get(0)).unwrap()
    }

    #[allow(dead_code, reason = "each suite uses its share of it")]
    fn sql(&self) -> Connection {
        Connection::open(self.folder().join("onsale.sqlite")).unwrap()
    }
}

/// Somebody whom nothing else in this test run knows.
pub(crate) fn somebody() -> UserId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    UserId(Uuid::from_u128(0xA000_0000 + u128::from(NEXT.fetch_add(1, Ordering::Relaxed))))
}
