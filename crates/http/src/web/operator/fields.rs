//! What forms of operators' pages share: a field with what is wrong with it, and times in the site's zone.

use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::super::format::fill;
use super::SignedIn;
use crate::numbers::number;

/// A date and time as a field of this kind has it, as an example for an error.
const EXAMPLE_TIME: &str = "2027-06-01T20:00";

/// The text of a field, and what is wrong with it. Only the text is serialised.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) error: String,
}

/// What is another than a form's page showed.
pub(super) struct Difference {
    pub(super) name: &'static str,
    pub(super) before: String,
    pub(super) after: String,
}

impl Field {
    /// A field with this text.
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), error: String::new() }
    }

    pub(super) fn is_wrong(&self) -> bool {
        !self.error.is_empty()
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self::of(text)
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        field.text
    }
}

/// Reads a date with a time: in its own offset or time zone if it names one (`2026-03-20T19:00+09:00`), and
/// in the sale's time zone if not (`2026-03-20T19:00`). A local time that the clocks skip is moved forward by
/// the skipped time, as in calendars. A date alone is no time.
pub(super) fn read_time(zone: &TimeZone, text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let pieces = Pieces::parse(text).ok()?;
    let local = pieces.date().to_datetime(pieces.time()?);
    if pieces.time_zone_annotation().is_some() {
        // An offset that the named zone does not have at that time is refused.
        return Some(text.parse::<Zoned>().ok()?.timestamp());
    }
    match pieces.offset() {
        Some(offset) => offset.to_numeric_offset().to_timestamp(local).ok(),
        None => Some(local.to_zoned(zone.clone()).ok()?.timestamp()),
    }
}

/// A time as the value of a field of date and time.
pub(super) fn field_time(zone: &TimeZone, time: Timestamp) -> String {
    let local = time.to_zoned(zone.clone()).datetime();
    if local.second() == 0 && local.subsec_nanosecond() == 0 {
        local.strftime("%Y-%m-%dT%H:%M").to_string()
    } else {
        local.to_string()
    }
}

/// What is wrong with a number, in a sentence that names the highest one as `{most}`.
pub(super) fn with_most(sentence: &str, most: u32) -> String {
    fill(sentence, &[("most", &number(most))])
}

/// What is wrong with a field without a time.
pub(super) fn bad_time(signed_in: &SignedIn) -> String {
    let o = signed_in.language.operator_words();
    fill(o.bad_time, &[("example", &EXAMPLE_TIME)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_its_own_offset_or_in_the_sale_s_zone() {
        let new_york = TimeZone::get("America/New_York").unwrap();
        let read = |text| read_time(&new_york, text).map(|time| time.to_string());
        for (text, time) in [
            ("2027-06-01T20:00", "2027-06-02T00:00:00Z"),
            (" 2027-06-01 20:00:05 ", "2027-06-02T00:00:05Z"),
            ("2027-06-01T20:00+09:00", "2027-06-01T11:00:00Z"),
            ("2027-06-01T20:00Z", "2027-06-01T20:00:00Z"),
            ("2027-06-01T20:00-05:30", "2027-06-02T01:30:00Z"),
            ("2027-06-01T20:00[Asia/Seoul]", "2027-06-01T11:00:00Z"),
            ("2027-06-01T20:00+09:00[Asia/Seoul]", "2027-06-01T11:00:00Z"),
            ("2027-03-14T02:30", "2027-03-14T07:30:00Z"),
            (EXAMPLE_TIME, "2027-06-02T00:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(time), "{text}");
        }
        for text in [
            "",
            "soon",
            "2027-06-01",
            "2027-06-01+09:00",
            "20:00",
            "2027-06-31T20:00",
            "2027-06-01T25:00",
            "2027-06-01T20:00 KST",
            "2027-06-01T20:00+09:00[America/New_York]",
            "2027-06-01T20:00[Mars/Olympus]",
            "01.06.2027 20:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let time = read_time(&new_york, "2027-06-01T20:00+09:00").unwrap();
        assert_eq!(field_time(&new_york, time), "2027-06-01T07:00");
    }
}
