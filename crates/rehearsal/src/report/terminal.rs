//! The report as text, readable at 80 columns. Colour only repeats what the words say.

use super::words::{
    self, checked, clock, counted, duration, estimates, grouped, grouped_signed, milliseconds, one_line,
    percent, rounded, sparkline, times, unchecked, verdict,
};
use super::{Latency, Promise, Report, Verdict, sales};

/// The width of labels.
const LABEL: usize = 14;

/// How many breaches of a promise are shown.
const EVIDENCE_MAX: usize = 5;

/// How many disturbances are shown.
const DISTURBANCES_MAX: usize = 12;

/// How many sales are shown.
const SALES_MAX: usize = 6;

/// The whole report, at most `width` columns wide, ending in a newline.
pub fn terminal(report: &Report, width: usize, colours: bool) -> String {
    let mut page = Page { lines: Vec::new(), width: width.max(40), colours };
    heading(&mut page, report);
    sales(&mut page, report);
    totals(&mut page, report);
    latencies(&mut page, &report.latencies);
    judgement(&mut page, report);
    disturbances(&mut page, report);
    page.title("Promises");
    for promise in &report.promises {
        promised(&mut page, promise);
    }
    page.blank();
    let kept = if report.is_kept() { Verdict::Kept } else { Verdict::Broken };
    for line in [Some(verdict(report)), unchecked(report)].into_iter().flatten() {
        page.lines.push(page.painted(kept, &line));
    }
    page.lines.join("\n") + "\n"
}

struct Page {
    lines: Vec<String>,
    width: usize,
    colours: bool,
}

impl Page {
    fn blank(&mut self) {
        self.lines.push(String::new());
    }

    fn title(&mut self, text: &str) {
        self.blank();
        self.lines.push(self.sgr("1", text));
    }

    /// A label and its text, wrapped between words.
    fn entry(&mut self, label: &str, text: &str) {
        self.painted_entry(label, label, text);
    }

    /// The same with a coloured label; colour codes take no space.
    fn painted_entry(&mut self, label: &str, painted: &str, text: &str) {
        let room = LABEL.saturating_sub(label.chars().count()).max(1);
        let mut before = format!("{painted}{}", " ".repeat(room));
        for line in wrapped(&one_line(text), self.width - LABEL) {
            self.lines.push(format!("{before}{line}"));
            before = " ".repeat(LABEL);
        }
    }

    fn painted(&self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Kept => self.sgr("32", text),
            Verdict::Broken => self.sgr("1;31", text),
            Verdict::NotChecked => self.sgr("2", text),
        }
    }

    fn sgr(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Wraps text between words. Words that are too long stay whole, because people copy ids and addresses.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.pop().unwrap_or_default();
        if line.is_empty() {
            lines.push(word.to_owned());
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            lines.push(format!("{line} {word}"));
        } else {
            lines.extend([line, word.to_owned()]);
        }
    }
    lines
}

fn heading(page: &mut Page, report: &Report) {
    let about = &report.about;
    let title = page.sgr("1", &format!("Rehearsal of {}", one_line(&about.concert)));
    page.lines.push(title);
    page.entry(
        "played",
        &format!(
            "{} with arrivals {}, seed {}, for {} from {}",
            counted(u64::from(about.fans), "fan", "fans"),
            about.arrivals,
            about.seed,
            duration(about.lasted_s),
            about.started_at,
        ),
    );
    page.entry("server", &format!("{}, played by onsale rehearsal {}", about.url, about.version));
    let line = match (about.capacity, about.rate_per_minute) {
        (Some(capacity), Some(rate @ 1..)) => {
            format!(
                "; capacity {}, at most {} calls per minute",
                grouped(capacity.into()),
                grouped(rate.into())
            )
        }
        (Some(capacity), _) => format!("; capacity {}", grouped(capacity.into())),
        (None, _) => "; capacity unknown without an operator's token".to_owned(),
    };
    let seats = counted(about.seats.into(), "seat", "seats");
    page.entry("on sale", &format!("{seats} at {} each{line}", grouped_signed(about.price)));
    if !about.options.is_empty() {
        let options: Vec<String> =
            about.options.iter().map(|(option, value)| format!("{option} {value}")).collect();
        page.entry("options", &options.join(", "));
    }
}

fn sales(page: &mut Page, report: &Report) {
    if report.about.sales.is_empty() {
        return;
    }
    page.title(if report.about.sales.len() == 1 { "The sale" } else { "The sales" });
    for sale in report.about.sales.iter().take(SALES_MAX) {
        page.entry("", &one_line(&sale.name));
        page.entry("", &sales::course(sale));
        if let Some(draw) = sales::draw(sale) {
            page.entry("", &draw);
        }
    }
    if let Some(more @ 1..) = report.about.sales.len().checked_sub(SALES_MAX) {
        page.entry("", &format!("and {more} more"));
    }
}

