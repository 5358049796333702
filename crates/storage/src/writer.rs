//! The one way to write: a bounded queue, drained in batches. Each batch is loaded, decided in the order of
//! arrival, committed once, and only then answered. Several loops may drain one queue, each on its own
//! connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use onsale_booking::ids::SaleId;
use onsale_booking::{Book, Command, Outcome, Policy, Refusal, Scope, decide};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::Instant;

pub use self::line_task::{LineChange, LineTask};
use crate::error::StoreError;
pub use crate::error::WriteError;
use crate::port::{Backend, Decided, LineRow, Wanted};

mod decision_log;
mod line_task;

/// The most commands in one commit.
const BATCH_MAX: usize = 256;
/// How often a conflicting batch is tried.
const TRIES_MAX: u32 = 5;
/// How long callers wait for a store that went away before they are refused.
const PATIENCE: Duration = Duration::from_millis(300);
/// The latest refusal of requests that arrived while the batch that lost the store was under way.
const REFUSED_WITHIN: Duration = Duration::from_millis(1_900);
/// How long to wait between two attempts to reach the store.
const REVIVE_EVERY: Duration = Duration::from_millis(100);

/// Is notified of every commit before the callers get their answers, so that they can read what they wrote.
pub trait Watcher: Send + Sync {
    /// `decided` is durable. Must be quick: the next batch waits.
    fn committed(&self, decided: &Decided);

    /// It is unknown whether `decided` is durable.
    fn commit_unknown(&self, _decided: &Decided) {}
}

enum Task {
    Decide(Command, oneshot::Sender<Result<Outcome, WriteError>>),
    Line(LineTask, oneshot::Sender<Result<LineRow, WriteError>>),
    Tidy,
    Stop,
}

/// A batch under way, and how often it has been tried unchanged.
struct Batch {
    tasks: Vec<Task>,
    tries: u32,
}

/// The result of a task, before its caller gets it.
enum Done {
    Decided(Result<Outcome, Refusal>),
    Line(Result<LineRow, WriteError>),
    Nothing,
}

/// The handle to submit writes. Clones share one queue.
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
    /// How many loops drain the queue, and how many of them cannot reach the store.
    loops: AtomicU32,
    cut_off: AtomicU32,
}

/// The loops' own end of a [`Writer`]. Each of them has a clone.
#[derive(Clone)]
pub struct Inbox {
    queue: Arc<Mutex<mpsc::Receiver<Task>>>,
    /// Interrupts the loop that is waiting on the queue, so that another can close it.
    closing: watch::Sender<bool>,
    failed: watch::Sender<Option<String>>,
    counts: Arc<Counts>,
}

impl Inbox {
    /// Takes what is waiting, or waits for it. Empty once the queue is closed and drained.
    async fn take(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        let mut closing = self.closing.subscribe();
        let mut queue = self.queue.lock().await;
        tokio::select! {
            biased;
            _ = closing.wait_for(|is_closing| *is_closing) => queue.close(),
            _ = queue.recv_many(&mut tasks, BATCH_MAX) => return tasks,
        }
        queue.recv_many(&mut tasks, BATCH_MAX).await;
        tasks
    }

    async fn close(&self) {
        self.closing.send_replace(true);
        self.queue.lock().await.close();
    }
}

/// A writer whose queue takes `queue_max` tasks, and the inbox that [`serve`] drains.
pub fn writer(queue_max: usize) -> (Writer, Inbox) {
    let (sender, queue) = mpsc::channel(queue_max.max(1));
    let (failed, watch_failed) = watch::channel(None);
    let counts = Arc::<Counts>::default();
    let writer = Writer { queue: sender, failed: watch_failed, counts: Arc::clone(&counts) };
    (writer, Inbox { queue: Arc::new(Mutex::new(queue)), closing: watch::Sender::new(false), failed, counts })
}

