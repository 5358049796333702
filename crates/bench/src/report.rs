//! The output of a run: a line for each measurement and for each ratio.

use crate::load::Burst;

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) fn report(what: &str, burst: &Burst) {
    let (p50, p99) = (burst.latency_ms(50.0), burst.latency_ms(99.0));
    println!("  {what}: {:.0}/s, p50 {p50:.2} ms, p99 {p99:.2} ms", burst.per_second());
    if let Some(example) = &burst.example {
        println!("  UNEXPECTED: {} of {} answers, such as {example}", burst.unexpected, burst.count);
    }
}

#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) fn figure(what: &str, value: f64, aim: &str) {
    println!("FIGURE {what}: {value:.2} ({aim})");
}

#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) fn note(text: &str) {
    println!("  {text}");
}
