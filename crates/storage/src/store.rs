//! A complete store: the loops that write, the reading side, the seat maps and the lines.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::JoinHandle;

use jiff::Timestamp;
use onsale_booking::Policy;
use onsale_booking::ids::SaleId;
use onsale_line::Dials;
use thiserror::Error;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::error::{OpenError, StoreError, WriteError};
use crate::line::{EmbeddedOpener, LineOpener, LineParts, Lines, OpenLineError};
use crate::port::{Decided, LineRow, Reads};
use crate::postgres::{self, Postgres, PostgresOptions, SoleInstance};
use crate::redis::{self, RedisOpener, RedisOptions, SeatUpdates};
use crate::sale_directory::SaleDirectory;
use crate::seat_map::SeatMaps;
use crate::sqlite;
use crate::unknown_commit::UnknownCommit;
use crate::writer::{self, Inbox, LineChange, LineTask, Watcher, Writer};

/// The most writes that may wait at once; more are refused.
pub const QUEUE_MAX: usize = 8_192;

/// Everything that is kept, behind its ports.
pub struct Store {
    /// Where writes go.
    pub writer: Writer,
    /// Where reads come from.
    pub reads: Arc<dyn Reads>,
    /// Seat maps for looking at.
    pub maps: Arc<SeatMaps>,
    /// The sales, for looking at.
    pub sales: Arc<SaleDirectory>,
    /// The waiting lines.
    pub lines: Arc<Lines>,
    clock: Clock,
    loops: Mutex<Option<Loops>>,
}

/// What drains the queue.
enum Loops {
    /// SQLite blocks its caller.
    Thread(JoinHandle<()>),
    Tasks(Vec<tokio::task::JoinHandle<()>>, Option<SoleInstance>),
}

/// Why a store did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its data could not be read.
    #[error("cannot read the store: {0}")]
    Read(#[from] StoreError),
    /// The line cannot be found in Redis.
    #[error("{0}")]
    Redis(String),
    /// It cannot be written.
    #[error("cannot write to the store: {0}")]
    Write(#[from] WriteError),
}

impl From<OpenLineError> for StartError {
    fn from(error: OpenLineError) -> Self {
        match error {
            OpenLineError::NoSuchSale => {
                Self::Read(StoreError::ImpossibleRow("sales: no main sale".to_owned()))
            }
            OpenLineError::Read(error) => Self::Read(error),
            OpenLineError::Write(error) => Self::Write(error),
            OpenLineError::Redis(reason) => Self::Redis(reason),
        }
    }
}

/// What a store needs to know.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The rules' numbers.
    pub policy: Policy,
    /// The line's dials, where no operator has set any.
    pub dials: Dials,
    /// The identity for a new line, if there is none yet.
    pub main_sale: SaleId,
    /// The most writes that may wait at once.
    pub queue_max: usize,
}

/// Keeps what is read in step with what is written. The reference to the lines is weak because they hold a
/// writer: a strong one would keep the writer's thread, and the lock on the folder, alive for ever.
struct Refresher {
    maps: Arc<SeatMaps>,
    sales: Arc<SaleDirectory>,
    reads: Arc<dyn Reads>,
    lines: OnceLock<Weak<Lines>>,
    /// Sends commits to other instances, if there may be others.
    updates: OnceLock<SeatUpdates>,
}

impl Watcher for Refresher {
    fn committed(&self, decided: &Decided) {
        self.maps.refresh(&decided.changes, decided.now);
        let touched = self.sales.apply(&decided.changes);
        if !touched.is_empty() {
            let sales = Arc::clone(&self.sales);
            tokio::spawn(async move { sales.read_again(touched).await });
        }
        if let Some(lines) = self.lines.get().and_then(Weak::upgrade) {
            lines.passes_changed(&decided.changes.passes);
        }
        if let Some(updates) = self.updates.get() {
            updates.publish(&decided.changes, decided.now);
        }
    }

    fn commit_unknown(&self, decided: &Decided) {
        let unknown = UnknownCommit {
            maps: Arc::downgrade(&self.maps),
            sales: Arc::downgrade(&self.sales),
            reads: Arc::clone(&self.reads),
            lines: self.lines.get().cloned(),
            updates: self.updates.get().cloned(),
            passes: decided.changes.passes.iter().map(|pass| pass.key).collect(),
        };
        tokio::spawn(unknown.resolve());
    }
}

