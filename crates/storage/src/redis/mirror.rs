//! An instance's copy of the line, which every batch brings up to date.
//!
//! Lookups and polls are answered from it, and walks are decided on it. It has no authority: if it is behind,
//! the script that applies a decision rejects it.
//!
//! Redis keeps everything by number. What has an order here goes by place, and is translated on its way in
//! and out: admissions, late numbers, dues. So a mirror must know the order before it takes up anything that
//! came after a draw; see [`Mirror::is_order_missing`].

mod dues;
mod status;
mod updates;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, RwLock};

use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::UserId;
use onsale_line::{
    Admissions, Number, NumberState, Observation, Order, Place, Presence, RUN_OUT_GRACE, Sign, View,
    ViewParts, Waits, is_present, second_of,
};

use self::dues::FetchedDues;
pub(super) use self::status::{LineStatus, timestamp};
use super::schedules::DatedSchedule;

/// Who is inside, and until when. Every request of an API client reads it, on any thread.
pub(super) type Insiders = Arc<RwLock<HashMap<Number, Timestamp>>>;

/// See the module.
pub(super) struct Mirror {
    epoch: u32,
    pub(super) status: LineStatus,
    /// What the store says of times, opening and order.
    pub(super) dated: DatedSchedule,
    admissions: Arc<Admissions>,
    insiders: Insiders,
    late: BTreeMap<Place, u32>,
    dues: FetchedDues,
    /// The last slot that the store was asked about.
    slots_seen: Number,
    waits: Waits,
    /// Calls at the last view, and new numbers when the waits were last observed.
    seen: (u64, u64),
    called: Vec<Number>,
    ended: Vec<Number>,
}

