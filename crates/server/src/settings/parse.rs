//! Parsers of settings: each returns the value of a text, or `None` if it is not allowed.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;

use super::{LineUrl, StoreUrl};

pub(super) fn address(text: &str) -> Option<SocketAddr> {
    text.parse().ok()
}

pub(super) fn store(text: &str) -> Option<StoreUrl> {
    if let Some(folder) = text.strip_prefix("sqlite:") {
        return (!folder.is_empty()).then(|| StoreUrl::Sqlite(PathBuf::from(folder)));
    }
    has_host(text, &["postgres://", "postgresql://"]).then(|| StoreUrl::Postgres(text.to_owned()))
}

pub(super) fn line(text: &str) -> Option<LineUrl> {
    if text == "embedded" {
        return Some(LineUrl::Embedded);
    }
    has_host(text, &["redis://", "rediss://"]).then(|| LineUrl::Redis(text.to_owned()))
}

fn has_host(text: &str, schemes: &[&str]) -> bool {
    schemes.iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

pub(super) fn number(text: &str, allowed: RangeInclusive<u32>) -> Option<u32> {
    // Rust's own parser would also accept a leading plus.
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_digits)?;
    allowed.contains(&number).then_some(number)
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

pub(super) fn time_zone(text: &str) -> Option<TimeZone> {
    // UTC needs no time zone database, which a bare container lacks.
    if text.eq_ignore_ascii_case("utc") { Some(TimeZone::UTC) } else { TimeZone::get(text).ok() }
}

pub(super) fn log_filter(text: &str) -> Option<String> {
    // tracing-subscriber 0.3.23 panics on some directives with other characters.
    let is_filter = text.is_ascii() && !text.trim().is_empty() && EnvFilter::builder().parse(text).is_ok();
    is_filter.then(|| text.to_owned())
}
