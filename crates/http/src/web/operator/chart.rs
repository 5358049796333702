//! Charts of the statistics of the last ten minutes. Scripts reload them; without scripts they stay as they
//! were when the page was loaded.

use std::fmt::Write;
use std::sync::Arc;

use super::super::format::fill;
use super::super::words::OperatorWords;
use crate::numbers::number;
use onsale_app::statistics::Sample;

/// The width of a chart in seconds; a second is one unit of the SVG.
const SPAN: i64 = 600;
const BOTTOM: f64 = 156.0;
const HEIGHT: f64 = 152.0;
/// Every fifth sample is drawn.
const STEP: usize = 5;
/// Instead of a value, before there is one.
pub(super) const UNKNOWN: &str = "–";

/// A chart.
pub(super) struct Chart {
    pub(super) name: &'static str,
    pub(super) label: String,
    /// The highest value.
    pub(super) top: String,
    pub(super) lines: Vec<Line>,
}

/// One line of a chart.
pub(super) struct Line {
    pub(super) key: &'static str,
    pub(super) name: String,
    pub(super) latest: String,
    /// The points of the SVG's polyline.
    pub(super) points: String,
}

/// What a line shows: the name of its value in the events, its label, and its value in a sample.
type Series = (&'static str, String, fn(&Sample) -> f64);

/// Every chart of the cockpit.
pub(super) fn all(past: &[Arc<Sample>], o: &'static OperatorWords) -> Vec<Chart> {
    let plain = |name: &str| name.to_owned();
    let millis = |name: &str| fill(o.milliseconds, &[("name", &name)]);
    vec![
        chart(past, o, o.waiting, &[("waiting", plain(o.waiting), |now| real(now.waiting))]),
        chart(
            past,
            o,
            o.inside,
            &[
                ("inside", plain(o.inside), |now| real(now.inside)),
                ("capacity", plain(o.capacity), |now| f64::from(now.dials.capacity.get())),
            ],
        ),
        chart(
            past,
            o,
            o.admissions,
            &[("admissionsPerMinute", plain(o.admissions), |now| real(now.admissions_per_minute))],
        ),
        chart(
            past,
            o,
            o.seats,
            &[
                ("free", plain(o.free), |now| real(now.seats.free)),
                ("held", plain(o.held), |now| real(now.seats.held)),
                ("sold", plain(o.sold), |now| real(now.seats.sold)),
            ],
        ),
        chart(
            past,
            o,
            o.answer_times,
            &[
                ("p99Ms", millis(o.p99), |now| now.served.p99_ms),
                ("p50Ms", millis(o.p50), |now| now.served.p50_ms),
            ],
        ),
        chart(past, o, o.errors, &[("errorsPerMinute", plain(o.errors), |now| real(now.errors_per_minute))]),
    ]
}

fn chart(past: &[Arc<Sample>], o: &'static OperatorWords, name: &'static str, series: &[Series]) -> Chart {
    // Steps are counted from the newest sample, so that it is always drawn.
    let mut drawn: Vec<_> = past.iter().rev().step_by(STEP).collect();
    drawn.reverse();
    let last = drawn.last().map_or(0, |sample| sample.at.as_second());
    let values = |value: fn(&Sample) -> f64| drawn.iter().map(move |sample| value(sample));
    let top = series.iter().flat_map(|(_, _, value)| values(*value)).fold(1.0, f64::max);
    let line = |(key, name, value): &Series| {
        let mut points = String::new();
        for sample in &drawn {
            let x = SPAN - last + sample.at.as_second();
            let _ = write!(points, "{x},{:.1} ", BOTTOM - value(sample) / top * HEIGHT);
        }
        let latest = values(*value).next_back().map_or_else(|| UNKNOWN.to_owned(), decimal);
        Line { key, name: name.clone(), latest, points }
    };
    Chart {
        name,
        label: fill(o.chart_of, &[("name", &name)]),
        top: if drawn.is_empty() { UNKNOWN.to_owned() } else { decimal(top) },
        lines: series.iter().map(line).collect(),
    }
}

/// A number with one decimal, unless that is 0.
pub(super) fn decimal(value: f64) -> String {
    let tenths = (value * 10.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "the values are far below 2^53")]
    let (whole, tenth) = ((tenths / 10.0).trunc() as i64, (tenths % 10.0) as i64);
    if tenth == 0 { number(whole) } else { format!("{}.{tenth}", number(whole)) }
}

/// A count as the value of a chart.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn real(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_sample_no_value_is_shown() {
        for chart in all(&[], &OperatorWords::ENGLISH) {
            let latest: Vec<_> = chart.lines.iter().map(|line| line.latest.as_str()).collect();
            assert!(latest.iter().all(|latest| *latest == UNKNOWN), "{}: {latest:?}", chart.name);
            assert_eq!(chart.top, UNKNOWN, "{}", chart.name);
        }
    }

    #[test]
    fn a_decimal_is_shown_unless_it_is_0() {
        for (value, text) in [(0.0, "0"), (0.04, "0"), (3.12, "3.1"), (12.0, "12"), (1_234.56, "1,234.6")] {
            assert_eq!(decimal(value), text);
        }
    }
}
