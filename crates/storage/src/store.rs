//! A whole store: the writer on its thread, the reading side, the seat maps and the line, put together.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::JoinHandle;

use jiff::Timestamp;
use onsale_booking::Policy;
use onsale_line::Dials;
use thiserror::Error;
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{OpenError, StoreError};
use crate::line::{EmbeddedLine, LinePort};
use crate::port::{Decided, Reads};
use crate::seat_map::SeatMaps;
use crate::sqlite;
use crate::writer::{self, Inbox, Watcher, WriteError, Writer};

/// How many writes may wait at once; more are told to come back.
pub const QUEUE_MAX: usize = 8_192;

/// Everything that is kept, behind its ports.
pub struct Store {
    /// Where writes go.
    pub writer: Writer,
    /// Where reads come from.
    pub reads: Arc<dyn Reads>,
    /// Seat maps for looking at.
    pub maps: Arc<SeatMaps>,
    /// The waiting line.
    pub line: Arc<dyn LinePort>,
    clock: Clock,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Why a store did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What it holds could not be read.
    #[error("cannot read the store: {0}")]
    Read(#[from] StoreError),
    /// It cannot be written.
    #[error("cannot write to the store: {0}")]
    Write(#[from] WriteError),
}

/// What a store needs to be told.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The rules' numbers.
    pub policy: Policy,
    /// The line's dials, wherever no operator has turned them.
    pub dials: Dials,
    /// The identity that a line gets if there is none yet.
    pub new_line: Uuid,
    /// How many writes may wait at once.
    pub queue_max: usize,
}

/// Keeps what is read in step with what is written. The line is set once it is open; until then nobody
/// but the line writes. The line holds a writer, so holding the line here would keep the writer's thread,
/// and the lock on the folder, alive for ever.
struct Refresher {
    maps: Arc<SeatMaps>,
    line: OnceLock<Weak<dyn LinePort>>,
}

impl Watcher for Refresher {
    fn committed(&self, decided: &Decided) {
        self.maps.refresh(&decided.changes, decided.now);
        if let Some(line) = self.line.get().and_then(Weak::upgrade) {
            line.passes_changed(&decided.changes.passes);
        }
    }
}

impl Store {
    /// Opens the embedded store in `folder`, with the embedded line.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open_embedded(
        folder: &Path,
        clock: Clock,
        options: StoreOptions,
    ) -> Result<Self, StartError> {
        let (backend, reads) = sqlite::open(folder, &clock, options.new_line)?;
        let maps = Arc::new(SeatMaps::new(reads.concerts().await?));
        let history = reads.line().await?;
        let (writer, inbox) = writer::writer(options.queue_max);
        let refresher = Arc::new(Refresher { maps: Arc::clone(&maps), line: OnceLock::new() });
        let thread = spawn(backend, inbox, options.policy, Arc::clone(&refresher))?;
        let line = EmbeddedLine::open(history, options.dials, writer.clone(), clock.clone()).await?;
        let line: Arc<dyn LinePort> = Arc::new(line);
        // Nobody else has the cell.
        let _ = refresher.line.set(Arc::downgrade(&line));
        Ok(Self { writer, reads: Arc::new(reads), maps, line, clock, thread: Mutex::new(Some(thread)) })
    }

    /// The store's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Writes down how far the line has come, finishes what was accepted and lets go of the folder.
    pub async fn close(&self) {
        if self.line.close().await.is_err() {
            tracing::warn!("the line could not be closed in order; it recovers at the next start");
        }
        self.writer.stop().await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn spawn(
    mut backend: sqlite::Sqlite,
    inbox: Inbox,
    policy: Policy,
    refresher: Arc<Refresher>,
) -> Result<JoinHandle<()>, OpenError> {
    let unusable = |source| OpenError::Folder { path: "a thread for the writer".to_owned(), source };
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(unusable)?;
    let work = move || runtime.block_on(writer::serve(&mut backend, &inbox, policy, refresher.as_ref()));
    std::thread::Builder::new().name("onsale-writer".to_owned()).spawn(work).map_err(unusable)
}