/// Where everything is kept.
#[derive(Debug, Clone)]
pub enum StoreConfig {
    /// Store and line in this process, in a folder.
    Embedded(PathBuf),
    /// In a PostgreSQL; the line in a Redis for any number of instances, or in this process for one.
    Postgres(PostgresOptions, Option<RedisOptions>),
}

impl Store {
    /// Opens the store at `kept`.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(kept: StoreConfig, clock: Clock, options: StoreOptions) -> Result<Self, StartError> {
        match kept {
            StoreConfig::Embedded(folder) => Self::open_embedded(&folder, clock, options).await,
            StoreConfig::Postgres(postgres, None) => Self::open_postgres(postgres, clock, options).await,
            StoreConfig::Postgres(postgres, Some(redis)) => {
                Self::open_shared(&postgres, redis, clock, options).await
            }
        }
    }

    /// Opens the embedded store in `folder`, with the embedded line.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open_embedded(
        folder: &Path,
        clock: Clock,
        options: StoreOptions,
    ) -> Result<Self, StartError> {
        let (backend, reads) = sqlite::open(folder, &clock, options.main_sale)?;
        let parts = Parts::of(Arc::new(reads), false, clock, options).await?;
        let loops = Loops::Thread(parts.spawn_thread(backend)?);
        parts.with_embedded_lines(loops).await
    }

    /// Opens a PostgreSQL database with the embedded line: for one instance only. Tasks of the current
    /// runtime carry out writes.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open_postgres(
        postgres: PostgresOptions,
        clock: Clock,
        options: StoreOptions,
    ) -> Result<Self, StartError> {
        let (backends, reads) = postgres::open(&postgres, &clock, options.main_sale).await?;
        let sole = SoleInstance::claim(&postgres).await?;
        let parts = Parts::of(Arc::new(reads), false, clock, options).await?;
        let tasks = backends.into_iter().map(|backend| parts.spawn_task(backend)).collect();
        parts.fence_off_last_owner().await?;
        parts.with_embedded_lines(Loops::Tasks(tasks, Some(sole))).await
    }

    /// Opens a PostgreSQL database with the line in Redis: one of any number of instances. Tasks of the
    /// current runtime carry out writes.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open_shared(
        postgres: &PostgresOptions,
        redis: RedisOptions,
        clock: Clock,
        options: StoreOptions,
    ) -> Result<Self, StartError> {
        let (backends, reads) = postgres::open(postgres, &clock, options.main_sale).await?;
        let parts = Parts::of(Arc::new(reads), true, clock, options).await?;
        let tasks = backends.into_iter().map(|backend| parts.spawn_task(backend)).collect();
        parts.with_redis_lines(&redis, Loops::Tasks(tasks, None)).await
    }

    /// The store's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Records how far each line has come, finishes accepted writes and releases the folder.
    pub async fn close(&self) {
        if !self.lines.close_all().await {
            tracing::warn!("could not close every line; they recover at the next start");
        }
        self.writer.stop().await;
        let loops = self.loops.lock().unwrap_or_else(PoisonError::into_inner).take();
        match loops {
            Some(Loops::Thread(thread)) => {
                let _ = tokio::task::spawn_blocking(move || thread.join()).await;
            }
            Some(Loops::Tasks(tasks, sole)) => {
                for task in tasks {
                    let _ = task.await;
                }
                if let Some(sole) = sole {
                    sole.release().await;
                }
            }
            None => {}
        }
    }
}

/// A store that is being opened.
struct Parts {
    reads: Arc<dyn Reads>,
    maps: Arc<SeatMaps>,
    sales: Arc<SaleDirectory>,
    clock: Clock,
    options: StoreOptions,
    writer: Writer,
    inbox: Inbox,
    refresher: Arc<Refresher>,
}

impl Parts {
    /// With `has_others`, other instances may write to the store as well.
    async fn of(
        reads: Arc<dyn Reads>,
        has_others: bool,
        clock: Clock,
        options: StoreOptions,
    ) -> Result<Self, StartError> {
        let maps = Arc::new(SeatMaps::new(reads.concerts().await?));
        let sales = Arc::new(SaleDirectory::read(Arc::clone(&reads), has_others).await?);
        let (writer, inbox) = writer::writer(options.queue_max);
        let refresher = Arc::new(Refresher {
            maps: Arc::clone(&maps),
            sales: Arc::clone(&sales),
            reads: Arc::clone(&reads),
            lines: OnceLock::new(),
            updates: OnceLock::new(),
        });
        Ok(Self { reads, maps, sales, clock, options, writer, inbox, refresher })
    }

