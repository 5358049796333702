//! Latencies, counted from the moment a request was due: a stalled server cannot hide behind waiting clients.

use std::collections::BTreeMap;

use hdrhistogram::{Counter, Histogram};

use crate::history::{Act, Event, History, Lost, Micros, Outcome};
use crate::report::numbers::milliseconds;
use crate::report::{Latency, LatencyMoment};

use super::axis::Axis;

/// The latencies of a whole sale, to three digits.
pub(super) type Times = Histogram<u64>;

/// The latencies of one bucket: two digits are enough for a chart, and there are many buckets.
type BucketTimes = Histogram<u32>;

/// In the order in which a fan uses them.
const OPERATIONS: [&str; 12] = [
    "join",
    "poll",
    "leave",
    "dates",
    "seats",
    "hold",
    "release",
    "charge",
    "pay",
    "balance",
    "bills",
    "reservations",
];

/// The latency of each kind of request that was answered at least once.
pub(super) fn latencies(history: &History, axis: &Axis) -> Vec<Latency> {
    let mut kinds: [Kind; OPERATIONS.len()] = std::array::from_fn(|_| Kind::default());
    for event in history.stories.iter().flat_map(|story| &story.events) {
        if let Some(kind) = operation(event).and_then(|operation| kinds.get_mut(operation)) {
            kind.add(event, axis);
        }
    }
    OPERATIONS.into_iter().zip(kinds).filter_map(|(name, kind)| kind.latency(name, axis)).collect()
}

/// The index of the operation, if it was answered or timed out.
fn operation(event: &Event) -> Option<usize> {
    if matches!(event.outcome, Outcome::NotSent | Outcome::Unknown(Lost::Connection)) {
        return None;
    }
    Some(match event.act {
        Act::Hear | Act::Stray => return None,
        Act::Join => 0,
        Act::Poll => 1,
        Act::Leave => 2,
        Act::Dates => 3,
        Act::Map => 4,
        Act::Hold(_) => 5,
        Act::Release(_) => 6,
        Act::Charge(_) => 7,
        Act::Pay(_) => 8,
        Act::Balance => 9,
        Act::Bills => 10,
        Act::Mine => 11,
    })
}

/// One kind of request.
#[derive(Default)]
struct Kind {
    all: Option<Times>,
    by_bucket: BTreeMap<usize, BucketTimes>,
}

impl Kind {
    fn add(&mut self, event: &Event, axis: &Axis) {
        let took = event.answered - event.due;
        if self.all.is_none() {
            self.all = Histogram::new(3).ok();
        }
        record(&mut self.all, took);
        if let Some(bucket) = axis.place(event.due) {
            let mut times = self.by_bucket.remove(&bucket).or_else(|| Histogram::new(2).ok());
            record(&mut times, took);
            self.by_bucket.extend(times.map(|times| (bucket, times)));
        }
    }

    fn latency(self, name: &str, axis: &Axis) -> Option<Latency> {
        let all = self.all?;
        Some(Latency {
            operation: name.to_owned(),
            count: all.len(),
            p50_ms: quantile_ms(&all, 0.5),
            p90_ms: quantile_ms(&all, 0.9),
            p99_ms: quantile_ms(&all, 0.99),
            max_ms: milliseconds(all.max()),
            over_time: self.by_bucket.iter().map(|(bucket, times)| moment(*bucket, times, axis)).collect(),
        })
    }
}

fn moment(bucket: usize, times: &BucketTimes, axis: &Axis) -> LatencyMoment {
    LatencyMoment {
        at_s: axis.at_s(axis.begins(bucket)),
        count: times.len(),
        p50_ms: quantile_ms(times, 0.5),
        p99_ms: quantile_ms(times, 0.99),
        max_ms: milliseconds(times.max()),
    }
}

/// Adds a time. A negative one, as between two clocks, counts as zero.
pub(super) fn record<C: Counter>(times: &mut Option<Histogram<C>>, took: Micros) {
    if let Some(times) = times {
        // This histogram grows as needed, so it takes any time.
        let _ = times.record(u64::try_from(took).unwrap_or_default());
    }
}

/// The time within which this share of requests was answered, in milliseconds.
pub(super) fn quantile_ms<C: Counter>(times: &Histogram<C>, quantile: f64) -> f64 {
    milliseconds(times.value_at_quantile(quantile))
}
