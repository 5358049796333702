//! An instance's copy of the line, which every batch brings up to date.
//!
//! Lookups and polls are answered from it, and walks are decided on it. It has no authority: if it is behind,
//! the script that applies a decision rejects it.

mod dues;
mod status;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::UserId;
use onsale_line::{
    Admissions, Number, NumberState, Pace, PaceSample, Pass, Presence, RUN_OUT_GRACE, Schedule, Sign, View,
    ViewParts, is_present, second_of,
};
use redis::{FromRedisValue, Value};
use uuid::Uuid;

use self::dues::FetchedDues;
pub(super) use self::dues::{chunk_of, offset_of};
pub(super) use self::status::{LineStatus, timestamp};
use self::status::{scored, small};
use super::RedisFailure;

/// One update: kind, number, time or due, user.
const UPDATE_BYTES: usize = 29;

/// Who is inside, and until when. Every request of an API client reads it, on any thread.
pub(super) type Insiders = Arc<RwLock<HashMap<Number, Timestamp>>>;

/// See the module.
pub(super) struct Mirror {
    epoch: u32,
    pub(super) status: LineStatus,
    admissions: Arc<Admissions>,
    insiders: Insiders,
    late: BTreeMap<Number, u32>,
    dues: FetchedDues,
    /// The last slot that the store was asked about.
    slots_seen: Number,
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
            dues: FetchedDues::default(),
            slots_seen: 0,
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
            self.dues.drop_behind(status.head);
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

    /// The dues that the next tick fetches, as a chunk and the numbers in it.
    pub(super) fn sweep(&mut self) -> Vec<(usize, Range<usize>)> {
        self.dues.sweep(self.status.head, self.status.tail)
    }

    /// Takes dues from Redis, from `offset` in `chunk` on.
    pub(super) fn apply_dues(&mut self, chunk: usize, offset: usize, bytes: &[u8]) {
        self.dues.apply(chunk, offset, bytes);
    }

    /// Notes signs that Redis has just received; the sweep would fetch them later.
    pub(super) fn note_signs(&mut self, signs: &[Sign]) {
        for sign in signs {
            if sign.number > self.status.head && sign.number <= self.status.tail {
                self.dues.set(sign.number, sign.due);
            }
        }
    }

    /// The due of a number ahead of the head, if it was fetched.
    pub(super) fn due(&self, number: Number) -> u32 {
        if self.admissions.is_ended(number) {
            return 0;
        }
        self.dues.get(number)
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
        let presence = Presence::new(head, tail, second, |chunk| self.dues.chunk(chunk));
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

/// The numbers of a bitmap as Redis keeps it: the highest bit of the first byte is number 0.
fn set_bits(bitmap: &[u8]) -> impl Iterator<Item = Number> {
    bitmap.iter().enumerate().filter(|(_, byte)| **byte != 0).flat_map(|(index, byte)| {
        (0..8).filter(move |bit| byte >> (7 - bit) & 1 == 1).map(move |bit| index as Number * 8 + bit)
    })
}
