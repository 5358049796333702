//! The one task of an instance that asks Redis.
//!
//! Questions are answered in rounds; those that come during a round wait for the next, so that a crowd costs as many
//! round trips as one person. After any failure everybody is told so at once, until the line is found again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use onsale_booking::command::Call;
use onsale_line::{
    Number, NumberSet, Place, RUN_OUT_GRACE, SCAN_PER_TICK_MAX, Sign, WalkBounds, second_of, walk,
};
use redis::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::RedisFailure;
use super::attach::{Attached, Attacher};
use super::link::Link;
use super::look::{asking, catch_up, look_in};
use super::mirror::{Figures, Insiders, Mirror, chunk_of, offset_of, timestamp};
pub(super) use super::round::Ask;
use super::round::{Answered, Asking, Round};
use super::settle::{news_of, settle};
use crate::line::{Joined, Look, Ticked};
use crate::writer::{LineChange, LineTask};

/// How many questions one round takes.
const ROUND_MAX: usize = 8_192;
/// How long to rest between two tries to find the line.
const ATTACH_EVERY: Duration = Duration::from_millis(100);
/// After Redis was away nobody is called for this long: signs of life that could not be told come first.
const REST_AFTER_LOSS: Duration = Duration::from_millis(1_500);
/// Signs that could not be told are kept for so many people.
const UNTOLD_MAX: usize = 2_000_000;
/// How many slots the store is asked about at a time.
const SLOTS_ASKED: usize = 2_000;
/// How often the head is noted and the store asked about slots.
const UPKEEP_EVERY: Duration = Duration::from_secs(1);
/// A pass is written only while the call has this much more to stand, so that the clocks of Redis and of the store may
/// differ a little.
const CALL_MARGIN: SignedDuration = SignedDuration::from_secs(5);
/// Walks in one tick. Each looks at one chunk's worth of numbers.
const WALKS_A_TICK: usize = 4;
const WALK_NUMBERS: u64 = 65_536;
/// How many numbers are reserved at once: two seconds' worth of joins, between these.
const BLOCK_MIN: u64 = 256;
const BLOCK_MAX: u64 = 65_536;

/// See the module.
pub(super) struct Keeper {
    attacher: Attacher,
    inbox: mpsc::Receiver<Ask>,
    /// For what this task asks itself later. Weak: the task ends when nobody else asks any more.
    asks: mpsc::WeakSender<Ask>,
    epoch: Arc<AtomicU32>,
    insiders: Insiders,
    tick_every: Duration,
    link: Link,
    key: Arc<str>,
    mirror: Mirror,
    /// The numbers whose users are known to be registered in this epoch.
    known: NumberSet,
    /// Signs of life that Redis could not be told yet.
    untold: HashMap<Number, Sign>,
    /// Joins that wait for numbers to be reserved.
    numberless: Vec<Ask>,
    is_reserving: bool,
    is_settling: bool,
    rests_until: Instant,
    upkeep_at: Instant,
    /// New numbers at the last upkeep, for the size of a block.
    joins_per_second: u64,
    tail_at_upkeep: Number,
}

impl Keeper {
    pub(super) async fn open(
        attacher: Attacher,
        found: Attached,
        inbox: mpsc::Receiver<Ask>,
        asks: mpsc::WeakSender<Ask>,
        epoch: &Arc<AtomicU32>,
        insiders: &Insiders,
        tick_every: Duration,
    ) -> Result<Self, RedisFailure> {
        let Attached { mut link, row, key } = found;
        let key: Arc<str> = key.into();
        let dials = row.dials.applied_to(attacher.settings);
        let nobody = NumberSet::default();
        let turn = asking(&attacher, &key, &nobody, (0, 0), tick_every).turn(dials);
        link.one::<Value>(turn).await?;
        let mirror = look_in(&mut link, &attacher, &key, row.epoch, insiders).await?;
        let tail = mirror.figures.tail;
        Ok(Self {
            attacher,
            inbox,
            asks,
            epoch: Arc::clone(epoch),
            insiders: Arc::clone(insiders),
            tick_every,
            link,
            key,
            mirror,
            known: NumberSet::default(),
            untold: HashMap::new(),
            numberless: Vec::new(),
            is_reserving: false,
            is_settling: false,
            rests_until: Instant::now(),
            upkeep_at: Instant::now(),
            joins_per_second: 0,
            tail_at_upkeep: tail,
        })
    }

