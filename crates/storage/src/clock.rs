//! The store's clock, the one place below HTTP that may ask the machine for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

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
    Store {
        /// What the store's clock showed at `start`, in microseconds, as last reported.
        at_start: Arc<AtomicI64>,
        start: Instant,
    },
}

impl Clock {
    /// The machine's clock. If it is set back, this one stands still until it has caught up: a hold that was
    /// over must not come alive again.
    pub fn system() -> Self {
        Self { source: Source::System, latest: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    /// A clock that follows the store's own: what it last showed, and the time since. It is for display only;
    /// decisions use the time that the store reads in the transaction.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    pub fn of_store() -> Self {
        let source = Source::Store { at_start: Arc::default(), start: Instant::now() };
        Self { source, latest: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    /// The store's own clock shows `now`. Returns the time to decide by: `now`, unless this clock is manual.
    pub fn sync(&self, now: Timestamp) -> Timestamp {
        match &self.source {
            Source::System => now,
            Source::Manual(_) => self.now(),
            Source::Store { at_start, start } => {
                at_start.store(now.as_microsecond() - micros_since(*start), Ordering::SeqCst);
                now
            }
        }
    }

    /// Whether this clock is manual, and the store's own does not count.
    pub fn is_manual(&self) -> bool {
        matches!(self.source, Source::Manual(_))
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
            Source::Store { at_start, start } => at_start.load(Ordering::SeqCst) + micros_since(*start),
        };
        let latest = self.latest.fetch_max(read, Ordering::SeqCst).max(read);
        Timestamp::from_microsecond(latest).unwrap_or(Timestamp::MAX)
    }

    /// Moves a manual clock. Does nothing to others.
    pub fn advance(&self, by: SignedDuration) {
        if let Source::Manual(now) = &self.source {
            now.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

fn micros_since(start: Instant) -> i64 {
    i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX)
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
    fn a_clock_of_the_store_continues_from_what_the_store_showed() {
        let clock = Clock::of_store();
        let start: Timestamp = "2031-01-01T00:00:00.000009Z".parse().unwrap();
        assert_eq!(clock.sync(start), start);
        let now = clock.now();
        assert!(now >= start && now < start + SignedDuration::from_secs(60), "{now}");
    }

    #[test]
    fn a_manual_clock_ignores_the_time_of_the_store() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock::manual(start);
        assert_eq!(clock.sync(Timestamp::MAX), start);
    }

    #[test]
    fn the_system_clock_has_whole_microseconds() {
        let now = Clock::system().now();
        assert_eq!(now.subsec_nanosecond() % 1_000, 0);
    }
}
