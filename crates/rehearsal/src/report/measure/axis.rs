//! Time in buckets, few enough for a chart.

use crate::history::{Act, Event, History, Micros, SECOND};
use crate::report::numbers::{index, seconds};

/// The most buckets that stay distinct in a chart on a phone.
const BUCKETS_MAX: Micros = 120;

/// Lengths of a bucket; longer ones are whole hours.
const LENGTHS: [Micros; 12] = [
    SECOND / 2,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    60 * SECOND,
    120 * SECOND,
    300 * SECOND,
    600 * SECOND,
    1_800 * SECOND,
    HOUR,
];

const HOUR: Micros = 3_600 * SECOND;

/// The time from the first arrival to the last answer of the sale. Bucket `i` begins at `zero + i * bucket`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Axis {
    /// When the first fan was due to arrive.
    pub(super) zero: Micros,
    /// The last answer of the sale.
    pub(super) end: Micros,
    /// The length of a bucket.
    pub(super) bucket: Micros,
    /// How many there are.
    pub(super) buckets: usize,
}

impl Axis {
    /// The axis for a history.
    pub(super) fn of(history: &History) -> Self {
        let zero = history.stories.iter().map(|story| story.arrives).min().unwrap_or_default();
        let events = || history.stories.iter().flat_map(|story| &story.events);
        let last = events().filter(|event| is_of_the_sale(event)).map(|event| event.answered).max();
        let last = last.or_else(|| events().map(|event| event.answered).max());
        Self::between(zero, last.unwrap_or(zero))
    }

    /// An axis with the shortest buckets that are not too many; with none for no time at all.
    pub(super) fn between(zero: Micros, end: Micros) -> Self {
        let lasted = (end - zero).max(0);
        let fits = |length: &Micros| lasted <= BUCKETS_MAX * length;
        let hours = || lasted.div_euclid(BUCKETS_MAX * HOUR) + 1;
        let bucket = LENGTHS.into_iter().find(fits).unwrap_or_else(|| hours() * HOUR);
        Self { zero, end: zero + lasted, bucket, buckets: index((lasted + bucket - 1) / bucket) }
    }

    /// Seconds from the first arrival.
    pub(super) fn at_s(&self, at: Micros) -> f64 {
        seconds(at - self.zero)
    }

    /// How long it all lasted, in seconds.
    pub(super) fn lasted_s(&self) -> f64 {
        self.at_s(self.end)
    }

    /// When a bucket begins.
    pub(super) fn begins(&self, bucket: usize) -> Micros {
        self.zero + self.bucket * Micros::try_from(bucket).unwrap_or(Micros::MAX / self.bucket)
    }

    /// The bucket of a moment: the first for earlier ones, none after the last answer of the sale.
    pub(super) fn place(&self, at: Micros) -> Option<usize> {
        (at <= self.end && self.buckets > 0).then(|| self.nearest(at))
    }

    /// The bucket of a moment, or the last one for later moments.
    pub(super) fn nearest(&self, at: Micros) -> usize {
        index((at - self.zero).div_euclid(self.bucket)).min(self.buckets.saturating_sub(1))
    }

    /// The first bucket that ends at this moment or later; `buckets` if none does.
    pub(super) fn first_end(&self, at: Micros) -> usize {
        index((at - self.zero + self.bucket - 1).div_euclid(self.bucket) - 1).min(self.buckets)
    }
}

/// Fans also read their own records for the auditor, long after the sale.
pub(super) fn is_of_the_sale(event: &Event) -> bool {
    !matches!(event.act, Act::Balance | Act::Bills | Act::Mine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_than_120_buckets_and_none_is_longer_than_need_be() {
        let bucket = |lasted_s| {
            let axis = Axis::between(0, lasted_s * SECOND);
            (seconds(axis.bucket), axis.buckets)
        };
        assert_eq!(bucket(3), (0.5, 6));
        assert_eq!(bucket(60), (0.5, 120));
        assert_eq!(bucket(61), (1.0, 61));
        assert_eq!(bucket(300), (5.0, 60));
        assert_eq!(bucket(3_600), (30.0, 120));
        assert_eq!(bucket(3_601), (60.0, 61));
        assert_eq!(bucket(30 * 24 * 3_600), (7.0 * 3_600.0, 103));
        assert_eq!(bucket(0), (0.5, 0));
    }

    #[test]
    fn a_moment_has_one_bucket() {
        let axis = Axis::between(10 * SECOND, 13 * SECOND);
        assert_eq!(axis.place(9 * SECOND), Some(0), "early");
        assert_eq!(axis.place(10 * SECOND), Some(0));
        assert_eq!(axis.place(10_499_999), Some(0));
        assert_eq!(axis.place(10_500_000), Some(1), "a bucket's end is the next one's beginning");
        assert_eq!(axis.place(13 * SECOND), Some(5), "the very last answer is in the last bucket");
        assert_eq!(axis.place(13 * SECOND + 1), None, "after the sale");
        assert_eq!(axis.begins(5), 12_500_000);
    }

    #[test]
    fn what_begins_at_a_buckets_end_is_seen_by_it() {
        let axis = Axis::between(0, 3 * SECOND);
        assert_eq!(axis.first_end(0), 0);
        assert_eq!(axis.first_end(1), 0);
        assert_eq!(axis.first_end(SECOND / 2), 0);
        assert_eq!(axis.first_end(SECOND / 2 + 1), 1);
        assert_eq!(axis.first_end(3 * SECOND), 5);
        assert_eq!(axis.first_end(9 * SECOND), 6, "none");
    }
}
