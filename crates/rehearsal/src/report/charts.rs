//! The report's charts, as SVG inside the page.
//!
//! All horizontal positions are shares of the width. Shapes stretch with the page and text does not, so a
//! chart is readable on a phone and on a wall.

mod panel;
mod scale;
mod scatter;
mod svg;
mod time;

use super::numbers::{fraction, length, whole};
use super::words::{grouped, milliseconds, rounded};
use super::{Latency, LatencyMoment, Moment, Report};

use panel::{Panel, Series, Shape};
use scale::Scale;
use time::TimeAxis;

pub(super) use scatter::scatter;

/// Fewer requests than this give no meaningful percentile over time.
const ENOUGH: u64 = 100;

/// A title, the keys to its lines, and one or more panels above each other.
pub(super) struct Figure {
    /// Names the chart in the page.
    pub(super) id: String,
    /// What it shows.
    pub(super) title: String,
    /// One sentence on how to read it.
    pub(super) caption: String,
    /// What the lines are, each with a small drawing.
    pub(super) keys: Vec<Key>,
    /// From top to bottom.
    pub(super) panels: Vec<Drawn>,
    /// The values to show at the pointer.
    pub(super) readout: Readout,
}

/// One line's meaning.
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// The drawing.
    pub(super) svg: String,
}

/// One panel.
pub(super) struct Drawn {
    /// The vertical quantity, with its unit.
    pub(super) title: String,
    /// The drawing.
    pub(super) svg: String,
}

/// Numbers for each bucket, to show at the pointer.
#[derive(Default)]
pub(super) struct Readout {
    /// Their labels, joined by `|`.
    pub(super) labels: String,
    /// The numbers of a bucket joined by `,`, the buckets by `|`.
    pub(super) values: String,
}

/// The charts that share the sale's time axis.
pub(super) fn over_time(report: &Report) -> Vec<Figure> {
    if report.times.is_empty() {
        return Vec::new();
    }
    let time = TimeAxis::of(report);
    vec![line(report, &time), inside(report, &time), answers(report, &time)]
}

/// A small chart for each kind of request that was made often enough.
pub(super) fn latencies(report: &Report) -> Vec<Figure> {
    let time = TimeAxis::of(report);
    let often = |latency: &&Latency| latency.count >= ENOUGH && latency.over_time.len() > 1;
    let shown: Vec<&Latency> = report.latencies.iter().filter(often).collect();
    let scale = Scale::decades(
        shown.iter().flat_map(|latency| &latency.over_time).flat_map(|at| [at.p50_ms, at.p99_ms]),
    );
    shown.into_iter().map(|one| latency(report, one, &time, &scale)).collect()
}

fn line(report: &Report, time: &TimeAxis) -> Figure {
    let rate = |number: u32| f64::from(number) / report.bucket_s;
    let waiting = time.at_ends(report, Some(0.0), |moment| Some(f64::from(moment.waiting)));
    let arrivals = time.in_buckets(report, |moment| Some(rate(moment.arrived)));
    let admissions = time.in_buckets(report, |moment| Some(rate(moment.admitted)));
    let panel = |id, title, height, class, shape, points| {
        Panel::new(id, title, height, vec![Series::new(class, shape, points)])
    };
    // Not in one panel: a burst of arrivals would flatten the admissions.
    let panels = [
        panel("line-people", "People waiting", 210, "waiting", Shape::Area, waiting).numbered(),
        panel("line-arrivals", "Arrived per second", 90, "arrivals", Shape::Line, arrivals),
        panel("line-admissions", "Admitted per second", 90, "admissions", Shape::Line, admissions).labelled(),
    ];
    Figure {
        id: "line".to_owned(),
        title: "The line".to_owned(),
        caption:
            "People who have a number and are not inside yet, and how fast people arrived and were admitted."
                .to_owned(),
        keys: vec![key("waiting", "waiting"), key("arrivals", "arrived"), key("admissions", "admitted")],
        panels: panels.into_iter().map(|panel| panel.drawn(time)).collect(),
        readout: readout(report, "waiting|arrived per second|admitted per second", |moment| {
            vec![moment.waiting.to_string(), rounded(rate(moment.arrived)), rounded(rate(moment.admitted))]
        }),
    }
}

