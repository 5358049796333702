//! Formats sentences and times for people.

use std::fmt::{Display, Write};

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::language::Language;
use crate::numbers::number;
use crate::site::Site;

/// Replaces each `{name}` in a sentence with its value.
pub(super) fn fill(sentence: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            let _ = write!(filled, "{value}");
        }
        rest = after;
    }
    filled + rest
}

/// A text that somebody typed, for a place where no markup can be: whatever its direction, it leaves the
/// sentence around it in order. Where markup can be, pages put it into a `bdi`.
pub(super) fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// Formats times in one time zone and language.
#[derive(Debug, Clone)]
pub(super) struct Times {
    pub(super) zone: TimeZone,
    pub(super) language: Language,
}

impl Times {
    /// Formats in the sale's time zone.
    pub(super) fn of(site: &Site, language: Language) -> Self {
        Self { zone: site.app.config.time_zone.clone(), language }
    }

    /// `Friday, 20 March 2026`.
    pub(super) fn date(&self, date: Date) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        match self.language {
            Language::English => date.strftime("%A, %-d %B %Y").to_string(),
            Language::Korean => format!("{year}년 {month}월 {day}일 ({})", weekday(date)),
        }
    }

    /// `Sat, Mar`: shown below the large day of the month.
    pub(super) fn below_day(&self, date: Date) -> String {
        match self.language {
            Language::English => date.strftime("%a, %b").to_string(),
            Language::Korean => format!("{}요일", weekday(date)),
        }
    }

    /// `20`, or `3.20` in Korean: the large figure of a date.
    pub(super) fn day(&self, date: Date) -> String {
        match self.language {
            Language::English => date.day().to_string(),
            Language::Korean => format!("{}.{}", date.month(), date.day()),
        }
    }

    /// `19:00`.
    pub(super) fn clock(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }

    /// `20 March 2026, 19:00`. The script of a lobby writes another opening in the same way.
    pub(super) fn moment(&self, time: Timestamp) -> String {
        let zoned = time.to_zoned(self.zone.clone());
        let month = match self.language {
            Language::English => "%B",
            Language::Korean => "%-m",
        };
        let [day, month, hour, minute] =
            ["%-d", month, "%H", "%M"].map(|part| zoned.strftime(part).to_string());
        let values: [(_, &dyn Display); 5] =
            [("year", &zoned.year()), ("month", &month), ("day", &day), ("hour", &hour), ("minute", &minute)];
        fill(self.language.words().moment, &values)
    }

    /// `2026-03-20 19:00:05`, for records.
    pub(super) fn exact(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The calendar date of a time in this zone.
    pub(super) fn on(&self, time: Timestamp) -> Date {
        time.to_zoned(self.zone.clone()).date()
    }

    /// A wait in a suitable unit: `45 seconds`, `12 minutes`, `2 h 5 min`, `2 days 5 h`, `336 days`. The
    /// script of an opening sale counts down in the same units.
    pub(super) fn wait(&self, seconds: u64) -> String {
        let words = self.language.words();
        let minutes = minutes(seconds);
        let hours = minutes / 60;
        let (days, of_hour, of_day) = (hours / 24, minutes % 60, hours % 24);
        match (seconds, minutes, hours, days) {
            (0..=1, ..) => words.second.to_owned(),
            (2..=90, ..) => fill(words.seconds, &[("n", &seconds)]),
            (_, 2..=90, ..) => fill(words.minutes, &[("n", &minutes)]),
            (_, _, 0..=23, _) if of_hour == 0 => fill(words.hours, &[("h", &hours)]),
            (_, _, 0..=23, _) => fill(words.hours_minutes, &[("h", &hours), ("m", &of_hour)]),
            (_, _, _, 1) if of_day == 0 => words.day.to_owned(),
            (_, _, _, 1) => fill(words.day_hours, &[("h", &of_day)]),
            (_, _, _, 2..=6) if of_day > 0 => fill(words.days_hours, &[("d", &days), ("h", &of_day)]),
            _ => fill(words.days, &[("d", &number(days))]),
        }
    }
}

