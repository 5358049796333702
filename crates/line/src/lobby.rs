//! Polls in the lobby: seldom, then once just before the opening and once just after it, spread evenly.

use std::time::Duration;

use jiff::Timestamp;

use crate::poll::{JITTER_SHARE, POLLS_PER_SECOND_MAX, poll_bounds};
use crate::time::{minus, plus, second_from, since};

/// How much later than promised a sign of life in the lobby may come. Promises there are long and exact; half
/// of the interval on top would give slots at the opening to people who have left.
pub const LOBBY_SLACK: Duration = Duration::from_secs(15);

/// The shortest time over which the polls before the opening are spread, and those after it.
const SPREAD_MIN: Duration = Duration::from_secs(10);
/// An opening that is overdue waits for something, maybe for hours: after this many times the interval, the
/// interval grows.
const POLLS_WHILE_OVERDUE: u32 = 8;
/// A chance of 1 would poll after the moment that it must precede.
const CHANCE_MAX: f64 = 0.999;

/// Over how long the polls of a lobby with `present` people are spread: 20,000 a second at most.
fn spread(present: u64) -> Duration {
    Duration::from_millis(present.saturating_mul(1_000) / POLLS_PER_SECOND_MAX).max(SPREAD_MIN)
}

/// The interval to send at `now` in a lobby that opens at `opens_at`, with `present` people in it. `jitter`
/// is as for [`poll_interval`](crate::View::poll_interval).
///
/// Everybody polls once in the last [`spread`] before the opening, and hears then when to poll after it.
/// Before that, polls come as seldom as in the longest line.
pub(crate) fn lobby_interval(now: Timestamp, opens_at: Timestamp, present: u64, jitter: f64) -> Duration {
    let chance = if jitter.is_nan() { 0.5 } else { (jitter / 2.0 + 0.5).clamp(0.0, CHANCE_MAX) };
    let (bounds, spread) = (poll_bounds(present), spread(present));
    let last_polls_at = minus(opens_at, spread);
    let rest = spread.mul_f64(chance);
    if now >= opens_at {
        let overdue = since(now, opens_at) / POLLS_WHILE_OVERDUE;
        return overdue.clamp(bounds.lower, bounds.upper).mul_f64(1.0 + JITTER_SHARE * chance);
    }
    if now >= last_polls_at {
        return since(plus(opens_at, rest), now);
    }
    if plus(now, longest(bounds.upper)) >= last_polls_at {
        return since(plus(last_polls_at, rest), now);
    }
    bounds.upper.mul_f64(1.0 + JITTER_SHARE * (2.0 * chance - 1.0))
}

/// The second, since the Unix epoch, by which a person in the lobby must poll again who was given `interval`
/// at `now`: [`LOBBY_SLACK`] after it, rounded up to a whole second.
pub fn lobby_due_after(now: Timestamp, interval: Duration) -> u32 {
    second_from(plus(now, interval.saturating_add(LOBBY_SLACK)))
}

/// The latest due of anybody who was given an interval in the lobby up to `now`, with `waiting` people in it
/// at most.
pub(crate) fn lobby_due_of_all(now: Timestamp, opens_at: Timestamp, waiting: u64) -> u32 {
    let (bounds, spread) = (poll_bounds(waiting), spread(waiting));
    let last_polls_at = minus(opens_at, spread);
    let seldom = plus(now, longest(bounds.upper));
    let promised = if now >= last_polls_at {
        seldom.max(plus(opens_at, spread))
    } else if seldom >= last_polls_at {
        seldom.max(opens_at)
    } else {
        seldom
    };
    second_from(plus(promised, LOBBY_SLACK))
}

