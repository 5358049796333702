//! Short names for tests.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::dials::{Capacity, Dials};

/// A moment, in seconds after the start of the test.
pub(crate) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_secs_f64(seconds)
}

/// No limit but this capacity.
pub(crate) fn room_for(capacity: u32) -> Dials {
    Dials { capacity: Capacity::new(capacity).unwrap(), rate_per_minute: 0, paused: false }
}

/// A user identified by a small number.
pub(crate) fn user(id: u128) -> Uuid {
    Uuid::from_u128(id)
}
