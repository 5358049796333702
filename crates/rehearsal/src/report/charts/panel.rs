//! One panel over the sale's time: marks, bands and lines.

use crate::report::words::{clock, rounded};

use super::Drawn;
use super::scale::Scale;
use super::svg::{self, WIDTH, at, escaped};
use super::time::{Points, TimeAxis};

/// The shape of a line; its class sets colour and pattern.
pub(super) enum Shape {
    /// A line with the area below it filled.
    Area,
    /// A line.
    Line,
    /// A line that is level until it changes.
    Step,
    /// A bar for each bucket of this many seconds.
    Bars(f64),
}

/// One line.
pub(super) struct Series {
    class: &'static str,
    shape: Shape,
    points: Points,
}

impl Series {
    /// A line of a kind.
    pub(super) fn new(class: &'static str, shape: Shape, points: Points) -> Self {
        Self { class, shape, points }
    }

    fn values(&self) -> impl Iterator<Item = (f64, f64)> {
        self.points.iter().flatten().copied()
    }

    fn most(&self) -> f64 {
        self.values().map(|(_, value)| value).fold(0.0, f64::max)
    }

    /// A description for people who cannot see the line.
    fn in_words(&self, label: fn(f64) -> String) -> String {
        let Some((at_s, most)) = self.values().reduce(|most, one| if one.1 > most.1 { one } else { most })
        else {
            return format!("{}: nothing.", self.class);
        };
        let values: Vec<f64> = self.values().map(|(_, value)| value).collect();
        let last = values.last().copied().unwrap_or_default();
        format!(
            "{}: at most {} at {}, {} on average, {} at the end.",
            self.class,
            label(most),
            clock(at_s),
            label(super::mean(&values)),
            label(last)
        )
    }

    fn drawn(&self, time: &TimeAxis, scale: &Scale, height: f64) -> String {
        let place = |point: &Option<(f64, f64)>| {
            point.map(|(at_s, value)| (time.share(at_s) * WIDTH, height * (1.0 - scale.share(value))))
        };
        let points: Vec<_> = self.points.iter().map(place).collect();
        let class = self.class;
        let stroke = |d: &str| format!("<path class=\"stroke {class}\" d=\"{d}\"/>");
        let fill = |d: &str| format!("<path class=\"fill {class}\" d=\"{d}\"/>");
        match self.shape {
            Shape::Area => fill(&svg::area(&points, height)) + &stroke(&svg::line(&points)),
            Shape::Line => stroke(&svg::line(&points)),
            Shape::Step => stroke(&svg::step(&points)),
            Shape::Bars(seconds) => fill(&svg::bars(&points, time.share(seconds) * WIDTH, height)),
        }
    }
}

/// Lines with one vertical scale.
pub(super) struct Panel {
    id: String,
    title: String,
    height: u32,
    series: Vec<Series>,
    scale: Scale,
    label: fn(f64) -> String,
    is_numbered: bool,
    is_labelled: bool,
    time_marks: f64,
}

impl Panel {
    /// With a scale from 0 that holds all lines. `height` is in pixels.
    pub(super) fn new(id: &str, title: &str, height: u32, series: Vec<Series>) -> Self {
        let most = series.iter().map(Series::most).fold(0.0, f64::max);
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            scale: Scale::linear(most, (f64::from(height) / 36.0).floor().max(2.0)),
            height,
            series,
            label: rounded,
            is_numbered: false,
            is_labelled: false,
            time_marks: 12.0,
        }
    }

    /// With another scale.
    pub(super) fn scaled(self, scale: Scale, label: fn(f64) -> String) -> Self {
        Self { scale, label, ..self }
    }

    /// With the disturbances' numbers on top.
    pub(super) fn numbered(self) -> Self {
        Self { is_numbered: true, ..self }
    }

    /// With time labels below.
    pub(super) fn labelled(self) -> Self {
        Self { is_labelled: true, ..self }
    }

    /// As one of many small panels.
    pub(super) fn small(self) -> Self {
        Self { time_marks: 6.0, ..self }
    }

    /// As SVG.
    pub(super) fn drawn(self, time: &TimeAxis) -> Drawn {
        let height = f64::from(self.height);
        let title = if self.title.is_empty() { self.id.replace('-', " ") } else { self.title.clone() };
        let outcome: Vec<String> = self.series.iter().map(|series| series.in_words(self.label)).collect();
        let lines: String =
            self.series.iter().map(|series| series.drawn(time, &self.scale, height)).collect();
        let numbers = if self.is_numbered { time.band_numbers() } else { String::new() };
        let svg = format!(
            "<svg class=\"panel\" role=\"img\" width=\"100%\" height=\"{h}\" aria-labelledby=\"{id}-t {id}-d\">\
             <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{outcome}</desc>{grid}\
             <svg viewBox=\"0 0 1000 {h}\" preserveAspectRatio=\"none\" width=\"100%\" height=\"{h}\">{bands}{lines}</svg>\
             {numbers}{marks}</svg>",
            id = escaped(&self.id),
            h = self.height,
            title = escaped(&title),
            outcome = escaped(&outcome.join(" ")),
            grid = self.grid(),
            bands = time.bands(height),
            marks = time.marks(height, self.time_marks, self.is_labelled),
        );
        Drawn { title: self.title, svg }
    }

    fn grid(&self) -> String {
        let height = f64::from(self.height);
        let mark = |value: f64| {
            let y = height * (1.0 - self.scale.share(value));
            let label = escaped(&(self.label)(value));
            format!(
                "<line x2=\"100%\" y1=\"{0}\" y2=\"{0}\"/><text x=\"-8\" y=\"{1}\">{label}</text>",
                at(y),
                at(y + 4.0)
            )
        };
        let marks: String = self.scale.marks().into_iter().map(mark).collect();
        format!("<g class=\"y\">{marks}</g>")
    }
}
