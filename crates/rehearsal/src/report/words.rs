//! Numbers and verdicts in words, the same in the terminal and on the page.

use super::numbers::{count, fraction, whole};
use super::{Estimates, Promise, Report, Totals, Verdict};

/// Requests sent later than this wait for the player rather than for the server.
const LATE_MS: f64 = 10.0;

/// With a comma between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The same for a number that may be below zero.
pub(super) fn grouped_signed(number: i64) -> String {
    format!("{}{}", if number < 0 { "-" } else { "" }, grouped(number.unsigned_abs()))
}

/// To the nearest whole, or to a tenth below ten.
pub(super) fn rounded(number: f64) -> String {
    if number.abs() < 9.95 && (number - number.round()).abs() >= 0.05 {
        format!("{number:.1}")
    } else {
        grouped(whole(number))
    }
}

/// How long a request took.
pub(super) fn milliseconds(ms: f64) -> String {
    match ms {
        ms if ms < 0.995 => format!("{ms:.2} ms"),
        ms if ms < 9.95 => format!("{ms:.1} ms"),
        ms if ms < 9_999.5 => format!("{} ms", grouped(whole(ms))),
        ms => format!("{:.1} s", ms / 1_000.0),
    }
}

/// How long something lasted.
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{} s", rounded(seconds));
    }
    let all = whole(seconds);
    match (all / 3_600, all / 60 % 60, all % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A moment of the sale, as minutes:seconds.
pub(super) fn clock(seconds: f64) -> String {
    let tenths = whole(seconds * 10.0);
    let (all, tenth) = (tenths / 10, tenths % 10);
    let tenth = if tenth == 0 { String::new() } else { format!(".{tenth}") };
    match all / 3_600 {
        0 => format!("{}:{:02}{tenth}", all / 60, all % 60),
        hours => format!("{hours}:{:02}:{:02}{tenth}", all / 60 % 60, all % 60),
    }
}

/// A share of one.
pub(super) fn percent(share: f64) -> String {
    let tenths = whole(share * 1_000.0);
    if tenths.is_multiple_of(10) {
        format!("{}%", tenths / 10)
    } else {
        format!("{}.{}%", tenths / 10, tenths % 10)
    }
}

/// `1 fan`, `2 fans`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// On one line without control characters, which a server under test could put into its answers.
pub(super) fn one_line(text: &str) -> String {
    text.split(char::is_whitespace)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .replace(char::is_control, "\u{fffd}")
}

impl Verdict {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Kept => "KEPT",
            Self::Broken => "BROKEN",
            Self::NotChecked => "not checked",
        }
    }
}

/// The verdict in one sentence.
pub(super) fn verdict(report: &Report) -> String {
    let that = |verdict| with_verdict(&report.promises, verdict);
    let (kept, broken, unchecked) = (that(Verdict::Kept), that(Verdict::Broken), that(Verdict::NotChecked));
    match (kept, broken, unchecked) {
        (0, 0, _) => "No promise was checked.".to_owned(),
        (_, 1, _) => format!("One of {} promises was broken.", kept + 1),
        (_, 2.., _) => format!("{broken} of {} promises were broken.", kept + broken),
        (1, _, _) => "The promise was kept.".to_owned(),
        (kept, _, 0) => format!("All {kept} promises were kept."),
        (kept, _, _) => format!("All {kept} promises that could be checked were kept."),
    }
}

/// How many promises have this verdict.
pub(super) fn with_verdict(promises: &[Promise], verdict: Verdict) -> u64 {
    count(promises.iter().filter(|promise| promise.verdict == verdict).count())
}

/// How many promises could not be checked, unless it is none.
pub(super) fn unchecked(report: &Report) -> Option<String> {
    let unchecked = with_verdict(&report.promises, Verdict::NotChecked);
    (unchecked > 0).then(|| format!("{} could not be checked.", counted(unchecked, "promise", "promises")))
}

/// `20,000 holds checked`.
pub(super) fn checked(promise: &Promise) -> String {
    format!("{} {} checked", grouped(promise.checked), promise.of)
}

/// How often a promise was broken.
pub(super) fn times(number: u64) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        number => format!("{} times", grouped(number)),
    }
}

/// A warning, if requests were sent so late that latency depends on the player as much as on the server.
pub(super) fn late(totals: &Totals) -> Option<String> {
    (totals.late_p99_ms >= LATE_MS).then(|| {
        let late = milliseconds(totals.late_p99_ms);
        format!(
            "One request in a hundred was sent at least {late} late, because every connection was in use or the player was busy: \
             check both machines before you blame either"
        )
    })
}

/// How good the line's estimates were, as a sentence.
pub(super) fn estimates(estimates: &Estimates) -> String {
    match (estimates.within, estimates.ratio_p50) {
        (Some(within), Some(ratio)) => format!(
            "{} of {} were within the estimated range (80% is ideal); \
             the median wait was {ratio:.2} times the estimate",
            percent(within),
            counted(estimates.shown, "wait", "waits"),
        ),
        _ => "nobody who was shown an estimate was admitted later".to_owned(),
    }
}

/// A chart one line high: a block for each value, at most `width` blocks.
pub(super) fn sparkline(values: &[u32], width: usize) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().max().unwrap_or_default().max(1);
    let several = values.len().div_ceil(width.max(1)).max(1);
    let block = |values: &[u32]| {
        let value = values.iter().copied().max().unwrap_or_default();
        let eighths = (fraction(u64::from(value)) / fraction(u64::from(most)) * 8.0).ceil();
        BLOCKS.get(super::numbers::position(eighths)).copied().unwrap_or(' ')
    };
    values.chunks(several).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!(
            [0, 999, 1_000, 50_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "50,000", "1,234,567"]
        );
        assert_eq!(grouped_signed(-1_234), "-1,234");
        assert_eq!(
            [0.0, 0.04, 3.44, 9.96, 12.5, 4_321.0].map(rounded),
            ["0", "0", "3.4", "10", "13", "4,321"]
        );
        assert_eq!(
            [0.424, 0.999, 3.44, 12.3, 4_321.0, 12_345.0].map(milliseconds),
            ["0.42 ms", "1.0 ms", "3.4 ms", "12 ms", "4,321 ms", "12.3 s"]
        );
        assert_eq!(
            [2.96, 48.2, 60.0, 312.0, 3_600.0, 7_322.0].map(duration),
            ["3 s", "48 s", "1 min", "5 min 12 s", "1 h", "2 h 2 min"]
        );
        assert_eq!([0.0, 0.5, 65.0, 3_725.0].map(clock), ["0:00", "0:00.5", "1:05", "1:02:05"]);
        assert_eq!([0.0, 0.781, 0.8, 1.0].map(percent), ["0%", "78.1%", "80%", "100%"]);
    }

    #[test]
    fn a_sparkline_reaches_the_top_at_the_maximum_and_shows_small_values() {
        assert_eq!(sparkline(&[0, 1, 50, 100], 80), " ▁▄█");
        assert_eq!(sparkline(&[0, 8, 0, 0, 4, 0], 3), "█ ▄", "the most of every two");
        assert_eq!(sparkline(&[], 80), "");
    }

    #[test]
    fn a_server_cannot_steer_the_terminal() {
        assert_eq!(one_line("seat \u{1b}[2J1\n  is gone"), "seat \u{fffd}[2J1 is gone");
    }
}
