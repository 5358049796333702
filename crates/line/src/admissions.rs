//! Who is called, inside or done: the small part of the line that it shares with its views.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::number::{Number, NumberSet};

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

/// A pass as the line remembers it: a cache of the store's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Whose pass it is.
    pub user: Uuid,
    /// When it runs out.
    pub until: Timestamp,
}

/// Who is called, inside or done, and how far the line has come. Late numbers are kept by the line itself:
/// here they are [`NumberState::Skipped`].
#[derive(Debug, Clone, Default)]
pub struct Admissions {
    head: Number,
    called: BTreeMap<Number, Timestamp>,
    inside: BTreeMap<Number, Pass>,
    ended: NumberSet,
    admitted: u64,
}

impl Admissions {
    /// Nobody is called or inside, and everybody up to `head` has been considered.
    pub fn new(head: Number) -> Self {
        Self { head, ..Self::default() }
    }

    /// The last number considered for a call.
    pub fn head(&self) -> Number {
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

    /// Whether a number is ended for ever. A pass that ran out since the last tick does not count; see
    /// [`Self::state`].
    pub fn is_ended(&self, number: Number) -> bool {
        self.ended.contains(number)
    }

    /// When a number's call lapses, if it is called.
    pub fn call(&self, number: Number) -> Option<Timestamp> {
        self.called.get(&number).copied()
    }

    /// A number's pass, if it is inside.
    pub fn pass(&self, number: Number) -> Option<Pass> {
        self.inside.get(&number).copied()
    }

    /// Every number that is called, in order.
    pub fn called(&self) -> impl Iterator<Item = Number> {
        self.called.keys().copied()
    }

    /// Every pass, in number order.
    pub fn inside(&self) -> impl Iterator<Item = (Number, Pass)> {
        self.inside.iter().map(|(number, pass)| (*number, *pass))
    }

    /// Where a number that was given out stands at `now`. At its `until` a call has lapsed and a pass has run
    /// out, whether or not there was a tick since.
    pub fn state(&self, number: Number, now: Timestamp) -> NumberState {
        if self.is_ended(number) {
            return NumberState::Ended;
        }
        if let Some(Pass { until, .. }) = self.pass(number) {
            return if until > now { NumberState::Inside { until } } else { NumberState::Ended };
        }
        match self.call(number) {
            Some(until) if until > now => NumberState::Called { until },
            None if number > self.head => NumberState::Waiting,
            _ => NumberState::Skipped,
        }
    }

    /// The calls that have lapsed at `now`.
    pub fn lapsed(&self, now: Timestamp) -> Vec<Number> {
        self.called.iter().filter(|(_, until)| **until <= now).map(|(number, _)| *number).collect()
    }

    /// The passes that have run out at `now`.
    pub fn run_out(&self, now: Timestamp) -> Vec<(Number, Pass)> {
        self.inside
            .iter()
            .filter(|(_, pass)| pass.until <= now)
            .map(|(number, pass)| (*number, *pass))
            .collect()
    }

    /// Moves the head forward, never back.
    pub fn pass_to(&mut self, head: Number) {
        self.head = self.head.max(head);
    }

    /// Calls a number, or changes when its call lapses.
    pub fn set_call(&mut self, number: Number, until: Timestamp) {
        self.called.insert(number, until);
    }

    /// Takes a call back: the number is skipped.
    pub fn skip(&mut self, number: Number) {
        self.called.remove(&number);
    }

    /// Lets a number in, or changes when its pass runs out. Returns the pass it had.
    pub fn enter(&mut self, number: Number, pass: Pass) -> Option<Pass> {
        self.called.remove(&number);
        let before = self.inside.insert(number, pass);
        self.admitted += u64::from(before.is_none());
        before
    }

    /// Ends a number for ever. Returns the pass it had.
    pub fn end(&mut self, number: Number) -> Option<Pass> {
        self.called.remove(&number);
        self.ended.insert(number);
        self.inside.remove(&number)
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
