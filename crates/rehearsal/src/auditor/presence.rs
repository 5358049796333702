//! When each fan was certainly present and waiting.
//!
//! A sign of life counts for some time after the interval in its answer. A fan whose next sign was answered
//! within that time was present throughout.

use crate::history::{Act, Event, Micros, Outcome, SECOND, Waiting};

use super::case::Case;
use super::facts::{asks_status, sign_lasts};

/// What rounding and forwarding may take.
const ROUNDING: Micros = SECOND;

/// A time in which somebody certainly waited, without a disturbance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// Whose place.
    pub(super) place: usize,
    /// Its number.
    pub(super) number: u64,
    /// Where it comes in the order of calls, if known.
    pub(super) comes_at: Option<u64>,
    /// From when.
    pub(super) from: Micros,
    /// Until when, at least.
    pub(super) until: Micros,
}

/// Until when this event certainly counts as a sign of life.
fn lasts(event: &Event, waiting: &Waiting) -> Micros {
    event.sent + sign_lasts(waiting) - ROUNDING
}

/// All certain waits, by place and oldest first.
pub(super) fn waits(case: &Case<'_>) -> Vec<Wait> {
    let mut waits = Vec::new();
    for (index, place) in case.places.iter().enumerate() {
        let events = &case.reading.story(place.story).events[place.events.clone()];
        let mut current: Option<Wait> = None;
        // When the last sign of life was sent, until when it counts, and whether it came over a stream that
        // is not known to have ended.
        let mut last: Option<(Micros, Micros, bool)> = None;
        for event in events.iter().filter(|event| asks_status(&event.act)) {
            let heard = event.act == Act::Hear;
            match &event.outcome {
                Outcome::Waiting(waiting) if waiting.number == place.number => {
                    let follows = last.is_some_and(|(sent, until, stream)| {
                        (event.answered <= until || (heard && stream))
                            && !case.reading.is_disturbed(sent, event.answered)
                    });
                    if !follows {
                        waits.extend(current.take());
                    }
                    if !case.reading.is_disturbed(event.sent, event.answered) {
                        let wait = Wait {
                            place: index,
                            number: place.number,
                            comes_at: place.comes_at,
                            from: event.answered,
                            until: event.sent,
                        };
                        current.get_or_insert(wait).until = event.sent;
                    }
                    last = Some((event.sent, lasts(event, waiting), heard));
                }
                Outcome::Admitted { .. } | Outcome::Ended { .. } => break,
                _ => last = last.map(|(sent, until, _)| (sent, until, false)),
            }
        }
        waits.extend(current);
    }
    waits.retain(|wait| wait.from < wait.until);
    waits.sort_unstable_by_key(|wait| (wait.comes_at, wait.from));
    waits
}
