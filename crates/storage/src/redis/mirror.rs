//! An instance's copy of the line, which every batch brings up to date.
//!
//! Lookups and polls are answered from it, and walks are decided on it. It has no authority: if it is behind,
//! the script that applies a decision rejects it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::UserId;
use onsale_line::{
    Admissions, CHUNK_NUMBERS, Capacity, Dials, NUMBER_MAX, Number, NumberState, Pace, PaceSample, Pass,
    Presence, RUN_OUT_GRACE, Schedule, Sign, View, ViewParts, is_present, second_of,
};
use redis::{FromRedisValue, Value};
use uuid::Uuid;

use super::RedisFailure;

/// Every chunk of dues is fetched about once in this many ticks, at least [`CHUNKS_PER_TICK`] in each.
const TICKS_PER_SWEEP: usize = 10;
const CHUNKS_PER_TICK: usize = 2;
/// One update: kind, number, time or due, user.
const UPDATE_BYTES: usize = 29;

/// The line's state in numbers, as a script returns it.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineStatus {
    pub(super) now: Timestamp,
    /// Whether this instance makes the tick.
    pub(super) is_yours: bool,
    pub(super) tail: Number,
    pub(super) allocated: Number,
    pub(super) head: Number,
    pub(super) tick: i64,
    pub(super) version: i64,
    pub(super) dials: Dials,
    /// Calls and new numbers since the epoch began.
    calls: u64,
    joins: u64,
    /// Calls of the last minute.
    lately: u32,
}

