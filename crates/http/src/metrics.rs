//! The server's metrics, in Prometheus text format.
//!
//! There is no global recorder, so that each server in a process has its own counts. Every series exists
//! from the start: a route is looked up once, and then requests only add to atomics. Labels come from fixed
//! lists and from the sales that operators make, never from a request.

mod meter;
mod series;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use onsale_app::app::WriterLoad;
use onsale_app::line::Wait;
use onsale_app::line_reading::LineReading;
use onsale_booking::ids::SaleId;

use crate::answer_budget::AnswerBudget;
use crate::problem;
use meter::Meter;
use series::{SECOND_BUCKETS, Series, WAIT_BUCKETS};

/// The route label of requests that match no route.
pub const UNMATCHED: &str = "unmatched";

/// The label of any other code.
const OTHER: &str = "other";

/// The labels of problem documents: their codes, and `other` for any other code.
pub fn codes() -> impl Iterator<Item = &'static str> {
    problem::codes().chain([OTHER])
}

/// The statuses that have a label of their own; any other status counts as `other`.
const STATUSES: [u16; 14] = [200, 204, 304, 400, 401, 403, 404, 405, 408, 413, 415, 429, 500, 503];

/// The index of a route's series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteId(usize);

/// The line as it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineGauges {
    /// People present who wait, in all lines.
    pub waiting: u64,
    /// People inside, of all sales.
    pub inside: u64,
    /// People called who have not come in yet, in all lines.
    pub called: u64,
    /// The last number considered for a call in the main sale's line.
    pub head: u64,
    /// The last number given out in the main sale's line.
    pub tail: u64,
}

/// All metrics of a server.
pub struct Metrics {
    /// The requests since the last sample, for the cockpit.
    pub meter: Meter,
    recorder: PrometheusRecorder,
    prometheus: PrometheusHandle,
    route_ids: HashMap<&'static str, RouteId>,
    routes: Vec<RouteSeries>,
    refusals: HashMap<&'static str, Counter>,
    line: [Gauge; 5],
    /// Those of each sale whose line was ever open here.
    sales: Mutex<HashMap<SaleId, [Gauge; 3]>>,
    held_polls: Gauge,
    queue_depth: Gauge,
    answer_bytes: Gauge,
    answer_bytes_max: Gauge,
    answers_refused: Counter,
    batches: Counter,
    commands: Counter,
    waits: WaitSeries,
}

struct RouteSeries {
    /// One for each of [`STATUSES`], then one for any other.
    by_status: [Counter; STATUSES.len() + 1],
    seconds: Histogram,
}

struct WaitSeries {
    actual: Histogram,
    predicted: Histogram,
    below_p10: Counter,
    p10_to_p50: Counter,
    p50_to_p90: Counter,
    above_p90: Counter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("routes", &self.routes.len()).finish_non_exhaustive()
    }
}

impl Metrics {
    /// Series for these routes, as the router spells them (`/v1/concerts/{id}/seats`).
    pub fn new(routes: &[&'static str]) -> Self {
        let recorder = recorder();
        let series = Series::new(&recorder);
        let all_routes = routes.iter().copied().chain([UNMATCHED]);
        Self {
            meter: Meter::default(),
            prometheus: recorder.handle(),
            sales: Mutex::default(),
            route_ids: all_routes.clone().enumerate().map(|(place, route)| (route, RouteId(place))).collect(),
            routes: all_routes.map(|route| RouteSeries::new(&series, route)).collect(),
            refusals: codes()
                .map(|code| (code, series.counter("onsale_refusals_total", &[("code", code)])))
                .collect(),
            line: ["waiting", "inside", "called", "head", "tail"]
                .map(|what| series.gauge(&format!("onsale_line_{what}"))),
            held_polls: series.gauge("onsale_held_polls"),
            queue_depth: series.gauge("onsale_writer_queue_depth"),
            answer_bytes: series.gauge("onsale_answer_bytes"),
            answer_bytes_max: series.gauge("onsale_answer_bytes_max"),
            answers_refused: series.counter("onsale_answers_refused_total", &[]),
            batches: series.counter("onsale_writer_batches_total", &[]),
            commands: series.counter("onsale_writer_commands_total", &[]),
            waits: WaitSeries::new(&series),
            recorder,
        }
    }

    /// The id of a route. Call it when the router is built, not for every request.
    pub fn route(&self, route: &str) -> RouteId {
        self.route_ids.get(route).copied().unwrap_or(RouteId(self.routes.len() - 1))
    }

    /// Counts a request that was answered with `status` after `took`.
    pub fn request(&self, route: RouteId, status: u16, took: Duration) {
        let series = &self.routes[route.0];
        let place = STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len());
        series.by_status[place].increment(1);
        series.seconds.record(took);
        self.meter.count(status, took);
    }

