//! The time axis that panels share.

use crate::report::words::clock;
use crate::report::{Disturbance, Moment, Report};

use super::scale::time_step;
use super::svg::{WIDTH, across, at};

/// Points of a line, in seconds and in the panel's unit; none where the value is unknown.
pub(super) type Points = Vec<Option<(f64, f64)>>;

/// A narrower band could not be seen.
const BAND_LEAST: f64 = 0.003;

/// Numbers closer than this would overlap.
const NUMBERS_APART: f64 = 0.035;

/// From the first arrival to the end of the last bucket.
pub(super) struct TimeAxis<'a> {
    /// How long it is, in seconds.
    pub(super) lasts_s: f64,
    bucket_s: f64,
    disturbances: &'a [Disturbance],
}

impl<'a> TimeAxis<'a> {
    /// The axis of a report.
    pub(super) fn of(report: &'a Report) -> Self {
        let last = report.times.last().map_or(0.0, |moment| moment.at_s + report.bucket_s);
        let lasts_s = last.max(report.bucket_s).max(0.5);
        Self { lasts_s, bucket_s: report.bucket_s, disturbances: &report.disturbances }
    }

    /// Where a moment is, from 0 to 1.
    pub(super) fn share(&self, at_s: f64) -> f64 {
        (at_s / self.lasts_s).clamp(0.0, 1.0)
    }

    /// A value at the end of each bucket, which was `first` at the start.
    pub(super) fn at_ends(
        &self,
        report: &Report,
        first: Option<f64>,
        mut value: impl FnMut(&Moment) -> Option<f64>,
    ) -> Points {
        let ends = |moment: &Moment| value(moment).map(|value| (moment.at_s + self.bucket_s, value));
        let first = first.map(|first| (0.0, first));
        [first].into_iter().chain(report.times.iter().map(ends)).collect()
    }

    /// A value within each bucket, drawn at its middle.
    pub(super) fn in_buckets(&self, report: &Report, value: impl Fn(&Moment) -> Option<f64>) -> Points {
        let middle = |moment: &Moment| value(moment).map(|value| (moment.at_s + self.bucket_s / 2.0, value));
        report.times.iter().map(middle).collect()
    }

    /// Marks below a panel, with or without the time. Narrow pages hide every other one.
    pub(super) fn marks(&self, height: f64, most: f64, is_labelled: bool) -> String {
        let step = time_step(self.lasts_s, most);
        let mut marks = Vec::new();
        let mut at_s = 0.0;
        while at_s <= self.lasts_s * 1.000_001 {
            let class = if marks.len() % 2 == 1 { " class=\"odd\"" } else { "" };
            let x = across(self.share(at_s));
            let label = if is_labelled { clock(at_s) } else { String::new() };
            marks.push(format!(
                "<g{class}><line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/><text x=\"{x}\" y=\"{}\">{}</text></g>",
                at(height),
                at(height + 5.0),
                at(height + 19.0),
                label
            ));
            at_s += step;
        }
        format!("<g class=\"x\">{}</g>", marks.concat())
    }

    /// Disturbances as bands behind the lines.
    pub(super) fn bands(&self, height: f64) -> String {
        let mut bands: Vec<(f64, f64)> = Vec::new();
        for one in self.disturbances {
            let from = self.share(one.from_s);
            let until = self.share(one.until_s).max(from + BAND_LEAST);
            // Bands too close to tell apart are merged.
            match bands.last_mut().filter(|(_, end)| from < *end + BAND_LEAST) {
                Some((_, end)) => *end = end.max(until),
                None => bands.push((from, until)),
            }
        }
        let height = at(height);
        let band = |(from, until): (f64, f64)| {
            let (x, width) = (at(from * WIDTH), at((until - from) * WIDTH));
            format!("M{x} 0h{width}v{height}h-{width}z")
        };
        if bands.is_empty() {
            return String::new();
        }
        let path = bands.into_iter().map(band).collect::<Vec<_>>().concat();
        format!("<path class=\"band\" d=\"{path}\"/>")
    }

    /// The numbers of the bands that have room for them.
    pub(super) fn band_numbers(&self) -> String {
        let mut free = 0.0;
        let mut numbers = Vec::new();
        for (place, one) in self.disturbances.iter().enumerate() {
            let middle = f64::midpoint(self.share(one.from_s), self.share(one.until_s));
            if middle >= free {
                free = middle + NUMBERS_APART;
                numbers.push(format!(
                    "<text class=\"band-number\" x=\"{}\" y=\"-5\">{}</text>",
                    across(middle),
                    place + 1
                ));
            }
        }
        numbers.concat()
    }
}
