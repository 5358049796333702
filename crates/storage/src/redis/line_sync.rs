//! The task of an instance that keeps its mirror in step with Redis.
//!
//! Requests are answered in batches. Those that arrive during a batch wait for the next, so a crowd costs as
//! many round trips as one person. After a failure every request is rejected at once until the line is found
//! again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use onsale_booking::command::Call;
use onsale_line::{
    CHUNK_NUMBERS, Number, NumberSet, NumberState, RUN_OUT_GRACE, SCAN_PER_TICK_MAX, Sign, WalkBounds,
    second_of, walk,
};
use redis::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::RedisFailure;
pub(super) use super::batch::Request;
use super::batch::{Batch, BatchAnswers, Context, JoinedNumber};
use super::link::Link;
use super::mirror::{Insiders, LineStatus, Mirror, chunk_of, offset_of, timestamp};
use super::pass_check::{check_passes, update_of};
use super::reconnect::{FoundLine, Reconnector};
use super::resync::{catch_up, context, read_line, send_dials};
use crate::line::{Joined, Lookup, Ticked};
use crate::writer::{LineChange, LineTask};

/// How many requests one batch takes.
const BATCH_MAX: usize = 8_192;
/// How long to wait between two attempts to find the line.
const RECONNECT_EVERY: Duration = Duration::from_millis(100);
/// After Redis was away nobody is called for this long, so that the signs of life kept meanwhile arrive
/// first.
const NO_CALLS_AFTER_LOSS: Duration = Duration::from_millis(1_500);
/// For how many people signs are kept while Redis is away.
const UNSENT_MAX: usize = 2_000_000;
/// How many slots the store is asked about at a time.
const SLOTS_PER_CHECK: usize = 2_000;
/// How often the head is noted and the store asked about slots.
const UPKEEP_EVERY: Duration = Duration::from_secs(1);
/// How much longer a call must stand for a pass to be written, so that the clocks of Redis and of the store
/// may differ a little.
const CALL_MARGIN: SignedDuration = SignedDuration::from_secs(5);
/// Walks in one tick. Each covers one chunk of numbers.
const WALKS_PER_TICK: usize = 4;
const WALK_NUMBERS: u64 = CHUNK_NUMBERS as u64;
/// How many numbers are allocated at once: two seconds' worth of joins, within these bounds.
const BLOCK_MIN: u64 = 256;
const BLOCK_MAX: u64 = 65_536;

/// See the module.
pub(super) struct LineSync {
    reconnector: Reconnector,
    inbox: mpsc::Receiver<Request>,
    /// For this task's requests to itself. Weak, so that the task ends when nobody else can send any.
    requests: mpsc::WeakSender<Request>,
    epoch: Arc<AtomicU32>,
    insiders: Insiders,
    tick_every: Duration,
    link: Link,
    key: Arc<str>,
    mirror: Mirror,
    /// The numbers whose users are known to be registered in this epoch.
    known: NumberSet,
    /// Signs of life that Redis has not received yet.
    unsent: HashMap<Number, Sign>,
    /// Joins that wait for numbers to be allocated.
    numberless: Vec<Request>,
    is_allocating: bool,
    is_checking: bool,
    no_calls_until: Instant,
    upkeep_at: Instant,
    /// New numbers at the last upkeep, for the size of a block.
    joins_per_second: u64,
    tail_at_upkeep: Number,
}

impl LineSync {
    pub(super) async fn open(
        reconnector: Reconnector,
        found: FoundLine,
        inbox: mpsc::Receiver<Request>,
        requests: mpsc::WeakSender<Request>,
        epoch: &Arc<AtomicU32>,
        insiders: &Insiders,
        tick_every: Duration,
    ) -> Result<Self, RedisFailure> {
        let FoundLine { mut link, row, key } = found;
        let key: Arc<str> = key.into();
        send_dials(&mut link, &reconnector, &key, &row).await?;
        let mut mirror = read_line(&mut link, &reconnector, &key, row.epoch, insiders).await?;
        mirror.take_called(); // Nobody waits for it yet.
        let tail = mirror.status.tail;
        Ok(Self {
            reconnector,
            inbox,
            requests,
            epoch: Arc::clone(epoch),
            insiders: Arc::clone(insiders),
            tick_every,
            link,
            key,
            mirror,
            known: NumberSet::default(),
            unsent: HashMap::new(),
            numberless: Vec::new(),
            is_allocating: false,
            is_checking: false,
            no_calls_until: Instant::now(),
            upkeep_at: Instant::now(),
            joins_per_second: 0,
            tail_at_upkeep: tail,
        })
    }

