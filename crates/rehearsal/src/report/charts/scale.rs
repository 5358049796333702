//! Maps values to heights, with marks at round numbers.

use crate::report::numbers::position;

/// Nobody measures thousandths of a millisecond.
const LOG_LEAST: f64 = 0.01;

/// A vertical scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scale {
    /// From 0 to `top`, with a mark at every `step`.
    Linear {
        /// A multiple of the step.
        top: f64,
        /// 1, 2 or 5 times a power of ten.
        step: f64,
    },
    /// From one power of ten to another, with a mark at each.
    Log {
        /// The lowest power.
        low: i32,
        /// The highest power.
        high: i32,
    },
}

impl Scale {
    /// For counts and rates up to `most`, with about `marks` marks.
    pub(super) fn linear(most: f64, marks: f64) -> Self {
        if most <= 0.0 {
            return Self::Linear { top: 1.0, step: 1.0 };
        }
        let step = round_step(most / marks);
        Self::Linear { top: (most.max(step) / step).ceil() * step, step }
    }

    /// For times of very different lengths.
    pub(super) fn decades(values: impl Iterator<Item = f64> + Clone) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).clamp(LOG_LEAST, 1e6);
        let high = values.fold(low, f64::max).min(1e9);
        let low = power_below(low);
        let high = power_below(high * 0.999_999) + 1;
        Self::Log { low, high: high.max(low + 1) }
    }

    /// The height of a value, from 0 at the bottom to 1 at the top.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = match self {
            Self::Linear { top, .. } => value / top,
            Self::Log { low, high } => {
                (value.max(LOG_LEAST).log10() - f64::from(*low)) / f64::from(high - low)
            }
        };
        share.clamp(0.0, 1.0)
    }

    /// The values of the marks.
    pub(super) fn marks(&self) -> Vec<f64> {
        match self {
            Self::Linear { top, step } => {
                let all = position(top / step);
                let mark = |at: u32| f64::from(at) * step;
                (0..).take(all + 1).map(mark).collect()
            }
            Self::Log { low, high } => (*low..=*high).map(|power| 10_f64.powi(power)).collect(),
        }
    }
}

/// The least of 1, 2 and 5 times a power of ten that is no smaller.
pub(super) fn round_step(least: f64) -> f64 {
    let power = 10_f64.powi(power_below(least));
    let times = [1.0, 2.0, 5.0].into_iter().find(|times| times * power >= least * 0.999_999);
    times.unwrap_or(10.0) * power
}

/// Steps of time that people can read.
pub(super) fn time_step(lasts_s: f64, marks: f64) -> f64 {
    const STEPS_S: [f64; 16] = [
        0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0,
        14_400.0,
    ];
    let least = lasts_s / marks;
    STEPS_S.into_iter().find(|step| *step >= least).unwrap_or_else(|| (least / 21_600.0).ceil() * 21_600.0)
}

fn power_below(value: f64) -> i32 {
    (-9..=18).rev().find(|power| 10_f64.powi(*power) <= value * 1.000_001).unwrap_or(-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_at_round_numbers() {
        let marks = |most, about| format!("{:?}", Scale::linear(most, about).marks());
        assert_eq!(marks(12_345.0, 4.0), "[0.0, 5000.0, 10000.0, 15000.0]");
        assert_eq!(marks(8.0, 4.0), "[0.0, 2.0, 4.0, 6.0, 8.0]");
        assert_eq!(marks(0.0, 4.0), "[0.0, 1.0]");
        let steps = [0.3, 1.0, 1.1, 3.0, 6.0, 200.0].map(round_step);
        assert_eq!(format!("{steps:?}"), "[0.5, 1.0, 2.0, 5.0, 10.0, 200.0]");
        let steps = [3.0, 60.0, 312.0, 3_600.0].map(|s| time_step(s, 10.0));
        assert_eq!(format!("{steps:?}"), "[0.5, 10.0, 60.0, 600.0]");
    }

    #[test]
    fn decades_hold_all_values() {
        let decades = |values: &[f64]| Scale::decades(values.iter().copied());
        let scale = decades(&[0.4, 7.0, 1_200.0]);
        assert_eq!(scale, Scale::Log { low: -1, high: 4 });
        assert_eq!(format!("{:?}", scale.marks()), "[0.1, 1.0, 10.0, 100.0, 1000.0, 10000.0]");
        assert!((scale.share(10.0) - 0.4).abs() < 1e-9);
        assert!(scale.share(0.0) <= 0.0, "what took no time lies on the ground");
        assert_eq!(decades(&[1.0, 10.0]), Scale::Log { low: 0, high: 1 }, "no empty decade");
        assert_eq!(decades(&[0.0]), Scale::Log { low: -2, high: -1 });
        assert!(matches!(decades(&[]), Scale::Log { low, high } if low < high));
    }
}
