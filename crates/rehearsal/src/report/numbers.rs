//! Converts between whole numbers and fractions: the only casts of the report.

use crate::history::Micros;

/// A whole number as a fraction; exact up to 2^53, which no sale reaches.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, which no sale reaches")]
pub(super) fn fraction(whole: u64) -> f64 {
    whole as f64
}

/// The same for a number that may be below zero.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, which no sale reaches")]
pub(super) fn signed_fraction(whole: i64) -> f64 {
    whole as f64
}

/// The nearest whole number; 0 for numbers below zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates at both ends")]
pub(super) fn whole(fraction: f64) -> u64 {
    fraction.round().max(0.0) as u64
}

/// A length as a number of things.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A length as a fraction.
pub(super) fn length(length: usize) -> f64 {
    fraction(count(length))
}

/// A number as an index; 0 for numbers below zero.
pub(super) fn index(whole: i64) -> usize {
    usize::try_from(whole.max(0)).unwrap_or(usize::MAX)
}

/// A number as an index.
pub(super) fn position(fraction: f64) -> usize {
    usize::try_from(whole(fraction)).unwrap_or(usize::MAX)
}

/// A count known to be small.
pub(super) fn narrow(whole: i64) -> u32 {
    u32::try_from(whole.max(0)).unwrap_or(u32::MAX)
}

/// Microseconds as seconds.
pub(super) fn seconds(micros: Micros) -> f64 {
    signed_fraction(micros) / 1_000_000.0
}

/// Microseconds as milliseconds.
pub(super) fn milliseconds(micros: u64) -> f64 {
    fraction(micros) / 1_000.0
}

/// `part` divided by `all`; none if there is nothing.
pub(super) fn share(part: f64, all: f64) -> Option<f64> {
    (all > 0.0).then(|| part / all)
}