impl Mirror {
    /// A mirror that knows only the status; see [`Self::replace`].
    pub(super) fn new(epoch: u32, status: LineStatus, dated: DatedSchedule, insiders: Insiders) -> Self {
        Self {
            epoch,
            status,
            dated,
            admissions: Arc::new(Admissions::new(status.head)),
            insiders,
            late: BTreeMap::new(),
            dues: FetchedDues::default(),
            slots_seen: 0,
            waits: Waits::new(status.now),
            seen: (status.calls, status.joins),
            called: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Takes over what the store says, unless more is known. An opening only moves forward.
    pub(super) fn learn(&mut self, dated: DatedSchedule) {
        if dated.revision <= self.dated.revision {
            return;
        }
        let was_lobby = self.dated.schedule.is_lobby();
        if dated.schedule.is_lobby() && !was_lobby {
            tracing::error!("the store has lost the opening of a sale");
            return;
        }
        self.dated = dated;
        if was_lobby && self.order().lobby_tail() > 0 {
            self.reorder();
        }
    }

    /// Goes over from numbers to the places of the draw. Nobody has been considered for a call yet.
    fn reorder(&mut self) {
        let order = self.order().clone();
        let mut admissions = Admissions::new(self.status.head);
        for number in (1..=self.status.tail).filter(|number| self.admissions.is_ended(*number)) {
            admissions.end(order.place(number));
        }
        self.admissions = Arc::new(admissions);
        self.dues = self.dues.reordered(&order);
    }

    /// Whether Redis has heard of an opening that is not known here: then no order is known either.
    pub(super) fn is_order_missing(&self, status: &LineStatus) -> bool {
        status.is_opened && self.dated.schedule.is_lobby()
    }

    /// Whether the store has opened the line, and Redis has not heard of it.
    pub(super) fn is_to_open(&self) -> bool {
        !self.dated.schedule.is_lobby() && !self.status.is_opened
    }

    pub(super) fn order(&self) -> &Order {
        self.dated.schedule.order()
    }

    fn place(&self, number: Number) -> Place {
        self.order().place(number)
    }

    fn number(&self, place: Place) -> Number {
        self.order().number(place)
    }

    /// The dues that the next tick fetches, as a chunk and the numbers in it.
    pub(super) fn sweep(&mut self) -> Vec<(usize, Range<usize>)> {
        self.dues.sweep(self.dated.schedule.order(), self.status.head, self.status.tail)
    }

    /// Takes dues from Redis, from `offset` in `chunk` on.
    pub(super) fn apply_dues(&mut self, chunk: usize, offset: usize, bytes: &[u8]) {
        self.dues.apply(self.dated.schedule.order(), self.status.head, chunk, offset, bytes);
    }

    /// Notes signs that Redis has just received; the sweep would fetch them later.
    pub(super) fn note_signs(&mut self, signs: &[Sign]) {
        for sign in signs {
            self.note_due(sign.number, sign.due);
        }
    }

    /// Notes the due of a number whose place is ahead of the head.
    pub(super) fn note_due(&mut self, number: Number, due: u32) {
        let place = self.place(number);
        if place > self.status.head && number <= self.status.tail {
            self.dues.set(place, due);
        }
    }

    /// The due of a place ahead of the head, if it was fetched.
    pub(super) fn due(&self, place: Place) -> u32 {
        if self.admissions.is_ended(place) {
            return 0;
        }
        self.dues.get(place)
    }

    /// Late places in order, each with its due.
    pub(super) fn late(&self) -> impl Iterator<Item = (Place, u32)> {
        self.late.iter().map(|(place, due)| (*place, *due))
    }

    /// The due of a late place.
    pub(super) fn late_due(&self, place: Place) -> u32 {
        self.late.get(&place).copied().unwrap_or(0)
    }

    /// How many may be called now. Nobody before both the store and Redis say that the line has opened.
    pub(super) fn budget(&self) -> usize {
        if !(self.status.is_opened && self.dated.schedule.is_calling(self.status.now)) {
            return 0;
        }
        let taken = self.admissions.inside_count() + self.admissions.called_count();
        onsale_line::budget(self.status.dials, taken, self.status.allowance())
    }

    /// Whether a walk could find anybody.
    pub(super) fn is_anybody_waiting(&self) -> bool {
        self.status.head < self.status.tail || !self.late.is_empty()
    }

    /// Whether the line is over and nobody has a slot: then it needs its places no more.
    pub(super) fn is_spent(&self) -> bool {
        let slots = self.admissions.called_count() + self.admissions.inside_count();
        slots == 0 && self.dated.schedule.is_over(self.status.now)
    }

    /// Calls and passes that are over unless the store says otherwise.
    pub(super) fn overdue(&self) -> Vec<Number> {
        let now = self.status.now;
        let mut overdue = self.admissions.lapsed(now);
        let grace = SignedDuration::try_from(RUN_OUT_GRACE).unwrap_or_default();
        overdue.extend(self.admissions.run_out(now - grace).into_iter().map(|(place, _)| place));
        overdue.into_iter().map(|place| self.number(place)).collect()
    }

    /// At most `most` numbers that have a slot, others the next time.
    pub(super) fn slots(&mut self, most: usize) -> Vec<Number> {
        let inside = self.admissions.inside().map(|(place, _)| place);
        let places = self.admissions.called().chain(inside);
        let mut slots: Vec<_> = places.map(|place| self.number(place)).collect();
        slots.sort_unstable();
        let first = slots.partition_point(|number| *number <= self.slots_seen);
        slots.rotate_left(first);
        slots.truncate(most);
        self.slots_seen = slots.last().copied().unwrap_or(0);
        slots
    }

    /// Until when a number is inside as far as is known here.
    pub(super) fn inside_until(&self, number: Number) -> Option<Timestamp> {
        self.admissions.pass(self.place(number)).map(|pass| pass.until)
    }

    /// Whether the mirror does not know this yet.
    pub(super) fn is_update(&self, pass: &PassUpdate) -> bool {
        match pass.until {
            Some(until) => self.inside_until(pass.number) != Some(until),
            None => !self.admissions.is_ended(self.place(pass.number)),
        }
    }

    /// Where a number stands.
    pub(super) fn state(&self, number: Number) -> NumberState {
        let now = self.status.now;
        if !(1..=self.status.tail).contains(&number) {
            return NumberState::Unknown;
        }
        let place = self.place(number);
        let is_back = || self.late.get(&place).is_some_and(|due| is_present(*due, second_of(now)));
        let state = match self.admissions.state(place, now) {
            NumberState::Skipped if is_back() => NumberState::Late,
            state => state,
        };
        self.dated.schedule.closed(state, now)
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
        // Nobody waits for a line that is over.
        let is_over = self.dated.schedule.is_over(now);
        let last = if is_over { head } else { tail };
        let presence = Presence::new(head, last, second, |chunk| self.dues.chunk(chunk));
        let late = self.late().filter(|(_, due)| !is_over && is_present(*due, second));
        let late: Vec<Place> = late.map(|(place, _)| place).collect();
        self.observe_waits(&presence, late.len() as u64);
        View::new(ViewParts {
            epoch: self.epoch,
            dials,
            schedule: self.dated.schedule.clone(),
            tail,
            allocated,
            admissions: Arc::clone(&self.admissions),
            presence: Arc::new(presence),
            late: late.into(),
            waits: self.waits.table(),
        })
    }

    fn observe_waits(&mut self, presence: &Presence, late: u64) {
        let LineStatus { now, calls, joins, dials, .. } = self.status;
        let calls_before = std::mem::replace(&mut self.seen.0, calls);
        self.waits.note_calls(calls.saturating_sub(calls_before), now);
        if !self.dated.schedule.is_calling(now) || !self.waits.is_due(dials, now) {
            return;
        }
        let joins_before = std::mem::replace(&mut self.seen.1, joins);
        let joins = joins.saturating_sub(joins_before);
        self.waits.observe(Observation { admissions: &self.admissions, presence, late, joins, dials }, now);
    }
}

/// Until when a user is inside by a number, as the store says; `None` if it is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct PassUpdate {
    pub(super) number: Number,
    pub(super) user: UserId,
    pub(super) until: Option<Timestamp>,
    pub(super) source: PassSource,
}

/// How the store's word about a pass came here.
#[derive(Debug, Clone, Copy)]
pub(super) enum PassSource {
    /// A commit has just written it, or nothing can have changed it since it was read.
    Certain,
    /// The store was asked; then the number was inside until this time, as far as was known here.
    Answer(Option<Timestamp>),
}
