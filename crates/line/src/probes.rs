//! How wrong the estimates are, measured while the line moves.
//!
//! Probes are places of people who wait, near the head and far from it, with the wait that was estimated for
//! each. Once the line has come to a probe, its real wait shows where within the estimated range it lay. The
//! range is widened or narrowed so that eight of ten such waits would have been in it, and moved so that half
//! of them would have been above its middle: for short waits and for long ones apart.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::order::Place;
use crate::time::since;

/// How many probes are open at most.
const OPEN_MAX: usize = 600;
/// How many results are remembered.
const RESULTS_MAX: usize = 400;
/// The waits, in seconds, for which results are summed up; between them they are interpolated.
const WAITS: [f64; 7] = [2.0, 6.0, 18.0, 54.0, 162.0, 486.0, 1_458.0];
/// How alike waits must be to count for each other, as logarithms.
const LIKE: f64 = 0.7;
/// A result counts half after so many seconds.
const HALF_LIFE_SECONDS: f64 = 240.0;
/// How much wider a range is made than the last waits would have needed: the next will differ.
const MARGIN: f64 = 1.05;
/// As if so many results had shown the range that is assumed at first.
const RESULTS_AT_FIRST: f64 = 12.0;

/// The quantiles of a wait in seconds, before and after they are corrected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) p10: f64,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
}

impl Range {
    /// Where a wait lies: 0 in the middle, 1 at the upper end, -1 at the lower.
    fn locate(self, wait: f64) -> f64 {
        let half = if wait > self.p50 { self.p90 - self.p50 } else { self.p50 - self.p10 };
        (wait - self.p50) / half.max(1e-3)
    }

    /// The longer of each.
    pub(crate) fn max(self, other: Self) -> Self {
        let Self { p10, p50, p90 } = other;
        Self { p10: self.p10.max(p10), p50: self.p50.max(p50), p90: self.p90.max(p90) }
    }

    /// This share of the way to another one.
    pub(crate) fn towards(self, other: Self, share: f64) -> Self {
        let between = |one: f64, other: f64| one + share * (other - one);
        let Self { p10, p50, p90 } = other;
        Self { p10: between(self.p10, p10), p50: between(self.p50, p50), p90: between(self.p90, p90) }
    }

    /// The wait that lies at `location`.
    fn at(self, location: f64) -> f64 {
        let half = if location > 0.0 { self.p90 - self.p50 } else { self.p50 - self.p10 };
        self.p50 + location * half
    }
}

#[derive(Debug, Clone, Copy)]
struct Probe {
    place: Place,
    at: Timestamp,
    range: Range,
}

#[derive(Debug, Clone, Copy)]
struct Shown {
    at: Timestamp,
    wait: f64,
    location: f64,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Probes {
    open: Vec<Probe>,
    results: VecDeque<Shown>,
    /// Spreads probes evenly without chance.
    count: u32,
}

impl Probes {
    /// Nothing that was estimated before counts any more: the dials have been turned.
    pub(crate) fn forget(&mut self) {
        self.open.clear();
        self.results.clear();
    }

    /// Which share of those who wait, as a logarithm, comes before the next probe: from 0 to 1.
    pub(crate) fn next_share(&mut self) -> f64 {
        self.count = self.count.wrapping_add(0x9E37_79B9);
        f64::from(self.count) / f64::from(u32::MAX)
    }

    /// Opens a probe.
    pub(crate) fn open(&mut self, place: Place, range: Range, now: Timestamp) {
        if self.open.len() >= OPEN_MAX {
            // Every second one goes.
            let mut is_kept = false;
            self.open.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
        }
        self.open.push(Probe { place, at: now, range });
    }

    /// The line has come to `head`. Those it has passed were called `lag` seconds ago, on average.
    pub(crate) fn resolve(&mut self, head: Place, lag: f64, now: Timestamp) {
        let results = &mut self.results;
        self.open.retain(|probe| {
            if probe.place > head {
                return true;
            }
            let wait = (since(now, probe.at).as_secs_f64() - lag).max(0.0);
            if results.len() >= RESULTS_MAX {
                results.pop_front();
            }
            let location = probe.range.locate(wait);
            results.push_back(Shown { at: now, wait: probe.range.p50, location });
            false
        });
    }

