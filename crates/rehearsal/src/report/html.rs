//! The report as one self-contained page, readable without scripts, network or fonts.

use askama::Template;

use super::charts::{self, Figure, Key};
use super::words::{
    self, checked, clock, counted, duration, estimates, grouped, grouped_signed, milliseconds, percent,
    rounded, times, unchecked, verdict,
};
use super::{Latency, Promise, Report, SaleReport, Verdict, sales};

/// How many breaches of a promise are shown; the others unfold.
const EVIDENCE_SHOWN: usize = 5;

/// How many disturbances are listed.
const DISTURBANCES_MAX: usize = 40;

/// The whole page.
///
/// # Errors
/// None: the template only writes text.
pub fn html(report: &Report) -> Result<String, askama::Error> {
    Page::of(report).render()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    verdict: String,
    is_checked: bool,
    subline: String,
    played: Vec<Fact>,
    options: Vec<Fact>,
    sales: Vec<SaleView<'a>>,
    tiles: Vec<Tile>,
    disturbances: Vec<Band>,
    more_disturbances: Option<usize>,
    charts: Vec<Figure>,
    latency_keys: Vec<Key>,
    latencies: Vec<Figure>,
    late: Option<String>,
    scatter: Option<String>,
    estimates: String,
    slots: Option<String>,
    promises: Vec<PromiseView<'a>>,
    sums: Vec<Fact>,
    latency_rows: Vec<[String; 6]>,
    buckets: Vec<[String; 10]>,
}

/// A name and its value.
struct Fact {
    name: String,
    value: String,
}

/// A number that stands on its own.
struct Tile {
    name: &'static str,
    value: String,
    note: String,
}

/// One disturbance in words.
struct Band {
    from: String,
    until: String,
    what: String,
}

/// One sale in words.
struct SaleView<'a> {
    name: &'a str,
    course: String,
    draw: Option<String>,
}

/// One promise in words.
struct PromiseView<'a> {
    anchor: String,
    class: &'static str,
    word: &'static str,
    statement: &'static str,
    checked: Option<String>,
    note: Option<&'a str>,
    breaches: Option<String>,
    /// The first breaches.
    evidence: &'a [String],
    /// The other recorded breaches.
    further: &'a [String],
    more: Option<String>,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            report,
            verdict: verdict(report),
            is_checked: report.promises.iter().any(|promise| promise.verdict != Verdict::NotChecked),
            subline: subline(report),
            played: played(report),
            options: report.about.options.iter().map(|(name, value)| fact(name, value)).collect(),
            sales: report.about.sales.iter().map(SaleView::of).collect(),
            tiles: tiles(report),
            disturbances: report.disturbances.iter().take(DISTURBANCES_MAX).map(Band::of).collect(),
            more_disturbances: report
                .disturbances
                .len()
                .checked_sub(DISTURBANCES_MAX)
                .filter(|more| *more > 0),
            charts: charts::over_time(report),
            latency_keys: charts::latency_keys(),
            latencies: charts::latencies(report),
            late: words::late(&report.totals),
            scatter: charts::scatter(&report.estimates),
            estimates: capitalised(&estimates(&report.estimates)),
            slots: slots(report),
            promises: promises(report),
            sums: sums(report),
            latency_rows: report.latencies.iter().map(latency_row).collect(),
            buckets: buckets(report),
        }
    }
}

impl Band {
    fn of(one: &super::Disturbance) -> Self {
        Self { from: clock(one.from_s), until: clock(one.until_s), what: one.what.clone() }
    }
}

impl<'a> SaleView<'a> {
    fn of(sale: &'a SaleReport) -> Self {
        let (course, draw) = (sales::course(sale), sales::draw(sale));
        Self { name: &sale.name, course: capitalised(&course), draw: draw.map(|draw| capitalised(&draw)) }
    }
}

impl<'a> PromiseView<'a> {
    fn of(promise: &'a Promise) -> Self {
        let is_broken = promise.verdict == Verdict::Broken;
        let (evidence, further) = promise.evidence.split_at(promise.evidence.len().min(EVIDENCE_SHOWN));
        let shown = super::numbers::count(promise.evidence.len());
        let more = promise.breaches.saturating_sub(shown);
        Self {
            anchor: anchor(promise),
            class: match promise.verdict {
                Verdict::Kept => "kept",
                Verdict::Broken => "broken",
                Verdict::NotChecked => "unchecked",
            },
            word: promise.verdict.word(),
            statement: promise.statement,
            checked: (promise.verdict != Verdict::NotChecked).then(|| checked(promise)),
            note: promise.note.as_deref(),
            breaches: is_broken.then(|| format!("broken {}", times(promise.breaches))),
            evidence,
            further,
            more: (shown > 0 && more > 0).then(|| grouped(more)),
        }
    }
}

fn fact(name: &str, value: &str) -> Fact {
    Fact { name: name.to_owned(), value: value.to_owned() }
}

/// The promise's name in the JSON report.
fn anchor(promise: &Promise) -> String {
    let name = serde_json::to_value(promise.id).ok();
    format!("promise-{}", name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default())
}

fn subline(report: &Report) -> String {
    let totals = &report.totals;
    format!(
        "{} came for {}. The sale lasted {}, and all of its {} were checked against what the server promises.{}",
        counted(totals.arrived, "simulated fan", "simulated fans"),
        counted(report.about.seats.into(), "seat", "seats"),
        duration(report.about.lasted_s),
        counted(totals.answers, "answer", "answers"),
        unchecked(report).map(|text| format!(" {text}")).unwrap_or_default(),
    )
}

