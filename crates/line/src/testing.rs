//! Short names for tests.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A moment, in seconds after the test's start.
pub(crate) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_secs_f64(seconds)
}

/// A user known by a small number.
pub(crate) fn user(id: u128) -> Uuid {
    Uuid::from_u128(id)
}
