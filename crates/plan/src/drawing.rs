//! The plan as the map in a browser needs it: small, without guids.

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::color::Color;
use crate::plan::{Area, AreaText, Plan, Point, Row, Seat, Shape};

/// How many parts of the plan's unit the drawing tells apart.
const PARTS: f64 = 10.0;

impl Plan {
    /// The drawing: compact JSON with its hash, the same bytes for the same plan.
    ///
    /// All positions and lengths are integers in tenths of the plan's unit, rounded. Colours are `#rrggbb`.
    /// Texts are not escaped for HTML. Seats stand in plan order: the first of the first zone's first row is
    /// number 1, and so on, without gaps.
    ///
    /// ```text
    /// {
    ///   "version": 1,
    ///   "name": "Club",
    ///   "seats": 300,                       how many
    ///   "extent": [x, y, width, height],     what to show
    ///   "focus": [x, y],                    the default focal point
    ///   "radius": 100,                      of every seat whose row does not say otherwise
    ///   "categories": [["Stalls", "#1f77b4"], ...],
    ///   "zones": [{
    ///     "name": "Balcony",
    ///     "rows": [{
    ///       "label": "A",
    ///       "x": [x1, dx2, dx3, ...],       the first seat's x; then each seat's minus the one before
    ///       "y": [y1, dy2, dy3, ...],       the same; a single number if all seats have this y
    ///       "seats": ["1", "2", ...],       labels; or two integers [first, step]: first, first + step, ...
    ///       "category": 0,                  index; or [index, count, index, count, ...] in seat order
    ///       "radius": [80, 100, ...]        only if it differs: a number for all, or one for each seat
    ///     }],
    ///     "areas": [{                       in the order in which they are painted, before the seats
    ///       "shape": "rectangle",           or "ellipse", "polygon", "text"
    ///       "at": [x, y],                   a rectangle's top left corner, an ellipse's centre
    ///       "size": [width, height],        rectangle: its size; ellipse: its two radii; else absent
    ///       "corners": [x, y, x, y, ...],   polygon only, relative to "at"
    ///       "rotation": 12.5,               degrees clockwise around "at"; absent if 0
    ///       "fill": "#888888",              absent: not filled
    ///       "border": "#888888",            absent: no border
    ///       "text": {"text": "Stage", "color": "#000000", "size": 160, "at": [dx, dy]}
    ///     }]                                its middle, relative to the area's "at"; absent without a text
    ///   }]
    /// }
    /// ```
    pub fn drawing(&self) -> Drawing {
        let radius = usual_radius(self);
        let focus = self.focus().at;
        let zones = self.zones.iter().map(|zone| DrawnZone {
            name: &zone.name,
            rows: zone.rows.iter().map(|row| drawn_row(row, radius)).collect(),
            areas: zone.areas.iter().map(drawn_area).collect(),
        });
        let extent = self.extent;
        let drawing = DrawnPlan {
            version: 1,
            name: &self.name,
            seats: self.seat_count(),
            extent: [
                tenths(extent.at.x),
                tenths(extent.at.y),
                tenths(extent.size.width),
                tenths(extent.size.height),
            ],
            focus: pair(focus),
            radius,
            categories: self.categories.iter().map(|it| (it.name.as_str(), it.color)).collect(),
            zones: zones.collect(),
        };
        // Serde fails on maps whose keys are not texts, and there is no map.
        let json = serde_json::to_string(&drawing).unwrap_or_default();
        let hash = HEXLOWER.encode(&Sha256::digest(&json));
        Drawing { json, hash }
    }
}

/// A plan as a map needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// As [`Plan::drawing`] describes it.
    pub json: String,
    /// Its SHA-256 in hexadecimal: what a cache knows it by. Plans that differ in nothing but guids have the
    /// same one.
    pub hash: String,
}

#[derive(Serialize)]
struct DrawnPlan<'a> {
    version: u32,
    name: &'a str,
    seats: usize,
    extent: [i64; 4],
    focus: [i64; 2],
    radius: i64,
    categories: Vec<(&'a str, Color)>,
    zones: Vec<DrawnZone<'a>>,
}

#[derive(Serialize)]
struct DrawnZone<'a> {
    name: &'a str,
    rows: Vec<DrawnRow<'a>>,
    areas: Vec<DrawnArea<'a>>,
}

#[derive(Serialize)]
struct DrawnRow<'a> {
    label: &'a str,
    x: Vec<i64>,
    y: OneOrMany,
    seats: SeatLabels<'a>,
    category: Categories,
    #[serde(skip_serializing_if = "Option::is_none")]
    radius: Option<OneOrMany>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMany {
    One(i64),
    Many(Vec<i64>),
}

