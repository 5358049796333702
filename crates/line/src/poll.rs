//! When to ask again: often enough near the turn, seldom enough for a million.

use std::time::Duration;

use jiff::Timestamp;

use crate::pace::Estimate;
use crate::time::{plus, second_from};

/// Polls a second that one line is meant to be asked at most, on the average of all who wait.
const POLLS_PER_SECOND: u64 = 20_000;
const LOWER_MIN: Duration = Duration::from_secs(1);
const UPPER_MIN: Duration = Duration::from_secs(30);
/// How often the median wait is divided into polls.
const POLLS_PER_WAIT: u64 = 8;
/// Whoever may be called this soon is near their turn.
const NEAR_TURN_SECONDS: u64 = 30;
/// The longest interval near one's turn, jitter included: a slot must not wait long for the one it was
/// offered.
const NEAR_TURN_MAX: Duration = Duration::from_secs(3);
const JITTER_SHARE: f64 = 0.15;
/// How much longer than the interval told a sign of life may take: a slow poll is not an absence.
const SLACK: Duration = Duration::from_secs(2);

/// Between which a poll interval is held, before jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollBounds {
    /// The shortest interval, given while no estimate is known.
    pub lower: Duration,
    /// The longest interval.
    pub upper: Duration,
}

/// What an interval is worked out from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    /// People present and waiting.
    pub(crate) present: u64,
    /// People ahead of the one who asks.
    pub(crate) ahead: u64,
    /// The dial.
    pub(crate) capacity: u32,
    /// The wait of the one who asks, if known.
    pub(crate) estimate: Option<Estimate>,
}

/// The bounds with `present` people waiting: 1 s and 30 s, longer when that would be too many polls a second.
pub fn poll_bounds(present: u64) -> PollBounds {
    let lower = Duration::from_millis(present.saturating_mul(1_000) / POLLS_PER_SECOND).max(LOWER_MIN);
    PollBounds { lower, upper: lower.max(UPPER_MIN) }
}

/// The second by which somebody told at `now` to come back after `interval` is expected, since the Unix
/// epoch: `now` + 1.5 x `interval` + 2 s, rounded up to a whole second.
pub fn due_after(now: Timestamp, interval: Duration) -> u32 {
    let patience = interval.saturating_mul(3) / 2;
    second_from(plus(now, patience.saturating_add(SLACK)))
}

/// The interval to tell: an eighth of the median wait between the bounds, at most 3 s near the turn, then
/// jittered by up to 15 % (`jitter` from -1.0 to 1.0; anything else is held there, and not-a-number is 0).
pub(crate) fn poll_interval(asking: &Asking, jitter: f64) -> Duration {
    let bounds = poll_bounds(asking.present);
    let interval = match asking.estimate {
        Some(Estimate { p50, .. }) => {
            let share = Duration::from_millis(p50.saturating_mul(1_000) / POLLS_PER_WAIT);
            share.clamp(bounds.lower, bounds.upper)
        }
        None => bounds.lower,
    };
    let jitter = if jitter.is_nan() { 0.0 } else { jitter.clamp(-1.0, 1.0) };
    if is_near_turn(asking) {
        // Held so that the longest jitter still ends at 3 s, and the crowd stays spread.
        let held = interval.min(NEAR_TURN_MAX.div_f64(1.0 + JITTER_SHARE));
        return held.mul_f64(1.0 + JITTER_SHARE * jitter).min(NEAR_TURN_MAX);
    }
    interval.mul_f64(1.0 + JITTER_SHARE * jitter)
}

/// Whether the one who asks may be called within 30 s. Without an estimate that is anybody for whom there may
/// be room, up to as many as can be asked every 3 s.
fn is_near_turn(asking: &Asking) -> bool {
    let asked_in_time = POLLS_PER_SECOND * NEAR_TURN_MAX.as_secs();
    match asking.estimate {
        Some(estimate) => estimate.p10 < NEAR_TURN_SECONDS,
        None => asking.ahead < u64::from(asking.capacity).min(asked_in_time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn asking(present: u64, p10: u64, p50: u64) -> Asking {
        let estimate = Some(Estimate { p10, p50, p90: p50 * 2 });
        Asking { present, ahead: present, capacity: 100, estimate }
    }

    fn seconds(asking: &Asking, jitter: f64) -> f64 {
        (poll_interval(asking, jitter).as_secs_f64() * 1_000.0).round() / 1_000.0
    }

    #[track_caller]
    fn assert_seconds(asking: &Asking, jitter: f64, expected: f64) {
        let told = seconds(asking, jitter);
        assert!((told - expected).abs() < 0.002, "told {told} s, not {expected} s");
    }

    #[test]
    fn the_interval_is_an_eighth_of_the_median() {
        assert_seconds(&asking(1_000, 60, 160), 0.0, 20.0);
    }

    #[test]
    fn the_interval_is_held_between_1_and_30_s() {
        assert_seconds(&asking(1_000, 600, 3_000), 0.0, 30.0);
        assert_seconds(&asking(1_000, 0, 1), 0.0, 1.0);
    }

    #[test]
    fn a_crowd_is_asked_for_20_000_polls_a_second_at_most() {
        assert_eq!(poll_bounds(200_000).lower, Duration::from_secs(10));
        assert_eq!(poll_bounds(200_000).upper, Duration::from_secs(30));
        assert_eq!(poll_bounds(1_000_000).upper, Duration::from_secs(50));
        assert_seconds(&asking(1_000_000, 3_000, 9_000), 0.0, 50.0);
    }

    #[test]
    fn without_an_estimate_the_interval_is_the_lower_bound() {
        let unknown = Asking { estimate: None, ..asking(400_000, 0, 0) };
        assert_seconds(&unknown, 0.0, 20.0);
    }

    #[test]
    fn jitter_is_15_percent_either_way_and_held_there() {
        let asking = asking(1_000, 60, 160);
        assert_seconds(&asking, 1.0, 23.0);
        assert_seconds(&asking, -1.0, 17.0);
        assert_seconds(&asking, 50.0, 23.0);
        assert_seconds(&asking, f64::NAN, 20.0);
    }

    #[test]
    fn near_the_turn_the_interval_is_3_s_at_most_jitter_included() {
        for jitter in [-1.0, 0.0, 1.0] {
            assert!(seconds(&asking(1_000, 29, 160), jitter) <= 3.0);
            assert!(seconds(&asking(1_000_000, 29, 160), jitter) <= 3.0);
            let first = Asking { estimate: None, ahead: 99, ..asking(400_000, 0, 0) };
            assert!(seconds(&first, jitter) <= 3.0);
        }
        assert_seconds(&asking(1_000, 30, 160), 0.0, 20.0);
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
