//! What a single event proves, and how long invisible work may take.

use std::fmt;

use crate::history::sale::Phase;
use crate::history::{Act, Event, Micros, Outcome, SECOND, Waiting};

/// How long an instance may take to learn of a call, an end or a payment on another instance.
pub(super) const UPDATE_LAG: Micros = 3 * SECOND / 2;

/// How long after its client gave up a request may still be carried out.
pub(super) const STILL_DONE: Micros = 10 * SECOND;

/// Clocks are not trusted closer to a deadline than this.
pub(super) const MARGIN: Micros = SECOND / 10;

/// How much longer than one and a half intervals a sign of life counts.
const PATIENCE: Micros = 2 * SECOND;
/// How much longer than one interval a sign of life in a lobby counts.
const LOBBY_PATIENCE: Micros = 15 * SECOND;

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

/// An asker's place in line, as an answer shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Still waiting.
    Waiting,
    /// Inside until this time by the store's clock.
    Admitted(Micros),
    /// Over.
    Ended,
}

/// The number in an answer, and its status.
pub(super) fn status(outcome: &Outcome) -> Option<(u64, Status)> {
    match *outcome {
        Outcome::Waiting(waiting) => Some((waiting.number, Status::Waiting)),
        Outcome::Admitted { number, until, .. } => Some((number, Status::Admitted(until))),
        Outcome::Ended { number } => Some((number, Status::Ended)),
        _ => None,
    }
}

/// Where an answer says that its number comes.
pub(super) fn shown_place(outcome: &Outcome) -> Option<u64> {
    match *outcome {
        Outcome::Waiting(waiting) => waiting.place,
        Outcome::Admitted { place, .. } => place,
        _ => None,
    }
}

/// How long a sign of life counts at least. In a lobby that is the promised time and a little more; later it
/// is one and a half intervals.
pub(super) fn sign_lasts(waiting: &Waiting) -> Micros {
    let interval = Micros::from(waiting.poll_after_ms) * 1_000;
    match waiting.phase {
        Phase::Lobby => interval + LOBBY_PATIENCE,
        _ => interval * 3 / 2 + PATIENCE,
    }
}

/// Whether the request may have been carried out.
pub(super) fn has_effect(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Refused(..) | Outcome::Busy | Outcome::NotSent)
}

/// Whether the request was certainly carried out.
pub(super) fn is_certain(outcome: &Outcome) -> bool {
    has_effect(outcome) && !matches!(outcome, Outcome::Unknown(_))
}

/// Whether the answer shows the asker's place.
pub(super) fn asks_status(act: &Act) -> bool {
    matches!(act, Act::Join | Act::Poll | Act::Hear)
}

/// Whether the request may have ended the asker's pass and holds.
pub(super) fn may_end_pass(event: &Event) -> bool {
    matches!(event.act, Act::Pay(_) | Act::Leave) && has_effect(&event.outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_life_counts_for_the_promised_time_in_a_lobby_and_half_as_long_again_later() {
        let lasts =
            |phase: Phase| sign_lasts(&Waiting { phase, poll_after_ms: 60_000, ..Waiting::default() });
        assert_eq!(lasts(Phase::Lobby), 75 * SECOND);
        assert_eq!(lasts(Phase::Open), 92 * SECOND);
        assert_eq!(lasts(Phase::Paused), 92 * SECOND);
    }
}