#[derive(Serialize)]
#[serde(untagged)]
enum SeatLabels<'a> {
    Steps([i64; 2]),
    Texts(Vec<&'a str>),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Categories {
    One(usize),
    Runs(Vec<usize>),
}

#[derive(Serialize)]
struct DrawnArea<'a> {
    shape: &'static str,
    at: [i64; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<[i64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corners: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fill: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    border: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<DrawnText<'a>>,
}

#[derive(Serialize)]
struct DrawnText<'a> {
    text: &'a str,
    color: Color,
    size: i64,
    at: [i64; 2],
}

#[expect(clippy::cast_possible_truncation, reason = "a plan's numbers are at most a few millions")]
fn tenths(length: f64) -> i64 {
    (length * PARTS).round() as i64
}

fn pair(point: Point) -> [i64; 2] {
    [tenths(point.x), tenths(point.y)]
}

/// The radius that most rows begin with.
fn usual_radius(plan: &Plan) -> i64 {
    let mut counts = std::collections::BTreeMap::new();
    for row in plan.zones.iter().flat_map(|zone| &zone.rows) {
        *counts.entry(tenths(row.seats[0].radius)).or_insert(0_usize) += row.seats.len();
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(0, |(radius, _)| radius)
}

fn drawn_row(row: &Row, usual: i64) -> DrawnRow<'_> {
    let seats = &row.seats;
    let radii: Vec<i64> = seats.iter().map(|seat| tenths(seat.radius)).collect();
    DrawnRow {
        label: &row.label,
        x: deltas(seats.iter().map(|seat| tenths(seat.at.x))),
        y: one_or(seats.iter().map(|seat| tenths(seat.at.y)).collect(), |all| deltas(all.into_iter())),
        seats: seat_labels(seats),
        category: categories(seats),
        radius: radii.iter().any(|radius| *radius != usual).then(|| one_or(radii, |all| all)),
    }
}

/// The first number; then each one's distance from the one before.
fn deltas(numbers: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut before = 0;
    numbers.map(|number| number - std::mem::replace(&mut before, number)).collect()
}

fn one_or(numbers: Vec<i64>, many: impl FnOnce(Vec<i64>) -> Vec<i64>) -> OneOrMany {
    match numbers.as_slice() {
        [first, rest @ ..] if rest.iter().all(|number| number == first) => OneOrMany::One(*first),
        _ => OneOrMany::Many(many(numbers)),
    }
}

fn seat_labels(seats: &[Seat]) -> SeatLabels<'_> {
    // Only labels that a browser writes the same way: no leading zeros or signs, and few digits.
    let number = |label: &str| {
        let value: i64 = label.parse().ok()?;
        (value.to_string() == label && value.abs() < 1_000_000_000).then_some(value)
    };
    let steps = || {
        let first = number(&seats.first()?.label)?;
        let step = seats.get(1).map_or(Some(1), |second| Some(number(&second.label)? - first))?;
        let fits = |(index, seat): (i64, &Seat)| number(&seat.label) == Some(first + index * step);
        (0..).zip(seats).all(fits).then_some([first, step])
    };
    match steps() {
        Some(steps) => SeatLabels::Steps(steps),
        None => SeatLabels::Texts(seats.iter().map(|seat| seat.label.as_str()).collect()),
    }
}

fn categories(seats: &[Seat]) -> Categories {
    let runs: Vec<&[Seat]> = seats.chunk_by(|one, next| one.category == next.category).collect();
    match runs.as_slice() {
        [run] => Categories::One(run[0].category),
        _ => Categories::Runs(runs.iter().flat_map(|run| [run[0].category, run.len()]).collect()),
    }
}

fn drawn_area(area: &Area) -> DrawnArea<'_> {
    let (shape, size, corners) = match &area.shape {
        Shape::Rectangle(size) => ("rectangle", Some([tenths(size.width), tenths(size.height)]), None),
        Shape::Ellipse { rx, ry } => ("ellipse", Some([tenths(*rx), tenths(*ry)]), None),
        Shape::Polygon(corners) => ("polygon", None, Some(corners.iter().copied().flat_map(pair).collect())),
        Shape::Text => ("text", None, None),
    };
    DrawnArea {
        shape,
        at: pair(area.at),
        size,
        corners,
        rotation: (area.rotation != 0.0).then_some(area.rotation),
        fill: area.fill.filter(|_| shape != "text"),
        border: area.border.filter(|_| shape != "text"),
        text: area.text.as_ref().map(|AreaText { text, color, size, at }| DrawnText {
            text,
            color: *color,
            size: tenths(*size),
            at: pair(*at),
        }),
    }
}
