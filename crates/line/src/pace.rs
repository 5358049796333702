//! How fast the line moves, and what that means for the wait.

use std::time::Duration;

use jiff::Timestamp;

use crate::number::Number;
use crate::time::since;

/// With fewer calls seen than this, no wait is estimated.
pub const CALLS_SEEN_MIN: u64 = 30;

const HALF_LIFE_SECONDS: f64 = 60.0;
const SAMPLE_EVERY: Duration = Duration::from_secs(1);
/// How many standard deviations the tenth and the ninetieth percentile lie from the median of a normal
/// distribution.
const DEVIATIONS_P90: f64 = 1.28;

/// A wait in seconds: one in ten is shorter than `p10`, half are shorter than `p50`, nine in ten than `p90`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The optimistic end.
    pub p10: u64,
    /// The median.
    pub p50: u64,
    /// The pessimistic end.
    pub p90: u64,
}

/// What happened since the last sample, and how many wait now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceSample {
    /// People called.
    pub calls: u64,
    /// New numbers given out.
    pub joins: u64,
    /// People present and not called, now.
    pub waiting: u64,
    /// Whether the line is paused.
    pub paused: bool,
}

/// Measured rates with a memory of about a minute: calls per second (m), and give-ups per waiting person and
/// second (t).
///
/// Each rate is the quotient of two sums of samples, all weighted by age (half after `HALF_LIFE_SECONDS`),
/// which makes it right from the first sample on. Only times when somebody was left waiting count: the calls
/// of an empty line show how fast people come, not how fast they are let in.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    sampled_at: Timestamp,
    /// How many waited at the last sample, if it is comparable.
    waited: Option<u64>,
    calls_seen: u64,
    calls: f64,
    /// Calls per second squared, times seconds: the spread of m.
    calls_squared: f64,
    seconds: f64,
    seconds_squared: f64,
    give_ups: f64,
    waiting_seconds: f64,
}

impl Pace {
    /// Nothing measured yet; measuring starts at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self {
            sampled_at: start,
            waited: None,
            calls_seen: 0,
            calls: 0.0,
            calls_squared: 0.0,
            seconds: 0.0,
            seconds_squared: 0.0,
            give_ups: 0.0,
            waiting_seconds: 0.0,
        }
    }

    /// Whether the next sample is due: about once a second.
    pub fn is_due(&self, now: Timestamp) -> bool {
        now >= self.sampled_at && (self.waited.is_none() || since(now, self.sampled_at) >= SAMPLE_EVERY)
    }

    /// Adds what happened since the last sample, once [`Self::is_due`].
    pub fn sample(&mut self, sample: PaceSample, now: Timestamp) {
        let seconds = since(now, self.sampled_at).as_secs_f64();
        self.sampled_at = now;
        let waited = self.waited.replace(sample.waiting).unwrap_or(0);
        if waited == 0 || sample.waiting == 0 || sample.paused || seconds <= 0.0 {
            return;
        }
        let decay = (-seconds / HALF_LIFE_SECONDS).exp2();
        let calls = real(sample.calls);
        // A person who waited or joined, was not called and no longer waits has given up. People who return
        // count against that, so the sum may be negative; it is clamped to 0 only when read.
        let give_ups = real(waited) + real(sample.joins) - calls - real(sample.waiting);
        self.calls_seen += sample.calls;
        self.calls = self.calls * decay + calls;
        self.calls_squared = self.calls_squared * decay + calls * calls / seconds;
        self.seconds = self.seconds * decay + seconds;
        self.seconds_squared = self.seconds_squared * decay * decay + seconds * seconds;
        self.give_ups = self.give_ups * decay + give_ups;
        self.waiting_seconds =
            self.waiting_seconds * decay + seconds * f64::midpoint(real(waited), real(sample.waiting));
    }

    /// Calls per second (m), 0 while nothing is measured.
    pub fn calls_per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.calls / self.seconds } else { 0.0 }
    }

    /// The rate at which a waiting person gives up (t), per second.
    pub fn give_ups_per_second(&self) -> f64 {
        if self.waiting_seconds > 0.0 { (self.give_ups / self.waiting_seconds).max(0.0) } else { 0.0 }
    }

    /// The standard error of m.
    fn calls_per_second_error(&self) -> f64 {
        let mean = self.calls_per_second();
        let variance = (self.calls_squared / self.seconds - mean * mean).max(0.0);
        let samples = self.seconds * self.seconds / self.seconds_squared;
        (variance / samples).sqrt()
    }

    /// The wait with `ahead` people ahead, or `None` while there is no honest estimate: fewer than
    /// [`CALLS_SEEN_MIN`] calls seen, almost none of late, or only one burst, which says nothing about the
    /// calls to come.
    ///
    /// With L ahead, m calls per second and each of those ahead giving up at the rate t, the line ahead
    /// shrinks as dL/dt = -m - t L, which is 0 after ln(1 + t L / m) / t.
    pub fn estimate(&self, ahead: u64) -> Option<Estimate> {
        self.estimate_at(1.0, ahead)
    }

    /// [`Self::estimate`] for a line that calls `times_as_fast` times as fast as measured.
    pub(crate) fn estimate_at(&self, times_as_fast: f64, ahead: u64) -> Option<Estimate> {
        // Less than one fresh call weighs: m is as good as 0.
        if self.calls_seen < CALLS_SEEN_MIN || self.calls < 1.0 {
            return None;
        }
        let (m, spread) = (self.calls_per_second(), DEVIATIONS_P90 * self.calls_per_second_error());
        if spread >= 0.95 * m {
            return None;
        }
        let length = real(ahead);
        let length_spread = DEVIATIONS_P90 * length.sqrt();
        let t = self.give_ups_per_second();
        let wait = |length, m| wait_seconds(length, times_as_fast * m, t);
        Some(Estimate {
            p10: whole(wait((length - length_spread).max(0.0), m + spread).floor()),
            p50: whole(wait(length, m).round()),
            p90: whole(wait(length + length_spread, m - spread).ceil()),
        })
    }
}

