//! What an instance knows of the line: a copy that every round brings up to date by the news since the last.
//!
//! It answers looks and polls and is what the walk is decided on. It decides nothing by itself: where it is behind,
//! the script that applies a decision says so.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::UserId;
use onsale_line::{
    Admissions, CHUNK_NUMBERS, Dials, NUMBER_MAX, Number, Pace, PaceSample, Pass, Place, Presence,
    RUN_OUT_GRACE, Sign, View, ViewParts, is_present, second_of,
};
use redis::{FromRedisValue, Value};
use uuid::Uuid;

use super::RedisFailure;

/// Every chunk of dues is fetched about once in this many ticks; at least [`CHUNKS_A_TICK`] are in each.
const TICKS_A_SWEEP: usize = 10;
const CHUNKS_A_TICK: usize = 2;
/// One piece of news: kind, number, time or due, user.
const NEWS_BYTES: usize = 29;

/// The line in figures, as a script gives them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub(super) now: Timestamp,
    /// Whether this tick is the asker's to make.
    pub(super) is_yours: bool,
    pub(super) tail: Number,
    pub(super) reserved: Number,
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

impl Figures {
    /// The figures, and the news as they come, if they reach back far enough.
    pub(super) fn parse(value: Value) -> Result<(Self, Option<Vec<u8>>), RedisFailure> {
        let mut fields = Vec::<Value>::from_redis_value(value).map_err(redis::RedisError::from)?;
        let news = fields.pop().filter(|news| *news != Value::Nil);
        let news = news.map(Vec::<u8>::from_redis_value).transpose().map_err(redis::RedisError::from)?;
        let mut numbers = fields.into_iter().map(|field| i64::from_redis_value(field).unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        let now = timestamp(next());
        let is_yours = next() == 1;
        let (tail, reserved, head) = (unsigned(next()), unsigned(next()), unsigned(next()));
        let (tick, version) = (next(), next());
        let dials = Dials { capacity: small(next()), rate_per_minute: small(next()), paused: next() == 1 };
        let (calls, joins, lately) = (unsigned(next()), unsigned(next()), small(next()));
        Ok((Self { now, is_yours, tail, reserved, head, tick, version, dials, calls, joins, lately }, news))
    }

    /// How many calls the rate still allows in this minute.
    fn allowance(&self) -> u32 {
        match self.dials.rate_per_minute {
            0 => u32::MAX,
            rate => rate.saturating_sub(self.lately),
        }
    }
}

/// Who is inside, and until when: what every request asks for, on any thread.
pub(super) type Insiders = Arc<RwLock<HashMap<Number, Timestamp>>>;

/// See the module.
pub(super) struct Mirror {
    epoch: u32,
    pub(super) figures: Figures,
    admissions: Arc<Admissions>,
    insiders: Insiders,
    late: BTreeMap<Number, u32>,
    dues: Vec<Option<Box<[u32]>>>,
    /// The last slot that the store was asked about.
    slots_seen: Number,
    /// The chunk with which the sweep goes on.
    sweep: usize,
    pace: Pace,
    /// Calls and new numbers when the pace was last measured.
    measured: (u64, u64),
    called: Vec<Number>,
    ended: Vec<Number>,
}

impl Mirror {
    /// A mirror that knows nothing yet but the figures; see [`Self::replace`].
    pub(super) fn new(epoch: u32, figures: Figures, insiders: Insiders) -> Self {
        Self {
            epoch,
            figures,
            admissions: Arc::new(Admissions::new(figures.head)),
            insiders,
            late: BTreeMap::new(),
            dues: Vec::new(),
            slots_seen: 0,
            sweep: 0,
            pace: Pace::new(figures.now),
            measured: (figures.calls, figures.joins),
            called: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Takes up what a round brought.
    pub(super) fn take_up(&mut self, figures: Figures, news: &[u8]) {
        self.figures = figures;
        for piece in news.as_chunks::<NEWS_BYTES>().0 {
            self.take_up_piece(piece);
        }
        if figures.head > self.admissions.head() {
            Arc::make_mut(&mut self.admissions).pass_to(figures.head);
            let dropped = chunk_of(figures.head + 1).min(self.dues.len());
            self.dues[..dropped].fill(None);
        }
    }

    fn take_up_piece(&mut self, piece: &[u8; NEWS_BYTES]) {
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
            other => tracing::warn!(?other, "news of a kind that this version does not know"),
        }
    }

    /// Takes up everything at once, after news were missed; gives the version that it is of.
    pub(super) fn replace(&mut self, whole: Value) -> Result<i64, RedisFailure> {
        type Scored = Vec<(u64, f64)>;
        type Whole = (i64, Scored, Scored, HashMap<u64, Vec<u8>>, HashMap<u64, u32>, Vec<u8>);
        let (version, called, inside, users, late, ended) =
            Whole::from_redis_value(whole).map_err(redis::RedisError::from)?;
        let mut admissions = Admissions::new(self.figures.head);
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
        self.admissions = Arc::new(admissions);
        self.late = late.into_iter().collect();
        self.figures.version = version;
        Ok(version)
    }

    /// Which dues the next tick should bring, as chunk and the numbers in it: a sweep over all that wait.
    pub(super) fn sweep(&mut self) -> Vec<(usize, std::ops::Range<usize>)> {
        let (first, last) = (chunk_of(self.figures.head + 1), chunk_of(self.figures.tail));
        if self.figures.tail <= self.figures.head {
            return Vec::new();
        }
        let count = last - first + 1;
        let share = count.div_ceil(TICKS_A_SWEEP).max(CHUNKS_A_TICK).min(count);
        let chunks: Vec<_> = (0..share).map(|step| first + (self.sweep + step) % count).collect();
        self.sweep = (self.sweep + share) % count;
        chunks.into_iter().map(|chunk| (chunk, self.waiting_in(chunk))).collect()
    }

    /// The part of a chunk that lies between head and tail.
    fn waiting_in(&self, chunk: usize) -> std::ops::Range<usize> {
        let first =
            if chunk == chunk_of(self.figures.head + 1) { offset_of(self.figures.head + 1) } else { 0 };
        let end = if chunk == chunk_of(self.figures.tail) {
            offset_of(self.figures.tail) + 1
        } else {
            CHUNK_NUMBERS
        };
        first..end
    }

    /// Dues as Redis has them, from `offset` in `chunk` on.
    pub(super) fn take_up_dues(&mut self, chunk: usize, offset: usize, bytes: &[u8]) {
        let dues = bytes.as_chunks::<4>().0;
        for (due, bytes) in self.chunk_mut(chunk).iter_mut().skip(offset).zip(dues) {
            *due = u32::from_le_bytes(*bytes);
        }
    }

    /// Signs that were noted in Redis just now; the sweep would bring them later.
    pub(super) fn note_signs(&mut self, signs: &[Sign]) {
        for sign in signs {
            if sign.number > self.figures.head && sign.number <= self.figures.tail {
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

    /// The due of a number ahead of the head, as far as it was fetched.
    pub(super) fn due(&self, number: Number) -> u32 {
        if self.admissions.is_ended(number) {
            return 0;
        }
        self.chunk(chunk_of(number)).map_or(0, |dues| dues[offset_of(number)])
    }

    /// Those who came back late, in number order, each with their due.
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
        onsale_line::budget(self.figures.dials, taken, self.figures.allowance())
    }

    /// Whether there is anybody whom a walk could come to.
    pub(super) fn is_anybody_waiting(&self) -> bool {
        self.figures.head < self.figures.tail || !self.late.is_empty()
    }

    /// Calls and passes whose time is over, if the store has no other news of them.
    pub(super) fn overdue(&self) -> Vec<Number> {
        let now = self.figures.now;
        let mut overdue = self.admissions.lapsed(now);
        let grace = SignedDuration::try_from(RUN_OUT_GRACE).unwrap_or_default();
        overdue.extend(self.admissions.run_out(now - grace).into_iter().map(|(number, _)| number));
        overdue
    }

    /// Numbers that have a slot: at most `most`, others the next time.
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

    /// Whether what the store says of a pass is not known here yet.
    pub(super) fn is_news(&self, pass: &PassNews) -> bool {
        match pass.until {
            Some(until) => self.admissions.pass(pass.number).is_none_or(|known| known.until != until),
            None => !self.admissions.is_ended(pass.number),
        }
    }

    /// Where a number stands.
    pub(super) fn place(&self, number: Number) -> Place {
        let now = self.figures.now;
        if !(1..=self.figures.tail).contains(&number) {
            return Place::Unknown;
        }
        let is_back = || self.late.get(&number).is_some_and(|due| is_present(*due, second_of(now)));
        match self.admissions.place(number, now) {
            Place::Skipped if is_back() => Place::Late,
            place => place,
        }
    }

    /// Who was called since this was last asked.
    pub(super) fn take_called(&mut self) -> Vec<Number> {
        std::mem::take(&mut self.called)
    }

    /// Whose number was ended since this was last asked.
    pub(super) fn take_ended(&mut self) -> Vec<Number> {
        std::mem::take(&mut self.ended)
    }

    /// The picture from which polls are answered.
    pub(super) fn view(&mut self) -> View {
        let Figures { now, tail, reserved, head, dials, .. } = self.figures;
        let second = second_of(now);
        let presence = Presence::new(head, tail, second, |chunk| self.chunk(chunk));
        let late: Vec<Number> =
            self.late().filter(|(_, due)| is_present(*due, second)).map(|(number, _)| number).collect();
        self.measure_pace(presence.total() + late.len() as u64);
        View::new(ViewParts {
            epoch: self.epoch,
            dials,
            tail,
            reserved,
            admissions: Arc::clone(&self.admissions),
            presence: Arc::new(presence),
            late: late.into(),
            pace: self.pace,
        })
    }

    fn measure_pace(&mut self, waiting: u64) {
        let Figures { now, calls, joins, dials, .. } = self.figures;
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

/// Until when the store says a user is inside by a number, or that it is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct PassNews {
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
