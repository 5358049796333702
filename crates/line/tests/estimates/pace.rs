//! How waits were estimated before: from the calls of the last minute. It stays here to be compared with.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onsale_line::Estimate;

/// With fewer calls seen than this, no wait is estimated.
const CALLS_SEEN_MIN: u64 = 30;

const HALF_LIFE_SECONDS: f64 = 60.0;
const SAMPLE_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// How many standard deviations the tenth and the ninetieth percentile lie from the median of a normal
/// distribution.
const DEVIATIONS_P90: f64 = 1.28;

/// What happened since the last sample, and how many wait now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PaceSample {
    /// People called.
    pub(crate) calls: u64,
    /// New numbers given out.
    pub(crate) joins: u64,
    /// People present and not called, now.
    pub(crate) waiting: u64,
    /// Whether the line is paused.
    pub(crate) paused: bool,
}

/// Measured rates with a memory of about a minute: calls per second (m), and give-ups per waiting person and
/// second (t).
///
/// Each rate is the quotient of two sums of samples, all weighted by age (half after `HALF_LIFE_SECONDS`),
/// which makes it right from the first sample on. Only times when somebody was left waiting count: the calls
/// of an empty line show how fast people come, not how fast they are let in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
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
    pub(crate) fn new(start: Timestamp) -> Self {
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
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        now >= self.sampled_at
            && (self.waited.is_none() || now.duration_since(self.sampled_at) >= SAMPLE_EVERY)
    }

    /// Adds what happened since the last sample, once [`Self::is_due`].
    pub(crate) fn sample(&mut self, sample: PaceSample, now: Timestamp) {
        let seconds = now.duration_since(self.sampled_at).as_secs_f64();
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
    pub(crate) fn calls_per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.calls / self.seconds } else { 0.0 }
    }

    /// The rate at which a waiting person gives up (t), per second.
    pub(crate) fn give_ups_per_second(&self) -> f64 {
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
    pub(crate) fn estimate(&self, ahead: u64) -> Option<Estimate> {
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
        let wait = |length, m| wait_seconds(length, m, t);
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
fn real(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

fn whole(seconds: f64) -> u64 {
    Duration::try_from_secs_f64(seconds).map_or(u64::MAX, |duration| duration.as_secs())
}
