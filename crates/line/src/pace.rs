//! How uncertain a wait is: stays of people are, a rate is not.

use crate::dials::Dials;
use crate::flow::{Flow, Movement};
use crate::probes::Range;

/// The lag of an observation: what it finds happened half of its period ago, on average.
pub(crate) const LAG_SECONDS: f64 = 0.5;
/// How many standard deviations the tenth and the ninetieth percentile lie from the median of a normal
/// distribution.
const DEVIATIONS_P90: f64 = 1.28;
/// What is uncertain about a rate: only in which second somebody is called.
const BY_RATE: Uncertainty = Uncertainty { spread: 0.02, pace_variance: 1e-4 };

/// How far a count of calls may be off.
#[derive(Debug, Clone, Copy)]
struct Uncertainty {
    /// How many times as uncertain as a count of people who leave one by one.
    spread: f64,
    /// The variance of the pace, over its square.
    pace_variance: f64,
}

impl Uncertainty {
    /// By what so many people must be multiplied for the wait that is so many deviations from its median.
    fn factor(self, people: f64, deviations: f64) -> f64 {
        gamma(self.spread / people + self.pace_variance, deviations)
    }
}

/// The pace of a line under its dials.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    pub(crate) movement: Movement,
    /// With a rate: the pace by the capacity alone, and by the rate alone. Nobody waits less than by either.
    alone: Option<Box<[Movement; 2]>>,
    by_capacity: Uncertainty,
}

impl Pace {
    /// `None` if these dials call nobody.
    pub(crate) fn new(flow: &Flow, dials: Dials) -> Option<Self> {
        let movement = flow.movement(dials)?;
        let alone = (dials.rate_per_minute > 0).then(|| {
            let by_capacity = flow.movement(Dials { rate_per_minute: 0, ..dials });
            by_capacity.map(|by_capacity| Box::new([by_capacity, flow.movement_by_rate(dials)]))
        });
        let spread = flow.curve.mean_and_spread().1;
        let by_capacity =
            Uncertainty { spread: spread.max(0.3), pace_variance: spread / flow.leaves.max(1.0) };
        Some(Self { movement, alone: alone.flatten(), by_capacity })
    }

    /// Whether the rate bounds the calls in the long run.
    pub(crate) fn is_by_rate(&self) -> bool {
        self.movement.is_by_rate
    }

    /// The time until the call with `ahead` people ahead.
    pub(crate) fn range(&self, ahead: f64) -> Range {
        self.with_rate(self.range_by_capacity(ahead), ahead)
    }

    /// The time until the call if there were no rate.
    pub(crate) fn range_by_capacity(&self, ahead: f64) -> Range {
        let by_capacity = self.alone.as_ref().map_or(&self.movement, |alone| &alone[0]);
        let Range { p10, p50, p90 } = range(by_capacity, self.by_capacity, ahead);
        Range { p10: p10.min(p50 - LAG_SECONDS), p50, p90: p90.max(p50 + LAG_SECONDS) }
    }

    /// What a range by the capacity, corrected or not, becomes with the rate.
    pub(crate) fn with_rate(&self, by_capacity: Range, ahead: f64) -> Range {
        let Some(alone) = &self.alone else { return by_capacity };
        let Range { p10, p50, p90 } = by_capacity.max(range(&alone[1], BY_RATE, ahead));
        // Together they may hold somebody up for longer than each alone would. What was measured of stays
        // says nothing of a rate.
        let correction =
            if self.is_by_rate() { 0.0 } else { by_capacity.p50 - self.range_by_capacity(ahead).p50 };
        let p50 = p50.max(range(&self.movement, BY_RATE, ahead).p50 + correction);
        // Not even a rate is exact to the second.
        let least = if self.is_by_rate() { 2.0 * LAG_SECONDS } else { LAG_SECONDS };
        Range { p10: p10.min(p50 - least), p50, p90: p90.max(p50 + least) }
    }
}

fn range(movement: &Movement, uncertainty: Uncertainty, ahead: f64) -> Range {
    let people = ahead + 1.0;
    let at = |deviations| movement.seconds_until(people * uncertainty.factor(people, deviations));
    Range { p10: at(-DEVIATIONS_P90), p50: at(0.0), p90: at(DEVIATIONS_P90) }
}

/// A quantile of a gamma distribution with mean 1, so many standard deviations from the middle of a normal
/// one: the approximation of Wilson and Hilferty (1931).
fn gamma(variance: f64, deviations: f64) -> f64 {
    let ninth = variance / 9.0;
    (1.0 - ninth + deviations * ninth.sqrt()).max(0.0).powi(3)
}