/// The day of the week in Korean.
fn weekday(date: Date) -> char {
    match date.weekday() {
        Weekday::Monday => '월',
        Weekday::Tuesday => '화',
        Weekday::Wednesday => '수',
        Weekday::Thursday => '목',
        Weekday::Friday => '금',
        Weekday::Saturday => '토',
        Weekday::Sunday => '일',
    }
}

/// A wait in whole minutes, at least one. The pages' scripts round in the same way.
pub(super) fn minutes(seconds: u64) -> u64 {
    ((seconds + 30) / 60).max(1)
}

/// The rest of a time, as `4:47` or `1:04:47`; negative seconds count as 0. The pages' script counts on in
/// the same format.
pub(super) fn countdown(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_filled_in_again() {
        let values = [("n", &"{time}" as &dyn Display), ("time", &"14:32")];
        assert_eq!(fill("{n} until {time}, {n}", &values), "{time} until 14:32, {time}");
        assert_eq!(fill("no braces", &values), "no braces");
    }

    #[test]
    fn times_are_formatted_in_the_sale_s_zone() {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let time: Timestamp = "2026-03-20T15:30:05Z".parse().unwrap();
        let english = Times { zone: zone.clone(), language: Language::English };
        assert_eq!(english.date(english.on(time)), "Saturday, 21 March 2026");
        assert_eq!(english.moment(time), "21 March 2026, 00:30");
        assert_eq!(english.exact(time), "2026-03-21 00:30:05");
        let korean = Times { zone, language: Language::Korean };
        assert_eq!(korean.date(korean.on(time)), "2026년 3월 21일 (토)");
        assert_eq!(korean.moment(time), "2026년 3월 21일 00:30");
    }

    #[test]
    fn a_wait_is_formatted_in_a_suitable_unit() {
        let english = Times { zone: TimeZone::UTC, language: Language::English };
        let korean = Times { language: Language::Korean, ..english.clone() };
        let (minute, hour, day) = (60, 3_600, 86_400);
        for (seconds, in_english, in_korean) in [
            (1, "1 second", "1초"),
            (45, "45 seconds", "45초"),
            (91, "2 minutes", "2분"),
            (10 * minute, "10 minutes", "10분"),
            (90 * minute + 29, "90 minutes", "90분"),
            (2 * hour, "2 h", "2시간"),
            (2 * hour + 5 * minute, "2 h 5 min", "2시간 5분"),
            (day - 31, "23 h 59 min", "23시간 59분"),
            (day - 30, "1 day", "1일"),
            (day + 3 * hour + 59 * minute, "1 day 3 h", "1일 3시간"),
            (2 * day, "2 days", "2일"),
            (2 * day + 5 * hour, "2 days 5 h", "2일 5시간"),
            (7 * day - hour, "6 days 23 h", "6일 23시간"),
            (7 * day + 5 * hour, "7 days", "7일"),
            (8_080 * hour + 9 * minute, "336 days", "336일"),
            (1_000 * day, "1,000 days", "1,000일"),
        ] {
            assert_eq!(english.wait(seconds), in_english);
            assert_eq!(korean.wait(seconds), in_korean);
        }
    }

    #[test]
    fn a_text_in_a_sentence_is_isolated_from_it() {
        let sentence = fill("{name}, 5 seats", &[("name", &isolated("ليلة 1"))]);
        assert_eq!(sentence, "\u{2068}ليلة 1\u{2069}, 5 seats");
    }

    #[test]
    fn a_countdown_has_hours_from_one_hour_on() {
        for (seconds, text) in [
            (-3, "0:00"),
            (5, "0:05"),
            (287, "4:47"),
            (3_599, "59:59"),
            (3_600, "1:00:00"),
            (7_199, "1:59:59"),
            (86_400, "24:00:00"),
        ] {
            assert_eq!(countdown(seconds), text);
        }
    }
}