    fn spawn_thread(&self, mut backend: sqlite::Sqlite) -> Result<JoinHandle<()>, OpenError> {
        let unusable = |source| OpenError::Folder { path: "a thread for the writer".to_owned(), source };
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(unusable)?;
        let (inbox, policy, refresher) = self.for_a_loop();
        let work = move || runtime.block_on(writer::serve(&mut backend, &inbox, policy, refresher.as_ref()));
        std::thread::Builder::new().name("onsale-writer".to_owned()).spawn(work).map_err(unusable)
    }

    fn spawn_task(&self, mut backend: Postgres) -> tokio::task::JoinHandle<()> {
        let (inbox, policy, refresher) = self.for_a_loop();
        tokio::spawn(async move { writer::serve(&mut backend, &inbox, policy, refresher.as_ref()).await })
    }

    fn for_a_loop(&self) -> (Inbox, Policy, Arc<Refresher>) {
        (self.inbox.clone(), self.options.policy, Arc::clone(&self.refresher))
    }

    /// Begins the next epoch of every line that its last owner did not close: that process may still be
    /// running somewhere, cut off from its lock. From now on it can give out no number and let nobody in. All
    /// of them at once, because nobody knows which of them that process would still use.
    async fn fence_off_last_owner(&self) -> Result<(), StartError> {
        for row in self.reads.lines_left_open().await? {
            self.fence_off(row).await?;
        }
        Ok(())
    }

    async fn fence_off(&self, mut row: LineRow) -> Result<(), StartError> {
        loop {
            let begin = LineTask { sale: row.sale, epoch: row.epoch, change: LineChange::BeginEpoch(None) };
            match self.writer.submit_line(begin).await {
                Err(WriteError::Superseded) => {}
                other => return Ok(other.map(|_| ())?),
            }
            match self.reads.line_row(row.sale).await? {
                Some(newer) if newer.closed_tail.is_none() => row = newer,
                _ => return Ok(()),
            }
        }
    }

    async fn with_redis_lines(self, redis: &RedisOptions, loops: Loops) -> Result<Store, StartError> {
        let refresher = Arc::clone(&self.refresher);
        let opener = RedisOpener { parts: self.line_parts(), options: redis.clone() };
        let store = self.with_lines(Box::new(opener), loops).await?;
        let (maps, sales) = (Arc::clone(&store.maps), Arc::clone(&store.sales));
        let updates = redis::follow(redis, store.lines.main_sale(), maps, sales, Arc::clone(&store.reads));
        // Nobody else has the cell.
        let _ = refresher.updates.set(updates.await.map_err(StartError::Redis)?);
        Ok(store)
    }

    async fn with_embedded_lines(self, loops: Loops) -> Result<Store, StartError> {
        let opener = EmbeddedOpener(self.line_parts());
        self.with_lines(Box::new(opener), loops).await
    }

    fn line_parts(&self) -> LineParts {
        LineParts {
            reads: Arc::clone(&self.reads),
            writer: self.writer.clone(),
            clock: self.clock.clone(),
            settings: self.options.dials,
        }
    }

    /// The store with its lines. The main sale's is opened.
    async fn with_lines(self, opener: Box<dyn LineOpener>, loops: Loops) -> Result<Store, StartError> {
        let Self { reads, maps, sales, clock, writer, refresher, .. } = self;
        let lines = Arc::new(Lines::new(reads.main_sale().await?, opener));
        // Nobody else has the cell.
        let _ = refresher.lines.set(Arc::downgrade(&lines));
        tokio::spawn(hand_sales_over(sales.changes(), Arc::downgrade(&sales), Arc::downgrade(&lines)));
        lines.open(lines.main_sale()).await?;
        Ok(Store { writer, reads, maps, sales, lines, clock, loops: Mutex::new(Some(loops)) })
    }
}

/// Hands every change of a sale over to its line, also those of other instances. It ends with the store.
async fn hand_sales_over(mut changes: watch::Receiver<u64>, sales: Weak<SaleDirectory>, lines: Weak<Lines>) {
    while changes.changed().await.is_ok() {
        let (Some(sales), Some(lines)) = (sales.upgrade(), lines.upgrade()) else { return };
        lines.sales_changed(&sales.all()).await;
    }
}