fn wait_seconds(length: f64, m: f64, t: f64) -> f64 {
    let without_give_ups = length / m;
    // Below this the logarithm has no digits left, and its limit is exact enough.
    if t * without_give_ups < 1e-9 { without_give_ups } else { (t * without_give_ups).ln_1p() / t }
}

/// A count as a real number: counts here fit 32 bits.
fn real(count: Number) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

fn whole(seconds: f64) -> u64 {
    Duration::try_from_secs_f64(seconds).map_or(u64::MAX, |duration| duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    /// A line of `waiting` that calls `calls` and loses `give_ups` every second, joins making up for both.
    fn pace_after(seconds: u32, calls: u64, give_ups: u64, waiting: u64) -> Pace {
        let mut pace = Pace::new(at(0.0));
        for second in 0..=seconds {
            let sample = PaceSample { calls, joins: calls + give_ups, waiting, paused: false };
            pace.sample(sample, at(f64::from(second)));
        }
        pace
    }

    #[test]
    fn no_estimate_under_30_calls_seen() {
        assert_eq!(pace_after(29, 1, 0, 100).estimate(10), None);
        assert!(pace_after(30, 1, 0, 100).estimate(10).is_some());
    }

    #[test]
    fn without_give_ups_the_median_is_length_over_calls() {
        let estimate = pace_after(200, 2, 0, 5_000).estimate(1_000).unwrap();
        assert_eq!(estimate.p50, 500);
        assert!(estimate.p10 < 500 && estimate.p90 > 500, "{estimate:?}");
        assert!(estimate.p10 > 450 && estimate.p90 < 550, "{estimate:?}");
    }

    #[test]
    fn give_ups_shorten_the_wait() {
        // t = 10 / 5,000 a second, m = 2: ln(1 + 0.002 * 1,000 / 2) / 0.002 = 346.6 s.
        let pace = pace_after(200, 2, 10, 5_000);
        assert!((pace.give_ups_per_second() - 0.002).abs() < 1e-9);
        assert_eq!(pace.estimate(1_000).unwrap().p50, 347);
    }

    #[test]
    fn people_who_return_never_make_the_rate_of_give_ups_negative() {
        let mut pace = Pace::new(at(0.0));
        for second in 0..100_u32 {
            let sample = PaceSample { calls: 1, joins: 0, waiting: 100 + u64::from(second), paused: false };
            pace.sample(sample, at(f64::from(second)));
        }
        assert!(pace.give_ups_per_second() <= 0.0);
        assert_eq!(pace.estimate(50).unwrap().p50, 50);
    }

    #[test]
    fn half_of_the_memory_is_a_minute() {
        let mut pace = pace_after(3_600, 4, 0, 100);
        for second in 1..=60_u32 {
            let sample = PaceSample { calls: 0, joins: 0, waiting: 100, paused: false };
            pace.sample(sample, at(3_600.0 + f64::from(second)));
        }
        assert!((pace.calls_per_second() - 2.0).abs() < 0.01, "{}", pace.calls_per_second());
    }

    #[test]
    fn an_empty_or_paused_line_does_not_change_the_pace() {
        let mut pace = pace_after(300, 4, 0, 100);
        for (second, waiting, paused) in [(1, 0, false), (2, 0, false), (3, 100, true), (4, 100, true)] {
            let sample = PaceSample { calls: 0, joins: 0, waiting, paused };
            pace.sample(sample, at(300.0 + f64::from(second)));
        }
        assert!((pace.calls_per_second() - 4.0).abs() < 0.001);
    }

    #[test]
    fn one_burst_gives_no_estimate() {
        let mut pace = Pace::new(at(0.0));
        for second in 0..60_u32 {
            let calls = if second == 5 { 100 } else { 0 };
            pace.sample(
                PaceSample { calls, joins: calls, waiting: 900, paused: false },
                at(f64::from(second)),
            );
        }
        assert_eq!(pace.estimate(500), None);
    }

    #[test]
    fn calls_that_stopped_long_ago_give_no_estimate() {
        let mut pace = pace_after(100, 4, 0, 100);
        for second in 1..=900_u32 {
            let sample = PaceSample { calls: 0, joins: 0, waiting: 100, paused: false };
            pace.sample(sample, at(100.0 + f64::from(second)));
        }
        assert_eq!(pace.estimate(10), None);
    }
}
