//! A time window in which something is sold, and which times it may have.

use jiff::Timestamp;

use crate::refusal::Refusal;

/// 0001-01-01T00:00:00Z, before which nothing takes place.
const YEAR_ONE: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// Where a window stands. It includes its start and excludes its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Not open yet.
    Ahead,
    /// Seats may be held.
    Open,
    /// Over; live holds may still be paid.
    Closed,
}

/// Whether every store keeps `time` as it is.
pub(crate) fn check_time(field: &'static str, time: Timestamp) -> Result<(), Refusal> {
    // Stores keep microseconds: a finer time would come back changed.
    if time.subsec_nanosecond() % 1_000 != 0 {
        return Err(Refusal::invalid(field, "must not be finer than a microsecond"));
    }
    // RFC 3339 has no years before that, and PostgreSQL few.
    if time < YEAR_ONE {
        return Err(Refusal::invalid(field, "must not be before the year 1"));
    }
    Ok(())
}