impl Writer {
    /// Has a command decided and its effect made durable. Once accepted it is carried out even if the caller
    /// goes away.
    ///
    /// # Errors
    /// [`WriteError`]; only [`WriteError::Unknown`] leaves the outcome open.
    pub async fn submit(&self, command: Command) -> Result<Outcome, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Task::Decide(command, answer))?;
        answered.await.unwrap_or(Err(WriteError::Unknown))
    }

    /// Has a change to a line's row made durable, and returns the new row.
    ///
    /// # Errors
    /// [`WriteError`]; the only refusal is `DialsChanged`.
    pub async fn submit_line(&self, task: LineTask) -> Result<LineRow, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Task::Line(task, answer))?;
        answered.await.unwrap_or(Err(WriteError::Unknown))
    }

    /// Drops expired results, when the writer comes to it.
    pub fn tidy(&self) {
        // A full queue has better things to do; there will be another call.
        let _ = self.enqueue(Task::Tidy);
    }

    /// Has a line's progress noted, when the writer comes to it: calls have come to `head`, and every number
    /// up to `given` has been given out.
    pub(crate) fn note_progress(&self, sale: SaleId, epoch: u32, head: u64, given: u64) {
        let (answer, _) = oneshot::channel();
        let task = LineTask { sale, epoch, change: LineChange::NoteProgress { head, given } };
        let _ = self.enqueue(Task::Line(task, answer));
    }

    /// Ends the loops once everything accepted before is finished.
    pub(crate) async fn stop(&self) {
        let _ = self.queue.send(Task::Stop).await;
    }

    /// Waits until the store has failed, and returns the reason. Never returns while it works.
    pub async fn failed(&self) -> String {
        let mut failed = self.failed.clone();
        match failed.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "the writer has stopped".to_owned(),
        }
    }

    /// Whether writes are accepted and the store can be reached.
    pub fn is_working(&self) -> bool {
        let loops = self.counts.loops.load(Ordering::Relaxed);
        let cut_off = self.counts.cut_off.load(Ordering::Relaxed);
        !self.queue.is_closed() && self.failed.borrow().is_none() && (loops == 0 || cut_off < loops)
    }

    /// How many tasks wait in the queue.
    pub fn depth(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// How many batches were committed, and how many commands they had.
    pub fn counts(&self) -> (u64, u64) {
        (self.counts.batches.load(Ordering::Relaxed), self.counts.commands.load(Ordering::Relaxed))
    }

    fn enqueue(&self, task: Task) -> Result<(), WriteError> {
        self.queue.try_send(task).map_err(|_| WriteError::Busy)
    }
}

/// Drains the inbox until it is stopped, every [`Writer`] is gone, or the store fails. Accepted tasks are
/// finished.
pub async fn serve(backend: &mut impl Backend, inbox: &Inbox, policy: Policy, watcher: &impl Watcher) {
    inbox.counts.loops.fetch_add(1, Ordering::Relaxed);
    loop {
        let tasks = inbox.take().await;
        if tasks.is_empty() {
            return;
        }
        if tasks.iter().any(|task| matches!(task, Task::Stop)) {
            // New tasks are refused; queued ones are finished.
            inbox.close().await;
        }
        let began = Instant::now();
        match carry_out(backend, inbox, tasks, policy, watcher).await {
            Reach::StoreConfig => {}
            Reach::Lost => wait_for_store(backend, inbox, began).await,
            Reach::Failed => return,
        }
    }
}

/// Whether the store can still be used.
enum Reach {
    StoreConfig,
    Lost,
    Failed,
}

/// Commits a batch and answers its callers: as a whole, or by halves if one of its commands is poisoned.
async fn carry_out(
    backend: &mut impl Backend,
    inbox: &Inbox,
    tasks: Vec<Task>,
    policy: Policy,
    watcher: &impl Watcher,
) -> Reach {
    let mut batches = vec![Batch { tasks, tries: 1 }];
    let mut reach = Reach::StoreConfig;
    while let Some(Batch { tasks, tries }) = batches.pop() {
        let count = tasks.len();
        if matches!(reach, Reach::Lost) {
            tasks.into_iter().for_each(Task::reject);
            continue;
        }
        match attempt(backend, &tasks, policy, watcher).await {
            Ok(done) => {
                inbox.counts.batches.fetch_add(1, Ordering::Relaxed);
                inbox.counts.commands.fetch_add(count as u64, Ordering::Relaxed);
                tasks.into_iter().zip(done).for_each(|(task, done)| task.answer(done));
            }
            Err(StoreError::Failed(reason)) => {
                tracing::error!(%reason, "the store has failed; no more writes are accepted");
                inbox.failed.send_replace(Some(reason));
                inbox.close().await;
                // Callers whose answer is dropped learn that the outcome is unknown.
                return Reach::Failed;
            }
            Err(error @ StoreError::Unknown(_)) => {
                tracing::error!(%error, tasks = count, "the store went away during a commit");
                // Dropped unanswered: unknown.
                drop(tasks);
                reach = Reach::Lost;
            }
            Err(error @ StoreError::Unreachable(_)) => {
                tracing::warn!(%error, tasks = count, "cannot reach the store; nothing was changed");
                tasks.into_iter().for_each(Task::reject);
                reach = Reach::Lost;
            }
            Err(StoreError::Conflict(error)) if tries < TRIES_MAX => {
                tracing::debug!(%error, tasks = count, tries, "a batch conflicted with another; retrying");
                batches.push(Batch { tasks, tries: tries + 1 });
            }
            Err(error) if count == 1 || matches!(error, StoreError::Busy(_) | StoreError::Conflict(_)) => {
                tracing::error!(%error, tasks = count, "cannot write commands; nothing was changed");
                tasks.into_iter().for_each(Task::reject);
            }
            Err(error) => {
                // One poisoned command must not take its neighbours down.
                tracing::warn!(%error, tasks = count, "a batch was rolled back; retrying its halves");
                let mut first = tasks;
                let second = first.split_off(count / 2);
                batches.extend([second, first].map(|tasks| Batch { tasks, tries: 1 }));
            }
        }
    }
    reach
}

