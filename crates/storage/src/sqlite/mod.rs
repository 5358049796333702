//! The embedded store: SQLite in one folder, for one process.
//!
//! WAL with `synchronous=FULL`, because an acknowledged write must survive a power cut. There is one writer,
//! which the [`crate::writer`] feeds with whole batches; readers never wait for it. After an I/O error
//! nothing it says can be trusted, so it stops.

mod commit;
mod load;
mod read;
mod row;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use onsale_booking::ids::SaleId;
use onsale_booking::new_sale::{NewDials, NewLine};
use onsale_booking::sale::Sale;
use rusqlite::{Connection, ErrorCode, OpenFlags};

pub use self::read::SqliteReads;
use crate::clock::Clock;
use crate::error::{OpenError, StoreError};
use crate::port::{Backend, Decided, Loaded, Wanted};
use crate::private;

mod migrations {
    refinery::embed_migrations!("src/sqlite/migrations");
}

/// The value of `PRAGMA synchronous` at which every commit waits for the disk.
pub const SYNCHRONOUS_FULL: u32 = 2;

/// The writer's page cache. A large concert is 10 MiB.
const CACHE_KIB: i64 = 64 * 1024;
/// The log is checkpointed after this many pages of 4 KiB: seldom enough that commits rarely wait for it,
/// often enough that a start after a crash reads little.
const CHECKPOINT_PAGES: i64 = 8 * 1024;
/// How many prepared statements a connection keeps.
const STATEMENTS_KEPT: usize = 64;

/// The writing side of an embedded store, and the lock on its folder.
pub struct Sqlite {
    db: Connection,
    clock: Clock,
    now: Timestamp,
    _folder: File,
}

/// Opens the store in `folder`, creates it if it is not there, and brings it up to date.
///
/// # Errors
/// [`OpenError`] when the folder cannot be used, another process uses it, or the database is damaged.
pub fn open(folder: &Path, clock: &Clock, main_sale: SaleId) -> Result<(Sqlite, SqliteReads), OpenError> {
    private::create_folder(folder).map_err(|source| unusable(folder, source))?;
    let lock = lock(folder)?;
    let path = database(folder);
    let broken = |reason: String| OpenError::Database { path: path.display().to_string(), reason };
    let db = open_writer(&path, main_sale, clock.now()).map_err(|error| broken(error.to_string()))?;
    let sqlite = Sqlite { db, clock: clock.clone(), now: Timestamp::UNIX_EPOCH, _folder: lock };
    Ok((sqlite, SqliteReads::new(path, clock.clone())))
}

/// Opens the reading side alone, with or without a process that serves from the same folder.
///
/// # Errors
/// [`OpenError`] when there is no store in `folder`.
pub fn open_reads(folder: &Path, clock: &Clock) -> Result<SqliteReads, OpenError> {
    let path = database(folder);
    let reason = |error: rusqlite::Error| OpenError::Database {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let db = open_reader(&path).map_err(reason)?;
    db.query_row("SELECT count(*) FROM lines", [], |_| Ok(())).map_err(reason)?;
    Ok(SqliteReads::new(path, clock.clone()))
}

fn database(folder: &Path) -> PathBuf {
    folder.join("onsale.sqlite")
}

fn unusable(path: &Path, source: std::io::Error) -> OpenError {
    OpenError::Folder { path: path.display().to_string(), source }
}

/// The lock ends with the process: the system drops it even after a SIGKILL.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join("onsale.lock");
    let file = private::open_file(&path).map_err(|source| unusable(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: folder.display().to_string() }),
        Err(TryLockError::Error(source)) => Err(unusable(&path, source)),
    }
}

fn open_writer(
    path: &Path,
    main_sale: SaleId,
    now: Timestamp,
) -> Result<Connection, Box<dyn std::error::Error>> {
    // SQLite gives its log the permissions of the database.
    drop(private::open_file(path)?);
    let mut db = Connection::open(path)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(
            format!("this file system does not support a write-ahead log (journal mode {mode})").into()
        );
    }
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    let synchronous = synchronous(&db)?;
    if synchronous < SYNCHRONOUS_FULL {
        return Err(format!("this SQLite does not wait for the disk (synchronous {synchronous})").into());
    }
    // Grouped, a migration and the record that it was applied are one transaction: a kill in between would
    // leave a store that never opens again.
    migrations::migrations::runner().set_grouped(true).run(&mut db)?;
    add_main_sale(&mut db, main_sale, now)?;
    Ok(db)
}

/// Adds the main sale with its line, unless there is one.
fn add_main_sale(db: &mut Connection, main_sale: SaleId, now: Timestamp) -> Result<(), StoreError> {
    let both = db.transaction()?;
    if !both.query_row("SELECT EXISTS (SELECT 1 FROM sales WHERE is_main)", [], |row| row.get(0))? {
        commit::add_sale(&both, &Sale::main(main_sale, now))?;
        commit::add_line(&both, &NewLine { sale: main_sale, dials: NewDials::default() })?;
    }
    Ok(both.commit()?)
}

fn synchronous(db: &Connection) -> rusqlite::Result<u32> {
    db.query_row("PRAGMA synchronous", [], |row| row.get(0))
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(db)
}

impl Sqlite {
    /// Whether commits wait for the disk, as the writing connection itself reports; see [`SYNCHRONOUS_FULL`].
    ///
    /// # Errors
    /// [`StoreError`] when the connection does not answer.
    pub fn synchronous(&self) -> Result<u32, StoreError> {
        Ok(synchronous(&self.db)?)
    }

    fn begin_and_load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        self.now = self.clock.now();
        let rows = load::rows(&self.db, wanted, self.now)?;
        let lines = load::lines(&self.db, &wanted.lines)?;
        Ok(Loaded { rows, lines, now: self.now })
    }

    fn write_and_commit(&mut self, decided: &Decided) -> Result<(), StoreError> {
        commit::write(&self.db, decided, self.now)?;
        // A failed COMMIT may leave the transaction open or half written to the log: its outcome is unknown.
        self.db.execute_batch("COMMIT").map_err(|error| StoreError::Failed(error.to_string()))
    }

    fn roll_back(&mut self) -> Result<(), StoreError> {
        if self.db.is_autocommit() {
            return Ok(());
        }
        self.db.execute_batch("ROLLBACK").map_err(|error| StoreError::Failed(error.to_string()))
    }

    /// Whatever failed, the next batch must find no open transaction.
    fn clean_up<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => {
                self.roll_back()?;
                Err(error)
            }
        }
    }
}

impl Backend for Sqlite {
    async fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let loaded = self.begin_and_load(wanted);
        self.clean_up(loaded)
    }

    async fn commit(&mut self, decided: &Decided) -> Result<(), StoreError> {
        let committed = self.write_and_commit(decided);
        self.clean_up(committed)
    }

    async fn cancel(&mut self) -> Result<(), StoreError> {
        self.roll_back()
    }
}

impl From<rusqlite::Error> for StoreError {
    /// A value that no column can hold, constraint violations and a busy file leave the store as it was.
    /// After anything else (I/O, full disk, corruption) its next answer may be wrong.
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::FromSqlConversionFailure(_, _, what) => {
                return Self::ImpossibleRow(what.to_string());
            }
            rusqlite::Error::ToSqlConversionFailure(_) => return Self::RolledBack(error.to_string()),
            _ => {}
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Self::RolledBack(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}
