//! The requests of the last second, for the cockpit; the histograms of `/metrics` are never reset.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use onsale_app::statistics::Served;

/// Buckets per doubling of the answer time: a quantile is at most a quarter too high.
const PER_DOUBLING: u32 = 4;
/// These cover times from a microsecond to over a minute.
const DOUBLINGS: u32 = 27;
const BUCKETS: usize = (PER_DOUBLING * DOUBLINGS) as usize;

/// Counts requests until the counts are taken.
#[derive(Debug)]
pub struct Meter {
    buckets: [AtomicU64; BUCKETS],
    errors: AtomicU64,
}

impl Default for Meter {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| AtomicU64::new(0)), errors: AtomicU64::new(0) }
    }
}

impl Meter {
    /// Counts a request.
    pub fn count(&self, status: u16, took: Duration) {
        self.buckets[bucket(took)].fetch_add(1, Ordering::Relaxed);
        if status >= 500 {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts since the last call.
    pub fn take(&self) -> Served {
        let counts: Vec<_> = self.buckets.iter().map(|count| count.swap(0, Ordering::Relaxed)).collect();
        Served {
            requests: counts.iter().sum(),
            errors: self.errors.swap(0, Ordering::Relaxed),
            p50_ms: quantile(&counts, 50),
            p99_ms: quantile(&counts, 99),
        }
    }
}

fn bucket(took: Duration) -> usize {
    let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX).max(1);
    let doubling = micros.ilog2();
    // The two bits after the leading one.
    let part = if doubling >= 2 { (micros >> (doubling - 2)) & 3 } else { (micros << (2 - doubling)) & 3 };
    ((doubling * PER_DOUBLING + part) as usize).min(BUCKETS - 1)
}

/// The upper bound of the bucket that contains this percentile, in milliseconds; 0 without requests.
fn quantile(counts: &[u64], per_cent: u64) -> f64 {
    let all: u64 = counts.iter().sum();
    let wanted = (all * per_cent).div_ceil(100).max(1);
    let mut seen = 0;
    for (bucket, count) in (0_u32..).zip(counts) {
        seen += count;
        if seen >= wanted {
            let (doubling, part) = (bucket / PER_DOUBLING, bucket % PER_DOUBLING);
            return f64::from(doubling).exp2() * (1.0 + f64::from(part + 1) / f64::from(PER_DOUBLING))
                / 1_000.0;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_at_most_a_quarter_too_high() {
        let meter = Meter::default();
        for millis in 1..=1_000 {
            meter.count(200, Duration::from_millis(millis));
        }
        let taken = meter.take();
        assert_eq!((taken.requests, taken.errors), (1_000, 0));
        assert!((500.0..=625.0).contains(&taken.p50_ms), "{taken:?}");
        assert!((990.0..=1_240.0).contains(&taken.p99_ms), "{taken:?}");
        assert_eq!(meter.take(), Served::default(), "the counts were taken");
    }

    #[test]
    fn every_time_has_a_bucket_and_buckets_are_in_order() {
        let micros = [0, 1, 2, 3, 4, 5, 7, 8, 1_000, 1_250, 70_000_000, 60_000_000_000];
        let buckets: Vec<_> = micros.map(|micros| bucket(Duration::from_micros(micros))).into();
        assert!(buckets.is_sorted(), "{buckets:?}");
        assert_eq!(buckets.last(), Some(&(BUCKETS - 1)));
    }

    #[test]
    fn only_5xx_answers_are_errors() {
        let meter = Meter::default();
        for status in [200, 400, 404, 429, 500, 503] {
            meter.count(status, Duration::from_millis(1));
        }
        assert_eq!(meter.take().errors, 2);
    }
}
