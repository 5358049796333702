//! The statistics of a sale: one sample per second for the last ten minutes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use onsale_line::{Dials, Estimate};
pub use onsale_storage::seat_map::SeatCounts;
use tokio::sync::watch;

use crate::line_reading::LineReading;

/// How often a sample is taken.
pub const SAMPLED_EVERY: Duration = Duration::from_secs(1);
/// How many samples are kept: those of ten minutes.
const SAMPLES_KEPT: usize = 600;
const SECONDS_PER_MINUTE: usize = 60;

/// The requests that one instance has answered within a second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Served {
    /// All requests.
    pub requests: u64,
    /// Requests that were answered with 5xx.
    pub errors: u64,
    /// The median answer time, in milliseconds.
    pub p50_ms: f64,
    /// The 99th percentile of answer times, in milliseconds.
    pub p99_ms: f64,
}

/// The sale in one second. Line and seats are of the whole sale, requests of this instance.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When it was taken, by the store's clock.
    pub at: Timestamp,
    /// People present who wait.
    pub waiting: u64,
    /// People inside.
    pub inside: u64,
    /// People called who have not come in yet.
    pub called: u64,
    /// The dials.
    pub dials: Dials,
    /// People admitted within the last minute.
    pub admissions_per_minute: u64,
    /// The seats of all concerts that the sale sells.
    pub seats: SeatCounts,
    /// The requests of the last second.
    pub served: Served,
    /// Requests answered with 5xx within the last minute.
    pub errors_per_minute: u64,
    /// How long a person who joined now would wait; `None` if that is not known yet.
    pub wait: Option<Estimate>,
}

/// The samples of the last ten minutes.
#[derive(Debug)]
pub struct Statistics {
    past: Mutex<Past>,
    latest: watch::Sender<Option<Arc<Sample>>>,
}

#[derive(Debug, Default)]
struct Past {
    samples: VecDeque<Arc<Sample>>,
    /// The line's epoch and its count of admissions at the last sample.
    admitted: Option<(u32, u64)>,
    /// Admissions and errors in each second of the last minute.
    seconds: VecDeque<(u64, u64)>,
}

impl Default for Statistics {
    fn default() -> Self {
        Self { past: Mutex::default(), latest: watch::Sender::new(None) }
    }
}

impl Statistics {
    /// Takes this second's sample.
    pub(crate) fn record(&self, line: &LineReading, seats: SeatCounts, now: Timestamp, served: Served) {
        let tallies = line.tallies();
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let (admissions, errors) = past.count(tallies.epoch, tallies.admitted, served.errors);
        let sample = Sample {
            admissions_per_minute: admissions,
            errors_per_minute: errors,
            served,
            ..Sample::now(line, seats, now)
        };
        let sample = Arc::new(sample);
        past.samples.push_back(Arc::clone(&sample));
        if past.samples.len() > SAMPLES_KEPT {
            past.samples.pop_front();
        }
        self.latest.send_replace(Some(sample));
    }

    /// The samples of the last ten minutes, oldest first.
    pub fn past(&self) -> Vec<Arc<Sample>> {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.samples.iter().cloned().collect()
    }

    /// A receiver of the newest sample; `None` before the first one.
    pub fn follow(&self) -> watch::Receiver<Option<Arc<Sample>>> {
        self.latest.subscribe()
    }
}

impl Past {
    /// Adds a second, and returns the admissions and errors of the last minute.
    fn count(&mut self, epoch: u32, admitted: u64, errors: u64) -> (u64, u64) {
        let before = self.admitted.replace((epoch, admitted));
        // A rebuilt line counts everybody inside as admitted again.
        let admissions = before
            .filter(|(known, _)| *known == epoch)
            .map_or(0, |(_, count)| admitted.saturating_sub(count));
        self.seconds.push_back((admissions, errors));
        if self.seconds.len() > SECONDS_PER_MINUTE {
            self.seconds.pop_front();
        }
        self.seconds.iter().fold((0, 0), |sum, second| (sum.0 + second.0, sum.1 + second.1))
    }
}

impl Sample {
    /// The sale as it is now; the numbers that are counted over time are 0.
    pub(crate) fn now(line: &LineReading, seats: SeatCounts, now: Timestamp) -> Self {
        let (tallies, dials) = (line.tallies(), line.dials());
        Self {
            at: now,
            waiting: tallies.waiting,
            inside: tallies.inside,
            called: tallies.called,
            dials,
            admissions_per_minute: 0,
            seats,
            served: Served::default(),
            errors_per_minute: 0,
            wait: line.forecast(dials),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admissions_and_errors_are_counted_for_a_minute() {
        let mut past = Past::default();
        assert_eq!(past.count(1, 40, 0), (0, 0), "the first sample has nothing to compare with");
        assert_eq!(past.count(1, 43, 2), (3, 2));
        assert_eq!(past.count(2, 43, 0), (3, 2), "a rebuild is not an admission");
        assert_eq!(past.count(2, 44, 1), (4, 3));
        for _ in 0..SECONDS_PER_MINUTE {
            past.count(2, 44, 0);
        }
        assert_eq!(past.count(2, 44, 0), (0, 0));
    }
}
