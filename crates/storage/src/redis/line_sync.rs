//! The task of an instance that keeps its mirror in step with Redis.
//!
//! Requests are answered in batches. Those that arrive during a batch wait for the next, so a crowd costs as
//! many round trips as one person. After a failure every request is rejected at once until the line is found
//! again.

mod calls;
mod opening;
mod search;
mod upkeep;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use onsale_booking::command::Call;
use onsale_line::{Number, NumberSet, NumberState, RUN_OUT_GRACE, Sign};
use tokio::sync::mpsc;
use tokio::time::Instant;

use self::opening::Learning;
use super::RedisFailure;
pub(super) use super::batch::Request;
use super::batch::{Batch, BatchAnswers, JoinedNumber};
use super::context::Context;
use super::link::Link;
use super::mirror::{Insiders, LineStatus, Mirror, timestamp};
use super::reconnect::{FoundLine, Reconnector};
use super::resync::{NO_SUCH_OPENING, catch_up, context, read_line};
use crate::error::WriteError;
use crate::line::{Joined, Lookup, Ticked, refusal_of};

/// How many requests one batch takes.
const BATCH_MAX: usize = 8_192;
/// How much longer a call must stand for a pass to be written, so that the clocks of Redis and of the store
/// may differ a little.
const CALL_MARGIN: SignedDuration = SignedDuration::from_secs(5);

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
    learning: Learning,
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
        // No instance may have had the line open when a pass ended.
        let mut mirror = catch_up(&mut link, &reconnector, &key, &row, 0, insiders).await?;
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
            learning: Learning::default(),
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
                Box::pin(self.find_again(failure)).await;
            }
        }
    }

    async fn make(&mut self, batch: &mut Batch) -> Result<(), RedisFailure> {
        self.finish_allocation(batch);
        if batch.epoch_in_store > self.epoch.load(Ordering::SeqCst) {
            return Err(RedisFailure::Gone);
        }
        let must_know = self.take_over(batch).await?;
        batch.passes.retain(|pass| self.mirror.is_update(pass));
        batch.signs.extend(self.unsent.drain().map(|(_, sign)| sign));
        let sweep = if batch.ticks.is_empty() { Vec::new() } else { self.mirror.sweep() };
        let pipe = batch.pipeline(&self.context(), &sweep);
        let answers = self.link.query(&pipe).await?;
        let answers = batch.parse(answers, sweep)?;
        let BatchAnswers { numbers, untils, lobby_tail, found, status, updates, dues } = answers;
        let is_order_known = self.apply(status, updates).await?;
        self.answer_received(batch, lobby_tail);
        if !is_order_known {
            if must_know {
                return Err(NO_SUCH_OPENING);
            }
            self.hold(batch);
            return Ok(());
        }
        for (chunk, offset, bytes) in dues {
            self.mirror.apply_dues(chunk, offset, &bytes);
        }
        self.mirror.note_signs(&batch.signs);
        batch.signs.clear();
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

    /// Goes on with the joins that have waited for numbers.
    fn finish_allocation(&mut self, batch: &mut Batch) {
        if !batch.is_allocation_over {
            return;
        }
        self.is_allocating = false;
        let numberless = std::mem::take(&mut self.numberless);
        if batch.allocated.is_some() {
            batch.add_all(numberless);
        } else {
            reject(numberless);
        }
    }

    /// Answers requests that have done what they asked for once Redis has received them.
    fn answer_received(&mut self, batch: &mut Batch, lobby_tail: i64) {
        batch.signs.iter().for_each(|sign| self.known.insert(sign.number));
        batch.signed.drain(..).for_each(|answer| drop(answer.send(Ok(()))));
        batch.dial_changes.drain(..).for_each(|(_, answer)| drop(answer.send(Ok(()))));
        self.answer_lobby(batch, lobby_tail);
    }

    /// Brings the mirror up to date. Returns false, and changes nothing, if the line has opened and its order
    /// is not known here.
    async fn apply(&mut self, status: LineStatus, updates: Option<Vec<u8>>) -> Result<bool, RedisFailure> {
        let LineStatus { version, tail, is_opened, .. } = self.mirror.status;
        if status.version < version || status.tail < tail || (is_opened && !status.is_opened) {
            return Err(RedisFailure::Stale);
        }
        if self.mirror.is_order_missing(&status) {
            return Ok(false);
        }
        if let Some(updates) = updates {
            self.mirror.apply(status, &updates);
            return Ok(true);
        }
        let (epoch, dated) = (self.epoch.load(Ordering::SeqCst), self.mirror.dated.clone());
        let missed = read_line(&mut self.link, &self.reconnector, &self.key, epoch, dated, &self.insiders);
        let Some(mirror) = missed.await? else { return Ok(false) };
        self.mirror = mirror;
        Ok(true)
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
        let window = self.mirror.dated.schedule.window;
        for ((user, answer), joined) in batch.joins.drain(..).zip(numbers) {
            let (number, is_new) = match joined {
                JoinedNumber::Given { number, is_new } => (number, is_new),
                // By times that only Redis knows so far.
                JoinedNumber::Refused(_) if self.is_behind() => {
                    self.hold_one(Request::Join(user, answer));
                    continue;
                }
                JoinedNumber::Refused(refused) => {
                    let refusal = refusal_of(*refused, &window);
                    let _ = answer.send(Err(refusal.map_or(WriteError::Busy, WriteError::Refused)));
                    continue;
                }
            };
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
            self.upkeep().await?;
        }
        if self.is_behind() {
            self.learn();
        }
        for answer in ticks.into_iter().chain(checked) {
            let (called, ended) = (self.mirror.take_called(), self.mirror.take_ended());
            let _ = answer.send(Ok(Ticked { called, ended, view: self.mirror.view() }));
        }
        Ok(())
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
