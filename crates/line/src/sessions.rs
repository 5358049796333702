//! The slots that are taken: for how long each has been, and how long those lasted that are free again.
//!
//! A slot is taken from the call on, whether or not the person claims it. So one curve counts it all: the
//! way to the next poll, the visit, and calls of people who had gone.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::admissions::Admissions;
use crate::curve::{Curve, LifeTable};
use crate::order::Place;
use crate::rolling::RATE_WINDOW;
use crate::time::{minus, since};

/// How long what was seen counts half, in mean stays, but this many seconds at least and at most.
const HALF_LIFE_STAYS: f64 = 1.25;
const HALF_LIFE_MIN: f64 = 45.0;
const HALF_LIFE_MAX: f64 = 900.0;
/// How many claims are remembered.
const CLAIMS_MAX: usize = 200;

/// A slot that is taken.
#[derive(Debug, Clone, Copy)]
struct Slot {
    place: Place,
    taken_at: Timestamp,
    is_inside: bool,
    /// It was taken before the first observation: nobody knows how long it has been.
    is_old: bool,
}

/// See the module. It observes the line about once a second.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    observed_at: Timestamp,
    /// In the order of places.
    slots: Vec<Slot>,
    table: LifeTable,
    curve: Option<Curve>,
    /// How many were called when, as far as it counts against the rate.
    calls: VecDeque<(Timestamp, u32)>,
    /// How many seconds people took to claim their calls, the latest last.
    claims: VecDeque<f64>,
    has_observed: bool,
}

