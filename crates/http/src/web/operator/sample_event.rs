//! One second of the statistics, as the cockpit's event stream sends it.

use jiff::Timestamp;
use onsale_app::statistics::Sample;
use serde::Serialize;

/// The data of an event `sample`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SampleEvent {
    at: Timestamp,
    /// Where the sale stands: if it differs, more of the page does.
    state: String,
    waiting: u64,
    inside: u64,
    called: u64,
    capacity: u32,
    rate_per_minute: u32,
    paused: bool,
    admissions_per_minute: u64,
    free: usize,
    held: usize,
    sold: usize,
    answers_per_second: u64,
    errors_per_minute: u64,
    p50_ms: f64,
    p99_ms: f64,
    wait: Option<WaitSeconds>,
}

#[derive(Serialize)]
struct WaitSeconds {
    p10: u64,
    p50: u64,
    p90: u64,
}

impl SampleEvent {
    pub(super) fn of(sample: &Sample, state: String) -> Self {
        let Sample { dials, seats, served, .. } = sample;
        Self {
            at: sample.at,
            state,
            waiting: sample.waiting,
            inside: sample.inside,
            called: sample.called,
            capacity: dials.capacity.get(),
            rate_per_minute: dials.rate_per_minute,
            paused: dials.paused,
            admissions_per_minute: sample.admissions_per_minute,
            free: seats.free,
            held: seats.held,
            sold: seats.sold,
            answers_per_second: served.requests,
            errors_per_minute: sample.errors_per_minute,
            p50_ms: served.p50_ms,
            p99_ms: served.p99_ms,
            wait: sample.wait.map(|wait| WaitSeconds { p10: wait.p10, p50: wait.p50, p90: wait.p90 }),
        }
    }
}
