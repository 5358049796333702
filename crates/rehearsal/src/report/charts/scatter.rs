//! Estimated and actual waits: a bar that crosses the diagonal was accurate.

use crate::report::words::{clock, grouped};
use crate::report::{EstimatePoint, Estimates};

use super::scale::time_step;
use super::svg::{WIDTH, across, at};

/// In pixels.
const HEIGHT: f64 = 360.0;

/// The chart; none if nothing was estimated.
pub(crate) fn scatter(estimates: &Estimates) -> Option<String> {
    let most = |point: &EstimatePoint| f64::from(point.p50_s).max(point.real_s);
    let most_s = estimates.points.iter().map(most).reduce(f64::max)?;
    let step_s = time_step(most_s, 6.0);
    let top_s = (most_s / step_s).ceil().max(1.0) * step_s;
    Some(format!(
        "<svg class=\"panel scatter\" role=\"img\" width=\"100%\" height=\"{HEIGHT}\" aria-labelledby=\"scatter-t scatter-d\">\
         <title id=\"scatter-t\">Estimated and actual waits</title>\
         <desc id=\"scatter-d\">{} waits. Horizontal: the estimated median. Vertical: the actual wait. Each bar is the range from p10 \
         to p90; {} of these bars cross the diagonal, where the estimate came true.</desc>\
         {}<svg viewBox=\"0 0 1000 {HEIGHT}\" preserveAspectRatio=\"none\" width=\"100%\" height=\"{HEIGHT}\">\
         {}<path class=\"diagonal\" d=\"M0 {HEIGHT}L1000 0\"/></svg>{}</svg>",
        grouped(crate::report::numbers::count(estimates.points.len())),
        estimates.points.iter().filter(|point| point.is_within()).count(),
        marks(top_s, step_s),
        ranges(&estimates.points, top_s),
        dots(&estimates.points, top_s),
    ))
}

fn height(value_s: f64, top_s: f64) -> f64 {
    HEIGHT * (1.0 - (value_s / top_s).clamp(0.0, 1.0))
}

fn marks(top_s: f64, step_s: f64) -> String {
    let (mut down, mut along) = (Vec::new(), Vec::new());
    let mut value_s = 0.0;
    while value_s <= top_s * 1.000_001 {
        let y = height(value_s, top_s);
        let x = across(value_s / top_s);
        let label = clock(value_s);
        let (y, below) = (at(y), at(y + 4.0));
        down.push(format!(
            "<line x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/><text x=\"-8\" y=\"{below}\">{label}</text>"
        ));
        along.push(format!(
            "<g><line x1=\"{x}\" x2=\"{x}\" y1=\"{HEIGHT}\" y2=\"{}\"/><text x=\"{x}\" y=\"{}\">{label}</text></g>",
            HEIGHT + 5.0,
            HEIGHT + 19.0
        ));
        value_s += step_s;
    }
    format!("<g class=\"y\">{}</g><g class=\"x\">{}</g>", down.concat(), along.concat())
}

/// All ranges as two paths: those that contain the actual wait, and those that do not.
fn ranges(points: &[EstimatePoint], top_s: f64) -> String {
    let path = |is_within: bool| {
        let x = |value_s: u32| at((f64::from(value_s) / top_s).min(1.0) * WIDTH);
        let bar = |point: &EstimatePoint| {
            format!("M{} {}H{}", x(point.p10_s), at(height(point.real_s, top_s)), x(point.p90_s))
        };
        points.iter().filter(|point| point.is_within() == is_within).map(bar).collect::<String>()
    };
    format!(
        "<path class=\"range within\" d=\"{}\"/><path class=\"range beyond\" d=\"{}\"/>",
        path(true),
        path(false)
    )
}

/// A dot for each accurate estimate, a diamond for each other one.
fn dots(points: &[EstimatePoint], top_s: f64) -> String {
    let dot = |point: &EstimatePoint| {
        let x = across((f64::from(point.p50_s) / top_s).min(1.0));
        let y = at(height(point.real_s, top_s));
        if point.is_within() {
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"2.5\"/>")
        } else {
            format!("<svg x=\"{x}\" y=\"{y}\" overflow=\"visible\"><path d=\"M-4 0L0-4L4 0L0 4Z\"/></svg>")
        }
    };
    format!("<g class=\"dots\">{}</g>", points.iter().map(dot).collect::<String>())
}