fn totals(page: &mut Page, report: &Report) {
    let totals = &report.totals;
    page.title("What happened");
    page.entry(
        "fans",
        &format!(
            "{} arrived, {} got a number, {} were admitted, {} paid; {} left without a ticket, {} were never admitted",
            grouped(totals.arrived),
            grouped(totals.joined),
            grouped(totals.admitted),
            grouped(totals.paid),
            grouped(totals.left_inside),
            grouped(totals.gave_up),
        ),
    );
    page.entry(
        "tickets",
        &format!(
            "{} of {} sold for {}; {} whole journeys per second",
            counted(totals.seats_sold, "seat", "seats"),
            grouped(report.about.seats.into()),
            grouped_signed(totals.money),
            rounded(totals.journeys_per_s),
        ),
    );
    let bucket = duration(report.bucket_s);
    page.entry("line", &format!("{} at most; by {bucket}:", counted(totals.waiting_max, "person", "people")));
    let waiting: Vec<u32> = report.times.iter().map(|moment| moment.waiting).collect();
    let sparkline = sparkline(&waiting, page.width - LABEL);
    page.lines.push(format!("{}{sparkline}", " ".repeat(LABEL)).trim_end().to_owned());
    answers(page, report);
}

fn answers(page: &mut Page, report: &Report) {
    let totals = &report.totals;
    page.entry(
        "answers",
        &format!(
            "{}, {} per second; {} with an initially unknown outcome, {} answers with 503 and nothing changed, {} never sent",
            grouped(totals.answers),
            rounded(totals.answers_per_s),
            grouped(totals.unknown),
            grouped(totals.busy),
            grouped(totals.not_sent),
        ),
    );
    if !totals.refusals.is_empty() {
        let refusals: Vec<String> =
            totals.refusals.iter().map(|(code, number)| format!("{code} {}", grouped(*number))).collect();
        page.entry("refusals", &refusals.join(", "));
    }
    let late = milliseconds(totals.late_p99_ms);
    page.entry("player", &format!("sent 99 of 100 requests at most {late} after they were due"));
    if let Some(warning) = words::late(totals) {
        page.entry("", &warning);
    }
}

fn latencies(page: &mut Page, latencies: &[Latency]) {
    page.title("Latency, counted from when a request was due");
    let row = |cells: [&str; 6]| {
        let [operation, count, p50, p90, p99, max] = cells;
        format!("{operation:<LABEL$}{count:>11}{p50:>11}{p90:>11}{p99:>11}{max:>11}")
    };
    page.lines.push(row(["", "answers", "p50", "p90", "p99", "max"]));
    for latency in latencies {
        let [p50, p90, p99, max] =
            [latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms].map(milliseconds);
        page.lines.push(row([&latency.operation, &grouped(latency.count), &p50, &p90, &p99, &max]));
    }
}

fn judgement(page: &mut Page, report: &Report) {
    page.title("Quality of the line");
    page.entry("estimates", &estimates(&report.estimates));
    let slots = &report.slots;
    let text = match (slots.in_use, slots.in_use_or_called) {
        (Some(inside), Some(called)) => format!(
            "{} in use, or {} including people who may have been called, in {} with people waiting",
            percent(inside),
            percent(called),
            duration(slots.contended_s)
        ),
        _ if report.about.capacity.is_none() => "unknown without an operator's token".to_owned(),
        _ => "nobody waited while the capacity was known".to_owned(),
    };
    page.entry("slots", &text);
}

fn disturbances(page: &mut Page, report: &Report) {
    if report.disturbances.is_empty() {
        return;
    }
    page.title("Disturbances");
    for one in report.disturbances.iter().take(DISTURBANCES_MAX) {
        page.entry(&format!("{} - {}", clock(one.from_s), clock(one.until_s)), &one.what);
    }
    if let Some(more @ 1..) = report.disturbances.len().checked_sub(DISTURBANCES_MAX) {
        page.entry("", &format!("and {more} more"));
    }
}

fn promised(page: &mut Page, promise: &Promise) {
    let word = promise.verdict.word();
    let painted = page.painted(promise.verdict, word);
    let what = match promise.verdict {
        Verdict::Kept => checked(promise),
        Verdict::Broken => format!("{}, broken {}", checked(promise), times(promise.breaches)),
        Verdict::NotChecked => String::new(),
    };
    let what = if what.is_empty() { what } else { format!(" ({what})") };
    page.painted_entry(word, &painted, &format!("{}{what}", promise.statement));
    if let Some(note) = &promise.note {
        page.entry("", &format!("note: {note}"));
    }
    for evidence in promise.evidence.iter().take(EVIDENCE_MAX) {
        page.entry("", &format!("- {evidence}"));
    }
    let shown = super::numbers::count(promise.evidence.len().min(EVIDENCE_MAX));
    if shown > 0 && promise.breaches > shown {
        page.entry("", &format!("- and {} more", grouped(promise.breaches - shown)));
    }
}
