//! A picture of the line at one moment, from which polls are answered without asking the line.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::admissions::{Admissions, Place};
use crate::dials::Dials;
use crate::number::Number;
use crate::pace::{Estimate, Pace};
use crate::poll::{Asking, poll_interval};
use crate::presence::Presence;

/// The line in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tallies {
    /// People present and not called, those who came back late included.
    pub waiting: u64,
    /// Passes.
    pub inside: u64,
    /// Standing calls.
    pub called: u64,
    /// People who have come in since this picture's line was begun, or found again.
    pub admitted: u64,
    /// The last number considered for a call.
    pub head: Number,
    /// The last number given out.
    pub tail: Number,
    /// The highest number that may be given out.
    pub reserved: Number,
    /// Which life of the line this is.
    pub epoch: u32,
}

/// What a view is put together from, wherever the line is kept.
#[derive(Debug, Clone)]
pub struct ViewParts {
    /// Which life of the line this is.
    pub epoch: u32,
    /// The dials as they stood.
    pub dials: Dials,
    /// The last number given out.
    pub tail: Number,
    /// The highest number that may be given out.
    pub reserved: Number,
    /// Who is called, inside or done.
    pub admissions: Arc<Admissions>,
    /// Who of (head, tail] is present.
    pub presence: Arc<Presence>,
    /// Who came back late and is present, in number order.
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
    /// Puts a view together.
    pub fn new(parts: ViewParts) -> Self {
        Self { parts }
    }

    /// Where a number stands at `now`. A number that may have been given out since the picture was taken is
    /// waiting; one above all that were reserved is unknown.
    pub fn place(&self, number: Number, now: Timestamp) -> Place {
        if number == 0 || number > self.parts.reserved {
            return Place::Unknown;
        }
        match self.parts.admissions.place(number, now) {
            Place::Skipped if self.is_late(number) => Place::Late,
            place => place,
        }
    }

    /// How many live people will be called before this number: the late with lower numbers and those present
    /// between the head and it. `head` is the freshest head known; the view's own is used where it is higher.
    /// Numbers given out since the picture was taken count as present. Only meant for who waits or is late.
    pub fn ahead(&self, number: Number, head: Number) -> u64 {
        let ViewParts { admissions, presence, late, tail, .. } = &self.parts;
        let head = head.max(admissions.head());
        let before = number.saturating_sub(1);
        let late_ahead = late.partition_point(|late| *late < number) as u64;
        let newcomers = before.saturating_sub(head.max(*tail));
        late_ahead + presence.count(head, before.min(*tail)) + newcomers
    }

    /// Whether a number was present and not called when the picture was taken. One given out since then is.
    pub fn is_present(&self, number: Number) -> bool {
        let is_newcomer = number > self.parts.tail && number <= self.parts.reserved;
        is_newcomer || self.parts.presence.contains(number) || self.is_late(number)
    }

    /// The wait of somebody with `ahead` people ahead, or None while it is not honestly known: nobody is called
    /// by these dials, or see [`Pace::estimate`].
    pub fn estimate(&self, ahead: u64) -> Option<Estimate> {
        if self.parts.dials.calls_nobody() { None } else { self.parts.pace.estimate(ahead) }
    }

    /// After how long somebody with `ahead` people ahead should ask again: an eighth of the median wait,
    /// between 1 and 30 s for a line of up to 20,000, at most 3 s near the turn. `jitter` is a random number
    /// from -1.0 to 1.0 and moves it by up to 15 %.
    pub fn poll_interval(&self, ahead: u64, jitter: f64) -> Duration {
        let asking = Asking {
            present: self.waiting(),
            ahead,
            capacity: self.parts.dials.capacity,
            estimate: self.estimate(ahead),
        };
        poll_interval(&asking, jitter)
    }

    /// The line in figures.
    pub fn tallies(&self) -> Tallies {
        let ViewParts { admissions, tail, reserved, epoch, .. } = &self.parts;
        Tallies {
            waiting: self.waiting(),
            inside: admissions.inside_count() as u64,
            called: admissions.called_count() as u64,
            admitted: admissions.admitted_count(),
            head: admissions.head(),
            tail: *tail,
            reserved: *reserved,
            epoch: *epoch,
        }
    }

    /// The dials as they stood.
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
