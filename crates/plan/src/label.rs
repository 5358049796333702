//! What rows and seats are called in sentences.
//!
//! Files have a number (`row_number`, drawn on the plan) and may have a label for texts (`row_label`,
//! `seat_label`), in which `%s` stands for the number. Pretix names a seat by the label, and without one by
//! "Row" and the number. Here pages say "row" themselves, in their language: a label that says no more than
//! that ("Row %s", "Row 5", "5열") is the number.

/// How rows and seats are called in the languages of plans that were seen, in lower case.
const NOUNS: &[&str] = &[
    "row",
    "reihe",
    "rij",
    "rang",
    "rangée",
    "fila",
    "fileira",
    "rad",
    "řada",
    "rząd",
    "열",
    "행",
    "줄",
    "列",
    "seat",
    "chair",
    "place",
    "platz",
    "sitz",
    "sitzplatz",
    "stuhl",
    "stoel",
    "siège",
    "asiento",
    "butaca",
    "posto",
    "lugar",
    "miejsce",
    "좌석",
    "자리",
    "번",
    "席",
    "no",
    "nr",
];

/// The label in texts of a row or seat with this number.
pub(crate) fn label(pattern: &str, number: &str) -> String {
    if pattern.is_empty() {
        return number.to_owned();
    }
    let around = pattern.replacen(if pattern.contains("%s") { "%s" } else { number }, " ", 1);
    if says_no_more(&around) && !number.is_empty() {
        return number.to_owned();
    }
    pattern.replace("%s", number).trim().to_owned()
}

fn says_no_more(around: &str) -> bool {
    let word = around.trim().trim_matches(['.', ':', '#', '-']).trim().to_lowercase();
    word.is_empty() || NOUNS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_says_what_the_number_does_not() {
        for (pattern, number, called) in [
            ("", "A", "A"),
            ("Row %s", "A", "A"),
            ("Row A", "A", "A"),
            ("Reihe 12", "12", "12"),
            ("%s열", "3", "3"),
            ("Seat No. %s", "4", "Seat No. 4"),
            ("Seat %s", "", "Seat"),
            ("Box %s", "7", "Box 7"),
            ("Table 2", "9", "Table 2"),
            ("Row", "", "Row"),
            ("%s%s", "A", "AA"),
            ("Row %s", "%s", "%s"),
        ] {
            assert_eq!(label(pattern, number), called.trim(), "{pattern} {number}");
        }
    }
}
