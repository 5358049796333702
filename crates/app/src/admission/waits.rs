//! How long people waited, compared with the estimate when they joined.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{Estimate, Number};

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

    /// Takes the waits that have ended since the last call.
    pub(super) fn take(&self) -> Vec<Wait> {
        std::mem::take(&mut self.lock().over)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