fn played(report: &Report) -> Vec<Fact> {
    let about = &report.about;
    let known =
        |number: Option<u32>| number.map_or_else(|| "unknown".to_owned(), |number| grouped(number.into()));
    let rate =
        if about.rate_per_minute == Some(0) { "no limit".to_owned() } else { known(about.rate_per_minute) };
    vec![
        fact("Started", &about.started_at),
        fact("Lasted", &duration(about.lasted_s)),
        fact("Server", &about.url),
        fact("Seed", &about.seed.to_string()),
        fact("Fans", &grouped(about.fans.into())),
        fact("Arrivals", &about.arrivals),
        fact("Capacity", &known(about.capacity)),
        fact("Calls per minute", &rate),
    ]
}

fn tiles(report: &Report) -> Vec<Tile> {
    let totals = &report.totals;
    let tile = |name, value: String, note: String| Tile { name, value, note };
    let of = |part: u64, all: u64| match all {
        0 => String::new(),
        all => percent(super::numbers::fraction(part) / super::numbers::fraction(all)),
    };
    let seats = u64::from(report.about.seats);
    let mut tiles = vec![
        tile("Fans", grouped(totals.arrived), format!("{} were admitted", grouped(totals.admitted))),
        tile(
            "Seats sold",
            grouped(totals.seats_sold),
            format!("of {}, {}", grouped(seats), of(totals.seats_sold, seats)),
        ),
        tile("Journeys per second", rounded(totals.journeys_per_s), "from join to payment".to_owned()),
        tile("Longest line", grouped(totals.waiting_max), "people waiting at once".to_owned()),
    ];
    tiles.extend(["poll", "hold", "pay"].into_iter().filter_map(|operation| latency_tile(report, operation)));
    tiles.extend(
        report
            .estimates
            .within
            .map(|within| tile("Accurate estimates", percent(within), "80% is ideal".to_owned())),
    );
    tiles.extend(report.slots.in_use.map(|in_use| {
        tile(
            "Slots in use",
            percent(in_use),
            format!("in {} with people waiting", duration(report.slots.contended_s)),
        )
    }));
    tiles.push(tile(
        "Answers per second",
        rounded(totals.answers_per_s),
        format!("{} in total", grouped(totals.answers)),
    ));
    tiles
}

fn latency_tile(report: &Report, operation: &str) -> Option<Tile> {
    let latency = report.latencies.iter().find(|latency| latency.operation == operation)?;
    let name = match operation {
        "poll" => "Poll, p99",
        "hold" => "Hold, p99",
        _ => "Pay, p99",
    };
    let note = format!("half within {}", milliseconds(latency.p50_ms));
    Some(Tile { name, value: milliseconds(latency.p99_ms), note })
}

fn slots(report: &Report) -> Option<String> {
    let slots = &report.slots;
    let (inside, called) = (slots.in_use?, slots.in_use_or_called?);
    Some(format!(
        "While somebody waited, {} of the slots were in use, or {} including people who may have been called but were not inside yet.",
        percent(inside),
        percent(called)
    ))
}

fn promises(report: &Report) -> Vec<PromiseView<'_>> {
    let mut promises: Vec<&Promise> = report.promises.iter().collect();
    promises.sort_by_key(|promise| match promise.verdict {
        Verdict::Broken => 0,
        Verdict::Kept => 1,
        Verdict::NotChecked => 2,
    });
    promises.into_iter().map(PromiseView::of).collect()
}

fn sums(report: &Report) -> Vec<Fact> {
    let totals = &report.totals;
    let number = |name: &str, number: u64| fact(name, &grouped(number));
    let mut sums = vec![
        number("Fans who arrived", totals.arrived),
        number("Fans who got a number", totals.joined),
        number("Fans who were admitted", totals.admitted),
        number("Fans who paid", totals.paid),
        number("Admitted, but left without a ticket", totals.left_inside),
        number("Got a number, but were never admitted", totals.gave_up),
        fact("Money taken, in minor units", &grouped_signed(totals.money)),
        number("Requests with an initially unknown outcome", totals.unknown),
        number("Answers with 503 and nothing changed", totals.busy),
        number("Requests never sent", totals.not_sent),
        fact("Sent late by the player, p99", &milliseconds(totals.late_p99_ms)),
    ];
    sums.extend(totals.refusals.iter().map(|(code, times)| number(&format!("Refused: {code}"), *times)));
    sums
}

fn latency_row(latency: &Latency) -> [String; 6] {
    let [p50, p90, p99, max] =
        [latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms].map(milliseconds);
    [latency.operation.clone(), p50, p90, p99, max, grouped(latency.count)]
}

fn buckets(report: &Report) -> Vec<[String; 10]> {
    let number = |number: u32| grouped(number.into());
    let row = |moment: &super::Moment| {
        [
            clock(moment.at_s),
            number(moment.arrived),
            number(moment.joined),
            number(moment.admitted),
            number(moment.sold),
            number(moment.waiting),
            number(moment.inside),
            moment.capacity.map(number).unwrap_or_default(),
            number(moment.answers),
            number(moment.troubles),
        ]
    };
    report.times.iter().map(row).collect()
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
