//! Numbers and points: absent ones, and bounds.

use crate::error::PlanError;
use crate::limits::{COORDINATE_MAX, LENGTH_MAX};
use crate::plan::Point;
use crate::raw::{Object, RawPosition};

/// A position relative to what it stands in. An absent one, or an absent coordinate, is 0.
pub(super) fn position(
    raw: Option<&Object<RawPosition>>,
    path: impl Fn() -> String,
) -> Result<Point, PlanError> {
    let Some(Object(raw)) = raw else { return Ok(Point::default()) };
    let x = coordinate(raw.x, || format!("{}.x", path()))?;
    let y = coordinate(raw.y, || format!("{}.y", path()))?;
    Ok(Point { x, y })
}

pub(super) fn coordinate(value: Option<f64>, path: impl FnOnce() -> String) -> Result<f64, PlanError> {
    let value = value.unwrap_or_default();
    if is_within(value) {
        return Ok(value);
    }
    Err(PlanError::new(path(), format!("{value} is out of range: -1,000,000 to 1,000,000")))
}

/// Where something is on the plan.
pub(super) fn absolute(
    base: Point,
    offset: Point,
    path: impl FnOnce() -> String,
) -> Result<Point, PlanError> {
    let at = Point { x: base.x + offset.x, y: base.y + offset.y };
    if is_within(at.x) && is_within(at.y) {
        return Ok(at);
    }
    let reason = format!(
        "with what it stands in, it is at ({}, {}), which is out of range: -1,000,000 to 1,000,000",
        at.x, at.y
    );
    Err(PlanError::new(path(), reason))
}

/// A width, height, radius or size; None if it is absent.
pub(super) fn length(value: Option<f64>, path: impl FnOnce() -> String) -> Result<Option<f64>, PlanError> {
    match value {
        // A number that is not one is in no range.
        Some(value) if !(0.0..=LENGTH_MAX).contains(&value) => {
            Err(PlanError::new(path(), format!("{value} is out of range: 0 to 1,000,000")))
        }
        value => Ok(value),
    }
}

fn is_within(value: f64) -> bool {
    (-COORDINATE_MAX..=COORDINATE_MAX).contains(&value)
}
