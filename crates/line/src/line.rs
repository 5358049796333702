//! The waiting line in memory: the lobby and its opening, joining, signs of life, claims, entering and
//! leaving.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::admissions::{Admissions, NumberState, Pass};
use crate::call::claimed_until;
use crate::dials::Dials;
use crate::dues::Dues;
use crate::number::{NUMBER_MAX, Number};
use crate::opening::{JoinRefused, LineOpening, LineWindow, Schedule};
use crate::order::{Order, Place};
use crate::presence::{Presence, is_present};
use crate::rolling::{JoinMeter, RollingMinute};
use crate::sign::Sign;
use crate::time::{second_of, timestamp_of};
use crate::view::{View, ViewParts};
use crate::waits::Waits;

const BLOCK_MIN: u64 = 64;
const BLOCK_MAX: u64 = 65_536;

/// The waiting line of one sale.
///
/// [`join`](Self::join) gives out numbers, [`tick`](Self::tick) calls people, [`claim`](Self::claim) and,
/// once the store has the pass, [`enter`](Self::enter) let them in. Nothing here is durable: numbers are
/// allocated before they are given out ([`allocate`](Self::allocate)), and after a crash
/// [`recover`](Self::recover) starts from what the store knows.
#[derive(Debug)]
pub struct Line {
    pub(crate) epoch: u32,
    pub(crate) dials: Dials,
    pub(crate) schedule: Schedule,
    pub(crate) tail: Number,
    pub(crate) allocated: Number,
    /// The live number of each user, in 32 bits: the largest part of the line's memory.
    pub(crate) users: HashMap<Uuid, u32>,
    /// From here on everything goes by place: nothing else has to know of a draw.
    pub(crate) dues: Dues,
    /// Skipped places that are back, and when their next sign is due.
    pub(crate) late: BTreeMap<Place, u32>,
    pub(crate) admissions: Arc<Admissions>,
    /// The passes, ordered by when they run out.
    pub(crate) run_outs: BTreeSet<(Timestamp, Place)>,
    pub(crate) minute: RollingMinute,
    pub(crate) joins: JoinMeter,
    pub(crate) waits: Waits,
    /// New numbers since the waits were last observed.
    pub(crate) joins_unseen: u64,
    pub(crate) ticked_at: Timestamp,
}

impl Line {
    /// An empty line that is open, by arrival, and never closes. It has no number to give out:
    /// [`allocate`](Self::allocate) some first.
    pub fn new(epoch: u32, dials: Dials, now: Timestamp) -> Self {
        Self::with_schedule(epoch, dials, Schedule::default(), now)
    }

    /// An empty line that opens and closes as `schedule` says.
    pub fn with_schedule(epoch: u32, dials: Dials, schedule: Schedule, now: Timestamp) -> Self {
        Self {
            epoch,
            dials,
            schedule,
            tail: 0,
            allocated: 0,
            users: HashMap::new(),
            dues: Dues::default(),
            late: BTreeMap::new(),
            admissions: Arc::new(Admissions::new(0)),
            run_outs: BTreeSet::new(),
            minute: RollingMinute::default(),
            joins: JoinMeter::default(),
            waits: Waits::new(now),
            joins_unseen: 0,
            ticked_at: now,
        }
    }

    /// Gives a user a number, or the one they have. Joining is a sign of life: the number is present for at
    /// least 10 s, 15 s in the lobby. The real due follows with [`sign_of_life`](Self::sign_of_life) once a
    /// poll interval has been sent.
    ///
    /// # Errors
    ///
    /// [`JoinRefused::NotYet`] before the lobby opens, and [`JoinRefused::Over`] once the line has closed.
    /// [`JoinRefused::NumbersExhausted`] when a new number is needed and none is allocated: allocate some
    /// durably, then [`allocate`](Self::allocate) them here and try again.
    pub fn join(&mut self, user: Uuid, now: Timestamp) -> Result<Number, JoinRefused> {
        self.schedule.check_join(now)?;
        let due = self.schedule.due_of_join(now);
        if let Some(number) = self.live_number(user, now) {
            // A second tab must not shorten what the first one promised.
            let place = self.place(number);
            self.note_due(place, due.max(self.due(place)));
            return Ok(number);
        }
        if self.tail >= self.allocated {
            return Err(JoinRefused::NumbersExhausted);
        }
        let next = u32::try_from(self.tail + 1).map_err(|_| JoinRefused::NumbersExhausted)?;
        self.tail = Number::from(next);
        self.users.insert(user, next);
        self.dues.set(self.place(self.tail), due);
        self.joins.note(now);
        self.joins_unseen += 1;
        Ok(self.tail)
    }

