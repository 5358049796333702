//! A picture of the line at one moment, which answers polls without the line itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::admissions::{Admissions, NumberState};
use crate::dials::Dials;
use crate::number::Number;
use crate::pace::{Estimate, Pace};
use crate::poll::{PollContext, poll_interval};
use crate::presence::Presence;

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
    /// The last number considered for a call.
    pub head: Number,
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
    /// The last number given out.
    pub tail: Number,
    /// The highest number that may be given out.
    pub allocated: Number,
    /// Who is called, inside or done.
    pub admissions: Arc<Admissions>,
    /// Which numbers of (head, tail] are present.
    pub presence: Arc<Presence>,
    /// Late numbers that are present, in order.
    pub late: Arc<[Number]>,
    /// The measured rates.
    pub pace: Pace,
}

/// An immutable picture of the line. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct View {
    parts: ViewParts,
}

impl View {
    /// Builds a view.
    pub fn new(parts: ViewParts) -> Self {
        Self { parts }
    }

    /// Where a number stands at `now`. A number that may have been given out since the picture was taken is
    /// waiting; one above the last allocated number is unknown.
    pub fn state(&self, number: Number, now: Timestamp) -> NumberState {
        if number == 0 || number > self.parts.allocated {
            return NumberState::Unknown;
        }
        match self.parts.admissions.state(number, now) {
            NumberState::Skipped if self.is_late(number) => NumberState::Late,
            state => state,
        }
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
        self.parts.admissions.call(number).is_some()
    }

    /// How many live people will be called before this number: late ones with lower numbers, and those
    /// present between the head and it. `head` is the freshest head known; the view's own counts if it is
    /// higher. Numbers given out since the picture was taken count as present. Only for numbers that wait or
    /// are late.
    pub fn ahead(&self, number: Number, head: Number) -> u64 {
        let ViewParts { admissions, presence, late, tail, .. } = &self.parts;
        let head = head.max(admissions.head());
        let before = number.saturating_sub(1);
        let late_ahead = late.partition_point(|late| *late < number) as u64;
        let newcomers = before.saturating_sub(head.max(*tail));
        late_ahead + presence.count(head, before.min(*tail)) + newcomers
    }

    /// Whether a number was present and not called when the picture was taken, or was given out since.
    pub fn is_present(&self, number: Number) -> bool {
        let is_newcomer = number > self.parts.tail && number <= self.parts.allocated;
        is_newcomer || self.parts.presence.contains(number) || self.is_late(number)
    }

    /// The wait with `ahead` people ahead, or `None` if these dials call nobody, or if [`Pace::estimate`] has
    /// no estimate.
    pub fn estimate(&self, ahead: u64) -> Option<Estimate> {
        if self.parts.dials.calls_nobody() { None } else { self.parts.pace.estimate(ahead) }
    }

    /// When somebody with `ahead` people ahead should poll again: after an eighth of the median wait, between
    /// 1 and 30 s for a line of up to 20,000, at most 3 s near the turn. `jitter` is a random number from
    /// -1.0 to 1.0 and changes it by up to 15 %.
    pub fn poll_interval(&self, ahead: u64, jitter: f64) -> Duration {
        let context = PollContext {
            present: self.waiting(),
            ahead,
            capacity: self.parts.dials.capacity.get(),
            estimate: self.estimate(ahead),
        };
        poll_interval(&context, jitter)
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

    /// The measured rates.
    pub fn pace(&self) -> &Pace {
        &self.parts.pace
    }

    fn is_late(&self, number: Number) -> bool {
        self.parts.late.binary_search(&number).is_ok()
    }

    fn waiting(&self) -> u64 {
        self.parts.presence.total() + self.parts.late.len() as u64
    }
}
