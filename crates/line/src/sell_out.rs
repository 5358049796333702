//! What the end of the seats does to the wait: once nothing is free, those inside look around and go, and the
//! line moves faster than any stay before has shown.
//!
//! How much faster nobody knows beforehand. So it is assumed that stays get no longer, and not much shorter,
//! until the line itself shows it: the more people have gone who found nothing, the less that assumption
//! counts.

use crate::estimate::{Estimate, count, whole};

/// What is left of a second of waiting once nothing is free: at the optimistic end, in the middle, and at the
/// pessimistic end, where the line moves as before.
const SHARES: [f64; 3] = [0.7, 0.85, 1.0];
/// The assumption counts as if so many people had gone who found nothing.
const PEOPLE_AT_FIRST: f64 = 60.0;

/// When the last free seat will be taken, and what the wait after it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SellOut {
    /// How many people take what is free.
    pub(crate) takers: f64,
    /// What is left of a second of waiting once nothing is free, as in [`SHARES`].
    shares: [f64; 3],
}

impl SellOut {
    /// So many people take what is free, and so many have gone while nothing was free.
    pub(crate) fn new(takers: f64, gone_without: f64) -> Self {
        let weight = PEOPLE_AT_FIRST / (PEOPLE_AT_FIRST + gone_without);
        Self { takers, shares: SHARES.map(|share| share.powf(weight)) }
    }

    /// An estimate made without regard to what is left, where nothing is free any more after `seconds`.
    pub(crate) fn shorten(self, estimate: Estimate, seconds: f64) -> Estimate {
        let [low, middle, high] = self.shares;
        let shorten = |wait: u64, share: f64| {
            let wait = count(wait);
            let after = (wait - seconds).max(0.0);
            whole((wait - after * (1.0 - share)).round())
        };
        let Estimate { p10, p50, p90 } = estimate;
        Estimate { p10: shorten(p10, low), p50: shorten(p50, middle), p90: shorten(p90, high) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(gone_without: f64) -> SellOut {
        SellOut::new(1.0, gone_without)
    }

    #[test]
    fn only_the_wait_after_the_last_seat_is_shorter() {
        let estimate = Estimate { p10: 80, p50: 100, p90: 120 };
        assert_eq!(seen(0.0).shorten(estimate, 120.0), estimate);
        assert_eq!(seen(0.0).shorten(estimate, 60.0), Estimate { p10: 74, p50: 94, p90: 120 });
        assert_eq!(seen(0.0).shorten(estimate, 0.0), Estimate { p10: 56, p50: 85, p90: 120 });
    }

    #[test]
    fn what_the_line_shows_after_it_counts_more_and_more() {
        let estimate = Estimate { p10: 1_000, p50: 1_000, p90: 1_000 };
        let p10 = |gone| seen(gone).shorten(estimate, 0.0).p10;
        assert_eq!([p10(0.0), p10(60.0), p10(240.0)], [700, 837, 931]);
    }

    proptest! {
        #[test]
        fn a_shortened_estimate_is_in_order_and_longer_for_longer_waits(
            (p10, more, most) in (0..4_000_u64, 0..2_000_u64, 0..4_000_u64),
            (longer, seconds, gone) in (0..500_u64, 0.0..5_000.0_f64, 0.0..500.0_f64),
        ) {
            let estimate = Estimate { p10, p50: p10 + more, p90: p10 + more + most };
            let shorter = seen(gone).shorten(estimate, seconds);
            prop_assert!(shorter.p10 <= shorter.p50 && shorter.p50 <= shorter.p90, "{:?}", shorter);
            let longer = Estimate { p10: p10 + longer, p50: estimate.p50 + longer, p90: estimate.p90 + longer };
            let longer = seen(gone).shorten(longer, seconds);
            prop_assert!(shorter.p10 <= longer.p10 && shorter.p50 <= longer.p50 && shorter.p90 <= longer.p90);
        }
    }
}
