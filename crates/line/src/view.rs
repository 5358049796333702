//! A picture of the line at one moment, which answers polls without the line itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::admissions::{Admissions, NumberState};
use crate::dials::{Dials, Phase};
use crate::estimate::Estimate;
use crate::lobby::lobby_interval;
use crate::number::Number;
use crate::opening::{LineOpening, Schedule};
use crate::order::Place;
use crate::poll::{NEAR_TURN_SECONDS, PollContext, is_near_turn, poll_interval};
use crate::presence::Presence;
use crate::sell_out::SellOut;
use crate::time::plus;
use crate::waits::WaitTable;

/// The line in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tallies {
    /// People present and not called, those who came back late included.
    pub waiting: u64,
    /// Passes.
    pub inside: u64,
    /// Open calls.
    pub called: u64,
    /// People who have come in since this line was created or recovered.
    pub admitted: u64,
    /// The last place considered for a call.
    pub head: Place,
    /// The last number given out.
    pub tail: Number,
    /// The highest number that may be given out.
    pub allocated: Number,
    /// The epoch of the line.
    pub epoch: u32,
}

/// The parts of a view, wherever the line is kept.
#[derive(Debug, Clone)]
pub struct ViewParts {
    /// The epoch of the line.
    pub epoch: u32,
    /// The dials in force.
    pub dials: Dials,
    /// The times, whether the line has opened, and its order.
    pub schedule: Schedule,
    /// The last number given out.
    pub tail: Number,
    /// The highest number that may be given out.
    pub allocated: Number,
    /// Who is called, inside or done.
    pub admissions: Arc<Admissions>,
    /// Which places of (head, tail] are present.
    pub presence: Arc<Presence>,
    /// Late places that are present, in order.
    pub late: Arc<[Place]>,
    /// How long people wait.
    pub waits: Arc<WaitTable>,
}

/// An immutable picture of the line. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct View {
    parts: ViewParts,
    /// When nothing will be free any more, if that is known.
    sell_out: Option<SellOut>,
    /// After how many seconds that is, by the waits of this picture.
    sold_out_after: Option<f64>,
}

impl View {
    /// Builds a view.
    pub fn new(parts: ViewParts) -> Self {
        Self { parts, sell_out: None, sold_out_after: None }
    }

    /// The same picture with estimates that heed when nothing will be free any more, if that is known.
    pub(crate) fn with_sell_out(self, sell_out: Option<SellOut>) -> Self {
        let sold_out_after = sell_out.and_then(|it| self.parts.waits.seconds_until_called(it.takers));
        Self { sell_out, sold_out_after, ..self }
    }

    /// Where a number stands at `now`. A number that may have been given out since the picture was taken is
    /// waiting; one above the last allocated number is unknown.
    pub fn state(&self, number: Number, now: Timestamp) -> NumberState {
        if number == 0 || number > self.parts.allocated {
            return NumberState::Unknown;
        }
        let place = self.place_of(number);
        let state = match self.parts.admissions.state(place, now) {
            NumberState::Skipped if self.is_late(place) => NumberState::Late,
            state => state,
        };
        self.parts.schedule.closed(state, now)
    }

    /// Whether a number waits for certain. A call that has lapsed since the picture was taken may have been
    /// claimed before, so that its number does not.
    pub fn is_waiting(&self, number: Number, now: Timestamp) -> bool {
        match self.state(number, now) {
            NumberState::Waiting => true,
            NumberState::Late | NumberState::Skipped => !self.has_call(number),
            NumberState::Called { .. }
            | NumberState::Inside { .. }
            | NumberState::Ended
            | NumberState::Unknown => false,
        }
    }

    /// Whether a number had a call when the picture was taken, one that had lapsed included.
    pub fn has_call(&self, number: Number) -> bool {
        self.parts.admissions.call(self.place_of(number)).is_some()
    }

    /// Where a number comes; `None` in a draw's lobby, where nobody knows.
    pub fn place(&self, number: Number) -> Option<Place> {
        self.parts.schedule.is_order_known().then(|| self.place_of(number))
    }

    /// How many live people will be called before this number: late ones with earlier places, and those
    /// present between the head and its place; `None` in a draw's lobby. `head` is the freshest head known;
    /// the view's own counts if it is higher. Numbers given out since the picture was taken count as present.
    /// Only for numbers that wait or are late.
    pub fn ahead(&self, number: Number, head: Place) -> Option<u64> {
        let ViewParts { admissions, presence, late, tail, .. } = &self.parts;
        let place = self.place(number)?;
        let head = head.max(admissions.head());
        let before = place.saturating_sub(1);
        let late_ahead = late.partition_point(|late| *late < place) as u64;
        let newcomers = before.saturating_sub(head.max(*tail));
        Some(late_ahead + presence.count(head, before.min(*tail)) + newcomers)
    }

