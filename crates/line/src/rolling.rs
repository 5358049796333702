//! Recent events: calls of the last minute, joins of the last second.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::time::{second_of, since};

/// How long a call counts against the rate.
pub const RATE_WINDOW: Duration = Duration::from_mins(1);

/// The calls of the last minute, for the rate limit.
///
/// The window is closed at both ends: a call exactly a minute ago still counts, so no minute holds more calls
/// than the rate, however it is cut.
#[derive(Debug, Clone, Default)]
pub struct RollingMinute {
    calls: VecDeque<(Timestamp, u32)>,
    total: u32,
}

impl RollingMinute {
    /// Notes `count` calls made at `at`, which must not be before those noted already.
    pub fn note(&mut self, at: Timestamp, count: u32) {
        if count > 0 {
            self.calls.push_back((at, count));
            self.total += count;
        }
    }

    /// How many calls the rate still allows at `now`; a rate of 0 allows any number.
    pub fn allowance(&mut self, rate_per_minute: u32, now: Timestamp) -> u32 {
        while let Some((_, count)) = self.calls.pop_front_if(|(at, _)| since(now, *at) > RATE_WINDOW) {
            self.total -= count;
        }
        allowance(rate_per_minute, self.total)
    }
}

/// How many calls a rate still allows after `calls` in the window; a rate of 0 allows any number.
pub fn allowance(rate_per_minute: u32, calls: u32) -> u32 {
    if rate_per_minute == 0 { u32::MAX } else { rate_per_minute.saturating_sub(calls) }
}

/// How many new numbers are given out per second.
#[derive(Debug, Clone, Default)]
pub(crate) struct JoinMeter {
    second: u32,
    this_second: u64,
    last_second: u64,
}

impl JoinMeter {
    pub(crate) fn note(&mut self, now: Timestamp) {
        let second = second_of(now);
        if second > self.second {
            self.last_second = if second - self.second == 1 { self.this_second } else { 0 };
            self.this_second = 0;
            self.second = second;
        }
        self.this_second += 1;
    }

    /// Joins of the last full second, or of this one if it already has more.
    pub(crate) fn per_second(&self) -> u64 {
        self.last_second.max(self.this_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    #[test]
    fn a_call_counts_for_a_whole_minute() {
        let mut minute = RollingMinute::default();
        minute.note(at(0.0), 3);
        minute.note(at(10.0), 4);
        assert_eq!(minute.allowance(10, at(10.0)), 3);
        assert_eq!(minute.allowance(10, at(60.0)), 3);
        assert_eq!(minute.allowance(10, at(60.1)), 6);
        assert_eq!(minute.allowance(2, at(60.2)), 0);
        assert_eq!(minute.allowance(10, at(70.1)), 10);
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let mut minute = RollingMinute::default();
        minute.note(at(0.0), 500);
        assert_eq!(minute.allowance(0, at(0.0)), u32::MAX);
    }

    #[test]
    fn joins_are_those_of_the_last_full_second() {
        let mut joins = JoinMeter::default();
        for step in 0..30 {
            joins.note(at(f64::from(step) / 10.0));
        }
        assert_eq!(joins.per_second(), 10);
        joins.note(at(60.0));
        assert_eq!(joins.per_second(), 1);
    }
}
