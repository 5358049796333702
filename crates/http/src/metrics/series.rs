//! Names, descriptions and registration of series.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};
use onsale_booking::ids::SaleId;

/// Upper bounds in seconds for answer times.
pub(super) const SECOND_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds in seconds for people's waits.
pub(super) const WAIT_BUCKETS: [f64; 11] =
    [1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 10_800.0];

const METADATA: Metadata<'static> = Metadata::new("onsale", Level::INFO, None);

/// Descriptions of the counters.
const COUNTERS: [(&str, &str); 6] = [
    ("onsale_http_requests_total", "Requests answered, by route and status"),
    ("onsale_refusals_total", "Refusals, by the code of their problem document"),
    ("onsale_answers_refused_total", "Answers refused because the memory for answers in flight was used up"),
    ("onsale_writer_batches_total", "Batches that the writer has committed or that had no effect"),
    ("onsale_writer_commands_total", "Commands in those batches"),
    ("onsale_wait_predictions_total", "People let in, by where their wait fell in their estimate"),
];
/// Descriptions of the gauges.
const GAUGES: [(&str, &str); 12] = [
    ("onsale_line_waiting", "People who wait, in all lines"),
    ("onsale_line_inside", "People inside, of all sales"),
    ("onsale_line_called", "People called who have not come in yet, in all lines"),
    ("onsale_line_head", "The last number considered for a call in the main sale's line"),
    ("onsale_line_tail", "The last number given out in the main sale's line"),
    ("onsale_sale_waiting", "People who wait in this sale's line, while it is open on this instance"),
    ("onsale_sale_inside", "People inside by this sale, while its line is open on this instance"),
    ("onsale_sale_called", "People called in this sale's line who have not come in yet"),
    ("onsale_writer_queue_depth", "Commands that wait for the writer"),
    ("onsale_held_polls", "Polls that are held until the status changes"),
    ("onsale_answer_bytes", "Memory of answers in flight and of seat maps as text"),
    ("onsale_answer_bytes_max", "The most that onsale_answer_bytes may be"),
];
/// Descriptions of the histograms.
const HISTOGRAMS: [(&str, &str); 3] = [
    ("onsale_http_request_seconds", "From a request's head to its answer's head, by route"),
    ("onsale_wait_seconds", "From joining the line to being let in"),
    ("onsale_wait_predicted_seconds", "The estimated median wait when people joined"),
];

/// Registers series with one recorder.
pub(super) struct Series<'a>(&'a PrometheusRecorder);

impl<'a> Series<'a> {
    pub(super) fn new(recorder: &'a PrometheusRecorder) -> Self {
        for (name, text) in COUNTERS {
            recorder.describe_counter(KeyName::from(name), None, text.into());
        }
        for (name, text) in GAUGES {
            recorder.describe_gauge(KeyName::from(name), None, text.into());
        }
        for (name, text) in HISTOGRAMS {
            recorder.describe_histogram(KeyName::from(name), None, text.into());
        }
        Self(recorder)
    }

    pub(super) fn counter(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Counter {
        self.0.register_counter(&key(name, labels), &METADATA)
    }

    pub(super) fn gauge(&self, name: &str) -> Gauge {
        self.0.register_gauge(&Key::from_name(name.to_owned()), &METADATA)
    }

    pub(super) fn histogram(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Histogram {
        self.0.register_histogram(&key(name, labels), &METADATA)
    }
}

/// The gauges of a sale: waiting, inside, called.
pub(super) fn of_sale(recorder: &PrometheusRecorder, sale: SaleId) -> [Gauge; 3] {
    let sale = sale.to_string();
    ["onsale_sale_waiting", "onsale_sale_inside", "onsale_sale_called"]
        .map(|name| recorder.register_gauge(&key(name, &[("sale", &sale)]), &METADATA))
}

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<Label> =
        labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
    Key::from_parts(name, labels)
}

/// Sets the default buckets, and those of the metrics in `named`.
pub(super) fn with_buckets(
    builder: PrometheusBuilder,
    default: &[f64],
    named: &[(&str, &[f64])],
) -> PrometheusBuilder {
    let why = "buckets are constants and not empty";
    named.iter().fold(builder.set_buckets(default).expect(why), |builder, (name, buckets)| {
        builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), buckets).expect(why)
    })
}
