//! What one event says by itself, and how long things may take that nobody outside can see.

use std::fmt;

use crate::history::{Act, Event, Micros, Outcome, SECOND};

/// An instance may know of a call, an end or a payment elsewhere only so much later.
pub(super) const UPDATE_LAG: Micros = 3 * SECOND / 2;

/// So long after it was given up, a request may still be carried out.
pub(super) const STILL_DONE: Micros = 10 * SECOND;

/// Distrust of clocks that are close to a deadline.
pub(super) const MARGIN: Micros = SECOND / 10;

/// Seconds with three decimals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seconds(pub(super) Micros);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let millis = self.0.unsigned_abs() / 1_000;
        write!(f, "{sign}{}.{:03} s", millis / 1_000, millis % 1_000)
    }
}

/// What an answer says of the asker's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Still waiting.
    Waiting,
    /// Inside until then, by the store's clock.
    Admitted(Micros),
    /// Over.
    Ended,
}

/// The place that an answer speaks of, and what it says of it.
pub(super) fn status(outcome: &Outcome) -> Option<(u64, Status)> {
    match *outcome {
        Outcome::Waiting(waiting) => Some((waiting.number, Status::Waiting)),
        Outcome::Admitted { number, until } => Some((number, Status::Admitted(until))),
        Outcome::Ended { number } => Some((number, Status::Ended)),
        _ => None,
    }
}

/// Whether it may have been carried out.
pub(super) fn has_effect(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Refused(..) | Outcome::Busy | Outcome::NotSent)
}

/// Whether it was carried out for certain.
pub(super) fn is_certain(outcome: &Outcome) -> bool {
    has_effect(outcome) && !matches!(outcome, Outcome::Unknown(_))
}

/// Whether it asks for the asker's place.
pub(super) fn asks_status(act: &Act) -> bool {
    matches!(act, Act::Join | Act::Poll | Act::Hear)
}

/// Whether it may have ended the asker's pass and holds.
pub(super) fn may_end_pass(event: &Event) -> bool {
    matches!(event.act, Act::Pay(_) | Act::Leave) && has_effect(&event.outcome)
}
