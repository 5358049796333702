//! What is odd about a plan as a whole: seats on top of each other, outside, or called the same.

use std::collections::HashMap;
use std::fmt;

use onsale_booking::hall::labels::Label;

use crate::error::{Kind, Warnings};
use crate::plan::{Plan, Point, Seat, Size};

/// Two seats lie on each other if their centres are nearer than this part of the sum of their radii. Circles
/// that only touch, or overlap a little, are how some editors draw benches.
const OVERLAP: f64 = 0.8;
/// Pairs of seats that are compared at most. A plan has some ten for each seat, or is made to have more.
const PAIRS_MAX: usize = 2_000_000;

/// Notes what is odd. `places` are the seats' paths in plan order.
pub(crate) fn add(plan: &Plan, size: Option<Size>, places: &[impl fmt::Display], warnings: &mut Warnings) {
    categories(plan, warnings);
    if let Some(size) = size {
        outside(plan, size, places, warnings);
    }
    duplicates(plan, places, warnings);
    overlaps(plan, places, warnings);
    let focus = plan.focus();
    if focus.stage.is_none() {
        warnings.add(Kind::Focus, "", || {
            "no area's text contains \"stage\", \"Bühne\" or \"무대\": the best seats are those nearest to the top \
             middle of all seats"
                .to_owned()
        });
    }
}

fn categories(plan: &Plan, warnings: &mut Warnings) {
    for (category, _) in plan.categories.iter().zip(plan.seats_by_category()).filter(|(_, count)| *count == 0)
    {
        warnings
            .add(Kind::Categories, "categories", || format!("the category {:?} has no seats", category.name));
    }
}

fn outside(plan: &Plan, size: Size, places: &[impl fmt::Display], warnings: &mut Warnings) {
    for (it, place) in plan.seats().zip(places) {
        let Point { x, y } = it.seat.at;
        if !(0.0..=size.width).contains(&x) || !(0.0..=size.height).contains(&y) {
            warnings.add(Kind::Outside, place, || {
                format!(
                    "the seat is at ({x}, {y}), outside the plan's size of {} x {}",
                    size.width, size.height
                )
            });
        }
    }
}

fn duplicates(plan: &Plan, places: &[impl fmt::Display], warnings: &mut Warnings) {
    let mut seen: HashMap<Label<'_>, usize> = HashMap::new();
    for (index, it) in plan.seats().enumerate() {
        if it.seat.label.is_empty() {
            continue;
        }
        let label = it.label();
        if let Some(first) = seen.insert(label, index) {
            warnings.add(Kind::Duplicates, &places[index], || {
                let Label { section, row, seat } = label;
                format!(
                    "section {section:?}, row {row:?}, seat {seat:?} is the name of {} too",
                    places[first]
                )
            });
        }
    }
}

/// Sorts seats into cells that are as wide as the widest pair reaches, and compares neighbours.
fn overlaps(plan: &Plan, places: &[impl fmt::Display], warnings: &mut Warnings) {
    let reach = plan.seats().map(|it| it.seat.radius).fold(0.0, f64::max) * 2.0 * OVERLAP;
    let mut cells: HashMap<(i64, i64), Vec<(usize, &Seat)>> = HashMap::new();
    let mut pairs = 0;
    for (index, it) in plan.seats().enumerate() {
        let (column, line) = cell(it.seat.at, reach);
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (column + dx, line + dy)));
        let near = around.filter_map(|key| cells.get(&key)).flatten();
        let found = near.take(PAIRS_MAX - pairs).inspect(|_| pairs += 1).find(|(_, other)| {
            let apart = (it.seat.at.x - other.at.x).hypot(it.seat.at.y - other.at.y);
            apart < (it.seat.radius + other.radius) * OVERLAP
        });
        if let Some((first, _)) = found {
            warnings.add(Kind::Overlaps, &places[index], || format!("the seat lies on {}", places[*first]));
        }
        cells.entry((column, line)).or_default().push((index, it.seat));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a number that is too large gives the largest")]
fn cell(at: Point, reach: f64) -> (i64, i64) {
    // Tiny radii must not make indices that overflow when one is added.
    let reach = reach.max(1e-3);
    ((at.x / reach).floor() as i64, (at.y / reach).floor() as i64)
}