impl Sessions {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self {
            observed_at: start,
            slots: Vec::new(),
            table: LifeTable::default(),
            curve: None,
            calls: VecDeque::new(),
            claims: VecDeque::new(),
            has_observed: false,
        }
    }

    /// Observes who has a slot.
    pub(crate) fn observe(&mut self, admissions: &Admissions, now: Timestamp) {
        // Before the first observation nothing was seen.
        let seconds = if self.has_observed { since(now, self.observed_at).as_secs_f64() } else { 0.0 };
        self.observed_at = now;
        let mean = self.curve.as_ref().map_or(0.0, |curve| curve.mean_and_spread().0);
        let half_life = (HALF_LIFE_STAYS * mean).clamp(HALF_LIFE_MIN, HALF_LIFE_MAX);
        self.table.fade((-seconds / half_life).exp2());
        let mut taken: Vec<(Place, bool)> = admissions.called().map(|place| (place, false)).collect();
        taken.extend(admissions.inside().map(|(place, _)| (place, true)));
        taken.sort_unstable();
        self.merge(&taken, now, seconds);
        self.curve = self.table.curve();
        self.has_observed = true;
    }

    /// Notes calls.
    pub(crate) fn note_calls(&mut self, count: u64, now: Timestamp) {
        if count > 0 {
            self.calls.push_back((now, u32::try_from(count).unwrap_or(u32::MAX)));
        }
    }

    /// What began or ended since the last observation did so half-way, on average.
    fn merge(&mut self, taken: &[(Place, bool)], now: Timestamp, seconds: f64) {
        let known = std::mem::take(&mut self.slots);
        let mut known = known.into_iter().peekable();
        for (place, is_inside) in taken {
            while let Some(gone) = known.next_if(|slot| slot.place < *place) {
                self.end(gone, now, seconds);
            }
            match known.peek().map(|slot| slot.place.cmp(place)) {
                Some(Ordering::Equal) => {
                    let Some(slot) = known.next() else { continue };
                    self.go_on(slot, *is_inside, now, seconds);
                }
                _ => self.begin(*place, *is_inside, now, seconds),
            }
        }
        for gone in known {
            self.end(gone, now, seconds);
        }
        while self.calls.pop_front_if(|(at, _)| since(now, *at) > RATE_WINDOW).is_some() {}
    }

    fn begin(&mut self, place: Place, is_inside: bool, now: Timestamp, seconds: f64) {
        let half = Duration::from_secs_f64(seconds / 2.0);
        let is_old = is_inside && !self.has_observed;
        if !is_old {
            self.table.stayed(0.0, seconds / 2.0);
            if is_inside {
                self.note_claim(seconds / 4.0);
            }
        }
        self.slots.push(Slot { place, taken_at: minus(now, half), is_inside, is_old });
    }

    fn go_on(&mut self, slot: Slot, is_inside: bool, now: Timestamp, seconds: f64) {
        let age = since(now, slot.taken_at).as_secs_f64();
        if !slot.is_old {
            self.table.stayed(age - seconds, age);
            if is_inside && !slot.is_inside {
                self.note_claim(age - seconds / 2.0);
            }
        }
        self.slots.push(Slot { is_inside, ..slot });
    }

    fn end(&mut self, slot: Slot, now: Timestamp, seconds: f64) {
        if !slot.is_old {
            let age = (since(now, slot.taken_at).as_secs_f64() - seconds / 2.0).max(0.0);
            self.table.stayed(age - seconds / 2.0, age);
            self.table.left(age);
        }
    }

    fn note_claim(&mut self, seconds: f64) {
        if self.claims.len() >= CLAIMS_MAX {
            self.claims.pop_front();
        }
        self.claims.push_back(seconds);
    }

    /// For how long each slot has been taken, in seconds.
    pub(crate) fn ages(&self) -> impl Iterator<Item = f64> {
        self.slots.iter().map(|slot| since(self.observed_at, slot.taken_at).as_secs_f64())
    }

    /// What is known of stays.
    pub(crate) fn table(&self) -> &LifeTable {
        &self.table
    }

    /// How long stays are; `None` before one has ended.
    pub(crate) fn curve(&self) -> Option<&Curve> {
        self.curve.as_ref()
    }

    /// How many were called in the last minute, with the seconds since.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (f64, f64)> {
        self.calls.iter().map(|(at, count)| (since(self.observed_at, *at).as_secs_f64(), f64::from(*count)))
    }

    /// How many seconds a called person takes to come in: of ten people one is faster than the first, five
    /// than the second, nine than the third.
    pub(crate) fn claim_seconds(&self) -> [f64; 3] {
        let mut claims: Vec<f64> = self.claims.iter().copied().collect();
        claims.sort_unstable_by(f64::total_cmp);
        let at = |tenths: usize| claims.get(claims.len() * tenths / 10).copied().unwrap_or(0.0);
        [at(1), at(5), at(9)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admissions::Pass;
    use crate::testing::{at, user};

    fn pass() -> Pass {
        Pass { user: user(1), until: at(900.0) }
    }

    #[test]
    fn a_stay_lasts_from_the_call_to_the_end_of_the_pass() {
        let (mut sessions, mut admissions) = (Sessions::new(at(0.0)), Admissions::new(1));
        sessions.observe(&admissions, at(0.0));
        admissions.set_call(1, at(60.0));
        for second in 1..=40 {
            match second {
                4 => drop(admissions.enter(1, pass())),
                31 => drop(admissions.end(1)),
                _ => {}
            }
            sessions.observe(&admissions, at(f64::from(second)));
        }
        assert_eq!(sessions.table().leaves_ever(), 1);
        assert!(sessions.claim_seconds().iter().all(|seconds| (seconds - 3.0).abs() < 1e-9));
        assert_eq!(sessions.ages().count(), 0);
        let curve = sessions.curve().unwrap();
        assert!(curve.share_left(25.0) > 2.0 * curve.share_left(45.0), "they stayed for 30 s");
    }

    #[test]
    fn those_who_were_inside_before_teach_nothing() {
        let (mut sessions, mut admissions) = (Sessions::new(at(0.0)), Admissions::new(2));
        admissions.enter(1, pass());
        admissions.set_call(2, at(60.0));
        sessions.observe(&admissions, at(500.0));
        assert_eq!(sessions.ages().collect::<Vec<_>>(), [0.0, 0.0]);
        admissions.end(1);
        sessions.observe(&admissions, at(501.0));
        assert_eq!(sessions.table().leaves_ever(), 0);
        admissions.skip(2);
        sessions.observe(&admissions, at(502.0));
        assert_eq!(sessions.table().leaves_ever(), 1, "a call that lapsed has taken a slot, too");
    }

    #[test]
    fn calls_count_for_a_minute() {
        let mut sessions = Sessions::new(at(0.0));
        sessions.note_calls(3, at(1.0));
        sessions.note_calls(0, at(2.0));
        sessions.note_calls(2, at(31.0));
        sessions.observe(&Admissions::new(0), at(41.0));
        assert_eq!(sessions.calls().collect::<Vec<_>>(), [(40.0, 3.0), (10.0, 2.0)]);
        sessions.observe(&Admissions::new(0), at(61.5));
        assert_eq!(sessions.calls().count(), 1);
    }
}
