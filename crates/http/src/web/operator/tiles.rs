//! The numbers at the top of the cockpit.

use onsale_app::statistics::Sample;

use super::super::format::{fill, minutes};
use super::super::words::OperatorWords;
use super::chart::{UNKNOWN, decimal};
use crate::numbers::number;

/// One number; `key` is its name in the events.
pub(super) struct Tile {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) unit: Option<&'static str>,
}

/// What is counted over time is unknown until the first sample `is_counted`.
pub(super) fn all(now: &Sample, is_counted: bool, o: &'static OperatorWords) -> Vec<Tile> {
    let counted = |value: String| if is_counted { value } else { UNKNOWN.to_owned() };
    let wait = match &now.wait {
        Some(wait) => fill(o.wait_minutes, &[("n", &number(minutes(wait.p50)))]),
        None => o.wait_unknown.to_owned(),
    };
    let tile = |key, name, value, unit| Tile { key, name, value, unit };
    vec![
        tile("waiting", o.waiting, number(now.waiting), None),
        tile("inside", o.inside, number(now.inside), Some(o.of)),
        tile("called", o.called, number(now.called), None),
        tile("admissionsPerMinute", o.admissions, counted(number(now.admissions_per_minute)), None),
        tile("wait", o.wait_now, wait, None),
        tile("answersPerSecond", o.answers, counted(number(now.served.requests)), None),
        tile("p99Ms", o.p99, counted(decimal(now.served.p99_ms)), Some("ms")),
        tile("errorsPerMinute", o.errors, counted(number(now.errors_per_minute)), None),
    ]
}