    /// Answers until nobody can ask any more.
    pub(super) async fn run(mut self) {
        let mut asks = Vec::new();
        while self.inbox.recv_many(&mut asks, ROUND_MAX).await > 0 {
            let mut round = Round::default();
            round.add_all(asks.drain(..));
            if let Err(failure) = self.make(&mut round).await {
                tracing::warn!(%failure, "the line is away; people keep their places");
                self.keep_signs(std::mem::take(&mut round.signs));
                round.reject();
                self.find_again(failure).await;
            }
        }
    }

    async fn make(&mut self, round: &mut Round) -> Result<(), RedisFailure> {
        if round.is_reservation_over {
            self.is_reserving = false;
            let numberless = std::mem::take(&mut self.numberless);
            if round.reserved.is_some() {
                round.add_all(numberless);
            } else {
                reject(numberless);
            }
        }
        round.passes.retain(|pass| self.mirror.is_news(pass));
        round.signs.extend(self.untold.drain().map(|(_, sign)| sign));
        let sweep = if round.ticks.is_empty() { Vec::new() } else { self.mirror.sweep() };
        let pipe = round.pipeline(&self.asking(), &sweep);
        let answers = self.link.query(&pipe).await?;
        let Answered { numbers, untils, found, figures, news, dues } = round.parse(answers, sweep)?;
        self.take_up(figures, news).await?;
        for (chunk, offset, bytes) in dues {
            self.mirror.take_up_dues(chunk, offset, &bytes);
        }
        self.mirror.note_signs(&round.signs);
        round.signs.iter().for_each(|sign| self.known.insert(sign.number));
        round.signs.clear();
        round.signed.drain(..).for_each(|answer| drop(answer.send(Ok(()))));
        round.turns.drain(..).for_each(|(_, answer)| drop(answer.send(Ok(()))));
        self.answer_claims(round, &untils);
        self.answer_joins(round, &numbers).await?;
        for (number, answer) in round.looks.drain(..) {
            let _ = answer.send(Ok(self.look(number)));
        }
        for ((_, answer), number) in round.places.drain(..).zip(found) {
            let look = Some(self.look(number)).filter(|look| number > 0 && look.place != Place::Ended);
            let _ = answer.send(Ok(look.map(|look| (number, look))));
        }
        self.tick(round, figures.is_yours).await
    }

    async fn take_up(&mut self, figures: Figures, news: Option<Vec<u8>>) -> Result<(), RedisFailure> {
        if figures.version < self.mirror.figures.version || figures.tail < self.mirror.figures.tail {
            return Err(RedisFailure::Stale);
        }
        if let Some(news) = news {
            self.mirror.take_up(figures, &news);
        } else {
            let epoch = self.epoch.load(Ordering::SeqCst);
            let missed = look_in(&mut self.link, &self.attacher, &self.key, epoch, &self.insiders);
            self.mirror = missed.await?;
        }
        Ok(())
    }

    fn look(&self, number: Number) -> Look {
        Look { place: self.mirror.place(number), head: self.mirror.figures.head }
    }

