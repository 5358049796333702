//! What was shown, and what became of it.

use onsale_line::{Estimate, Outlook};

/// Sums over all that was shown in one way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measure {
    pub(crate) polls: u32,
    pub(crate) polls_with: u32,
    pub(crate) shown: u32,
    pub(crate) within: u32,
    pub(crate) within_a_second: u32,
    pub(crate) above: u32,
    widths: Vec<f64>,
    errors: Vec<f64>,
}

impl Measure {
    /// Notes a poll of somebody who waits, after the first minute of the sale.
    pub(crate) fn poll(&mut self, estimate: Option<Estimate>) {
        self.polls += 1;
        self.polls_with += u32::from(estimate.is_some());
    }

    /// Notes an estimate of somebody who came in `real` seconds later.
    pub(crate) fn estimate(&mut self, estimate: Estimate, real: f64) {
        if real < 1.0 {
            return;
        }
        let [p10, p50, p90] = [estimate.p10, estimate.p50, estimate.p90].map(seconds);
        self.shown += 1;
        self.within += u32::from(p10 <= real && real <= p90);
        self.within_a_second += u32::from(p10 - 1.0 <= real && real <= p90 + 1.0);
        self.above += u32::from(real > p50);
        self.widths.push((p90 - p10) / p50.max(1.0));
        self.errors.push((real - p50).abs() / real);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.polls += other.polls;
        self.polls_with += other.polls_with;
        self.shown += other.shown;
        self.within += other.within;
        self.within_a_second += other.within_a_second;
        self.above += other.above;
        self.widths.extend(&other.widths);
        self.errors.extend(&other.errors);
    }

    pub(crate) fn width(&self) -> f64 {
        median(&self.widths)
    }

    pub(crate) fn error(&self) -> f64 {
        median(&self.errors)
    }
}

/// Sums over the outlooks that were shown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Prospects {
    pub(crate) likely: u32,
    pub(crate) likely_in_time: u32,
    pub(crate) unlikely: u32,
    pub(crate) unlikely_in_time: u32,
    pub(crate) in_time: u32,
    pub(crate) in_time_likely_at_half: u32,
}

impl Prospects {
    /// Notes an answer to somebody who stayed to the end.
    pub(crate) fn answer(&mut self, outlook: Option<Outlook>, is_in_time: bool) {
        match outlook {
            Some(Outlook::Likely) => {
                self.likely += 1;
                self.likely_in_time += u32::from(is_in_time);
            }
            Some(Outlook::Unlikely | Outlook::SoldOut) => {
                self.unlikely += 1;
                self.unlikely_in_time += u32::from(is_in_time);
            }
            _ => {}
        }
    }

    /// Notes somebody who stayed to the end.
    pub(crate) fn person(&mut self, is_likely_at_half: bool, is_in_time: bool) {
        self.in_time += u32::from(is_in_time);
        self.in_time_likely_at_half += u32::from(is_in_time && is_likely_at_half);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.likely += other.likely;
        self.likely_in_time += other.likely_in_time;
        self.unlikely += other.unlikely;
        self.unlikely_in_time += other.unlikely_in_time;
        self.in_time += other.in_time;
        self.in_time_likely_at_half += other.in_time_likely_at_half;
    }
}

pub(crate) fn percent(part: u32, whole: u32) -> f64 {
    100.0 * f64::from(part) / f64::from(whole)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn seconds(whole: u64) -> f64 {
    u32::try_from(whole).map_or(f64::INFINITY, f64::from)
}
