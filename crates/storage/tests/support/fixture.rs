//! What a backend must offer to be put through the suite.

use std::future::Future;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use onsale_booking::Policy;
use onsale_line::Dials;
use onsale_storage::clock::Clock;
use onsale_storage::store::{Store, StoreOptions};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::asks::{LINE, start};

/// A place where one store is kept, and a clock that stands until it is moved.
pub(crate) trait StoreFixture: Send + Sync + Sized + 'static {
    /// A place where nothing has been kept yet.
    fn fresh() -> impl Future<Output = Self> + Send;

    /// Opens the store of this place: a new one, or what was left there.
    fn open(&self, options: StoreOptions) -> impl Future<Output = Store> + Send;

    /// The place as a crash at this instant would leave it.
    fn crash(&self) -> impl Future<Output = Self> + Send;

    /// Moves the store's clock.
    fn advance(&self, by: SignedDuration);

    /// Lets no write through as long as what it gives lives. For well under a second: writers give up.
    fn stall(&self) -> impl Future<Output = Box<dyn Send>> + Send;

    /// How many stored results there are, past the store's own door.
    fn stored_results(&self) -> impl Future<Output = u64> + Send;
}

pub(crate) fn options() -> StoreOptions {
    StoreOptions {
        policy: Policy::new(300, 4, 600),
        dials: Dials { capacity: 100, rate_per_minute: 0, paused: false },
        new_line: LINE.0,
        queue_max: 8_192,
    }
}

/// SQLite in a folder of its own.
pub(crate) struct SqliteFixture {
    folder: TempDir,
    pub(crate) clock: Clock,
}

impl SqliteFixture {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), clock: Clock::manual(start()) }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder().join("onsale.sqlite")
    }

    /// A connection that goes past the store's own door.
    pub(crate) fn sql(&self) -> Connection {
        Connection::open(self.database()).unwrap()
    }
}

impl StoreFixture for SqliteFixture {
    async fn fresh() -> Self {
        Self::new()
    }

    async fn open(&self, options: StoreOptions) -> Store {
        Store::open_embedded(self.folder(), self.clock.clone(), options).await.unwrap()
    }

    /// The files as they are on the disk, log included; the index of the log is rebuilt from it.
    async fn crash(&self) -> Self {
        let after = Self { folder: TempDir::new().unwrap(), clock: self.clock.clone() };
        for name in ["onsale.sqlite", "onsale.sqlite-wal"] {
            let file = self.folder().join(name);
            if file.exists() {
                std::fs::copy(file, after.folder().join(name)).unwrap();
            }
        }
        after
    }

    fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    async fn stall(&self) -> Box<dyn Send> {
        let db = self.sql();
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        Box::new(db)
    }

    async fn stored_results(&self) -> u64 {
        self.sql().query_row("SELECT count(*) FROM requests", [], |row| row.get(0)).unwrap()
    }
}