    /// Counts a problem document with this code.
    pub fn refusal(&self, code: &str) {
        if let Some(counter) = self.refusals.get(code).or_else(|| self.refusals.get(OTHER)) {
            counter.increment(1);
        }
    }

    /// Sets the gauges of the line.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float, exact up to 2^53")]
    pub fn line(&self, now: LineGauges) {
        let values = [now.waiting, now.inside, now.called, now.head, now.tail];
        for (gauge, value) in self.line.iter().zip(values) {
            gauge.set(value as f64);
        }
    }

    /// Sets the gauges of each sale's line; those of a line that is not open any more are 0.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float, exact up to 2^53")]
    pub fn sales(&self, open: &[(SaleId, LineReading)]) {
        let mut known = self.sales.lock().unwrap_or_else(PoisonError::into_inner);
        for (sale, line) in open {
            let tallies = line.tallies();
            let gauges = known.entry(*sale).or_insert_with(|| series::of_sale(&self.recorder, *sale));
            for (gauge, value) in gauges.iter().zip([tallies.waiting, tallies.inside, tallies.called]) {
                gauge.set(value as f64);
            }
        }
        let is_open = |sale| open.iter().any(|(open, _)| *open == sale);
        for (_, gauges) in known.iter().filter(|(sale, _)| !is_open(**sale)) {
            for gauge in gauges {
                gauge.set(0.0);
            }
        }
    }

    /// Sets how many polls are held.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float, exact up to 2^53")]
    pub fn held_polls(&self, now: usize) {
        self.held_polls.set(now as f64);
    }

    /// Sets the metrics of the writer.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float, exact up to 2^53")]
    pub fn writer(&self, load: WriterLoad) {
        self.queue_depth.set(load.queued as f64);
        self.batches.absolute(load.batches);
        self.commands.absolute(load.commands);
    }

    /// Sets the metrics of the memory for answers in flight.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float, exact up to 2^53")]
    pub(crate) fn answers(&self, budget: &AnswerBudget) {
        self.answer_bytes.set(budget.used() as f64);
        self.answer_bytes_max.set(budget.bytes_max() as f64);
        self.answers_refused.absolute(budget.refused());
    }

    /// Counts a wait that has ended, and compares it with its estimate.
    #[expect(clippy::cast_precision_loss, reason = "seconds of a wait are far below 2^53")]
    pub fn wait(&self, wait: Wait) {
        self.waits.actual.record(wait.took);
        let Some(estimate) = wait.estimate else { return };
        self.waits.predicted.record(estimate.p50 as f64);
        let seconds = wait.took.as_secs_f64();
        let band = match seconds {
            _ if seconds < estimate.p10 as f64 => &self.waits.below_p10,
            _ if seconds < estimate.p50 as f64 => &self.waits.p10_to_p50,
            _ if seconds < estimate.p90 as f64 => &self.waits.p50_to_p90,
            _ => &self.waits.above_p90,
        };
        band.increment(1);
    }

    /// All metrics in Prometheus text format.
    pub fn render(&self) -> String {
        self.prometheus.render()
    }

    /// Moves recorded values into their buckets. Call it every few seconds: until then, or until
    /// [`Metrics::render`], every recorded value takes memory.
    pub fn run_upkeep(&self) {
        self.prometheus.run_upkeep();
    }
}

impl RouteSeries {
    fn new(series: &Series<'_>, route: &'static str) -> Self {
        let counter = |status: &str| {
            series.counter("onsale_http_requests_total", &[("route", route), ("status", status)])
        };
        Self {
            by_status: std::array::from_fn(|place| match STATUSES.get(place) {
                Some(status) => counter(&status.to_string()),
                None => counter(OTHER),
            }),
            seconds: series.histogram("onsale_http_request_seconds", &[("route", route)]),
        }
    }
}

impl WaitSeries {
    fn new(series: &Series<'_>) -> Self {
        let band = |band| series.counter("onsale_wait_predictions_total", &[("band", band)]);
        Self {
            actual: series.histogram("onsale_wait_seconds", &[]),
            predicted: series.histogram("onsale_wait_predicted_seconds", &[]),
            below_p10: band("below_p10"),
            p10_to_p50: band("p10_to_p50"),
            p50_to_p90: band("p50_to_p90"),
            above_p90: band("above_p90"),
        }
    }
}

