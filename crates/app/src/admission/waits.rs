//! How long people waited, compared with the estimate when they joined.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{Estimate, Number, NumberState, View};

/// How many waits are measured at once: enough to judge the estimates, and a bound on memory.
const MEASURED_MAX: usize = 10_000;

/// A wait that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wait {
    /// The estimate when the person joined, if there was one.
    pub estimate: Option<Estimate>,
    /// The time from the join to the admission.
    pub took: Duration,
}

/// Waits that are being measured.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: HashMap<Number, (Timestamp, Option<Estimate>)>,
    over: Vec<Wait>,
}

impl Waits {
    /// Begins to measure a wait, unless that number is being measured.
    pub(super) fn begin(&self, number: Number, now: Timestamp, estimate: Option<Estimate>) {
        let mut waits = self.lock();
        if waits.running.len() < MEASURED_MAX {
            waits.running.entry(number).or_insert((now, estimate));
        }
    }

    /// Ends a wait: the person was admitted at `at`.
    pub(super) fn end(&self, number: Number, at: Timestamp) {
        let mut waits = self.lock();
        if let Some((since, estimate)) = waits.running.remove(&number) {
            let took = at.duration_since(since).max(SignedDuration::ZERO).unsigned_abs();
            waits.over.push(Wait { estimate, took });
        }
    }

    /// Stops measuring a number that has ended without an admission.
    pub(super) fn forget(&self, number: Number) {
        self.lock().running.remove(&number);
    }

    /// Stops measuring everybody who no longer waits in this view of the line: who was admitted or ended by
    /// another instance, and who has vanished. Otherwise they would fill the measurement up.
    pub(super) fn keep_those_in(&self, view: &View, now: Timestamp) {
        let allocated = view.tallies().allocated;
        self.lock().running.retain(|number, _| match view.state(*number, now) {
            NumberState::Called { .. } => true,
            NumberState::Waiting | NumberState::Late => view.is_present(*number),
            // It joined after the view was taken.
            NumberState::Unknown => *number > allocated,
            NumberState::Inside { .. } | NumberState::Skipped | NumberState::Ended => false,
        });
    }

    /// Takes the waits that have ended since the last call.
    pub(super) fn take(&self) -> Vec<Wait> {
        std::mem::take(&mut self.lock().over)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use onsale_line::{Capacity, Dials, Line};
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn measured(waits: &Waits) -> Vec<Number> {
        let mut numbers: Vec<Number> = waits.lock().running.keys().copied().collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn an_admission_ends_a_wait() {
        let waits = Waits::default();
        waits.begin(1, at(0), None);
        waits.begin(1, at(5), None);
        waits.end(1, at(8));
        assert_eq!(waits.take(), [Wait { estimate: None, took: Duration::from_secs(8) }]);
        assert_eq!((waits.take(), measured(&waits)), (vec![], vec![]));
    }

    #[test]
    fn a_number_that_has_ended_is_measured_no_more() {
        let waits = Waits::default();
        waits.begin(1, at(0), None);
        waits.begin(2, at(0), None);
        waits.forget(1);
        waits.end(1, at(8));
        assert_eq!((waits.take(), measured(&waits)), (vec![], vec![2]));
    }

    #[test]
    fn only_people_who_still_wait_are_measured() {
        let dials = Dials { capacity: Capacity::new(1).unwrap(), rate_per_minute: 0, paused: false };
        let mut line = Line::new(1, dials, at(0));
        let user = |number: Number| Uuid::from_u128(number.into());
        line.allocate(6);
        for number in 1..=5 {
            line.join(user(number), at(0)).unwrap();
        }
        let waits = Waits::default();
        (1..=8).for_each(|number| waits.begin(number, at(0), None));
        line.tick(at(0));
        waits.keep_those_in(&line.view(at(0)), at(0));
        // Number 6 may have been given out since, and 7 and 8 once more numbers were allocated.
        assert_eq!(measured(&waits), [1, 2, 3, 4, 5, 6, 7, 8], "1 is called, the others wait");

        line.allocate(8);
        line.enter(1, user(1), at(600));
        line.end(2, user(2));
        let due = u32::try_from(at(60).as_second()).unwrap();
        for number in [3, 4] {
            line.sign_of_life(onsale_line::Sign { number, user: user(number), due }, at(20));
        }
        waits.keep_those_in(&line.view(at(20)), at(20));
        assert_eq!(measured(&waits), [3, 4, 6, 7, 8], "1 is inside, 2 has left, 5 has vanished");
    }

    #[test]
    fn those_who_vanish_leave_room_for_others() {
        let dials = Dials { capacity: Capacity::new(0).unwrap(), rate_per_minute: 0, paused: true };
        let mut line = Line::new(1, dials, at(0));
        let waits = Waits::default();
        let full = MEASURED_MAX as u64;
        line.allocate(full);
        for number in 1..=full {
            line.join(Uuid::from_u128(number.into()), at(0)).unwrap();
            waits.begin(number, at(0), None);
        }
        line.allocate(full + 1);
        line.join(Uuid::nil(), at(20)).unwrap();
        waits.begin(full + 1, at(20), None);
        assert_eq!(waits.lock().running.len(), MEASURED_MAX);
        waits.keep_those_in(&line.view(at(20)), at(20));
        waits.begin(full + 1, at(20), None);
        assert_eq!(measured(&waits), [full + 1]);
    }
}