    /// Numbers up to and including `upto` are durably allocated and may be given out. Never lowers.
    pub fn allocate(&mut self, upto: Number) {
        self.allocated = self.allocated.max(upto.min(NUMBER_MAX));
    }

    /// How many numbers can be given out before more must be allocated.
    pub fn numbers_left(&self) -> u64 {
        self.allocated - self.tail
    }

    /// How many numbers to allocate next: two seconds' worth of joins, so that a crash leaves few ghosts (a
    /// number that was allocated and never given out counts as a person for a while).
    pub fn block_size(&self) -> u64 {
        (2 * self.joins.per_second()).clamp(BLOCK_MIN, BLOCK_MAX)
    }

    /// Notes that somebody is here and when they will be back. The newest promise counts, longer or shorter.
    /// A skipped number becomes late; a call stays open until the promise. Numbers that are not given out,
    /// ended or inside are ignored.
    ///
    /// After a restart it also registers the user's number. If the user then has two, the one inside or
    /// called stands (its pass may be on its way to the store), otherwise the lower. The other is ended and
    /// returned, so that its end can be logged.
    pub fn sign_of_life(&mut self, sign: Sign, now: Timestamp) -> Option<Number> {
        let Sign { number, user, due } = sign;
        // A pass that has run out is ended here too, whether or not there was a tick since.
        if matches!(self.state(number, now), NumberState::Ended | NumberState::Unknown) {
            return None;
        }
        let ended = match self.live_number(user, now) {
            Some(other) if other != number => {
                let rank = |number| (self.rank(number), number);
                let (kept, other) =
                    if rank(number) < rank(other) { (number, other) } else { (other, number) };
                self.keep_one(user, kept, other)
            }
            Some(_) => None,
            None => {
                self.register(user, number);
                None
            }
        };
        if ended != Some(number) {
            self.note_due(self.place(number), due);
        }
        ended
    }

    /// Whether a number's call stands at `now`. If so it is kept open for another 30 s, so that it cannot
    /// lapse while the store writes the pass: two people would get one slot. Repeating it is harmless.
    pub fn claim(&mut self, number: Number, now: Timestamp) -> bool {
        let NumberState::Called { until } = self.state(number, now) else { return false };
        let place = self.place(number);
        Arc::make_mut(&mut self.admissions).set_call(place, claimed_until(now, until));
        true
    }

    /// The store has a pass for this number until `until`: it is inside. Also changes when a pass runs out,
    /// and accepts a number whose call is unknown here. Never revives an ended number. If the user has
    /// another number that is only waiting, that one is ended.
    pub fn enter(&mut self, number: Number, user: Uuid, until: Timestamp) {
        let place = self.place(number);
        if !self.is_given(number) || self.admissions.is_ended(place) {
            return;
        }
        let before = Arc::make_mut(&mut self.admissions).enter(place, Pass { user, until });
        if let Some(pass) = before {
            self.run_outs.remove(&(pass.until, place));
        }
        self.run_outs.insert((until, place));
        self.stop_waiting(place);
        match self.users.get(&user).map(|other| Number::from(*other)) {
            Some(other) if other != number => {
                self.keep_one(user, number, other);
            }
            _ => self.register(user, number),
        }
    }

    /// Ends a number for ever: left, paid, or removed. Its slot is free at once, and its user may join again.
    pub fn end(&mut self, number: Number, user: Uuid) {
        if !self.is_given(number) {
            return;
        }
        let place = self.place(number);
        if let Some(pass) = Arc::make_mut(&mut self.admissions).end(place) {
            self.run_outs.remove(&(pass.until, place));
        }
        self.stop_waiting(place);
        self.forget(user, number);
    }

