//! The table that is printed.

use crate::measure::{Measure, Prospects, percent};
use crate::preset::Preset;
use crate::sale::Played;

pub(crate) fn print_head() {
    println!(
        "| Sale | Way | Within; within a second more | Lowest to highest round | Above the median | Polls with an \
         estimate | Width | Error |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
}

pub(crate) fn print(preset: &Preset, rounds: &[Played]) {
    let way = |name: &str, of: fn(&Played) -> &Measure| {
        let mut all = Measure::default();
        for round in rounds {
            all.add(of(round));
        }
        let within = |measure: &Measure| percent(measure.within, measure.shown);
        let each = || rounds.iter().map(|round| within(of(round)));
        println!(
            "| {} | {name} | {:.0} %; {:.0} % | {:.0} to {:.0} % | {:.0} % | {:.0} % | {:.2} | {:.0} % |",
            preset.name,
            within(&all),
            percent(all.within_a_second, all.shown),
            each().fold(f64::NAN, f64::min),
            each().fold(f64::NAN, f64::max),
            percent(all.above, all.shown),
            percent(all.polls_with, all.polls),
            all.width(),
            100.0 * all.error(),
        );
    };
    way("before", |round| &round.before);
    way("now", |round| &round.now);
    let mut prospects = Prospects::default();
    for round in rounds {
        prospects.add(&round.prospects);
    }
    println!(
        "  outlook: of likely {:.1} % in time, of unlikely {:.1} %, of those in time {:.0} % likely halfway",
        percent(prospects.likely_in_time, prospects.likely),
        percent(prospects.unlikely_in_time, prospects.unlikely),
        percent(prospects.in_time_likely_at_half, prospects.in_time),
    );
}