    /// Whether a number was present and not called when the picture was taken, or was given out since.
    pub fn is_present(&self, number: Number) -> bool {
        let is_newcomer = number > self.parts.tail && number <= self.parts.allocated;
        let place = self.place_of(number);
        is_newcomer || self.parts.presence.contains(place) || self.is_late(place)
    }

    /// The wait with `ahead` people ahead, or `None` if these dials call nobody, or while there is no honest
    /// estimate, as in a lobby.
    pub fn estimate(&self, ahead: u64) -> Option<Estimate> {
        if self.parts.dials.calls_nobody() {
            return None;
        }
        self.parts.waits.estimate(ahead).map(|estimate| self.shortened(estimate, self.sold_out_after))
    }

    /// The wait by other waits than those of this picture, such as those of a forecast.
    pub(crate) fn estimate_by(&self, waits: &WaitTable, ahead: u64) -> Option<Estimate> {
        let after = self.sell_out.and_then(|it| waits.seconds_until_called(it.takers));
        waits.estimate(ahead).map(|estimate| self.shortened(estimate, after))
    }

    /// An estimate where nothing is free any more `after` so many seconds.
    fn shortened(&self, estimate: Estimate, after: Option<f64>) -> Estimate {
        self.sell_out.zip(after).map_or(estimate, |(sell_out, after)| sell_out.shorten(estimate, after))
    }

    /// When somebody who polls at `now` with `ahead` people ahead should poll again: after an eighth of the
    /// median wait, between 1 and 30 s for a line of up to 20,000, at most 3 s near the turn. `jitter` is a
    /// random number from -1.0 to 1.0 and changes it by up to 15 %.
    ///
    /// In the lobby everybody gets the longest interval at first, then a time within the last 10 s before the
    /// opening, or as many as 20,000 polls a second take, then one as long after it; there `jitter` decides
    /// when, and `ahead` counts for nothing.
    pub fn poll_interval(&self, ahead: Option<u64>, now: Timestamp, jitter: f64) -> Duration {
        let ViewParts { schedule: Schedule { window, opening }, .. } = &self.parts;
        if let (LineOpening::Lobby { .. }, Some(opens_at)) = (opening, window.opens_at) {
            return lobby_interval(now, opens_at, self.waiting(), jitter);
        }
        poll_interval(&self.poll_context(ahead), jitter)
    }

    /// Whether somebody with `ahead` people ahead may be called within 30 s of `now`: somebody near their
    /// turn, or anybody in a lobby that is to open by then. An opening that is more than 30 s overdue waits
    /// for something else, maybe for hours.
    pub fn is_near_turn(&self, ahead: Option<u64>, now: Timestamp) -> bool {
        let Schedule { window, opening } = &self.parts.schedule;
        if let (LineOpening::Lobby { .. }, Some(opens_at)) = (opening, window.opens_at) {
            let near = Duration::from_secs(NEAR_TURN_SECONDS);
            return opens_at <= plus(now, near) && now <= plus(opens_at, near);
        }
        is_near_turn(&self.poll_context(ahead))
    }

    fn poll_context(&self, ahead: Option<u64>) -> PollContext {
        let ahead = ahead.unwrap_or(u64::MAX);
        PollContext {
            present: self.waiting(),
            ahead,
            capacity: self.parts.dials.capacity.get(),
            estimate: self.estimate(ahead),
        }
    }

    /// By when a person must poll again who was given `interval` at `now`, in seconds since the Unix epoch.
    pub fn due_after(&self, now: Timestamp, interval: Duration) -> u32 {
        self.parts.schedule.due_after(now, interval)
    }

    /// What the line does at `now`.
    pub fn phase(&self, now: Timestamp) -> Phase {
        self.parts.schedule.phase(self.parts.dials, now)
    }

    /// The times, whether the line had opened, and its order.
    pub fn schedule(&self) -> &Schedule {
        &self.parts.schedule
    }

    /// The line in numbers.
    pub fn tallies(&self) -> Tallies {
        let ViewParts { admissions, tail, allocated, epoch, .. } = &self.parts;
        Tallies {
            waiting: self.waiting(),
            inside: admissions.inside_count() as u64,
            called: admissions.called_count() as u64,
            admitted: admissions.admitted_count(),
            head: admissions.head(),
            tail: *tail,
            allocated: *allocated,
            epoch: *epoch,
        }
    }

    /// The dials in force.
    pub fn dials(&self) -> Dials {
        self.parts.dials
    }

    /// How long people wait.
    pub fn waits(&self) -> &WaitTable {
        &self.parts.waits
    }

    fn place_of(&self, number: Number) -> Place {
        self.parts.schedule.order().place(number)
    }

    fn is_late(&self, place: Place) -> bool {
        self.parts.late.binary_search(&place).is_ok()
    }

    fn waiting(&self) -> u64 {
        self.parts.presence.total() + self.parts.late.len() as u64
    }
}