    /// Answers until nobody can send requests any more.
    pub(super) async fn run(mut self) {
        let mut requests = Vec::new();
        while self.inbox.recv_many(&mut requests, BATCH_MAX).await > 0 {
            let mut batch = Batch::default();
            batch.add_all(requests.drain(..));
            if let Err(failure) = self.make(&mut batch).await {
                tracing::warn!(%failure, "lost the line in Redis; people keep their places");
                self.keep_signs(std::mem::take(&mut batch.signs));
                batch.reject();
                self.find_again(failure).await;
            }
        }
    }

    async fn make(&mut self, batch: &mut Batch) -> Result<(), RedisFailure> {
        if batch.is_allocation_over {
            self.is_allocating = false;
            let numberless = std::mem::take(&mut self.numberless);
            if batch.allocated.is_some() {
                batch.add_all(numberless);
            } else {
                reject(numberless);
            }
        }
        batch.passes.retain(|pass| self.mirror.is_update(pass));
        batch.signs.extend(self.unsent.drain().map(|(_, sign)| sign));
        let sweep = if batch.ticks.is_empty() { Vec::new() } else { self.mirror.sweep() };
        let pipe = batch.pipeline(&self.context(), &sweep);
        let answers = self.link.query(&pipe).await?;
        let BatchAnswers { numbers, untils, found, status, updates, dues } = batch.parse(answers, sweep)?;
        self.apply(status, updates).await?;
        for (chunk, offset, bytes) in dues {
            self.mirror.apply_dues(chunk, offset, &bytes);
        }
        self.mirror.note_signs(&batch.signs);
        batch.signs.iter().for_each(|sign| self.known.insert(sign.number));
        batch.signs.clear();
        batch.signed.drain(..).for_each(|answer| drop(answer.send(Ok(()))));
        batch.dial_changes.drain(..).for_each(|(_, answer)| drop(answer.send(Ok(()))));
        self.answer_claims(batch, &untils);
        self.answer_joins(batch, &numbers).await?;
        for (number, answer) in batch.lookups.drain(..) {
            let _ = answer.send(Ok(self.lookup(number)));
        }
        for ((_, answer), number) in batch.places.drain(..).zip(found) {
            let lookup =
                Some(self.lookup(number)).filter(|lookup| number > 0 && lookup.state != NumberState::Ended);
            let _ = answer.send(Ok(lookup.map(|lookup| (number, lookup))));
        }
        self.tick(batch, status.is_yours).await
    }

    async fn apply(&mut self, status: LineStatus, updates: Option<Vec<u8>>) -> Result<(), RedisFailure> {
        if status.version < self.mirror.status.version || status.tail < self.mirror.status.tail {
            return Err(RedisFailure::Stale);
        }
        if let Some(updates) = updates {
            self.mirror.apply(status, &updates);
        } else {
            let epoch = self.epoch.load(Ordering::SeqCst);
            let missed = read_line(&mut self.link, &self.reconnector, &self.key, epoch, &self.insiders);
            self.mirror = missed.await?;
        }
        Ok(())
    }

    fn lookup(&self, number: Number) -> Lookup {
        Lookup { state: self.mirror.state(number), head: self.mirror.status.head }
    }

