//! How long people keep a slot: a curve, estimated from those who have gone and those who are still there.
//!
//! Somebody who is still there says something, too: that they have stayed this long already. Their stay is
//! censored, and the product-limit estimate (Kaplan and Meier, 1958) counts it as far as it goes. Here ages
//! fall into bins. In each bin the chance of leaving is the number of those who left at that age, over the
//! time that everybody together has spent at that age. Both fade, so that the curve follows how people behave
//! now, at every age.
//!
//! Where few have been, a Weibull curve through what is known fills the gaps: without it nobody could say, a
//! minute after the opening, how long the visits will be that have not ended yet.

/// Bins of a second up to this age, then each an eighth of its age wide.
const EVEN_BINS_END: f64 = 8.0;
const BINS: usize = 72;
const GROWTH: f64 = 1.125;
/// Where each bin begins, and the last ends.
const STARTS: [f64; BINS + 1] = {
    let mut starts = [0.0; BINS + 1];
    let mut bin = 1;
    while bin <= BINS {
        let before = starts[bin - 1];
        starts[bin] = if before < EVEN_BINS_END { before + 1.0 } else { before * GROWTH };
        bin += 1;
    }
    starts
};
/// How many leaves the Weibull curve counts as, beside those seen in a bin.
const PRIOR_LEAVES: f64 = 2.0;
/// Shapes of the Weibull curve: below 1 those who have stayed long stay longer, above it they leave sooner.
const SHAPES: [f64; 14] = [0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5, 4.0];
/// The shape that counts while little is known, and how far from it others lie, as logarithms.
const SHAPE_MIDDLE: f64 = 1.6;
const SHAPE_SPREAD: f64 = 0.4;

/// What was seen of stays.
#[derive(Debug, Clone)]
pub(crate) struct LifeTable {
    leaves: [f64; BINS],
    /// Seconds that people have spent at each age.
    seconds: [f64; BINS],
    /// Leaves since the beginning, which never fade.
    leaves_ever: u64,
}

impl Default for LifeTable {
    fn default() -> Self {
        Self { leaves: [0.0; BINS], seconds: [0.0; BINS], leaves_ever: 0 }
    }
}

impl LifeTable {
    /// Everything seen so far counts `factor` times as much as before.
    pub(crate) fn fade(&mut self, factor: f64) {
        for value in self.leaves.iter_mut().chain(&mut self.seconds) {
            *value *= factor;
        }
    }

    /// Somebody has gone from one age to another.
    pub(crate) fn stayed(&mut self, from: f64, to: f64) {
        let (mut at, last) = (from.max(0.0), bin_of(to));
        for bin in bin_of(at)..=last {
            let end = if bin == last { to } else { start_of(bin + 1) };
            self.seconds[bin] += (end - at).max(0.0);
            at = end;
        }
    }

    /// Somebody has left at this age.
    pub(crate) fn left(&mut self, age: f64) {
        self.leaves[bin_of(age)] += 1.0;
        self.leaves_ever += 1;
    }

    /// How many have left since the beginning.
    pub(crate) fn leaves_ever(&self) -> u64 {
        self.leaves_ever
    }

    /// How many leaves still count.
    pub(crate) fn leaves(&self) -> f64 {
        self.leaves.iter().sum()
    }

    /// The chance of leaving within a second at each age, by the Weibull curve that fits best.
    fn weibull(&self) -> Option<[f64; BINS]> {
        let leaves = self.leaves();
        if leaves <= 0.0 {
            return None;
        }
        let fitted = SHAPES.map(|shape| {
            let hazards: [f64; BINS] = std::array::from_fn(|bin| shape * middle_of(bin).powf(shape - 1.0));
            let expected: f64 = hazards.iter().zip(&self.seconds).map(|(hazard, spent)| hazard * spent).sum();
            let scale = leaves / expected.max(f64::MIN_POSITIVE);
            let hazards = hazards.map(|hazard| hazard * scale);
            let seen: f64 = hazards.iter().zip(&self.leaves).map(|(hazard, left)| left * hazard.ln()).sum();
            let far = (shape / SHAPE_MIDDLE).ln() / SHAPE_SPREAD;
            // At the best scale the expected leaves equal the seen ones, whatever the shape.
            (seen - far * far / 2.0, hazards)
        });
        let best = fitted.into_iter().max_by(|(one, _), (other, _)| one.total_cmp(other));
        best.map(|(_, hazards)| hazards)
    }

    /// The curve; `None` before anybody has left.
    pub(crate) fn curve(&self) -> Option<Curve> {
        let fitted = self.weibull()?;
        let hazard = |bin: usize| {
            let expected: f64 = fitted[bin].max(1e-9);
            (self.leaves[bin] + PRIOR_LEAVES) / (self.seconds[bin] + PRIOR_LEAVES / expected)
        };
        Some(Curve::new(hazard))
    }
}

/// How many of those who got a slot still have it at an age.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    hazards: [f64; BINS],
    /// The sum of all hazards up to the start of each bin.
    sums: [f64; BINS],
}

impl Curve {
    fn new(hazard: impl Fn(usize) -> f64) -> Self {
        let hazards: [f64; BINS] = std::array::from_fn(hazard);
        let mut sums = [0.0; BINS];
        for bin in 1..BINS {
            sums[bin] = sums[bin - 1] + hazards[bin - 1] * (start_of(bin) - start_of(bin - 1));
        }
        Self { hazards, sums }
    }

