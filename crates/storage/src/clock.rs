//! The embedded store's clock. It is the one place below the doors that may ask the machine for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// A clock that never goes back, in whole microseconds.
#[derive(Debug, Clone)]
pub struct Clock {
    source: Source,
    latest: Arc<AtomicI64>,
}

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock. If somebody sets that back, this one stands still until it has caught up: a
    /// hold that was over must not come alive again.
    pub fn system() -> Self {
        Self { source: Source::System, latest: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        let now = Arc::new(AtomicI64::new(start.as_microsecond()));
        Self { source: Source::Manual(now), latest: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    /// The time.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    pub fn now(&self) -> Timestamp {
        let read = match &self.source {
            Source::System => Timestamp::now().as_microsecond(),
            Source::Manual(now) => now.load(Ordering::SeqCst),
        };
        let latest = self.latest.fetch_max(read, Ordering::SeqCst).max(read);
        Timestamp::from_microsecond(latest).unwrap_or(Timestamp::MAX)
    }

    /// Moves a manual clock; does nothing to the machine's.
    pub fn advance(&self, by: SignedDuration) {
        if let Source::Manual(now) = &self.source {
            now.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_never_goes_back() {
        let start: Timestamp = "2026-01-01T00:00:00.000009Z".parse().unwrap();
        let clock = Clock::manual(start);
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_secs(-5));
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_secs(6));
        assert_eq!(clock.now(), start + SignedDuration::from_secs(1));
    }

    #[test]
    fn the_machines_clock_has_whole_microseconds() {
        let now = Clock::system().now();
        assert_eq!(now.subsec_nanosecond() % 1_000, 0);
    }
}