    /// Fixes the last number of the lobby, once it is time to open: from then on the same number, and those
    /// who join later come behind. `None` in a line that is not due to open. The opening that the store
    /// commits names this number; until then nobody is called.
    pub fn fix_lobby(&mut self, now: Timestamp) -> Option<Number> {
        if !self.schedule.is_due_to_open(now) {
            return None;
        }
        let LineOpening::Lobby { tail, .. } = &mut self.schedule.opening else { return None };
        Some(*tail.get_or_insert(self.tail))
    }

    /// The store's clock says that it is not time to open yet: those who join meanwhile belong to the lobby.
    pub fn unfix_lobby(&mut self) {
        if let LineOpening::Lobby { tail, .. } = &mut self.schedule.opening {
            *tail = None;
        }
    }

    /// Opens the line, once the store has committed that: people are called in this order from the next tick
    /// on. Numbers above [`Order::lobby_tail`] come behind. A line that has opened stays as it is.
    pub fn open(&mut self, order: Order) {
        if !self.schedule.is_lobby() {
            return;
        }
        // Everybody in the draw has a number, whether or not it was given out here.
        self.allocate(order.lobby_tail());
        self.tail = self.tail.max(order.lobby_tail().min(NUMBER_MAX));
        if order.lobby_tail() > 0 {
            self.dues = self.dues.reordered(&order);
            self.admissions = Arc::new(self.admissions.reordered(&order));
            let moved = |(until, number): &(_, Number)| (*until, order.place(*number));
            self.run_outs = self.run_outs.iter().map(moved).collect();
        }
        self.schedule.opening = LineOpening::Open(order);
    }

    /// Sets the times, which an operator has changed. If the line is to open later than it was, a lobby that
    /// was fixed takes people again.
    pub fn set_window(&mut self, window: LineWindow) {
        if window.opens_at > self.schedule.window.opens_at {
            self.unfix_lobby();
        }
        self.schedule.window = window;
    }

    /// Takes over what the store has of the sale: its times, its order, and how far its opening has come. An
    /// opening only moves forward: a line that has opened stays open.
    pub fn set_schedule(&mut self, schedule: Schedule) {
        let Schedule { window, opening } = schedule;
        self.set_window(window);
        match (opening, &mut self.schedule.opening) {
            (LineOpening::Open(order), _) => self.open(order),
            (LineOpening::Lobby { is_draw, tail: fixed }, LineOpening::Lobby { is_draw: known, tail }) => {
                *known = is_draw;
                *tail = fixed.or(*tail);
            }
            (LineOpening::Lobby { .. }, LineOpening::Open(_)) => {}
        }
    }

    /// The times, whether the line has opened, and its order.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Sets the dials; they count from the next tick on.
    pub fn set_dials(&mut self, dials: Dials) {
        self.dials = dials;
    }

    /// The dials in force.
    pub fn dials(&self) -> Dials {
        self.dials
    }

    /// The last place considered for a call.
    pub fn head(&self) -> Place {
        self.admissions.head()
    }

    /// The last number given out.
    pub fn tail(&self) -> Number {
        self.tail
    }

    /// The highest number that may be given out.
    pub fn allocated(&self) -> Number {
        self.allocated
    }

    /// Where a number stands at `now`: exact, and cheap.
    pub fn state(&self, number: Number, now: Timestamp) -> NumberState {
        if !self.is_given(number) {
            return NumberState::Unknown;
        }
        let place = self.place(number);
        let is_back = || self.late.get(&place).is_some_and(|due| is_present(*due, second_of(now)));
        let state = match self.admissions.state(place, now) {
            NumberState::Skipped if is_back() => NumberState::Late,
            state => state,
        };
        self.schedule.closed(state, now)
    }

    /// A user's number at `now` and its state; `None` for a user without a live one: never joined, ended, or
    /// with a pass that has run out. This is no sign of life.
    pub fn state_of_user(&self, user: Uuid, now: Timestamp) -> Option<(Number, NumberState)> {
        let number = Number::from(*self.users.get(&user)?);
        let state = self.state(number, now);
        (state != NumberState::Ended).then_some((number, state))
    }