    fn answer_claims(&self, round: &mut Round, untils: &[i64]) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        for ((_, answer), until) in round.claims.drain(..).zip(untils) {
            let call = (*until > 0).then(|| Call { epoch, until: timestamp(*until) - CALL_MARGIN });
            let _ = answer.send(Ok(call));
        }
    }

    /// With room and nobody ahead one is called in the join's own answer.
    async fn answer_joins(&mut self, round: &mut Round, numbers: &[i64]) -> Result<(), RedisFailure> {
        if round.joins.is_empty() {
            return Ok(());
        }
        self.call_next().await?;
        let mut called = self.mirror.take_called();
        let mut over = Vec::new();
        for ((user, answer), number) in round.joins.drain(..).zip(numbers) {
            match Number::try_from(*number) {
                Ok(0) => self.numberless.push(Ask::Join(user, answer)),
                Ok(number) => {
                    self.known.insert(number);
                    let look = self.look(number);
                    let _ = answer.send(Ok(Joined { number, look, called: std::mem::take(&mut called) }));
                }
                // Their pass seems to have run out.
                Err(_) => over.push((number.unsigned_abs(), Ask::Join(user, answer))),
            }
        }
        let (numbers, waiting) = over.into_iter().unzip();
        self.settle(numbers, waiting, RUN_OUT_GRACE);
        let left = self.mirror.figures.reserved.saturating_sub(self.mirror.figures.tail);
        if !self.numberless.is_empty() || left < self.block_size() / 2 {
            self.reserve();
        }
        Ok(())
    }

    async fn tick(&mut self, round: &mut Round, is_yours: bool) -> Result<(), RedisFailure> {
        let ticks = std::mem::take(&mut round.ticks);
        if is_yours {
            let overdue = self.mirror.overdue();
            if !overdue.is_empty() && !self.is_settling {
                self.is_settling = true;
                self.settle(overdue, ticks.into_iter().map(Ask::Tick).collect(), Duration::ZERO);
                return Ok(());
            }
        }
        let settled = std::mem::take(&mut round.settled_ticks);
        if !settled.is_empty() {
            self.is_settling = false;
        }
        if is_yours || !settled.is_empty() {
            self.call_next().await?;
            self.look_after();
        }
        for answer in ticks.into_iter().chain(settled) {
            let (called, ended) = (self.mirror.take_called(), self.mirror.take_ended());
            let _ = answer.send(Ok(Ticked { called, ended, view: self.mirror.view() }));
        }
        Ok(())
    }

    /// Calls whomever there is room for: decided on the mirror, applied by a script if the line has not moved.
    async fn call_next(&mut self) -> Result<(), RedisFailure> {
        if Instant::now() < self.rests_until {
            return Ok(());
        }
        for _ in 0..WALKS_A_TICK {
            let budget = self.mirror.budget();
            if budget == 0 || !self.mirror.is_anybody_waiting() {
                return Ok(());
            }
            let Figures { now, head, tail, .. } = self.mirror.figures;
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
            let asking = self.asking();
            pipe.add_command(asking.call(&self.mirror, &walk));
            pipe.add_command(asking.sync(false));
            let mut answers = self.link.query(&pipe).await?;
            let was_applied = answers.next() == Some(Value::Int(1));
            let (figures, news) = Figures::parse(answers.next().unwrap_or(Value::Nil))?;
            self.take_up(figures, news).await?;
            if is_over && was_applied {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The dues of the numbers from `first` to `last` as Redis has them now, whoever noted them.
    async fn fetch_dues(&mut self, first: Number, last: Number) -> Result<(), RedisFailure> {
        if last < first {
            return Ok(());
        }
        let chunks: Vec<_> = (chunk_of(first)..=chunk_of(last))
            .map(|chunk| {
                let start = if chunk == chunk_of(first) { offset_of(first) } else { 0 };
                let end =
                    if chunk == chunk_of(last) { offset_of(last) + 1 } else { onsale_line::CHUNK_NUMBERS };
                (chunk, start..end)
            })
            .collect();
        let mut pipe = redis::pipe();
        for (chunk, numbers) in &chunks {
            pipe.add_command(self.asking().dues(*chunk, numbers));
        }
        let answers = self.link.query(&pipe).await?;
        for ((chunk, numbers), value) in chunks.into_iter().zip(answers) {
            let bytes: Vec<u8> = redis::from_redis_value(value).map_err(redis::RedisError::from)?;
            self.mirror.take_up_dues(chunk, numbers.start, &bytes);
        }
        Ok(())
    }

    /// Asks the store about numbers that seem to be over, once their `grace` has passed. What waits for its answer is
    /// asked again then.
    fn settle(&mut self, numbers: Vec<Number>, waiting: Vec<Ask>, grace: Duration) {
        let Some(asks) = self.asks.upgrade().filter(|_| !numbers.is_empty()) else { return };
        let (reads, clock) = (Arc::clone(&self.attacher.reads), self.attacher.clock.clone());
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            let settled = settle(&reads, numbers, clock.now()).await;
            let _ = asks.send(Ask::Settled(settled, waiting)).await;
        });
    }

    /// What is done about once a second by whoever makes the tick: the head is written down, and the store asked what
    /// became of everybody who has a slot, in case an instance died before it could tell.
    fn look_after(&mut self) {
        if Instant::now() < self.upkeep_at {
            return;
        }
        self.upkeep_at = Instant::now() + UPKEEP_EVERY;
        let Figures { head, tail, .. } = self.mirror.figures;
        self.joins_per_second = tail.saturating_sub(std::mem::replace(&mut self.tail_at_upkeep, tail));
        self.attacher.writer.note_head(self.epoch.load(Ordering::SeqCst), head);
        let (Some(asks), slots) = (self.asks.upgrade(), self.mirror.slots(SLOTS_ASKED)) else { return };
        let reads = Arc::clone(&self.attacher.reads);
        tokio::spawn(async move {
            if let Ok(passes) = reads.passes(slots).await {
                let _ = asks.send(Ask::Passes(passes.iter().map(news_of).collect())).await;
            }
        });
    }

    fn block_size(&self) -> u64 {
        (2 * self.joins_per_second).clamp(BLOCK_MIN, BLOCK_MAX)
    }

    /// Reserves the next block of numbers in the store, and tells Redis when that is durable.
    fn reserve(&mut self) {
        let Some(asks) = self.asks.upgrade().filter(|_| !self.is_reserving) else { return };
        self.is_reserving = true;
        let change = LineChange::ReserveNumbers(self.block_size());
        let task = LineTask { epoch: self.epoch.load(Ordering::SeqCst), change };
        let writer = self.attacher.writer.clone();
        tokio::spawn(async move {
            let reserved = writer.submit_line(task).await.map(|row| row.reserved).ok();
            let _ = asks.send(Ask::Reserved(reserved)).await;
        });
    }

    fn keep_signs(&mut self, signs: Vec<Sign>) {
        for sign in signs {
            if self.untold.len() < UNTOLD_MAX || self.untold.contains_key(&sign.number) {
                self.untold.insert(sign.number, sign);
            }
        }
    }

    /// Looks for the line until it is found. Whoever asks meanwhile is told at once that it is away.
    async fn find_again(&mut self, failure: RedisFailure) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let mut lost = matches!(failure, RedisFailure::Stale).then_some(epoch);
        let known = self.mirror.figures.tail;
        reject(std::mem::take(&mut self.numberless));
        (self.is_settling, self.is_reserving) = (false, false);
        loop {
            let attacher = self.attacher.clone();
            let mut attach = std::pin::pin!(async move { attacher.attach(lost, Some(known)).await });
            let found = loop {
                let mut asks = Vec::new();
                tokio::select! {
                    biased;
                    found = &mut attach => break found,
                    count = self.inbox.recv_many(&mut asks, ROUND_MAX) => {
                        if count == 0 {
                            return;
                        }
                        self.turn_away(asks);
                    }
                }
            };
            match found {
                Ok(Attached { mut link, row, key }) => {
                    let key: Arc<str> = key.into();
                    let seen = catch_up(&mut link, &self.attacher, &key, row.epoch, known, &self.insiders);
                    match seen.await {
                        Ok(mirror) => {
                            (self.link, self.key, self.mirror) = (link, key, mirror);
                            self.known = NumberSet::default();
                            self.epoch.store(row.epoch, Ordering::SeqCst);
                            self.rests_until = Instant::now() + REST_AFTER_LOSS;
                            tracing::info!(epoch = row.epoch, "the line is found again");
                            return;
                        }
                        Err(failure) => tracing::debug!(%failure, "the line went away again"),
                    }
                }
                Err(failure) => tracing::debug!(%failure, "the line is still away"),
            }
            lost = lost.filter(|_| self.epoch.load(Ordering::SeqCst) == epoch);
            tokio::time::sleep(ATTACH_EVERY).await;
        }
    }

    fn turn_away(&mut self, asks: Vec<Ask>) {
        let mut round = Round::default();
        round.add_all(asks);
        self.keep_signs(std::mem::take(&mut round.signs));
        round.reject();
    }

    fn asking(&self) -> Asking<'_> {
        let Figures { tail, version, .. } = self.mirror.figures;
        asking(&self.attacher, &self.key, &self.known, (tail, version), self.tick_every)
    }
}

/// Tells everybody that it did not work.
fn reject(asks: Vec<Ask>) {
    let mut round = Round::default();
    round.add_all(asks);
    round.reject();
}
