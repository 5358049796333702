//! Reading fields of requests.

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::error::HttpError;

/// A field of a change that may be left out, but not be null.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A field of a change that may be left out (`None`) or be null (`Some(None)`).
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A time that may be left out or be null.
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(super) fn nullable_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Timestamp>>, D::Error> {
    time(deserializer).map(Some)
}

/// A time or null.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|text| timestamp_of(&text)).transpose()
}

/// A time.
pub(super) fn timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    timestamp_of(&String::deserialize(deserializer)?)
}

/// Reads a time with an offset. A time zone in brackets is refused, because it would be ignored.
fn timestamp_of<E: Error>(text: &str) -> Result<Timestamp, E> {
    let time = text.parse().ok().filter(|_| !text.contains('['));
    time.ok_or_else(|| {
        E::custom("must be a time with an offset, like 2026-03-20T19:00:00+09:00, before 9999")
    })
}

/// A number from 0 to `max`.
///
/// # Errors
/// `invalid_request` naming the field and its limit.
pub(super) fn whole(field: &str, value: i64, max: u32) -> Result<u32, HttpError> {
    let fits = u32::try_from(value).ok().filter(|value| *value <= max);
    fits.ok_or_else(|| HttpError::invalid(field, format!("must be 0 to {max}")))
}