    fn answer_claims(&self, batch: &mut Batch, untils: &[i64]) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        for ((_, answer), until) in batch.claims.drain(..).zip(untils) {
            let call = (*until > 0).then(|| Call { epoch, until: timestamp(*until) - CALL_MARGIN });
            let _ = answer.send(Ok(call));
        }
    }

    /// If there is room and nobody ahead, a user is called in the answer to the join.
    async fn answer_joins(
        &mut self,
        batch: &mut Batch,
        numbers: &[JoinedNumber],
    ) -> Result<(), RedisFailure> {
        if batch.joins.is_empty() {
            return Ok(());
        }
        self.call_next().await?;
        let mut called = self.mirror.take_called();
        let mut over = Vec::new();
        for ((user, answer), JoinedNumber { number, is_new }) in batch.joins.drain(..).zip(numbers) {
            match Number::try_from(*number) {
                Ok(0) => self.numberless.push(Request::Join(user, answer)),
                Ok(number) => {
                    self.known.insert(number);
                    let lookup = self.lookup(number);
                    let called_now = std::mem::take(&mut called);
                    let joined = Joined { number, is_new: *is_new, lookup, called: called_now };
                    if let Err(Ok(unheard)) = answer.send(Ok(joined)) {
                        called = unheard.called;
                    }
                }
                // Their pass seems to have run out.
                Err(_) => over.push((number.unsigned_abs(), Request::Join(user, answer))),
            }
        }
        // Nobody has heard of these calls yet.
        self.mirror.called_again(called);
        let (numbers, waiting) = over.into_iter().unzip();
        self.check_later(numbers, waiting, RUN_OUT_GRACE);
        let left = self.mirror.status.allocated.saturating_sub(self.mirror.status.tail);
        if !self.numberless.is_empty() || left < self.block_size() / 2 {
            self.allocate();
        }
        Ok(())
    }

    async fn tick(&mut self, batch: &mut Batch, is_yours: bool) -> Result<(), RedisFailure> {
        let ticks = std::mem::take(&mut batch.ticks);
        if is_yours {
            let overdue = self.mirror.overdue();
            if !overdue.is_empty() && !self.is_checking {
                self.is_checking = true;
                self.check_later(overdue, ticks.into_iter().map(Request::Tick).collect(), Duration::ZERO);
                return Ok(());
            }
        }
        let checked = std::mem::take(&mut batch.checked_ticks);
        if !checked.is_empty() {
            self.is_checking = false;
        }
        if is_yours || !checked.is_empty() {
            self.call_next().await?;
            self.upkeep();
        }
        for answer in ticks.into_iter().chain(checked) {
            let (called, ended) = (self.mirror.take_called(), self.mirror.take_ended());
            let _ = answer.send(Ok(Ticked { called, ended, view: self.mirror.view() }));
        }
        Ok(())
    }

    /// Calls people while there is room: decided on the mirror, applied by a script if the line has not
    /// moved.
    async fn call_next(&mut self) -> Result<(), RedisFailure> {
        if Instant::now() < self.no_calls_until {
            return Ok(());
        }
        for _ in 0..WALKS_PER_TICK {
            let budget = self.mirror.budget();
            if budget == 0 || !self.mirror.is_anybody_waiting() {
                return Ok(());
            }
            let LineStatus { now, head, tail, .. } = self.mirror.status;
            let end = tail.min(head + WALK_NUMBERS);
            self.fetch_dues(head + 1, end).await?;
            let bounds = WalkBounds { budget, scan: SCAN_PER_TICK_MAX };
            let walk =
                walk(bounds, second_of(now), self.mirror.late(), head, end, |number| self.mirror.due(number));
            if walk.head == head && walk.called.is_empty() && walk.gone.is_empty() {
                return Ok(());
            }
            let is_over = walk.called.len() == budget || walk.head == tail;
            let mut pipe = redis::pipe();
            let context = self.context();
            pipe.add_command(context.call(&self.mirror, &walk));
            pipe.add_command(context.sync(false));
            let mut answers = self.link.query(&pipe).await?;
            let was_applied = answers.next() == Some(Value::Int(1));
            let (status, updates) = LineStatus::parse(answers.next().unwrap_or(Value::Nil))?;
            self.apply(status, updates).await?;
            if is_over && was_applied {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Fetches the dues of the numbers from `first` to `last`, whichever instance noted them.
    async fn fetch_dues(&mut self, first: Number, last: Number) -> Result<(), RedisFailure> {
        if last < first {
            return Ok(());
        }
        let chunks: Vec<_> = (chunk_of(first)..=chunk_of(last))
            .map(|chunk| {
                let start = if chunk == chunk_of(first) { offset_of(first) } else { 0 };
                let end = if chunk == chunk_of(last) { offset_of(last) + 1 } else { CHUNK_NUMBERS };
                (chunk, start..end)
            })
            .collect();
        let mut pipe = redis::pipe();
        for (chunk, numbers) in &chunks {
            pipe.add_command(self.context().dues(*chunk, numbers));
        }
        let answers = self.link.query(&pipe).await?;
        for ((chunk, numbers), value) in chunks.into_iter().zip(answers) {
            let bytes: Vec<u8> = redis::from_redis_value(value).map_err(redis::RedisError::from)?;
            self.mirror.apply_dues(chunk, numbers.start, &bytes);
        }
        Ok(())
    }

    /// Asks the store about numbers that seem to be over, once their `grace` has passed. The `waiting`
    /// requests are repeated after its answer.
    fn check_later(&mut self, numbers: Vec<Number>, waiting: Vec<Request>, grace: Duration) {
        let Some(requests) = self.requests.upgrade().filter(|_| !numbers.is_empty()) else { return };
        let Reconnector { sale, reads, clock, .. } = self.reconnector.clone();
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            let checked = check_passes(&reads, sale, numbers, clock.now()).await;
            let _ = requests.send(Request::PassCheck(checked, waiting)).await;
        });
    }

    /// About once a second, the instance that makes the tick notes the head, and asks the store about
    /// everybody who has a slot, in case another instance died before it could report a pass.
    fn upkeep(&mut self) {
        if Instant::now() < self.upkeep_at {
            return;
        }
        self.upkeep_at = Instant::now() + UPKEEP_EVERY;
        let LineStatus { head, tail, .. } = self.mirror.status;
        self.joins_per_second = tail.saturating_sub(std::mem::replace(&mut self.tail_at_upkeep, tail));
        let (sale, epoch) = (self.reconnector.sale, self.epoch.load(Ordering::SeqCst));
        self.reconnector.writer.note_progress(sale, epoch, head, tail);
        let (Some(requests), slots) = (self.requests.upgrade(), self.mirror.slots(SLOTS_PER_CHECK)) else {
            return;
        };
        let reads = Arc::clone(&self.reconnector.reads);
        tokio::spawn(async move {
            if let Ok(passes) = reads.passes(sale, slots).await {
                let _ = requests.send(Request::Passes(passes.iter().map(update_of).collect())).await;
            }
        });
    }

    fn block_size(&self) -> u64 {
        (2 * self.joins_per_second).clamp(BLOCK_MIN, BLOCK_MAX)
    }

    /// Allocates the next block of numbers in the store, and then in Redis.
    fn allocate(&mut self) {
        let Some(requests) = self.requests.upgrade().filter(|_| !self.is_allocating) else { return };
        self.is_allocating = true;
        let change = LineChange::AllocateNumbers(self.block_size());
        let task = LineTask { sale: self.reconnector.sale, epoch: self.epoch.load(Ordering::SeqCst), change };
        let writer = self.reconnector.writer.clone();
        tokio::spawn(async move {
            let allocated = writer.submit_line(task).await.map(|row| row.allocated).ok();
            let _ = requests.send(Request::Allocated(allocated)).await;
        });
    }

    fn keep_signs(&mut self, signs: Vec<Sign>) {
        for sign in signs {
            if self.unsent.len() < UNSENT_MAX || self.unsent.contains_key(&sign.number) {
                self.unsent.insert(sign.number, sign);
            }
        }
    }

    /// Looks for the line until it is found. Requests that arrive meanwhile are rejected at once.
    async fn find_again(&mut self, failure: RedisFailure) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let mut lost = matches!(failure, RedisFailure::Stale | RedisFailure::Damaged(_)).then_some(epoch);
        let known = self.mirror.status.tail;
        reject(std::mem::take(&mut self.numberless));
        (self.is_checking, self.is_allocating) = (false, false);
        loop {
            let reconnector = self.reconnector.clone();
            let mut reconnecting =
                std::pin::pin!(async move { reconnector.reconnect(lost, Some(known)).await });
            let found = loop {
                let mut requests = Vec::new();
                tokio::select! {
                    biased;
                    found = &mut reconnecting => break found,
                    count = self.inbox.recv_many(&mut requests, BATCH_MAX) => {
                        if count == 0 {
                            return;
                        }
                        self.reject_all(requests);
                    }
                }
            };
            match found {
                Ok(FoundLine { mut link, row, key }) => {
                    let key: Arc<str> = key.into();
                    let found = catch_up(&mut link, &self.reconnector, &key, &row, known, &self.insiders);
                    match found.await {
                        Ok(mirror) => {
                            (self.link, self.key, self.mirror) = (link, key, mirror);
                            self.known = NumberSet::default();
                            self.epoch.store(row.epoch, Ordering::SeqCst);
                            self.no_calls_until = Instant::now() + NO_CALLS_AFTER_LOSS;
                            tracing::info!(epoch = row.epoch, "found the line in Redis again");
                            return;
                        }
                        Err(failure) => tracing::debug!(%failure, "lost the line in Redis again"),
                    }
                }
                Err(failure) => tracing::debug!(%failure, "the line in Redis is still missing"),
            }
            lost = lost.filter(|_| self.epoch.load(Ordering::SeqCst) == epoch);
            tokio::time::sleep(RECONNECT_EVERY).await;
        }
    }

    fn reject_all(&mut self, requests: Vec<Request>) {
        let mut batch = Batch::default();
        batch.add_all(requests);
        self.keep_signs(std::mem::take(&mut batch.signs));
        batch.reject();
    }

    fn context(&self) -> Context<'_> {
        let LineStatus { tail, version, .. } = self.mirror.status;
        context(&self.reconnector, &self.key, &self.known, (tail, version), self.tick_every)
    }
}

/// Answers everybody that it failed.
fn reject(requests: Vec<Request>) {
    let mut batch = Batch::default();
    batch.add_all(requests);
    batch.reject();
}
