//! The one way to write: a bounded queue, drained in batches. Each batch is loaded, decided in the order
//! in which its commands came, committed once, and only then answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use onsale_booking::{Book, Command, Outcome, Policy, Refusal, Scope, decide};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::StoreError;
use crate::port::{Backend, Decided, DialChanges, LineRow, Wanted};

/// How many commands one commit carries at most.
const BATCH_MAX: usize = 256;

/// Why a write was not answered by the rules.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The rules say no. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store cannot take it now. Nothing was changed.
    #[error("the store is busy or stopping; nothing was changed")]
    Busy,
    /// Nobody can say whether it took effect; asking again with the same Idempotency-Key finds out.
    #[error("the outcome is unknown")]
    Unknown,
}

/// A change to what is kept of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineTask {
    /// Reserve this many more numbers; the answer's `reserved` is the last of them.
    ReserveNumbers(u64),
    /// Remember how far calls have come.
    NoteHead(u64),
    /// The line stops in order: calls have come to `head`, numbers to `tail`.
    Close {
        /// The last number considered for a call.
        head: u64,
        /// The last number given out.
        tail: u64,
    },
    /// The line starts: from now on numbers may be given out up to what is reserved.
    Reopen,
    /// Keep what an operator set; `None` leaves a dial as it is.
    TurnDials(DialChanges),
}

impl LineTask {
    fn apply(self, row: &mut LineRow) {
        match self {
            Self::ReserveNumbers(count) => row.reserved = row.reserved.saturating_add(count),
            Self::NoteHead(head) => row.head = row.head.max(head),
            Self::Close { head, tail } => {
                row.head = row.head.max(head);
                row.closed_tail = Some(tail);
            }
            Self::Reopen => row.closed_tail = None,
            Self::TurnDials(turned) => {
                let dials = &mut row.dials;
                dials.capacity = turned.capacity.or(dials.capacity);
                dials.rate_per_minute = turned.rate_per_minute.or(dials.rate_per_minute);
                dials.paused = turned.paused.or(dials.paused);
            }
        }
    }
}

/// Is told of every commit before the callers are answered, so that what a caller reads next holds what
/// it wrote.
pub trait Watcher: Send + Sync {
    /// `decided` is durable. Must be quick: the next batch waits.
    fn committed(&self, decided: &Decided);
}

enum Task {
    Decide(Command, oneshot::Sender<Result<Outcome, WriteError>>),
    Line(LineTask, oneshot::Sender<Result<LineRow, WriteError>>),
    Tidy,
    Stop,
}

/// What a task came to, before its caller is told.
enum Done {
    Decided(Result<Outcome, Refusal>),
    Line(LineRow),
    Nothing,
}

/// The handle by which handlers submit. Clones share one queue.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Task>,
    failed: watch::Receiver<Option<String>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    batches: AtomicU64,
    commands: AtomicU64,
}

/// The loop's own end of a [`Writer`].
pub struct Inbox {
    queue: mpsc::Receiver<Task>,
    failed: watch::Sender<Option<String>>,
    counts: Arc<Counts>,
}

/// A writer whose queue takes `queue_max` tasks, and the inbox that [`serve`] drains.
pub fn writer(queue_max: usize) -> (Writer, Inbox) {
    let (sender, queue) = mpsc::channel(queue_max.max(1));
    let (failed, watch_failed) = watch::channel(None);
    let counts = Arc::<Counts>::default();
    let writer = Writer { queue: sender, failed: watch_failed, counts: Arc::clone(&counts) };
    (writer, Inbox { queue, failed, counts })
}

impl Writer {
    /// Has a command decided and its effect made durable. Once accepted it is carried out even if the
    /// caller goes away.
    ///
    /// # Errors
    /// [`WriteError`]; only [`WriteError::Unknown`] leaves the outcome open.
    pub async fn submit(&self, command: Command) -> Result<Outcome, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Task::Decide(command, answer))?;
        answered.await.unwrap_or(Err(WriteError::Unknown))
    }

    /// Has a change to the line's row made durable, and gives the row after it.
    ///
    /// # Errors
    /// [`WriteError::Busy`] or [`WriteError::Unknown`].
    pub async fn submit_line(&self, task: LineTask) -> Result<LineRow, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Task::Line(task, answer))?;
        answered.await.unwrap_or(Err(WriteError::Unknown))
    }

    /// Drops stored results that no longer answer, when the writer comes to it.
    pub fn tidy(&self) {
        // A full queue has better things to do; the next round comes.
        let _ = self.enqueue(Task::Tidy);
    }

    /// Has the head remembered when the writer comes to it.
    pub(crate) fn note_head(&self, head: u64) {
        let (answer, _) = oneshot::channel();
        let _ = self.enqueue(Task::Line(LineTask::NoteHead(head), answer));
    }

    /// Ends the loop once everything accepted before is finished.
    pub(crate) async fn stop(&self) {
        let _ = self.queue.send(Task::Stop).await;
    }

    /// Waits until the store has failed, and says why. Never returns while it works.
    pub async fn failed(&self) -> String {
        let mut failed = self.failed.clone();
        match failed.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "the writer has stopped".to_owned(),
        }
    }

    /// Whether writes are being taken.
    pub fn is_working(&self) -> bool {
        !self.queue.is_closed() && self.failed.borrow().is_none()
    }

    /// How many tasks wait in the queue.
    pub fn depth(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// How many batches were committed, and how many commands they carried.
    pub fn counts(&self) -> (u64, u64) {
        (self.counts.batches.load(Ordering::Relaxed), self.counts.commands.load(Ordering::Relaxed))
    }

    fn enqueue(&self, task: Task) -> Result<(), WriteError> {
        self.queue.try_send(task).map_err(|_| WriteError::Busy)
    }
}

