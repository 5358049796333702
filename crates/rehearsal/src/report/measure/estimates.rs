//! Estimated and actual waits.

use std::collections::BTreeMap;

use crate::history::{History, Micros, Outcome, SECOND, Story, Waiting};
use crate::report::numbers::{count, fraction, seconds, share};
use crate::report::{EstimatePoint, Estimates};

use super::axis::Axis;

/// More points would only blacken the chart.
const POINTS_MAX: usize = 400;

/// Every estimate shown to somebody who was admitted at least a second later.
pub(super) fn estimates(history: &History, axis: &Axis) -> Estimates {
    let mut sums = Sums::default();
    for story in &history.stories {
        each(story, axis, |event, point| sums.add(story.fan, event, point));
    }
    sums.estimates()
}

/// Calls `then` with each estimate's index in the story, and the point for the chart.
fn each(story: &Story, axis: &Axis, mut then: impl FnMut(usize, EstimatePoint)) {
    let mut open: Vec<(usize, Waiting, Micros)> = Vec::new();
    for (place, event) in story.events.iter().enumerate() {
        match event.outcome {
            Outcome::Waiting(waiting) if waiting.estimate.is_some() => {
                open.push((place, waiting, event.answered));
            }
            Outcome::Admitted { number, .. } => {
                for (place, waiting, at) in open.drain(..).filter(|(_, waiting, _)| waiting.number == number)
                {
                    if let Some(point) = point(waiting, event.answered - at, axis.at_s(at)) {
                        then(place, point);
                    }
                }
            }
            _ => {}
        }
    }
}

fn point(waiting: Waiting, real: Micros, at_s: f64) -> Option<EstimatePoint> {
    let [p10_s, p50_s, p90_s] = waiting.estimate?;
    (real >= SECOND).then(|| EstimatePoint { at_s, p10_s, p50_s, p90_s, real_s: seconds(real) })
}

impl EstimatePoint {
    /// Whether the actual wait was between p10 and p90. Estimates are whole seconds, so a second more counts
    /// on either side.
    pub fn is_within(&self) -> bool {
        f64::from(self.p10_s) - 1.0 <= self.real_s && self.real_s <= f64::from(self.p90_s) + 1.0
    }
}

#[derive(Default)]
struct Sums {
    within: u64,
    ratios: Vec<f64>,
    /// The points with the lowest lots: an even sample that does not depend on the order of stories.
    points: BTreeMap<u64, EstimatePoint>,
}

impl Sums {
    fn add(&mut self, fan: u32, event: usize, point: EstimatePoint) {
        self.within += u64::from(point.is_within());
        self.ratios.push(point.real_s / f64::from(point.p50_s.max(1)));
        let lot = lot(fan, event);
        if self.points.len() < POINTS_MAX || self.points.last_key_value().is_some_and(|(last, _)| lot < *last)
        {
            self.points.insert(lot, point);
        }
        if self.points.len() > POINTS_MAX {
            self.points.pop_last();
        }
    }

    fn estimates(mut self) -> Estimates {
        let shown = count(self.ratios.len());
        let mut points: Vec<EstimatePoint> = self.points.into_values().collect();
        points.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
        Estimates {
            shown,
            within: share(fraction(self.within), fraction(shown)),
            ratio_p50: median(&mut self.ratios),
            points,
        }
    }
}

/// A well-mixed number (`SplitMix64`): every n-th poll would favour one poll of each person.
fn lot(fan: u32, event: usize) -> u64 {
    let seed = (u64::from(fan) << 32 | count(event)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The median; of two in the middle, the lower.
fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}
