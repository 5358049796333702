//! The result of a rehearsal: its numbers, and each promise kept or broken. Serialised as it is for `--json`.

pub mod html;
pub mod measure;
pub mod terminal;

mod charts;
mod numbers;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
mod words;

use serde::Serialize;

use crate::history::PromiseId;

/// The whole of it. Times `at_s` are seconds since the first fan was to arrive.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What was played.
    pub about: About,
    /// Sums over everything.
    pub totals: Totals,
    /// How long each of `times` lasts, in seconds.
    pub bucket_s: f64,
    /// The sale, bucket by bucket.
    pub times: Vec<Moment>,
    /// One for each kind of request.
    pub latencies: Vec<Latency>,
    /// What the line said of the wait, and what came.
    pub estimates: Estimates,
    /// How well the slots were used.
    pub slots: Slots,
    /// When something was seen to be out of order, like answers lost or a line rebuilt.
    pub disturbances: Vec<Disturbance>,
    /// Each kept, broken, or not checked.
    pub promises: Vec<Promise>,
}

/// What was played.
#[derive(Debug, Clone, Default, Serialize)]
pub struct About {
    /// The rehearsal's version.
    pub version: String,
    /// Against what.
    pub url: String,
    /// When the first fan was to arrive, as RFC 3339.
    pub started_at: String,
    /// From then until the last answer of the sale, in seconds.
    pub lasted_s: f64,
    /// `--seed`.
    pub seed: u64,
    /// `--fans`.
    pub fans: u32,
    /// `--arrivals`, as it was given.
    pub arrivals: String,
    /// What else was chosen, as `(option, value)`.
    pub options: Vec<(String, String)>,
    /// The concert's name.
    pub concert: String,
    /// Its seats.
    pub seats: u32,
    /// The price of each, in the currency's minor unit.
    pub price: i64,
    /// People who may be inside at once, if an operator's token showed it.
    pub capacity: Option<u32>,
    /// Calls in any minute, 0 for no limit, if an operator's token showed it.
    pub rate_per_minute: Option<u32>,
}

/// Sums over everything.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Totals {
    /// Fans who arrived.
    pub arrived: u64,
    /// Fans who got a number.
    pub joined: u64,
    /// Fans who were let in.
    pub admitted: u64,
    /// Fans who paid: whole journeys, from the join to the payment.
    pub paid: u64,
    /// Fans who were let in, and went without a ticket.
    pub left_inside: u64,
    /// Fans who gave up waiting.
    pub gave_up: u64,
    /// Seats sold.
    pub seats_sold: u64,
    /// Money taken, in the currency's minor unit.
    pub money: i64,
    /// Requests that were answered, and messages of event streams that came.
    pub answers: u64,
    /// Of those, in a second, over the time until the last answer.
    pub answers_per_s: f64,
    /// Whole journeys in a second, from the first arrival to the last payment.
    pub journeys_per_s: f64,
    /// The most people waiting at once, at the end of a bucket.
    pub waiting_max: u64,
    /// Refusals by their code, most frequent first.
    pub refusals: Vec<(String, u64)>,
    /// 503 with nothing changed.
    pub busy: u64,
    /// Requests whose outcome was unknown at first.
    pub unknown: u64,
    /// Requests for which no connection could be made.
    pub not_sent: u64,
    /// How late requests were sent at the 99th percentile, in milliseconds: above some ten, latencies say as
    /// much of the player and its connections as of the server.
    pub late_p99_ms: f64,
}

/// One bucket of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Moment {
    /// When it begins.
    pub at_s: f64,
    /// Fans who arrived in it.
    pub arrived: u32,
    /// Fans who got their number in it.
    pub joined: u32,
    /// Fans who were let in.
    pub admitted: u32,
    /// Seats sold.
    pub sold: u32,
    /// People waiting at its end: have a number, are not in, have not left.
    pub waiting: u32,
    /// People inside at its end.
    pub inside: u32,
    /// People who may be inside at once, if known.
    pub capacity: Option<u32>,
    /// Answers in it.
    pub answers: u32,
    /// Answers lost, 503s, and connections that could not be made.
    pub troubles: u32,
}

/// How long one kind of request took, from the moment at which it was to be sent, in milliseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Latency {
    /// Its name: `join`, `poll`, ...
    pub operation: String,
    /// How many were answered.
    pub count: u64,
    /// Half were faster.
    pub p50_ms: f64,
    /// Nine of ten were faster.
    pub p90_ms: f64,
    /// 99 of 100 were faster.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// The same, bucket by bucket; buckets without one are left out.
    pub over_time: Vec<LatencyMoment>,
}

/// One bucket of one kind of request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LatencyMoment {
    /// When the bucket begins.
    pub at_s: f64,
    /// How many were due in it.
    pub count: u64,
    /// Half were faster.
    pub p50_ms: f64,
    /// 99 of 100 were faster.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

/// Estimated against real waits.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Estimates {
    /// Estimates shown to people who came in later, not counting waits of less than a second.
    pub shown: u64,
    /// The share of real waits that lay within p10 to p90, from 0 to 1; four of five would be honest.
    pub within: Option<f64>,
    /// The median of real wait / estimated median.
    pub ratio_p50: Option<f64>,
    /// Some of them, evenly picked, for a chart.
    pub points: Vec<EstimatePoint>,
}

/// One estimate, and what came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct EstimatePoint {
    /// When it was shown.
    pub at_s: f64,
    /// One in ten waits less.
    pub p10_s: u32,
    /// The estimated median.
    pub p50_s: u32,
    /// Nine in ten wait less.
    pub p90_s: u32,
    /// How long it really took until this person was in.
    pub real_s: f64,
}

/// How well the slots were used.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Slots {
    /// For how long somebody waited while the capacity was known, in seconds.
    pub contended_s: f64,
    /// The share of slots in use during that time, from 0 to 1: people known to be inside. A slot that was
    /// called and not yet claimed is not seen from outside.
    pub in_use: Option<f64>,
    /// The same with those who may already have been called.
    pub in_use_or_called: Option<f64>,
}

/// Something was seen to be out of order.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Disturbance {
    /// From when.
    pub from_s: f64,
    /// Until when.
    pub until_s: f64,
    /// What was seen.
    pub what: String,
}

/// One promise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Promise {
    /// Which.
    pub id: PromiseId,
    /// What is promised, as a sentence.
    pub statement: &'static str,
    /// Whether it was kept.
    pub verdict: Verdict,
    /// How many things were held against it.
    pub checked: u64,
    /// What those things are, like "holds" or "pairs of joins".
    pub of: &'static str,
    /// What could not be checked, and why.
    pub note: Option<String>,
    /// How many times it was broken.
    pub breaches: u64,
    /// The first of those, at most 20.
    pub evidence: Vec<String>,
}

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was found against it, and something was held against it.
    Kept,
    /// It was broken.
    Broken,
    /// Nothing could be held against it.
    NotChecked,
}

impl Report {
    /// Whether no promise was broken.
    pub fn is_kept(&self) -> bool {
        self.promises.iter().all(|promise| promise.verdict != Verdict::Broken)
    }
}

/// The report as JSON, for machines and for people alike.
///
/// # Errors
/// None that a report is known to have: all of its keys are strings.
pub fn json(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report)
}
