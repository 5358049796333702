//! Formats numbers for people, and reads the numbers that people enter.

use std::str::FromStr;

/// A whole number in groups of three: `1,284`.
pub(crate) fn number(value: impl TryInto<i64>) -> String {
    let value: i64 = value.try_into().unwrap_or(i64::MAX);
    let digits = value.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0 { format!("-{grouped}") } else { grouped }
}

/// The digits of a number that a person entered: those before its decimal separator, and those after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digits {
    pub(crate) whole: String,
    pub(crate) fraction: String,
}

impl Digits {
    /// Reads a number with up to this many decimals, like `1,250`, `1.250,50`, `1 250.50` or `12,5`.
    ///
    /// A separator counts as what it can only be: `12,50` has decimals, `1,250,000` has none. A single comma
    /// before three digits separates thousands, as on our pages. `None` for everything else: no digit and no
    /// separator is ever ignored.
    pub(crate) fn read(text: &str, decimals: usize) -> Option<Self> {
        let text: String = text.chars().map(plain).collect();
        let text = text.trim();
        let groups: Vec<_> = text.split(is_separator).collect();
        let separators: Vec<_> = text.chars().filter(|character| is_separator(*character)).collect();
        let is_digits = |group: &&str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
        if !groups.iter().all(is_digits) {
            return None;
        }
        let (whole, fraction) = match groups.split_last()? {
            (last, before) if has_fraction(&groups, &separators, decimals)? => (before, *last),
            _ => (groups.as_slice(), ""),
        };
        let is_number = fraction.len() <= decimals && is_grouped(whole);
        is_number.then(|| Self { whole: whole.concat(), fraction: fraction.to_owned() })
    }
}

/// A whole number that a person entered, like `1200` or `1,200`.
pub(crate) fn read_whole<N: FromStr>(text: &str) -> Option<N> {
    Digits::read(text, 0)?.whole.parse().ok()
}

/// A character of a number as ASCII has it: keyboards for Korean and Japanese write wide digits, and other
/// languages group digits with other blanks and apostrophes.
fn plain(character: char) -> char {
    match character {
        '０'..='９' => char::from_digit(u32::from(character) - u32::from('０'), 10).unwrap_or(character),
        '，' => ',',
        '．' => '.',
        '’' | '＇' => '\'',
        blank if blank.is_whitespace() => ' ',
        other => other,
    }
}

fn is_separator(character: char) -> bool {
    matches!(character, ',' | '.' | ' ' | '\'')
}

/// Whether the last group of digits is a fraction; `None` if the separators fit no number, or if it could be
/// either.
fn has_fraction(groups: &[&str], separators: &[char], decimals: usize) -> Option<bool> {
    let Some((last, before)) = separators.split_last() else { return Some(false) };
    if let Some(grouping) = before.first() {
        let is_one_kind = before.iter().all(|separator| separator == grouping);
        let is_decimal = matches!(last, ',' | '.');
        return (is_one_kind && (last == grouping || is_decimal)).then_some(last != grouping);
    }
    let may_group = groups[1].len() == 3 && !groups[0].starts_with('0');
    match last {
        '.' => Some(decimals > 0),
        // In a currency with three decimals, `1,250` may be meant in two ways.
        ',' if may_group => (decimals < 3).then_some(false),
        ',' => Some(true),
        _ => Some(false),
    }
}

/// Whether digits are grouped by three, or as in India: `1,50,000`.
fn is_grouped(groups: &[&str]) -> bool {
    let [first, middle @ .., last] = groups else { return true };
    let is_of = |size: usize| first.len() <= size && middle.iter().all(|group| group.len() == size);
    !first.starts_with('0') && last.len() == 3 && (is_of(3) || is_of(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-50_000, "-50,000")]
        {
            assert_eq!(number(value), text);
        }
    }

    /// The number that is read, with a dot before its decimals.
    fn read(text: &str, decimals: usize) -> Option<String> {
        let Digits { whole, fraction } = Digits::read(text, decimals)?;
        Some(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
    }

    #[test]
    fn a_number_is_read_as_its_separators_say() {
        for (text, decimals, number) in [
            ("1250", 2, "1250"),
            (" 12.5 ", 2, "12.5"),
            ("12,50", 2, "12.50"),
            ("45,00", 2, "45.00"),
            ("1,250", 2, "1250"),
            ("1,250", 0, "1250"),
            ("50.000", 0, "50000"),
            ("1,250.50", 2, "1250.50"),
            ("1.250,50", 2, "1250.50"),
            ("1 250,50", 2, "1250.50"),
            ("1\u{a0}250\u{202f}000", 0, "1250000"),
            ("1'250.50", 2, "1250.50"),
            ("1’250’000", 2, "1250000"),
            ("1,250,000", 2, "1250000"),
            ("1.250.000", 2, "1250000"),
            ("1,50,000", 2, "150000"),
            ("0,250", 3, "0.250"),
            ("1.250", 3, "1.250"),
            ("１２，５０", 2, "12.50"),
        ] {
            assert_eq!(read(text, decimals).as_deref(), Some(number), "{text:?} with {decimals} decimals");
        }
    }

    #[test]
    fn what_may_mean_something_else_is_no_number() {
        for (text, decimals) in [
            ("", 2),
            (" ", 2),
            (".", 2),
            (".5", 2),
            ("12.", 2),
            ("12,", 2),
            (",50", 2),
            ("-1", 2),
            ("+1", 2),
            ("1e3", 2),
            ("0x10", 2),
            ("12 50", 2),
            ("1,,250", 2),
            ("1.234", 2),
            ("0,250", 2),
            ("1,250", 3),
            ("45,00", 0),
            ("1.5", 0),
            ("1,2500", 0),
            ("12,34,56", 2),
            ("1234,567", 0),
            ("0,123,456", 2),
            ("1,234.567,89", 2),
            ("1.234,56.7", 2),
            ("1,234 567", 2),
            ("١٢", 2),
            ("12 €", 2),
        ] {
            assert_eq!(read(text, decimals), None, "{text:?} with {decimals} decimals");
        }
        assert_eq!(read_whole::<u32>("50,000"), Some(50_000));
        assert_eq!(read_whole::<u32>("1,5"), None, "not 15");
        assert_eq!(read_whole::<u32>("99999999999"), None);
    }
}
