//! Who is called, inside or done: the small part of the line that it shares with its views.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::number::{Number, NumberSet};
use crate::order::{Order, Place};

/// Where a number stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberState {
    /// Its turn has not come.
    Waiting,
    /// It is its turn: a claim before `until` lets it in.
    Called {
        /// When the call lapses.
        until: Timestamp,
    },
    /// In, with a pass.
    Inside {
        /// When the pass runs out.
        until: Timestamp,
    },
    /// Was absent at its turn, is back, and is called before all newer numbers.
    Late,
    /// Was absent at its turn, or let its call lapse. A sign of life makes it late.
    Skipped,
    /// Left, paid, or its pass ran out. Final.
    Ended,
    /// Never given out.
    Unknown,
}

impl NumberState {
    /// Whether its turn is still to come, or to come again.
    pub fn waits(self) -> bool {
        matches!(self, Self::Waiting | Self::Late | Self::Skipped)
    }
}

/// A pass as the line remembers it: a cache of the store's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Whose pass it is.
    pub user: Uuid,
    /// When it runs out.
    pub until: Timestamp,
}

/// Who is called, inside or done, and how far the line has come, all by [`Place`]. Late places are kept by
/// the line itself: here they are [`NumberState::Skipped`].
#[derive(Debug, Clone, Default)]
pub struct Admissions {
    head: Place,
    called: BTreeMap<Place, Timestamp>,
    inside: BTreeMap<Place, Pass>,
    ended: NumberSet,
    admitted: u64,
}

impl Admissions {
    /// Nobody is called or inside, and everybody up to `head` has been considered.
    pub fn new(head: Place) -> Self {
        Self { head, ..Self::default() }
    }

    /// The last place considered for a call.
    pub fn head(&self) -> Place {
        self.head
    }

    /// How many calls there are, those included that have lapsed since the last tick: they keep their slot
    /// until then.
    pub fn called_count(&self) -> usize {
        self.called.len()
    }

    /// How many passes there are, those included that have run out since the last tick: they keep their slot
    /// until then.
    pub fn inside_count(&self) -> usize {
        self.inside.len()
    }

    /// How many have come in since this was created, those who were inside then included.
    pub fn admitted_count(&self) -> u64 {
        self.admitted
    }

    /// Whether a place is ended for ever. A pass that ran out since the last tick does not count; see
    /// [`Self::state`].
    pub fn is_ended(&self, place: Place) -> bool {
        self.ended.contains(place)
    }

    /// When a place's call lapses, if it is called.
    pub fn call(&self, place: Place) -> Option<Timestamp> {
        self.called.get(&place).copied()
    }

    /// A place's pass, if it is inside.
    pub fn pass(&self, place: Place) -> Option<Pass> {
        self.inside.get(&place).copied()
    }

    /// Every place that is called, in order.
    pub fn called(&self) -> impl Iterator<Item = Place> {
        self.called.keys().copied()
    }

    /// Every pass, in the order of places.
    pub fn inside(&self) -> impl Iterator<Item = (Place, Pass)> {
        self.inside.iter().map(|(place, pass)| (*place, *pass))
    }

    /// Where the number at a place, given out already, stands at `now`. At its `until` a call has lapsed and
    /// a pass has run out, whether or not there was a tick since.
    pub fn state(&self, place: Place, now: Timestamp) -> NumberState {
        if self.is_ended(place) {
            return NumberState::Ended;
        }
        if let Some(Pass { until, .. }) = self.pass(place) {
            return if until > now { NumberState::Inside { until } } else { NumberState::Ended };
        }
        match self.call(place) {
            Some(until) if until > now => NumberState::Called { until },
            None if place > self.head => NumberState::Waiting,
            _ => NumberState::Skipped,
        }
    }

    /// The calls that have lapsed at `now`.
    pub fn lapsed(&self, now: Timestamp) -> Vec<Place> {
        self.called.iter().filter(|(_, until)| **until <= now).map(|(place, _)| *place).collect()
    }

    /// The passes that have run out at `now`.
    pub fn run_out(&self, now: Timestamp) -> Vec<(Place, Pass)> {
        self.inside
            .iter()
            .filter(|(_, pass)| pass.until <= now)
            .map(|(place, pass)| (*place, *pass))
            .collect()
    }

    /// Moves the head forward, never back.
    pub fn pass_to(&mut self, head: Place) {
        self.head = self.head.max(head);
    }

    /// Calls a place, or changes when its call lapses.
    pub fn set_call(&mut self, place: Place, until: Timestamp) {
        self.called.insert(place, until);
    }

    /// Takes a call back: the place is skipped.
    pub fn skip(&mut self, place: Place) {
        self.called.remove(&place);
    }

    /// Lets a place in, or changes when its pass runs out. Returns the pass it had.
    pub fn enter(&mut self, place: Place, pass: Pass) -> Option<Pass> {
        self.called.remove(&place);
        let before = self.inside.insert(place, pass);
        self.admitted += u64::from(before.is_none());
        before
    }

    /// Ends a place for ever. Returns the pass it had.
    pub fn end(&mut self, place: Place) -> Option<Pass> {
        self.called.remove(&place);
        self.ended.insert(place);
        self.inside.remove(&place)
    }

    /// The admissions of a line that was by arrival until now and goes by `order` from here on. Nobody may
    /// have been considered for a call yet.
    pub(crate) fn reordered(&self, order: &Order) -> Self {
        let moved = |number: &Number| order.place(*number);
        let mut ended = NumberSet::default();
        for number in self.ended.iter() {
            ended.insert(order.place(number));
        }
        Self {
            head: self.head,
            called: self.called.iter().map(|(place, until)| (moved(place), *until)).collect(),
            inside: self.inside.iter().map(|(place, pass)| (moved(place), *pass)).collect(),
            ended,
            admitted: self.admitted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, user};

    #[test]
    fn calls_and_passes_are_over_at_their_until_to_the_nanosecond() {
        let mut admissions = Admissions::new(2);
        admissions.set_call(1, at(10.0));
        admissions.enter(2, Pass { user: user(2), until: at(10.0) });
        let just_before = at(9.999_999_999);
        assert_eq!(admissions.state(1, just_before), NumberState::Called { until: at(10.0) });
        assert_eq!(admissions.state(2, just_before), NumberState::Inside { until: at(10.0) });
        assert_eq!(admissions.state(1, at(10.0)), NumberState::Skipped);
        assert_eq!(admissions.state(2, at(10.0)), NumberState::Ended);
        assert_eq!(admissions.lapsed(just_before), []);
        assert_eq!(admissions.lapsed(at(10.0)), [1]);
    }

    #[test]
    fn everybody_who_comes_in_is_counted_once() {
        let mut admissions = Admissions::new(2);
        for until in [10.0, 20.0] {
            admissions.enter(1, Pass { user: user(1), until: at(until) });
        }
        admissions.enter(2, Pass { user: user(2), until: at(10.0) });
        admissions.end(1);
        assert_eq!((admissions.admitted_count(), admissions.inside_count()), (2, 1));
    }

    #[test]
    fn the_head_never_goes_back() {
        let mut admissions = Admissions::new(5);
        admissions.pass_to(3);
        assert_eq!(admissions.head(), 5);
    }
}