/// Drains the inbox until it is stopped, every [`Writer`] is gone, or the store fails. What was accepted is
/// finished.
pub async fn serve(backend: &mut impl Backend, inbox: &mut Inbox, policy: Policy, watcher: &impl Watcher) {
    let mut tasks = Vec::with_capacity(BATCH_MAX);
    while inbox.queue.recv_many(&mut tasks, BATCH_MAX).await > 0 {
        if tasks.iter().any(|task| matches!(task, Task::Stop)) {
            // What comes later is refused; what is already queued is finished.
            inbox.queue.close();
        }
        let mut halves = vec![std::mem::take(&mut tasks)];
        while let Some(mut batch) = halves.pop() {
            match attempt(backend, &batch, policy, watcher).await {
                Ok(done) => {
                    inbox.counts.batches.fetch_add(1, Ordering::Relaxed);
                    inbox.counts.commands.fetch_add(batch.len() as u64, Ordering::Relaxed);
                    batch.into_iter().zip(done).for_each(|(task, done)| task.answer(done));
                }
                Err(StoreError::Failed(reason)) => {
                    tracing::error!(%reason, "the store has failed; no more writes are taken");
                    inbox.failed.send_replace(Some(reason));
                    inbox.queue.close();
                    // Callers whose answer is dropped hear that the outcome is unknown.
                    return;
                }
                Err(error) if batch.len() == 1 || matches!(error, StoreError::Busy(_)) => {
                    tracing::error!(%error, tasks = batch.len(), "commands could not be written; nothing was changed");
                    batch.drain(..).for_each(Task::reject);
                }
                Err(error) => {
                    // One poisoned command must not take its neighbours down.
                    tracing::warn!(%error, tasks = batch.len(), "a batch was rolled back; trying its halves");
                    let second = batch.split_off(batch.len() / 2);
                    halves.extend([second, batch]);
                }
            }
        }
    }
}

async fn attempt(
    backend: &mut impl Backend,
    batch: &[Task],
    policy: Policy,
    watcher: &impl Watcher,
) -> Result<Vec<Done>, StoreError> {
    let commands = batch.iter().filter_map(|task| match task {
        Task::Decide(command, _) => Some(command),
        _ => None,
    });
    let line = batch.iter().any(|task| matches!(task, Task::Line(..)));
    let loaded = backend.load(&Wanted { scope: Scope::of(commands), line }).await?;
    let mut row = loaded.line;
    let mut book = Book::new(loaded.rows, loaded.now, policy);
    let mut done = Vec::with_capacity(batch.len());
    for task in batch {
        done.push(match (task, &mut row) {
            (Task::Decide(command, _), _) => Done::Decided(decide(&mut book, command)),
            (Task::Line(task, _), Some(row)) => {
                task.apply(row);
                Done::Line(*row)
            }
            (Task::Line(..), None) => return Err(StoreError::ImpossibleRow("lines: no row".to_owned())),
            (Task::Tidy | Task::Stop, _) => Done::Nothing,
        });
    }
    let tidy = batch.iter().any(|task| matches!(task, Task::Tidy));
    if !book.has_changes() && !tidy && row == loaded.line {
        backend.cancel().await?;
        return Ok(done);
    }
    let decided = Decided { changes: book.into_changes(), line: row.filter(|_| row != loaded.line), tidy };
    backend.commit(&decided).await?;
    watcher.committed(&decided);
    Ok(done)
}

impl Task {
    fn answer(self, done: Done) {
        // A caller who has gone away needs no answer.
        match (self, done) {
            (Self::Decide(_, answer), Done::Decided(result)) => {
                let _ = answer.send(result.map_err(WriteError::Refused));
            }
            (Self::Line(_, answer), Done::Line(row)) => {
                let _ = answer.send(Ok(row));
            }
            _ => {}
        }
    }

    fn reject(self) {
        match self {
            Self::Decide(_, answer) => {
                let _ = answer.send(Err(WriteError::Busy));
            }
            Self::Line(_, answer) => {
                let _ = answer.send(Err(WriteError::Busy));
            }
            Self::Tidy | Self::Stop => {}
        }
    }
}