/// Tries to reach the store until it succeeds. Requests that arrive meanwhile are refused at once, nothing
/// changed, unless another loop takes them; during a short absence they wait. The lost batch `began` then.
async fn wait_for_store(backend: &mut impl Backend, inbox: &Inbox, began: Instant) {
    let patience = tokio::time::sleep_until((Instant::now() + PATIENCE).min(began + REFUSED_WITHIN));
    let mut patience = std::pin::pin!(patience);
    let mut is_cut_off = false;
    loop {
        let tried = async {
            let revived = backend.revive().await;
            if !revived {
                tokio::time::sleep(REVIVE_EVERY).await;
            }
            revived
        };
        let mut tried = std::pin::pin!(tried);
        let revived = loop {
            tokio::select! {
                biased;
                revived = &mut tried => break revived,
                () = &mut patience, if !is_cut_off => {
                    is_cut_off = true;
                    inbox.counts.cut_off.fetch_add(1, Ordering::Relaxed);
                }
                tasks = inbox.take(), if is_cut_off => {
                    let stops = tasks.is_empty() || tasks.iter().any(|task| matches!(task, Task::Stop));
                    tasks.into_iter().for_each(Task::reject);
                    if stops {
                        inbox.close().await;
                        return;
                    }
                }
            }
        };
        if revived {
            if is_cut_off {
                inbox.counts.cut_off.fetch_sub(1, Ordering::Relaxed);
                tracing::info!("reached the store again");
            }
            return;
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
    let lines = batch.iter().filter_map(|task| match task {
        Task::Line(task, _) => Some(task.sale),
        _ => None,
    });
    let loaded = backend.load(&Wanted { scope: Scope::of(commands), lines: lines.collect() }).await?;
    let mut rows: BTreeMap<SaleId, LineRow> = loaded.lines.iter().map(|row| (row.sale, *row)).collect();
    let mut book = Book::new(loaded.rows, loaded.now, policy);
    let mut log = Vec::new();
    let mut done = Vec::with_capacity(batch.len());
    for task in batch {
        done.push(match task {
            Task::Decide(command, _) => {
                let outcome = decide(&mut book, command);
                log.extend(decision_log::logged(command, &outcome, loaded.now));
                Done::Decided(outcome)
            }
            Task::Line(task, _) => {
                let applied = rows.get_mut(&task.sale).ok_or(WriteError::Busy).and_then(|row| {
                    let before = row.dials;
                    task.apply(row)?;
                    log.extend(task.logged(before, loaded.now));
                    Ok(*row)
                });
                Done::Line(applied)
            }
            Task::Tidy | Task::Stop => Done::Nothing,
        });
    }
    let tidy = batch.iter().any(|task| matches!(task, Task::Tidy));
    let lines: Vec<LineRow> = rows.into_values().filter(|row| !loaded.lines.contains(row)).collect();
    if !book.has_changes() && !tidy && lines.is_empty() && log.is_empty() {
        backend.cancel().await?;
        return Ok(done);
    }
    let changes = book.into_changes();
    let decided = Decided { now: loaded.now, changes, lines, log, tidy };
    match backend.commit(&decided).await {
        Ok(()) => {
            watcher.committed(&decided);
            Ok(done)
        }
        Err(error) => {
            if matches!(error, StoreError::Unknown(_)) {
                watcher.commit_unknown(&decided);
            }
            Err(error)
        }
    }
}

impl Task {
    fn answer(self, done: Done) {
        // A caller who has gone away needs no answer.
        match (self, done) {
            (Self::Decide(_, answer), Done::Decided(result)) => {
                let _ = answer.send(result.map_err(WriteError::Refused));
            }
            (Self::Line(_, answer), Done::Line(row)) => {
                let _ = answer.send(row);
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