fn inside(report: &Report, time: &TimeAxis) -> Figure {
    let inside = time.at_ends(report, Some(0.0), |moment| Some(f64::from(moment.inside)));
    let capacity = |moment: &Moment| moment.capacity.map(f64::from);
    let capacity = time.at_ends(report, report.times.first().and_then(capacity), capacity);
    let mut sold = 0_u64;
    let sold: Vec<u64> = report
        .times
        .iter()
        .map(|moment| {
            sold += u64::from(moment.sold);
            sold
        })
        .collect();
    let mut sums = sold.iter();
    let sales = time.at_ends(report, Some(0.0), |_| sums.next().copied().map(fraction));
    let seats =
        vec![Some((0.0, f64::from(report.about.seats))), Some((time.lasts_s, f64::from(report.about.seats)))];
    let known = report.times.iter().any(|moment| moment.capacity.is_some());
    let mut people = vec![Series::new("inside", Shape::Area, inside)];
    let mut keys = vec![key("inside", "inside")];
    if known {
        people.push(Series::new("capacity", Shape::Step, capacity));
        keys.push(key("capacity", "capacity"));
    }
    keys.extend([key("sold", "seats sold"), key("seats", "all seats")]);
    let mut sums = sold.iter();
    Figure {
        id: "inside".to_owned(),
        title: "Inside".to_owned(),
        caption: "People who may choose and pay, and the seats sold so far.".to_owned(),
        keys,
        panels: vec![
            Panel::new("inside-people", "People inside", 170, people).numbered().drawn(time),
            Panel::new(
                "inside-sold",
                "Seats sold",
                120,
                vec![Series::new("sold", Shape::Line, sales), Series::new("seats", Shape::Line, seats)],
            )
            .labelled()
            .drawn(time),
        ],
        readout: readout(report, "inside|capacity|seats sold", |moment| {
            vec![
                moment.inside.to_string(),
                moment.capacity.map(|capacity| capacity.to_string()).unwrap_or_default(),
                sums.next().map(u64::to_string).unwrap_or_default(),
            ]
        }),
    }
}

fn answers(report: &Report, time: &TimeAxis) -> Figure {
    let rate = |number: u32| f64::from(number) / report.bucket_s;
    let answers = time.in_buckets(report, |moment| Some(rate(moment.answers)));
    let troubles = time.in_buckets(report, |moment| Some(f64::from(moment.troubles)));
    let bucket = rounded(report.bucket_s);
    Figure {
        id: "answers".to_owned(),
        title: "Answers and troubles".to_owned(),
        caption: "A trouble is a lost answer, a 503, or a connection that could not be opened.".to_owned(),
        keys: vec![key("answers", "answers per second"), key("troubles", "troubles")],
        panels: vec![
            Panel::new(
                "answers-rate",
                "Answers per second",
                150,
                vec![Series::new("answers", Shape::Area, answers)],
            )
            .numbered()
            .drawn(time),
            Panel::new(
                "answers-troubles",
                &format!("Troubles in {bucket} s"),
                90,
                vec![Series::new("troubles", Shape::Bars(report.bucket_s), troubles)],
            )
            .labelled()
            .drawn(time),
        ],
        readout: readout(report, "answers per second|troubles", |moment| {
            vec![rounded(rate(moment.answers)), moment.troubles.to_string()]
        }),
    }
}

fn latency(report: &Report, latency: &Latency, time: &TimeAxis, scale: &Scale) -> Figure {
    let middle_s = report.bucket_s / 2.0;
    let series = |of: fn(&LatencyMoment) -> f64| {
        let mut points = Vec::new();
        let mut next_s = 0.0;
        for at in &latency.over_time {
            // A line across buckets without a request would show values that nobody measured.
            if at.at_s > next_s + middle_s {
                points.push(None);
            }
            next_s = at.at_s + report.bucket_s;
            points.push(Some((at.at_s + middle_s, of(at))));
        }
        points
    };
    let id = format!("latency-{}", latency.operation.replace(' ', "-"));
    let panel = Panel::new(
        &id,
        "",
        120,
        vec![
            Series::new("p99", Shape::Line, series(|at| at.p99_ms)),
            Series::new("p50", Shape::Line, series(|at| at.p50_ms)),
        ],
    );
    let at = |moment: &Moment| latency.over_time.iter().find(|at| (at.at_s - moment.at_s).abs() < middle_s);
    Figure {
        title: latency.operation.clone(),
        caption: format!(
            "{} answers \u{b7} p50 {} \u{b7} p99 {}",
            grouped(latency.count),
            milliseconds(latency.p50_ms),
            milliseconds(latency.p99_ms)
        ),
        keys: Vec::new(),
        panels: vec![panel.scaled(scale.clone(), milliseconds_short).small().labelled().drawn(time)],
        readout: readout(report, "p50 in ms|p99 in ms", |moment| {
            at(moment).map_or_else(Vec::new, |at| vec![short(at.p50_ms), short(at.p99_ms)])
        }),
        id,
    }
}

/// The keys of a latency chart's two lines.
pub(super) fn latency_keys() -> Vec<Key> {
    vec![key("p50", "half were faster (p50)"), key("p99", "99 of 100 were faster (p99)")]
}

fn key(class: &'static str, name: &'static str) -> Key {
    Key { name, svg: svg::key(class) }
}

fn readout(report: &Report, labels: &str, mut values: impl FnMut(&Moment) -> Vec<String>) -> Readout {
    let plain = |value: String| value.replace(',', "");
    let of = |moment| values(moment).into_iter().map(plain).collect::<Vec<_>>().join(",");
    let values = report.times.iter().map(of).collect::<Vec<_>>().join("|");
    Readout { labels: labels.to_owned(), values }
}

/// About three digits.
fn short(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.2}") } else { whole(ms).to_string() }
}

fn milliseconds_short(ms: f64) -> String {
    if ms < 1_000.0 { format!("{ms} ms") } else { format!("{} s", ms / 1_000.0) }
}

/// The mean of some numbers, for a text alternative.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / length(values.len()).max(1.0)
}