    /// A picture of the line at `now`. It takes one pass over those who wait: about a millisecond for a
    /// million.
    pub fn view(&self, now: Timestamp) -> View {
        let second = second_of(now);
        // Nobody waits for a line that is over.
        let is_over = self.schedule.is_over(now);
        let tail = if is_over { self.head() } else { self.tail };
        let presence = Presence::new(self.head(), tail, second, |chunk| self.dues.chunk(chunk));
        let late = self.late.iter().filter(|(_, due)| !is_over && is_present(**due, second));
        View::new(ViewParts {
            epoch: self.epoch,
            dials: self.dials,
            schedule: self.schedule.clone(),
            tail: self.tail,
            allocated: self.allocated,
            admissions: Arc::clone(&self.admissions),
            presence: Arc::new(presence),
            late: late.map(|(place, _)| *place).collect(),
            waits: self.waits.table(),
        })
    }

    fn note_due(&mut self, place: Place, due: u32) {
        if self.admissions.pass(place).is_some() {
            return;
        }
        if let Some(until) = self.admissions.call(place) {
            // The person promised this before they could see the call, which must stand until then.
            if timestamp_of(due) > until {
                Arc::make_mut(&mut self.admissions).set_call(place, timestamp_of(due));
            }
        } else if place > self.head() {
            self.dues.set(place, due);
        } else {
            self.late.insert(place, due);
        }
    }

    fn due(&self, place: Place) -> u32 {
        if place > self.head() { self.dues.get(place) } else { self.late.get(&place).copied().unwrap_or(0) }
    }

    fn stop_waiting(&mut self, place: Place) {
        self.late.remove(&place);
        self.dues.clear(place);
    }

    pub(crate) fn place(&self, number: Number) -> Place {
        self.schedule.order().place(number)
    }

    fn is_given(&self, number: Number) -> bool {
        (1..=self.tail).contains(&number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, room_for, user};

    #[test]
    fn an_ended_number_takes_one_bit() {
        let mut line = Line::new(1, room_for(1), at(0.0));
        line.allocate(3);
        for id in 1..=3 {
            line.join(user(id), at(0.0)).unwrap();
        }
        line.tick(at(0.0));
        line.enter(1, user(1), at(5.0));
        line.end(2, user(2));
        line.tick(at(11.0));
        assert_eq!(line.state(3, at(11.0)), NumberState::Skipped);
        line.sign_of_life(Sign { number: 3, user: user(3), due: second_of(at(30.0)) }, at(11.0));
        line.end(3, user(3));
        assert_eq!((line.users.len(), line.run_outs.len(), line.late.len()), (0, 0, 0));
        assert_eq!((line.admissions.called_count(), line.admissions.inside_count()), (0, 0));
        assert_eq!(line.dues.count_present(0, 1), 0);
    }

    #[test]
    fn a_lookup_gives_no_place_and_is_no_sign_of_life() {
        let mut line = Line::new(1, room_for(1), at(0.0));
        line.allocate(3);
        line.join(user(1), at(0.0)).unwrap();
        line.join(user(2), at(0.0)).unwrap();
        line.tick(at(0.0));
        line.enter(1, user(1), at(60.0));
        assert_eq!(line.state_of_user(user(1), at(1.0)), Some((1, NumberState::Inside { until: at(60.0) })));
        assert_eq!(line.state_of_user(user(2), at(1.0)), Some((2, NumberState::Waiting)));
        assert_eq!((line.state_of_user(user(3), at(1.0)), line.tail()), (None, 2));
        // The pass has run out, and there was no tick since.
        assert_eq!(line.state_of_user(user(1), at(60.0)), None);
        line.tick(at(61.0));
        assert_eq!(
            line.state_of_user(user(2), at(61.0)),
            Some((2, NumberState::Skipped)),
            "it was no sign of life"
        );
        line.end(2, user(2));
        assert_eq!(line.state_of_user(user(2), at(61.0)), None);
    }

    #[test]
    fn dues_behind_the_head_take_no_memory() {
        let mut line = Line::new(1, room_for(1), at(0.0));
        line.allocate(65_600);
        for id in 1..=65_600 {
            line.join(user(id), at(0.0)).unwrap();
        }
        assert!(line.dues.chunk(0).is_some());
        line.tick(at(60.0));
        assert!(line.dues.chunk(0).is_none());
    }
}
