//! A history as every check reads it: its stories, the store's clock and the disturbances.

use crate::disturbance::Disturbance;
use crate::history::{History, Micros, Story};

use super::facts::Seconds;
use super::store_clock::StoreClock;

/// A history with both clocks.
pub(super) struct Reading<'a> {
    /// What happened.
    pub(super) history: &'a History,
    /// How far apart the clocks are.
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

    /// A time of the rehearsal's clock as people read it: seconds since the first arrival.
    pub(super) fn at(&self, at: Micros) -> Seconds {
        Seconds(at.saturating_sub(self.zero))
    }

    /// The same for a time of the store's clock.
    pub(super) fn store_at(&self, store: Micros) -> Seconds {
        self.at(self.clock.here(store))
    }

    /// When the sale's opening had certainly come, by the rehearsal's clock; none if it has none.
    pub(super) fn opened_by(&self) -> Option<Micros> {
        self.history.sale.opens_at.map(|opens_at| self.clock.latest_here(opens_at))
    }

    /// Whether the sale's opening had certainly not come yet.
    pub(super) fn is_before_opening(&self, at: Micros) -> bool {
        self.history.sale.opens_at.is_some_and(|opens_at| self.clock.latest(at) < opens_at)
    }

    /// Whether there was a disturbance in this time.
    pub(super) fn is_disturbed(&self, from: Micros, until: Micros) -> bool {
        let next = self.disturbances.partition_point(|disturbance| disturbance.until < from);
        self.disturbances.get(next).is_some_and(|disturbance| disturbance.from <= until)
    }

    /// All disturbances, oldest first.
    pub(super) fn disturbances(&self) -> &'a [Disturbance] {
        self.disturbances
    }
}