fn recorder() -> PrometheusRecorder {
    series::with_buckets(
        PrometheusBuilder::new(),
        &SECOND_BUCKETS,
        &[("onsale_wait_seconds", &WAIT_BUCKETS), ("onsale_wait_predicted_seconds", &WAIT_BUCKETS)],
    )
    .build_recorder()
}

#[cfg(test)]
mod tests {
    use onsale_line::Estimate;

    use super::*;

    const SEATS: &str = "/v1/concerts/{id}/seats";

    fn line_of<'a>(text: &'a str, start: &str) -> Option<&'a str> {
        text.lines().find(|line| line.starts_with(start))
    }

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let metrics = Metrics::new(&[SEATS]);
        metrics.request(metrics.route(SEATS), 200, Duration::from_millis(3));
        metrics.request(metrics.route(SEATS), 200, Duration::from_millis(30));
        metrics.request(metrics.route("/wp-admin"), 404, Duration::ZERO);
        metrics.request(metrics.route(SEATS), 599, Duration::ZERO);
        let text = metrics.render();
        for line in [
            "onsale_http_requests_total{route=\"/v1/concerts/{id}/seats\",status=\"200\"} 2",
            "onsale_http_requests_total{route=\"/v1/concerts/{id}/seats\",status=\"other\"} 1",
            "onsale_http_requests_total{route=\"unmatched\",status=\"404\"} 1",
            "onsale_http_request_seconds_bucket{route=\"/v1/concerts/{id}/seats\",le=\"0.005\"} 2",
            "onsale_http_request_seconds_bucket{route=\"/v1/concerts/{id}/seats\",le=\"+Inf\"} 3",
        ] {
            assert_eq!(line_of(&text, line), Some(line), "{text}");
        }
    }

    #[test]
    fn refusals_are_counted_by_code() {
        let metrics = Metrics::new(&[]);
        metrics.refusal("seat_sold");
        metrics.refusal("no such code");
        let text = metrics.render();
        assert!(text.contains("onsale_refusals_total{code=\"seat_sold\"} 1"), "{text}");
        assert!(text.contains("onsale_refusals_total{code=\"other\"} 1"), "{text}");
        assert!(text.contains("onsale_refusals_total{code=\"seat_held\"} 0"), "{text}");
    }

    #[test]
    fn line_and_writer_are_shown() {
        let metrics = Metrics::new(&[]);
        metrics.line(LineGauges { waiting: 5, inside: 4, called: 3, head: 20, tail: 25 });
        metrics.writer(WriterLoad { queued: 17, batches: 3, commands: 64 });
        let text = metrics.render();
        for line in [
            "onsale_line_waiting 5",
            "onsale_line_head 20",
            "onsale_line_tail 25",
            "onsale_writer_queue_depth 17",
            "onsale_writer_batches_total 3",
            "onsale_writer_commands_total 64",
        ] {
            assert_eq!(line_of(&text, line), Some(line), "{text}");
        }
        assert!(text.contains("# HELP onsale_line_waiting People who wait"), "{text}");
    }

    #[test]
    fn waits_are_compared_with_their_estimates() {
        let metrics = Metrics::new(&[]);
        let wait = |estimate, seconds| Wait { estimate, took: Duration::from_secs(seconds) };
        let estimate = Some(Estimate { p10: 10, p50: 20, p90: 40 });
        for seconds in [5, 15, 25, 39, 90] {
            metrics.wait(wait(estimate, seconds));
        }
        metrics.wait(wait(None, 1));
        let text = metrics.render();
        for (band, count) in [("below_p10", 1), ("p10_to_p50", 1), ("p50_to_p90", 2), ("above_p90", 1)] {
            assert!(
                text.contains(&format!("onsale_wait_predictions_total{{band=\"{band}\"}} {count}")),
                "{text}"
            );
        }
        assert!(
            text.contains("onsale_wait_seconds_count 6")
                && text.contains("onsale_wait_predicted_seconds_count 5")
        );
    }

    #[test]
    fn two_servers_have_separate_counts() {
        let (one, other) = (Metrics::new(&[]), Metrics::new(&[]));
        one.refusal("seat_sold");
        assert!(other.render().contains("onsale_refusals_total{code=\"seat_sold\"} 0"));
    }
}
