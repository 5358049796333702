//! A history with what is learned from it first: the store's clock, places, holds and payments.

use std::fmt;

use crate::disturbance::Disturbance;
use crate::history::{Act, Event, History, Micros, SECOND, Story, Told};

use super::holds::Tenures;
use super::payments::Sold;
use super::places::Place;
use super::store_clock::StoreClock;

/// An instance may know of a call, an end or a payment elsewhere only so much later.
pub(super) const NEWS: Micros = 3 * SECOND / 2;

/// So long after it was given up, a request may still be carried out.
pub(super) const STILL_DONE: Micros = 10 * SECOND;

/// Distrust of clocks that are close to a deadline.
pub(super) const MARGIN: Micros = SECOND / 10;

/// A history, and what was learned from it.
pub(super) struct Reading<'a> {
    /// What happened.
    pub(super) history: &'a History,
    /// How the clocks lie to each other.
    pub(super) clock: StoreClock,
    /// Every place in line that somebody was told of, story by story.
    pub(super) places: Vec<Place>,
    /// Every hold that somebody was told of.
    pub(super) tenures: Tenures,
    /// Every bill that somebody was told of, story by story.
    pub(super) sold: Vec<Sold>,
    disturbances: &'a [Disturbance],
    zero: Micros,
}

impl<'a> Reading<'a> {
    /// With the clocks compared, and nothing else read.
    pub(super) fn new(history: &'a History, disturbances: &'a [Disturbance]) -> Self {
        Self {
            history,
            clock: StoreClock::learn(history),
            places: Vec::new(),
            tenures: Tenures::default(),
            sold: Vec::new(),
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
pub(super) fn status(told: &Told) -> Option<(u64, Status)> {
    match *told {
        Told::Waiting(waiting) => Some((waiting.number, Status::Waiting)),
        Told::Admitted { number, until } => Some((number, Status::Admitted(until))),
        Told::Ended { number } => Some((number, Status::Ended)),
        _ => None,
    }
}

/// Whether it may have been carried out.
pub(super) fn has_effect(told: &Told) -> bool {
    !matches!(told, Told::Refused(..) | Told::Busy | Told::NotSent)
}

/// Whether it was carried out for certain.
pub(super) fn is_certain(told: &Told) -> bool {
    has_effect(told) && !matches!(told, Told::Unknown(_))
}

/// Whether it asks for the asker's place.
pub(super) fn asks_status(act: &Act) -> bool {
    matches!(act, Act::Join | Act::Poll | Act::Hear)
}

/// Whether it may have ended the asker's pass and holds.
pub(super) fn may_end_pass(event: &Event) -> bool {
    matches!(event.act, Act::Pay(_) | Act::Leave) && has_effect(&event.told)
}
