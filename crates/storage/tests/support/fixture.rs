//! What a backend must offer to run the suite.

use std::future::Future;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use onsale_booking::ids::SaleId;
use onsale_booking::{Changes, Policy};
use onsale_line::Dials;
use onsale_storage::clock::Clock;
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Decided, LineRow, Wanted};
use onsale_storage::sqlite;
use onsale_storage::store::{Store, StoreOptions};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::commands::{MAIN_SALE, room, start};

/// A place for one store, and a manual clock.
pub(crate) trait StoreFixture: Send + Sync + Sized + 'static {
    /// A place where nothing was ever stored.
    fn fresh() -> impl Future<Output = Self> + Send;

    /// Opens the store of this place: a new one, or what was left there.
    fn open(&self, options: StoreOptions) -> impl Future<Output = Store> + Send;

    /// The place as a crash at this instant would leave it.
    fn crash(&self) -> impl Future<Output = Self> + Send;

    /// Moves the store's clock.
    fn advance(&self, by: SignedDuration);

    /// Blocks writes as long as the returned value lives. For well under a second: writers give up.
    fn stall(&self) -> impl Future<Output = Box<dyn Send>> + Send;

    /// Adds a sale besides the main one, whose line has never been opened.
    fn add_sale(&self, sale: SaleId) -> impl Future<Output = ()> + Send;

    /// Runs SQL that every database understands.
    fn plant(&self, sql: &str) -> impl Future<Output = ()> + Send;

    /// How many stored results there are, counted in the database itself.
    fn stored_results(&self) -> impl Future<Output = u64> + Send;

    /// Writes what `change` makes of the main sale's line's row, without the rules that guard it. No store
    /// may be open here.
    fn change_line(&self, change: fn(&mut LineRow)) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Writes what `change` makes of the main sale's line's row.
pub(crate) async fn change_line(
    backend: &mut impl Backend,
    change: fn(&mut LineRow),
) -> Result<(), StoreError> {
    let wanted = Wanted { lines: [MAIN_SALE].into(), ..Wanted::default() };
    let loaded = backend.load(&wanted).await?;
    let mut row = loaded.lines[0];
    change(&mut row);
    let (now, changes) = (loaded.now, Changes::default());
    backend.commit(&Decided { now, changes, lines: vec![row], log: vec![], tidy: false }).await
}

pub(crate) fn options() -> StoreOptions {
    StoreOptions {
        policy: Policy::new(300, 4, 600),
        dials: Dials { capacity: room(100), rate_per_minute: 0, paused: false },
        main_sale: MAIN_SALE,
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

    /// A connection that bypasses the store.
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

    async fn add_sale(&self, sale: SaleId) {
        let (mut db, id, now) = (self.sql(), sale.0.as_bytes(), self.clock.now().as_microsecond());
        let both = db.transaction().unwrap();
        let new_sale = "INSERT INTO sales (id, name, listed, is_main, \"order\", access, opened_at, revision,
            created_at, updated_at) VALUES (?1, 'Presale', TRUE, FALSE, 'arrival', 'everyone', ?2, 1, ?2, ?2)";
        both.execute(new_sale, rusqlite::params![id, now]).unwrap();
        let new_line = "INSERT INTO lines (sale_id, epoch, allocated, head, given, closed_tail)
            VALUES (?1, 1, 0, 0, 0, 0)";
        both.execute(new_line, rusqlite::params![id]).unwrap();
        both.commit().unwrap();
    }

    async fn plant(&self, sql: &str) {
        self.sql().execute_batch(sql).unwrap();
    }

    async fn stored_results(&self) -> u64 {
        self.sql().query_row("SELECT count(*) FROM requests", [], |row| row.get(0)).unwrap()
    }

    async fn change_line(&self, change: fn(&mut LineRow)) -> Result<(), StoreError> {
        let (mut backend, _) = sqlite::open(self.folder(), &self.clock, MAIN_SALE).unwrap();
        change_line(&mut backend, change).await
    }
}