    /// What the results say at `now`; `first` counts until there are enough.
    pub(crate) fn correction(&self, first: Quantiles, now: Timestamp) -> Correction {
        let weigh = |shown: &Shown| {
            let age = since(now, shown.at).as_secs_f64() / HALF_LIFE_SECONDS;
            Weighed { location: shown.location, wait: shown.wait.max(1.0).ln(), weight: (-age).exp2() }
        };
        let mut results: Vec<Weighed> = self.results.iter().map(weigh).collect();
        results.sort_unstable_by(|one, other| one.location.total_cmp(&other.location));
        Correction(WAITS.map(|wait| quantiles_at(wait.ln(), &results, first)))
    }
}

/// A result that counts as much as its age lets it.
#[derive(Debug, Clone, Copy)]
struct Weighed {
    location: f64,
    /// The logarithm of the wait.
    wait: f64,
    weight: f64,
}

/// The quantiles of results in order of their locations, each of which counts as much as its wait is like
/// this one.
fn quantiles_at(wait: f64, results: &[Weighed], first: Quantiles) -> Quantiles {
    let weight = |result: &Weighed| {
        let far = (result.wait - wait) / LIKE;
        result.weight * (-far * far / 2.0).exp()
    };
    let weights: Vec<f64> = results.iter().map(weight).collect();
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return first;
    }
    let quantile = |share: f64| {
        let mut before = 0.0;
        let found = weights.iter().position(|weight| {
            before += weight;
            before >= share * sum
        });
        found.map_or(0.0, |index| results[index].location)
    };
    let trust = sum / (sum + RESULTS_AT_FIRST);
    let blend = |seen: f64, first: f64| trust * seen + (1.0 - trust) * first;
    Quantiles {
        low: blend(MARGIN * quantile(0.1), first.low).clamp(-6.0, -0.3),
        middle: blend(quantile(0.5), first.middle).clamp(-2.0, 2.0),
        high: blend(MARGIN * quantile(0.9), first.high).clamp(0.3, 6.0),
    }
}

/// Where the quantiles really lie in an estimated range.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantiles {
    pub(crate) low: f64,
    pub(crate) middle: f64,
    pub(crate) high: f64,
}

/// The corrections for short and long waits.
#[derive(Debug, Clone)]
pub(crate) struct Correction([Quantiles; WAITS.len()]);

impl Default for Correction {
    fn default() -> Self {
        Self([Quantiles { low: -1.0, middle: 0.0, high: 1.0 }; WAITS.len()])
    }
}

impl Correction {
    /// A range with quantiles where they were measured.
    pub(crate) fn apply(&self, range: Range) -> Range {
        let step = WAITS.partition_point(|wait| *wait <= range.p50).clamp(1, WAITS.len() - 1);
        let (short, long) = (WAITS[step - 1], WAITS[step]);
        let share = ((range.p50.max(1e-3) / short).ln() / (long / short).ln()).clamp(0.0, 1.0);
        let (before, after) = (self.0[step - 1], self.0[step]);
        let between = |of: fn(Quantiles) -> f64| range.at(of(before) + share * (of(after) - of(before)));
        let p50 = between(|correction| correction.middle);
        let p10 = between(|correction| correction.low).min(p50);
        let p90 = between(|correction| correction.high).max(p50);
        Range { p10, p50, p90 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    const FIRST: Quantiles = Quantiles { low: -1.5, middle: 0.0, high: 1.5 };
    const RANGE: Range = Range { p10: 50.0, p50: 60.0, p90: 80.0 };

    /// Probes that all waited so many seconds, or evenly more up to `longest`.
    fn waited(shortest: f64, longest: f64) -> Probes {
        let mut probes = Probes::default();
        for place in 1..=200_u32 {
            let wait = shortest + (longest - shortest) * f64::from(place) / 200.0;
            probes.open(place.into(), RANGE, at(100.0 - wait));
            probes.resolve(place.into(), 0.0, at(100.0));
        }
        probes
    }

    fn corrected(probes: &Probes) -> Range {
        probes.correction(FIRST, at(100.0)).apply(RANGE)
    }

    #[test]
    fn without_results_the_first_assumption_counts() {
        let range = corrected(&Probes::default());
        assert_eq!(range, Range { p10: 45.0, p50: 60.0, p90: 90.0 });
    }

    #[test]
    fn a_range_moves_and_widens_to_where_waits_were() {
        let range = corrected(&waited(40.0, 120.0));
        assert!((range.p50 - 80.0).abs() < 5.0, "{range:?}");
        assert!((40.0..=52.0).contains(&range.p10) && (108.0..=120.0).contains(&range.p90), "{range:?}");
        let narrow = corrected(&waited(59.0, 61.0));
        assert!(narrow.p90 - narrow.p10 < 15.0, "{narrow:?}");
    }

    #[test]
    fn after_a_turn_of_a_dial_nothing_that_was_measured_counts() {
        let mut probes = waited(100.0, 120.0);
        probes.forget();
        assert_eq!(corrected(&probes), corrected(&Probes::default()));
    }

    #[test]
    fn waits_of_another_length_hardly_count() {
        let correction = waited(100.0, 120.0).correction(FIRST, at(100.0));
        let short = Range { p10: 1.0, p50: 2.0, p90: 4.0 };
        assert!((correction.apply(short).p50 - 2.0).abs() < 0.1);
    }

    #[test]
    fn open_probes_are_bounded() {
        let mut probes = Probes::default();
        (1..5_000).for_each(|place| probes.open(place, RANGE, at(0.0)));
        assert!(probes.open.len() <= OPEN_MAX);
        probes.resolve(5_000, 0.0, at(9.0));
        assert_eq!((probes.open.len(), probes.results.len()), (0, RESULTS_MAX));
    }
}
