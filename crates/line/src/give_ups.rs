//! How fast those who wait give up, and whether that slows down.
//!
//! The impatient go first: the rate of a crowd falls as it waits. So a straight line is laid through the
//! logarithms of the rates of the last minutes (a Poisson regression), and goes on into the future, where it
//! may fall but not rise.

use std::collections::VecDeque;

use crate::flow::GiveUps;

const SPAN_SECONDS: f64 = 20.0;
const SPANS_MAX: usize = 30;
/// The growth that is assumed before it is seen, and how far from it others lie.
const GROWTH_AT_FIRST: f64 = -1.0 / 500.0;
const GROWTH_SPREAD: f64 = 1.0 / 500.0;
const GROWTH_MIN: f64 = -1.0 / 60.0;
/// How fast a span's weight fades with its age.
const HALF_LIFE_SECONDS: f64 = 240.0;
const ROUNDS: usize = 6;

/// Give-ups within a span of time.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    seconds: f64,
    give_ups: f64,
    /// Seconds that people have waited, summed up.
    waited: f64,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct GiveUpMeter {
    /// The latest first.
    spans: VecDeque<Span>,
}

impl GiveUpMeter {
    /// Within `seconds`, `give_ups` of `waiting` people gave up. People who return count as negative.
    pub(crate) fn note(&mut self, seconds: f64, give_ups: f64, waiting: f64) {
        if self.spans.front().is_none_or(|span| span.seconds >= SPAN_SECONDS) {
            self.spans.push_front(Span::default());
            self.spans.truncate(SPANS_MAX);
        }
        if let Some(span) = self.spans.front_mut() {
            span.seconds += seconds;
            span.give_ups += give_ups;
            span.waited += seconds * waiting;
        }
    }

    /// The rate now, and how it goes on.
    pub(crate) fn give_ups(&self) -> GiveUps {
        let points = self.points();
        let (seen, waited) =
            points.iter().fold((0.0, 0.0), |sum, (_, span)| (sum.0 + span.give_ups, sum.1 + span.waited));
        if seen <= 0.0 || waited <= 0.0 {
            return GiveUps::default();
        }
        let (mut level, mut growth) = ((seen / waited).ln(), 0.0);
        for _ in 0..ROUNDS {
            let precision = GROWTH_SPREAD.powi(-2);
            let (mut slope_level, mut slope_growth) = (0.0, precision * (GROWTH_AT_FIRST - growth));
            let (mut a, mut b, mut c) = (1e-9, 0.0, precision);
            for (at, span) in &points {
                let expected = span.waited * (level + growth * at).exp();
                slope_level += span.give_ups - expected;
                slope_growth += (span.give_ups - expected) * at;
                a += expected;
                b += expected * at;
                c += expected * at * at;
            }
            let determinant = (a * c - b * b).max(f64::MIN_POSITIVE);
            let (step_level, step_growth) = (
                (c * slope_level - b * slope_growth) / determinant,
                (a * slope_growth - b * slope_level) / determinant,
            );
            level += step_level.clamp(-1.0, 1.0);
            growth += step_growth.clamp(-0.01, 0.01);
        }
        GiveUps { per_second: level.exp().min(1.0), growth: growth.clamp(GROWTH_MIN, 0.0) }
    }

    /// The spans with the moments of their middles, in seconds from now, fading with age.
    fn points(&self) -> Vec<(f64, Span)> {
        let mut age = 0.0;
        let point = |span: &Span| {
            let at = age + span.seconds / 2.0;
            age += span.seconds;
            let weight = (-at / HALF_LIFE_SECONDS).exp2();
            (-at, Span { give_ups: span.give_ups * weight, waited: span.waited * weight, ..*span })
        };
        self.spans.iter().map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crowd of which so many of a thousand give up in each second.
    fn meter(per_thousand: impl Fn(f64) -> f64) -> GiveUpMeter {
        let mut meter = GiveUpMeter::default();
        for second in 0..300_u32 {
            meter.note(1.0, per_thousand(f64::from(second)), 1_000.0);
        }
        meter
    }

    #[test]
    fn a_steady_rate_goes_on() {
        let rate = meter(|_| 5.0).give_ups();
        assert!((rate.per_second - 0.005).abs() < 0.0005 && rate.growth.abs() < 0.0005, "{rate:?}");
    }

    #[test]
    fn a_rate_that_falls_goes_on_falling() {
        let rate = meter(|second| 10.0 * (-second / 200.0).exp()).give_ups();
        let now = 0.01 * (-1.5_f64).exp();
        assert!((rate.per_second / now - 1.0).abs() < 0.1, "{rate:?}");
        assert!((rate.growth * 200.0 + 1.0).abs() < 0.2, "{rate:?}");
    }

    #[test]
    fn a_rate_that_rises_is_not_taken_to_rise_for_ever() {
        assert!(meter(|second| 1.0 + second / 30.0).give_ups().growth <= 0.0);
    }

    #[test]
    fn people_who_return_never_make_the_rate_negative() {
        let rate = meter(|_| -1.0).give_ups();
        assert!(rate.per_second <= 0.0 && rate.growth <= 0.0 && rate.per_second >= 0.0, "{rate:?}");
        assert!(GiveUpMeter::default().give_ups().per_second <= 0.0);
    }
}
