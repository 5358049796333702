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

/// The processor time of a round's `count` requests on both sides, in clock ticks of 10 ms.
pub(crate) fn note_cpu(round: usize, count: usize, what: &str, ticks: u64, bare_ticks: u64) {
    note(&format!("round {round}: {} ms of CPU for {count} {what}, {} ms bare", ticks * 10, bare_ticks * 10));
}

#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) fn note(text: &str) {
    println!("  {text}");
}
