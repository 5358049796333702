//! The difference between the store's clock and the rehearsal's, learned from answers alone.
//!
//! A hold begins between its request and its answer, so each hold bounds the difference.

use std::collections::HashSet;

use crate::history::{Act, Event, History, Micros, Outcome, SECOND, Story};

use super::facts::{has_effect, is_certain};

/// Without evidence, the clocks are assumed to be no farther apart than this.
const APART_MAX: Micros = 5 * SECOND;

/// Bounds of the store's clock minus the rehearsal's.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoreClock {
    least: Micros,
    most: Micros,
}

impl StoreClock {
    /// The bounds that a history gives.
    pub(super) fn learn(history: &History) -> Self {
        let mut bounds = Bounds::default();
        for story in &history.stories {
            bounds.take_in(story);
        }
        bounds.clock()
    }

    /// The earliest time that the store's clock may have shown then.
    pub(super) fn earliest(self, at: Micros) -> Micros {
        at.saturating_add(self.least)
    }

    /// The latest time that the store's clock may have shown then.
    pub(super) fn latest(self, at: Micros) -> Micros {
        at.saturating_add(self.most)
    }

    /// The earliest time, by the rehearsal's clock, at which the store's may have shown this.
    pub(super) fn earliest_here(self, store: Micros) -> Micros {
        store.saturating_sub(self.most)
    }

    /// The latest time, by the rehearsal's clock, at which the store's may have shown this.
    pub(super) fn latest_here(self, store: Micros) -> Micros {
        store.saturating_sub(self.least)
    }

    /// The most likely time by the rehearsal's clock, for people to read.
    pub(super) fn here(self, store: Micros) -> Micros {
        store.saturating_sub(self.least / 2 + self.most / 2)
    }
}

struct Bounds {
    /// Range of store - answered: each is a lower bound.
    lower: (Micros, Micros),
    /// Range of store - sent: each is an upper bound.
    upper: (Micros, Micros),
}

impl Default for Bounds {
    fn default() -> Self {
        Self { lower: (Micros::MAX, Micros::MIN), upper: (Micros::MAX, Micros::MIN) }
    }
}

impl Bounds {
    fn take_in(&mut self, story: &Story) {
        // A seat that was requested before may be answered with an older time.
        let mut requested: HashSet<(bool, u32)> = HashSet::new();
        for event in &story.events {
            let (paying, seats) = match &event.act {
                Act::Hold(seats) => (false, seats),
                Act::Pay(seats) => (true, seats),
                _ => continue,
            };
            if !has_effect(&event.outcome) {
                continue;
            }
            let first =
                seats.iter().filter(|seat| !requested.contains(&(paying, **seat))).count() == seats.len();
            if first && event.attempt == 0 && is_certain(&event.outcome) {
                self.witness(event);
            }
            requested.extend(seats.iter().map(|seat| (paying, *seat)));
        }
    }

    fn witness(&mut self, event: &Event) {
        let store = match &event.outcome {
            Outcome::Held(held, _) => held.first().map(|held| held.from),
            Outcome::Paid(bills, _, _) => bills.first().map(|bill| bill.created),
            _ => None,
        };
        let Some(store) = store else { return };
        let (lower, upper) = (store - event.answered, store - event.sent);
        self.lower = (self.lower.0.min(lower), self.lower.1.max(lower));
        self.upper = (self.upper.0.min(upper), self.upper.1.max(upper));
    }

    fn clock(&self) -> StoreClock {
        if self.lower.0 > self.lower.1 {
            return StoreClock { least: -APART_MAX, most: APART_MAX };
        }
        let (least, most) = (self.lower.1, self.upper.0);
        if least <= most {
            StoreClock { least, most }
        } else {
            // A clock jumped or ran fast: keep every difference that was ever possible.
            StoreClock { least: self.lower.0, most: self.upper.1 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Held;

    fn hold(number: u32, sent: Micros, answered: Micros, from: Micros) -> Event {
        let held = Held { seat: number, from, deadline: from + SECOND };
        let act = Act::Hold([number].into());
        Event {
            due: sent,
            sent,
            answered,
            attempt: 0,
            key: 0,
            instance: 0,
            act,
            outcome: Outcome::Held([held].into(), 0),
        }
    }

    fn learned(events: Vec<Event>) -> StoreClock {
        StoreClock::learn(&History {
            stories: vec![Story { events, ..Story::default() }],
            ..History::default()
        })
    }

    #[test]
    fn every_hold_narrows_the_bounds() {
        let clock = learned(vec![hold(1, 0, 100, 1_050), hold(2, 200, 260, 1_250)]);
        assert_eq!((clock.least, clock.most), (990, 1_050));
        assert_eq!((clock.earliest(0), clock.latest(0)), (990, 1_050));
        assert_eq!((clock.earliest_here(1_050), clock.latest_here(990)), (0, 0));
    }

    #[test]
    fn an_older_hold_shown_again_is_no_witness() {
        let clock = learned(vec![hold(1, 0, 100, 1_050), hold(1, 5_000, 5_100, 1_050)]);
        assert_eq!((clock.least, clock.most), (950, 1_050));
    }

    #[test]
    fn a_clock_that_jumped_widens_the_bounds() {
        let clock = learned(vec![hold(1, 0, 100, 1_050), hold(2, 200, 260, 9_250)]);
        assert_eq!((clock.least, clock.most), (950, 9_050));
    }
}
