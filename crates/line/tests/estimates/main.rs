//! How good the estimates are: sales played in virtual time by the real line, and what was shown to people
//! who wait, compared with how long they waited.
//!
//! The table of docs/benchmarks.md, the old way beside the new:
//! `cargo test --locked --release -p onsale-line --test estimates -- --ignored --nocapture`

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]
#![allow(clippy::print_stdout, reason = "a measurement is printed")]

mod dice;
mod measure;
mod pace;
mod preset;
mod sale;
mod table;

use preset::PRESETS;

/// Each preset is played so many times, each time with other people.
const ROUNDS: u64 = 4;

/// A small sale of the kind that people complained about, held to what the table shows of larger ones.
#[test]
fn eight_of_ten_waits_lie_within_the_estimate() {
    let small = preset::Preset { people: 500, capacity: 40, ..preset::BURST };
    let mut shown = measure::Measure::default();
    let mut prospects = measure::Prospects::default();
    for seed in 1..=2 {
        let played = sale::play(&small, seed);
        shown.add(&played.now);
        prospects.add(&played.prospects);
    }
    let within = measure::percent(shown.within, shown.shown);
    let above = measure::percent(shown.above, shown.shown);
    let with = measure::percent(shown.polls_with, shown.polls);
    assert!((75.0..=90.0).contains(&within), "{within} % within");
    assert!((40.0..=60.0).contains(&above), "{above} % above the median");
    assert!(with >= 70.0, "{with} % of polls with an estimate");
    assert!(shown.width() <= 1.0, "a width of {}", shown.width());
    let likely = measure::percent(prospects.likely_in_time, prospects.likely);
    assert!(likely >= 90.0, "{likely} % of the likely came in while there were seats");
}

#[test]
#[ignore = "a measurement, meant for a release build"]
fn table_of_estimates() {
    table::print_head();
    let only = std::env::var("PRESET").ok();
    for preset in PRESETS.iter().filter(|preset| only.as_deref().is_none_or(|name| preset.name == name)) {
        let rounds: Vec<_> = (1..=ROUNDS).map(|seed| sale::play(preset, seed)).collect();
        table::print(preset, &rounds);
    }
}
