//! The result of a rehearsal: its numbers, and a verdict for each promise. `--json` serialises it as it is.

pub mod html;
pub mod measure;
pub mod terminal;

mod charts;
mod numbers;
mod sales;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
mod words;

use serde::Serialize;
use uuid::Uuid;

use crate::history::PromiseId;
use crate::history::sale::Order;

/// The whole report. Times `at_s` are seconds since the first fan was due to arrive.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What was played.
    pub about: About,
    /// Totals over the whole sale.
    pub totals: Totals,
    /// The length of each bucket in `times`, in seconds.
    pub bucket_s: f64,
    /// The sale, bucket by bucket.
    pub times: Vec<Moment>,
    /// One for each kind of request.
    pub latencies: Vec<Latency>,
    /// Estimated and actual waits.
    pub estimates: Estimates,
    /// How well the slots were used.
    pub slots: Slots,
    /// When something was visibly out of order, such as lost answers or a rebuilt line.
    pub disturbances: Vec<Disturbance>,
    /// Each promise: kept, broken, or not checked.
    pub promises: Vec<Promise>,
}

/// What was played.
#[derive(Debug, Clone, Default, Serialize)]
pub struct About {
    /// The rehearsal's version.
    pub version: String,
    /// The server's URL.
    pub url: String,
    /// When the first fan was due to arrive, as RFC 3339.
    pub started_at: String,
    /// How long it took from then to the last answer of the sale, in seconds.
    pub lasted_s: f64,
    /// `--seed`.
    pub seed: u64,
    /// `--fans`.
    pub fans: u32,
    /// `--arrivals`, as given.
    pub arrivals: String,
    /// All other options, as `(option, value)`.
    pub options: Vec<(String, String)>,
    /// The name of the concert.
    pub concert: String,
    /// How many seats it has.
    pub seats: u32,
    /// The price of each, in the currency's minor unit.
    pub price: i64,
    /// People who may be inside at once, if an operator's token showed it.
    pub capacity: Option<u32>,
    /// Calls in any minute, 0 for no limit, if an operator's token showed it.
    pub rate_per_minute: Option<u32>,
    /// The sales that were made for the rehearsal.
    pub sales: Vec<SaleReport>,
}

/// A sale that was made for the rehearsal.
#[derive(Debug, Clone, Serialize)]
pub struct SaleReport {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// In which order it let people in.
    pub order: Order,
    /// When it was to open; none if it was open from the beginning.
    pub opens_at_s: Option<f64>,
    /// When the first person learned of their admission.
    pub first_admitted_s: Option<f64>,
    /// The most seats of one person.
    pub limit: Option<u32>,
    /// How many people each access code let in; none if nobody needed one.
    pub code_uses: Option<u32>,
    /// Fans who came.
    pub fans: u64,
    /// Fans who were admitted.
    pub admitted: u64,
    /// The last number given out before the opening, as published.
    pub lobby_tail: Option<u64>,
    /// The commitment of a draw.
    pub commitment: Option<String>,
    /// The seed of a draw, as published.
    pub seed: Option<String>,
    /// The beacon of a draw, as published.
    pub beacon: Option<String>,
}

/// Totals over the whole sale.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Totals {
    /// Fans who arrived.
    pub arrived: u64,
    /// Fans who got a number.
    pub joined: u64,
    /// Fans who were admitted.
    pub admitted: u64,
    /// Fans who paid: whole journeys from the join to the payment.
    pub paid: u64,
    /// Fans who were admitted and left without a ticket.
    pub left_inside: u64,
    /// Fans who gave up waiting.
    pub gave_up: u64,
    /// Seats sold.
    pub seats_sold: u64,
    /// Money taken, in the currency's minor unit.
    pub money: i64,
    /// Requests that were answered, and messages received from event streams.
    pub answers: u64,
    /// Answers per second, up to the last answer.
    pub answers_per_s: f64,
    /// Whole journeys per second, from the first arrival to the last payment.
    pub journeys_per_s: f64,
    /// The most people waiting at once, at the end of a bucket.
    pub waiting_max: u64,
    /// Refusals by their code, most frequent first.
    pub refusals: Vec<(String, u64)>,
    /// Answers with 503 that changed nothing.
    pub busy: u64,
    /// Requests whose outcome was unknown at first.
    pub unknown: u64,
    /// Requests for which no connection could be opened.
    pub not_sent: u64,
    /// How late requests were sent at the 99th percentile, in milliseconds. Above about ten, latencies depend
    /// on the player and its connections as much as on the server.
    pub late_p99_ms: f64,
}

/// One bucket of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Moment {
    /// When it begins.
    pub at_s: f64,
    /// Fans who arrived in it.
    pub arrived: u32,
    /// Fans who got a number in it.
    pub joined: u32,
    /// Fans who were admitted in it.
    pub admitted: u32,
    /// Seats sold in it.
    pub sold: u32,
    /// People waiting at its end: those with a number who are neither inside nor gone.
    pub waiting: u32,
    /// People inside at its end.
    pub inside: u32,
    /// People who may be inside at once, if known.
    pub capacity: Option<u32>,
    /// Answers in it.
    pub answers: u32,
    /// Lost answers, 503s, and connections that could not be opened.
    pub troubles: u32,
}

/// Latency of one kind of request in milliseconds, counted from the moment it was due.
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
    /// Latency in each bucket; buckets without a request are left out.
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

/// Estimated and actual waits.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Estimates {
    /// Estimates shown to people who were admitted later. Waits of less than a second do not count.
    pub shown: u64,
    /// The share of actual waits between p10 and p90, from 0 to 1; 0.8 is ideal.
    pub within: Option<f64>,
    /// The median of actual wait / estimated median.
    pub ratio_p50: Option<f64>,
    /// An even sample of the estimates, for a chart.
    pub points: Vec<EstimatePoint>,
}

/// One estimate and the actual wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct EstimatePoint {
    /// When it was shown.
    pub at_s: f64,
    /// One person in ten waits less.
    pub p10_s: u32,
    /// The estimated median.
    pub p50_s: u32,
    /// Nine people in ten wait less.
    pub p90_s: u32,
    /// How long it took until this person was inside.
    pub real_s: f64,
}

/// How well the slots were used.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Slots {
    /// How long somebody waited while the capacity was known, in seconds.
    pub contended_s: f64,
    /// The share of slots in use during that time, from 0 to 1: people known to be inside. A call that is not
    /// claimed yet cannot be seen from outside.
    pub in_use: Option<f64>,
    /// The same, including people who may already have been called.
    pub in_use_or_called: Option<f64>,
}

/// A time in which something was visibly out of order.
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
    /// Its id.
    pub id: PromiseId,
    /// The promise as a sentence.
    pub statement: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// How many things were checked.
    pub checked: u64,
    /// What those things are, such as "holds" or "pairs of joins".
    pub of: &'static str,
    /// What could not be checked, and why.
    pub note: Option<String>,
    /// How many times it was broken.
    pub breaches: u64,
    /// The first breaches, at most 20.
    pub evidence: Vec<String>,
}

/// The verdict on a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something was checked, and no breach was found.
    Kept,
    /// A breach was found.
    Broken,
    /// Nothing could be checked.
    NotChecked,
}

impl Report {
    /// Whether no promise was broken.
    pub fn is_kept(&self) -> bool {
        self.promises.iter().all(|promise| promise.verdict != Verdict::Broken)
    }
}

/// The report as JSON.
///
/// # Errors
/// None: all keys of a report are strings.
pub fn json(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report)
}
