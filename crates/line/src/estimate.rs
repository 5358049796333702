//! An estimated wait.

use std::time::Duration;

use crate::flow::real;

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

/// A count as a real number: counts here fit 32 bits.
pub(crate) fn count(people: u64) -> f64 {
    real(usize::try_from(people).unwrap_or(usize::MAX))
}

/// The whole seconds below.
pub(crate) fn whole(seconds: f64) -> u64 {
    Duration::try_from_secs_f64(seconds).map_or(u64::MAX, |duration| duration.as_secs())
}
