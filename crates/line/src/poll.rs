//! When to poll again: often enough near one's turn, seldom enough for a million.

use std::time::Duration;

use jiff::Timestamp;

use crate::estimate::Estimate;
use crate::time::{plus, second_from};

/// The most polls per second that a line should get, averaged over all who wait.
pub(crate) const POLLS_PER_SECOND_MAX: u64 = 20_000;
const LOWER_MIN: Duration = Duration::from_secs(1);
const UPPER_MIN: Duration = Duration::from_secs(30);
/// How many polls the median wait is divided into.
const POLLS_PER_WAIT: u64 = 8;
/// A person who may be called this soon is near their turn.
pub(crate) const NEAR_TURN_SECONDS: u64 = 30;
/// The longest interval near one's turn, jitter included: a slot must not wait long for the person it was
/// offered to.
const NEAR_TURN_MAX: Duration = Duration::from_secs(3);
/// How far an interval may lie from its middle, as a share of it.
pub(crate) const JITTER_SHARE: f64 = 0.15;
/// How much later than the interval a sign of life may come: a slow poll is not an absence.
const SLACK: Duration = Duration::from_secs(2);

/// The bounds of a poll interval, before jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollBounds {
    /// The shortest interval, given while no estimate is known.
    pub lower: Duration,
    /// The longest interval.
    pub upper: Duration,
}

/// What an interval is computed from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PollContext {
    /// People present and waiting.
    pub(crate) present: u64,
    /// People ahead of the one who polls.
    pub(crate) ahead: u64,
    /// The dial.
    pub(crate) capacity: u32,
    /// Their estimated wait, if known.
    pub(crate) estimate: Option<Estimate>,
}

/// The bounds with `present` people waiting: 1 s and 30 s, longer when that would be too many polls a second.
pub fn poll_bounds(present: u64) -> PollBounds {
    let lower = Duration::from_millis(present.saturating_mul(1_000) / POLLS_PER_SECOND_MAX).max(LOWER_MIN);
    PollBounds { lower, upper: lower.max(UPPER_MIN) }
}

/// The second, since the Unix epoch, by which a person must poll again who was given `interval` at `now`:
/// `now` + 1.5 x `interval` + 2 s, rounded up to a whole second.
pub fn due_after(now: Timestamp, interval: Duration) -> u32 {
    let patience = interval.saturating_mul(3) / 2;
    second_from(plus(now, patience.saturating_add(SLACK)))
}

/// The interval to send: an eighth of the median wait within the bounds, at most 3 s near the turn, then
/// jittered by up to 15 % (`jitter` from -1.0 to 1.0; other values are clamped, and not-a-number is 0).
pub(crate) fn poll_interval(context: &PollContext, jitter: f64) -> Duration {
    let bounds = poll_bounds(context.present);
    let interval = match context.estimate {
        Some(Estimate { p50, .. }) => {
            let share = Duration::from_millis(p50.saturating_mul(1_000) / POLLS_PER_WAIT);
            share.clamp(bounds.lower, bounds.upper)
        }
        None => bounds.lower,
    };
    let jitter = if jitter.is_nan() { 0.0 } else { jitter.clamp(-1.0, 1.0) };
    if is_near_turn(context) {
        // Capped so that the longest jitter still ends at 3 s, and the crowd stays spread.
        let held = interval.min(NEAR_TURN_MAX.div_f64(1.0 + JITTER_SHARE));
        return held.mul_f64(1.0 + JITTER_SHARE * jitter).min(NEAR_TURN_MAX);
    }
    interval.mul_f64(1.0 + JITTER_SHARE * jitter)
}

/// Whether this person may be called within 30 s. Without an estimate that is anybody for whom there may be
/// room, up to as many as can poll every 3 s.
pub(crate) fn is_near_turn(context: &PollContext) -> bool {
    let asked_in_time = POLLS_PER_SECOND_MAX * NEAR_TURN_MAX.as_secs();
    match context.estimate {
        Some(estimate) => estimate.p10 < NEAR_TURN_SECONDS,
        None => context.ahead < u64::from(context.capacity).min(asked_in_time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn context(present: u64, p10: u64, p50: u64) -> PollContext {
        let estimate = Some(Estimate { p10, p50, p90: p50 * 2 });
        PollContext { present, ahead: present, capacity: 100, estimate }
    }

    fn seconds(context: &PollContext, jitter: f64) -> f64 {
        (poll_interval(context, jitter).as_secs_f64() * 1_000.0).round() / 1_000.0
    }

    #[track_caller]
    fn assert_seconds(context: &PollContext, jitter: f64, expected: f64) {
        let interval = seconds(context, jitter);
        assert!((interval - expected).abs() < 0.002, "{interval} s, not {expected} s");
    }

    #[test]
    fn the_interval_is_an_eighth_of_the_median() {
        assert_seconds(&context(1_000, 60, 160), 0.0, 20.0);
    }

    #[test]
    fn the_interval_is_held_between_1_and_30_s() {
        assert_seconds(&context(1_000, 600, 3_000), 0.0, 30.0);
        assert_seconds(&context(1_000, 0, 1), 0.0, 1.0);
    }

    #[test]
    fn a_crowd_is_asked_for_20_000_polls_a_second_at_most() {
        assert_eq!(poll_bounds(200_000).lower, Duration::from_secs(10));
        assert_eq!(poll_bounds(200_000).upper, Duration::from_secs(30));
        assert_eq!(poll_bounds(1_000_000).upper, Duration::from_secs(50));
        assert_seconds(&context(1_000_000, 3_000, 9_000), 0.0, 50.0);
    }

    #[test]
    fn without_an_estimate_the_interval_is_the_lower_bound() {
        let unknown = PollContext { estimate: None, ..context(400_000, 0, 0) };
        assert_seconds(&unknown, 0.0, 20.0);
    }

    #[test]
    fn jitter_is_15_percent_either_way_and_held_there() {
        let context = context(1_000, 60, 160);
        assert_seconds(&context, 1.0, 23.0);
        assert_seconds(&context, -1.0, 17.0);
        assert_seconds(&context, 50.0, 23.0);
        assert_seconds(&context, f64::NAN, 20.0);
    }

    #[test]
    fn near_the_turn_the_interval_is_3_s_at_most_jitter_included() {
        for jitter in [-1.0, 0.0, 1.0] {
            assert!(seconds(&context(1_000, 29, 160), jitter) <= 3.0);
            assert!(seconds(&context(1_000_000, 29, 160), jitter) <= 3.0);
            let first = PollContext { estimate: None, ahead: 99, ..context(400_000, 0, 0) };
            assert!(seconds(&first, jitter) <= 3.0);
        }
        assert_seconds(&context(1_000, 30, 160), 0.0, 20.0);
    }

    #[test]
    fn a_sign_is_due_after_one_and_a_half_intervals_and_2_s_rounded_up() {
        let start = u32::try_from(at(0.0).as_second()).unwrap();
        assert_eq!(due_after(at(0.0), Duration::from_secs(4)), start + 8);
        assert_eq!(due_after(at(0.1), Duration::from_secs(4)), start + 9);
        assert_eq!(due_after(at(0.0), Duration::from_millis(1_001)), start + 4);
        assert_eq!(due_after(at(0.0), Duration::MAX), u32::MAX);
    }
}