    /// The share that stays longer than `age`.
    pub(crate) fn share_left(&self, age: f64) -> f64 {
        let age = age.max(0.0);
        let bin = bin_of(age);
        (-(self.sums[bin] + self.hazards[bin] * (age - start_of(bin)))).exp()
    }

    /// The mean stay, and its variance over the mean squared.
    pub(crate) fn mean_and_spread(&self) -> (f64, f64) {
        let (mut mean, mut square) = (0.0, 0.0);
        for bin in 0..BINS {
            let (start, share) = (start_of(bin), (-self.sums[bin]).exp());
            let hazard = self.hazards[bin].max(1e-9);
            // Integrals of the curve, and of twice the age times the curve, over the bin.
            let end = if bin + 1 < BINS { start_of(bin + 1) } else { f64::INFINITY };
            let rest = if end.is_finite() { (-hazard * (end - start)).exp() } else { 0.0 };
            let width = if end.is_finite() { end - start } else { 0.0 };
            let area = share * (1.0 - rest) / hazard;
            mean += area;
            square += 2.0 * (start * area + (area - share * width * rest) / hazard);
        }
        (mean, (square / (mean * mean) - 1.0).max(0.0))
    }
}

fn bin_of(age: f64) -> usize {
    STARTS[1..BINS].partition_point(|start| *start <= age)
}

/// The age at which a bin begins.
fn start_of(bin: usize) -> f64 {
    STARTS[bin]
}

fn middle_of(bin: usize) -> f64 {
    f64::midpoint(start_of(bin), start_of(bin + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The product-limit estimate, by its definition: of those who had stayed as long as somebody who left,
    /// one fewer is there.
    fn naive(stays: &[(f64, bool)], age: f64) -> f64 {
        let mut share = 1.0;
        for (stay, has_left) in stays {
            if *has_left && *stay <= age {
                let there = stays.iter().filter(|(other, _)| other >= stay).count();
                share *= 1.0 - 1.0 / crate::flow::real(there);
            }
        }
        share
    }

    fn table_of(stays: &[(f64, bool)]) -> LifeTable {
        let mut table = LifeTable::default();
        for (stay, has_left) in stays {
            table.stayed(0.0, *stay);
            if *has_left {
                table.left(*stay);
            }
        }
        table
    }

    #[test]
    fn time_is_spent_at_the_ages_at_which_it_is_spent() {
        let mut table = LifeTable::default();
        table.stayed(0.5, 2.25);
        let near = |seconds: f64, expected: f64| (seconds - expected).abs() < 1e-9;
        assert!(near(table.seconds[0], 0.5) && near(table.seconds[1], 1.0) && near(table.seconds[2], 0.25));
        assert!((table.seconds.iter().sum::<f64>() - 1.75).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_known_before_somebody_has_left() {
        assert!(table_of(&[(30.0, false), (50.0, false)]).curve().is_none());
        assert!(table_of(&[(30.0, false), (50.0, true)]).curve().is_some());
    }

    #[test]
    fn a_constant_chance_of_leaving_gives_its_mean() {
        // One in twenty leaves in each second.
        let mut table = LifeTable::default();
        for second in 0..200_u32 {
            let there = 10_000.0 * 0.95_f64.powi(i32::try_from(second).unwrap());
            let age = f64::from(second);
            for bin in bin_of(age)..=bin_of(age) {
                table.seconds[bin] += there;
                table.leaves[bin] += there * 0.05;
            }
        }
        let (mean, spread) = table.curve().unwrap().mean_and_spread();
        assert!((mean - 20.0).abs() < 0.5 && (spread - 1.0).abs() < 0.05, "{mean} {spread}");
    }

    #[test]
    fn those_who_are_still_there_make_stays_longer() {
        let left: Vec<_> = (1..=40).map(|stay| (f64::from(stay), true)).collect();
        let mut all = left.clone();
        all.extend((1..=40).map(|stay| (f64::from(stay), false)));
        let mean = |stays: &[(f64, bool)]| table_of(stays).curve().unwrap().mean_and_spread().0;
        assert!(mean(&all) > 1.3 * mean(&left));
    }

    proptest! {
        #[test]
        fn the_curve_is_close_to_the_naive_product_limit(
            stays in proptest::collection::vec((0.5..60.0_f64, prop::bool::weighted(0.7)), 400..600),
        ) {
            let curve = table_of(&stays).curve().unwrap();
            for age in [1.0, 4.0, 7.0, 15.0, 25.0, 40.0] {
                let (share, expected) = (curve.share_left(age), naive(&stays, age));
                prop_assert!((share - expected).abs() < 0.05, "{} for {} at {}", share, expected, age);
            }
        }

        #[test]
        fn the_curve_only_falls(stays in proptest::collection::vec((0.0..900.0_f64, any::<bool>()), 1..80)) {
            let Some(curve) = table_of(&stays).curve() else { return Ok(()) };
            let shares: Vec<f64> = (0..2_000).map(|age| curve.share_left(f64::from(age))).collect();
            prop_assert!(shares[0] <= 1.0 && shares.is_sorted_by(|one, next| one >= next));
            let (mean, spread) = curve.mean_and_spread();
            prop_assert!(mean.is_finite() && mean > 0.0 && spread.is_finite());
        }
    }
}
