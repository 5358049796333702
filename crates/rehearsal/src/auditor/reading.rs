//! A history as every check reads it: its stories, the store's clock, and when something was out of order.

use crate::disturbance::Disturbance;
use crate::history::{History, Micros, Story};

use super::facts::Seconds;
use super::store_clock::StoreClock;

/// A history, read against both clocks.
pub(super) struct Reading<'a> {
    /// What happened.
    pub(super) history: &'a History,
    /// How the clocks lie to each other.
    pub(super) clock: StoreClock,
    disturbances: &'a [Disturbance],
    zero: Micros,
}

impl<'a> Reading<'a> {
    /// A history with its clocks compared.
    pub(super) fn new(history: &'a History, disturbances: &'a [Disturbance]) -> Self {
        Self {
            history,
            clock: StoreClock::learn(history),
            disturbances,
            zero: history.stories.iter().map(|story| story.arrives).min().unwrap_or(0),
        }
    }

    /// A story.
    pub(super) fn story(&self, index: usize) -> &'a Story {
        &self.history.stories[index]
    }

    /// The fan of a story.
    pub(super) fn fan(&self, index: usize) -> u32 {
        self.history.stories[index].fan
    }

    /// A time of the rehearsal's as people read it: seconds since the first arrival.
    pub(super) fn at(&self, at: Micros) -> Seconds {
        Seconds(at.saturating_sub(self.zero))
    }

    /// The same of a time of the store's.
    pub(super) fn store_at(&self, store: Micros) -> Seconds {
        self.at(self.clock.here(store))
    }

    /// Whether something was out of order in this time.
    pub(super) fn is_disturbed(&self, from: Micros, until: Micros) -> bool {
        let next = self.disturbances.partition_point(|disturbance| disturbance.until < from);
        self.disturbances.get(next).is_some_and(|disturbance| disturbance.from <= until)
    }

    /// When something was out of order.
    pub(super) fn disturbances(&self) -> &'a [Disturbance] {
        self.disturbances
    }
}