impl LineStatus {
    /// The status, and the raw updates if they reach back far enough.
    pub(super) fn parse(value: Value) -> Result<(Self, Option<Vec<u8>>), RedisFailure> {
        let mut fields = Vec::<Value>::from_redis_value(value).map_err(redis::RedisError::from)?;
        let updates = fields.pop().filter(|updates| *updates != Value::Nil);
        let updates =
            updates.map(Vec::<u8>::from_redis_value).transpose().map_err(redis::RedisError::from)?;
        let mut numbers = fields.into_iter().map(|field| i64::from_redis_value(field).unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        let now = timestamp(next());
        let is_yours = next() == 1;
        let (tail, allocated, head) = (unsigned(next()), unsigned(next()), unsigned(next()));
        let (tick, version) = (next(), next());
        let capacity = Capacity::new(small(next())).ok_or(RedisFailure::Damaged("capacity"))?;
        let dials = Dials { capacity, rate_per_minute: small(next()), paused: next() == 1 };
        let (calls, joins, lately) = (unsigned(next()), unsigned(next()), small(next()));
        Ok((
            Self { now, is_yours, tail, allocated, head, tick, version, dials, calls, joins, lately },
            updates,
        ))
    }

    /// How many calls the rate still allows in this minute.
    fn allowance(&self) -> u32 {
        onsale_line::allowance(self.dials.rate_per_minute, self.lately)
    }
}

/// Who is inside, and until when. Every request of an API client reads it, on any thread.
pub(super) type Insiders = Arc<RwLock<HashMap<Number, Timestamp>>>;

/// See the module.
pub(super) struct Mirror {
    epoch: u32,
    pub(super) status: LineStatus,
    admissions: Arc<Admissions>,
    insiders: Insiders,
    late: BTreeMap<Number, u32>,
    dues: Vec<Option<Box<[u32]>>>,
    /// The last slot that the store was asked about.
    slots_seen: Number,
    /// Where the sweep continues.
    sweep: usize,
    pace: Pace,
    /// Calls and new numbers when the pace was last measured.
    measured: (u64, u64),
    called: Vec<Number>,
    ended: Vec<Number>,
}

impl Mirror {
    /// A mirror that knows only the status; see [`Self::replace`].
    pub(super) fn new(epoch: u32, status: LineStatus, insiders: Insiders) -> Self {
        Self {
            epoch,
            status,
            admissions: Arc::new(Admissions::new(status.head)),
            insiders,
            late: BTreeMap::new(),
            dues: Vec::new(),
            slots_seen: 0,
            sweep: 0,
            pace: Pace::new(status.now),
            measured: (status.calls, status.joins),
            called: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Applies the updates of a batch.
    pub(super) fn apply(&mut self, status: LineStatus, updates: &[u8]) {
        self.status = status;
        for piece in updates.as_chunks::<UPDATE_BYTES>().0 {
            self.apply_one(piece);
        }
        if status.head > self.admissions.head() {
            Arc::make_mut(&mut self.admissions).pass_to(status.head);
            let dropped = chunk_of(status.head + 1).min(self.dues.len());
            self.dues[..dropped].fill(None);
        }
    }

    fn apply_one(&mut self, piece: &[u8; UPDATE_BYTES]) {
        let (kind, rest) = piece.split_at(1);
        let (number, rest) = rest.split_at(4);
        let (value, user) = rest.split_at(8);
        let number = Number::from(u32::from_le_bytes(number.try_into().unwrap_or_default()));
        let value = i64::from_le_bytes(value.try_into().unwrap_or_default());
        let user = Uuid::from_slice(user).unwrap_or_default();
        let admissions = Arc::make_mut(&mut self.admissions);
        match kind {
            b"c" => {
                if admissions.call(number).is_none() {
                    self.called.push(number);
                }
                admissions.set_call(number, timestamp(value));
                self.late.remove(&number);
            }
            b"s" => admissions.skip(number),
            b"i" => {
                let until = timestamp(value);
                if admissions.call(number).is_none() && admissions.pass(number).is_none() {
                    self.called.push(number);
                }
                admissions.enter(number, Pass { user, until });
                self.late.remove(&number);
                self.insiders.write().unwrap_or_else(PoisonError::into_inner).insert(number, until);
            }
            b"e" => {
                admissions.end(number);
                self.late.remove(&number);
                self.insiders.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
                self.ended.push(number);
            }
            b"l" => {
                self.late.insert(number, small(value));
            }
            b"g" => {
                self.late.remove(&number);
            }
            other => tracing::warn!(?other, "unknown kind of line update, from another version"),
        }
    }

    /// Replaces everything, after updates were missed. Returns the version it now has.
    pub(super) fn replace(&mut self, whole: Value) -> Result<i64, RedisFailure> {
        type Scored = Vec<(u64, f64)>;
        type Whole = (i64, Scored, Scored, HashMap<u64, Vec<u8>>, HashMap<u64, u32>, Vec<u8>);
        let (version, called, inside, users, late, ended) =
            Whole::from_redis_value(whole).map_err(redis::RedisError::from)?;
        let mut admissions = Admissions::new(self.status.head);
        for number in set_bits(&ended) {
            admissions.end(number);
        }
        for (number, until) in called {
            admissions.set_call(number, scored(until));
        }
        for (number, until) in inside {
            let user = users.get(&number).and_then(|user| Uuid::from_slice(user).ok()).unwrap_or_default();
            admissions.enter(number, Pass { user, until: scored(until) });
        }
        let insiders = admissions.inside().map(|(number, pass)| (number, pass.until)).collect();
        *self.insiders.write().unwrap_or_else(PoisonError::into_inner) = insiders;
        // Nobody here knows which of these calls are new.
        self.called = admissions.called().chain(admissions.inside().map(|(number, _)| number)).collect();
        self.admissions = Arc::new(admissions);
        self.late = late.into_iter().collect();
        self.status.version = version;
        Ok(version)
    }

    /// The dues that the next tick fetches, as a chunk and the numbers in it: a sweep over all who wait.
    pub(super) fn sweep(&mut self) -> Vec<(usize, std::ops::Range<usize>)> {
        let (first, last) = (chunk_of(self.status.head + 1), chunk_of(self.status.tail));
        if self.status.tail <= self.status.head {
            return Vec::new();
        }
        let count = last - first + 1;
        let share = count.div_ceil(TICKS_PER_SWEEP).max(CHUNKS_PER_TICK).min(count);
        let chunks: Vec<_> = (0..share).map(|step| first + (self.sweep + step) % count).collect();
        self.sweep = (self.sweep + share) % count;
        chunks.into_iter().map(|chunk| (chunk, self.waiting_in(chunk))).collect()
    }

    /// The part of a chunk between head and tail.
    fn waiting_in(&self, chunk: usize) -> std::ops::Range<usize> {
        let first = if chunk == chunk_of(self.status.head + 1) { offset_of(self.status.head + 1) } else { 0 };
        let end =
            if chunk == chunk_of(self.status.tail) { offset_of(self.status.tail) + 1 } else { CHUNK_NUMBERS };
        first..end
    }

    /// Takes dues from Redis, from `offset` in `chunk` on.
    pub(super) fn apply_dues(&mut self, chunk: usize, offset: usize, bytes: &[u8]) {
        let dues = bytes.as_chunks::<4>().0;
        for (due, bytes) in self.chunk_mut(chunk).iter_mut().skip(offset).zip(dues) {
            *due = u32::from_le_bytes(*bytes);
        }
    }

    /// Notes signs that Redis has just received; the sweep would fetch them later.
    pub(super) fn note_signs(&mut self, signs: &[Sign]) {
        for sign in signs {
            if sign.number > self.status.head && sign.number <= self.status.tail {
                self.chunk_mut(chunk_of(sign.number))[offset_of(sign.number)] = sign.due;
            }
        }
    }

    fn chunk_mut(&mut self, chunk: usize) -> &mut [u32] {
        if self.dues.len() <= chunk {
            self.dues.resize(chunk + 1, None);
        }
        self.dues[chunk].get_or_insert_with(|| vec![0; CHUNK_NUMBERS].into_boxed_slice())
    }

    fn chunk(&self, chunk: usize) -> Option<&[u32]> {
        self.dues.get(chunk)?.as_deref()
    }

    /// The due of a number ahead of the head, if it was fetched.
    pub(super) fn due(&self, number: Number) -> u32 {
        if self.admissions.is_ended(number) {
            return 0;
        }
        self.chunk(chunk_of(number)).map_or(0, |dues| dues[offset_of(number)])
    }

    /// Late numbers in order, each with its due.
    pub(super) fn late(&self) -> impl Iterator<Item = (Number, u32)> {
        self.late.iter().map(|(number, due)| (*number, *due))
    }

    /// The due of a late number.
    pub(super) fn late_due(&self, number: Number) -> u32 {
        self.late.get(&number).copied().unwrap_or(0)
    }

    /// How many may be called now.
    pub(super) fn budget(&self) -> usize {
        let taken = self.admissions.inside_count() + self.admissions.called_count();
        onsale_line::budget(self.status.dials, taken, self.status.allowance())
    }

    /// Whether a walk could find anybody.
    pub(super) fn is_anybody_waiting(&self) -> bool {
        self.status.head < self.status.tail || !self.late.is_empty()
    }

    /// Calls and passes that are over unless the store says otherwise.
    pub(super) fn overdue(&self) -> Vec<Number> {
        let now = self.status.now;
        let mut overdue = self.admissions.lapsed(now);
        let grace = SignedDuration::try_from(RUN_OUT_GRACE).unwrap_or_default();
        overdue.extend(self.admissions.run_out(now - grace).into_iter().map(|(number, _)| number));
        overdue
    }

    /// At most `most` numbers that have a slot, others the next time.
    pub(super) fn slots(&mut self, most: usize) -> Vec<Number> {
        let inside = self.admissions.inside().map(|(number, _)| number);
        let mut slots: Vec<_> = self.admissions.called().chain(inside).collect();
        slots.sort_unstable();
        let first = slots.partition_point(|number| *number <= self.slots_seen);
        slots.rotate_left(first);
        slots.truncate(most);
        self.slots_seen = slots.last().copied().unwrap_or(0);
        slots
    }

    /// Whether the mirror does not know this yet.
    pub(super) fn is_update(&self, pass: &PassUpdate) -> bool {
        match pass.until {
            Some(until) => self.admissions.pass(pass.number).is_none_or(|known| known.until != until),
            None => !self.admissions.is_ended(pass.number),
        }
    }

    /// Where a number stands.
    pub(super) fn state(&self, number: Number) -> NumberState {
        let now = self.status.now;
        if !(1..=self.status.tail).contains(&number) {
            return NumberState::Unknown;
        }
        let is_back = || self.late.get(&number).is_some_and(|due| is_present(*due, second_of(now)));
        match self.admissions.state(number, now) {
            NumberState::Skipped if is_back() => NumberState::Late,
            state => state,
        }
    }

    /// Who was called since the last time.
    pub(super) fn take_called(&mut self) -> Vec<Number> {
        std::mem::take(&mut self.called)
    }

    /// Takes calls back that could not be reported.
    pub(super) fn called_again(&mut self, numbers: Vec<Number>) {
        self.called.extend(numbers);
    }

    /// Whose number was ended since the last time.
    pub(super) fn take_ended(&mut self) -> Vec<Number> {
        std::mem::take(&mut self.ended)
    }

    /// The view from which polls are answered.
    pub(super) fn view(&mut self) -> View {
        let LineStatus { now, tail, allocated, head, dials, .. } = self.status;
        let second = second_of(now);
        let presence = Presence::new(head, tail, second, |chunk| self.chunk(chunk));
        let late: Vec<Number> =
            self.late().filter(|(_, due)| is_present(*due, second)).map(|(number, _)| number).collect();
        self.measure_pace(presence.total() + late.len() as u64);
        View::new(ViewParts {
            epoch: self.epoch,
            dials,
            schedule: Schedule::default(),
            tail,
            allocated,
            admissions: Arc::clone(&self.admissions),
            presence: Arc::new(presence),
            late: late.into(),
            pace: self.pace,
        })
    }

    fn measure_pace(&mut self, waiting: u64) {
        let LineStatus { now, calls, joins, dials, .. } = self.status;
        if !self.pace.is_due(now) {
            return;
        }
        let (calls_before, joins_before) = std::mem::replace(&mut self.measured, (calls, joins));
        let sample = PaceSample {
            calls: calls.saturating_sub(calls_before),
            joins: joins.saturating_sub(joins_before),
            waiting,
            paused: dials.paused,
        };
        self.pace.sample(sample, now);
    }
}

/// Until when a user is inside by a number, as the store says; `None` if it is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct PassUpdate {
    pub(super) number: Number,
    pub(super) user: UserId,
    pub(super) until: Option<Timestamp>,
}

pub(super) fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "microseconds since 1970 fit a double and an i64")]
fn scored(score: f64) -> Timestamp {
    timestamp(score as i64)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn small(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

pub(super) fn chunk_of(number: Number) -> usize {
    usize::try_from(number.min(NUMBER_MAX)).unwrap_or(0) / CHUNK_NUMBERS
}

pub(super) fn offset_of(number: Number) -> usize {
    usize::try_from(number.min(NUMBER_MAX)).unwrap_or(0) % CHUNK_NUMBERS
}

/// The numbers of a bitmap as Redis keeps it: the highest bit of the first byte is number 0.
fn set_bits(bitmap: &[u8]) -> impl Iterator<Item = Number> {
    bitmap.iter().enumerate().filter(|(_, byte)| **byte != 0).flat_map(|(index, byte)| {
        (0..8).filter(move |bit| byte >> (7 - bit) & 1 == 1).map(move |bit| index as Number * 8 + bit)
    })
}
