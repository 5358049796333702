//! Seconds and timestamps that saturate instead of panicking.

use std::time::Duration;

use jiff::Timestamp;

/// The whole second that `now` lies in, since the Unix epoch. Saturates in 2106.
pub fn second_of(now: Timestamp) -> u32 {
    u32::try_from(now.as_second().max(0)).unwrap_or(u32::MAX)
}

/// The first second at or after `at`.
pub(crate) fn second_from(at: Timestamp) -> u32 {
    let whole = second_of(at);
    if timestamp_of(whole) < at { whole.saturating_add(1) } else { whole }
}

/// The start of a second since the Unix epoch.
pub fn timestamp_of(second: u32) -> Timestamp {
    Timestamp::from_second(i64::from(second)).unwrap_or(Timestamp::MAX)
}

/// `now` + `duration`, saturating.
pub(crate) fn plus(now: Timestamp, duration: Duration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// `now` - `duration`, saturating.
pub(crate) fn minus(now: Timestamp, duration: Duration) -> Timestamp {
    now.checked_sub(duration).unwrap_or(Timestamp::MIN)
}

/// How long `later` is after `earlier`; zero when it is not.
pub(crate) fn since(later: Timestamp, earlier: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}