fn longest(interval: Duration) -> Duration {
    interval.mul_f64(1.0 + JITTER_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    const OPENS_AT: f64 = 1_000.0;

    /// When somebody polls next who polls at `now`.
    fn next(now: f64, present: u64, jitter: f64) -> f64 {
        now + lobby_interval(at(now), at(OPENS_AT), present, jitter).as_secs_f64()
    }

    fn evenly() -> impl Iterator<Item = f64> {
        (0..=200).map(|step| f64::from(step) / 100.0 - 1.0)
    }

    #[test]
    fn polls_come_seldom_long_before_the_opening() {
        assert!((next(0.0, 1_000, -1.0) - 25.5).abs() < 0.01);
        assert!((next(0.0, 1_000, 0.0) - 30.0).abs() < 0.01);
        assert!((next(0.0, 1_000, 1.0) - 34.5).abs() < 0.01);
        assert!((next(0.0, 1_000_000, 0.0) - 50.0).abs() < 0.01);
        assert!((next(0.0, 1_000, f64::NAN) - 30.0).abs() < 0.01);
    }

    #[test]
    fn everybody_polls_once_in_the_last_10_s_and_hears_a_time_in_the_10_s_after() {
        for first in evenly() {
            for second in evenly().step_by(20) {
                let (mut now, mut polls) = (first + 900.0, Vec::new());
                while now < OPENS_AT {
                    now = next(now, 1_000, if polls.is_empty() { first } else { second });
                    polls.push(now);
                }
                let last: Vec<_> = polls.iter().filter(|poll| (990.0..OPENS_AT).contains(*poll)).collect();
                assert_eq!(last.len(), 1, "{polls:?}");
                assert!(polls.last().is_some_and(|poll| (OPENS_AT..1_010.0).contains(poll)), "{polls:?}");
            }
        }
    }

    #[test]
    fn polls_are_spread_evenly_before_the_opening_and_after_it() {
        for (now, from) in [(957.0, 990.0), (980.0, 990.0), (989.9, 990.0), (995.0, OPENS_AT)] {
            let polls: Vec<_> = evenly().take(200).map(|jitter| next(now, 1_000, jitter) - from).collect();
            let in_second = |second| {
                let start = f64::from(second) - 1e-6;
                polls.iter().filter(|poll| (start..start + 1.0).contains(*poll)).count()
            };
            assert_eq!((0..10).map(in_second).collect::<Vec<_>>(), [20; 10], "for a poll at {now}");
        }
    }

    #[test]
    fn a_crowd_is_spread_over_as_long_as_20_000_polls_a_second_take() {
        assert!(next(920.0, 1_000_000, -1.0) >= 950.0);
        assert!((999.0..OPENS_AT).contains(&next(920.0, 1_000_000, 1.0)));
        assert!((1_049.0..1_050.0).contains(&next(960.0, 1_000_000, 1.0)));
        assert!((next(960.0, 1_000_000, -1.0) - OPENS_AT).abs() < 1e-6);
    }

    #[test]
    fn an_overdue_opening_is_asked_for_every_second_at_first_and_seldom_later() {
        assert!((next(1_000.0, 1_000, -1.0) - 1_001.0).abs() < 0.01);
        assert!((next(1_000.0, 1_000, 1.0) - 1_001.15).abs() < 0.01);
        assert!((next(1_080.0, 1_000, -1.0) - 1_090.0).abs() < 0.01);
        assert!((next(9_000.0, 1_000, -1.0) - 9_030.0).abs() < 0.01);
        assert!((next(1_000.0, 100_000, -1.0) - 1_005.0).abs() < 0.01);
    }

    #[test]
    fn a_sign_is_due_15_s_after_the_promise_rounded_up() {
        let start = u32::try_from(at(0.0).as_second()).unwrap();
        assert_eq!(lobby_due_after(at(0.0), Duration::from_secs(30)), start + 45);
        assert_eq!(lobby_due_after(at(0.1), Duration::from_secs(30)), start + 46);
        assert_eq!(lobby_due_after(at(0.0), Duration::MAX), u32::MAX);
    }

    #[test]
    fn the_due_of_all_is_no_earlier_than_anybodys_and_lets_the_absent_go_before_the_opening() {
        for present in [10, 300_000, 1_000_000] {
            for given in (0..1_100).map(f64::from) {
                let due_of_all = lobby_due_of_all(at(given), at(OPENS_AT), present);
                for jitter in [-1.0, -0.3, 0.0, 0.9, 1.0] {
                    let interval = lobby_interval(at(given), at(OPENS_AT), present, jitter);
                    assert!(lobby_due_after(at(given), interval) <= due_of_all, "{present} at {given}");
                }
            }
            let early = lobby_due_of_all(at(500.0), at(OPENS_AT), present);
            assert!(
                early < u32::try_from(at(600.0).as_second()).unwrap(),
                "a recovery long before the opening"
            );
        }
    }
}
