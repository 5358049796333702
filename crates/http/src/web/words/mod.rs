//! All words on pages, with their languages side by side: `fans` has those of fans' pages, `operators` those
//! of operators' pages, `sales` those about sales.
//!
//! [`super::format::fill`] replaces placeholders like `{n}`; in a `data-say-` attribute the page's script
//! does it. If English needs a singular form, that form's name ends in `_one`;
//! a form for nobody or nothing ends in `_zero`.

/// Defines a struct with a field for each word, and its value in each language.
macro_rules! words {
    ($name:ident: $($word:ident: $english:literal, $korean:literal;)*) => {
        /// The words in one language.
        #[derive(Debug)]
        pub(in crate::web) struct $name {
            $(pub(in crate::web) $word: &'static str,)*
        }

        impl $name {
            /// In English.
            pub(in crate::web) const ENGLISH: Self = Self { $($word: $english,)* };

            /// In Korean.
            pub(in crate::web) const KOREAN: Self = Self { $($word: $korean,)* };

            #[cfg(test)]
            pub(super) const ALL: &[(&str, &str, &str)] = &[$((stringify!($word), $english, $korean),)*];
        }
    };
}

mod fans;
mod operators;
mod sales;

pub(super) use fans::Words;
pub(super) use operators::OperatorWords;
pub(super) use sales::SaleWords;

#[cfg(test)]
mod tests {
    use onsale_booking::policy::{CAPACITY_MAX, NAME_CHARS_MAX};

    use super::*;
    use crate::numbers::number;

    fn all() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
        Words::ALL.iter().chain(OperatorWords::ALL).chain(SaleWords::ALL)
    }

    fn placeholders(sentence: &str) -> Vec<&str> {
        let mut names: Vec<_> =
            sentence.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_word_exists_in_both_languages() {
        for (word, english, korean) in all() {
            assert!(!english.is_empty() && !korean.is_empty(), "{word}");
            // A singular may write its number as a word.
            if !word.ends_with("_one") {
                assert_eq!(placeholders(english), placeholders(korean), "{word}");
            }
        }
    }

    /// The numbers in a sentence, as they are written.
    fn numbers(sentence: &str) -> Vec<&str> {
        let others = |character: char| !character.is_ascii_digit() && character != ',' && character != '.';
        let all = sentence.split(others).map(|it| it.trim_matches([',', '.']));
        all.filter(|it| !it.is_empty()).collect()
    }

    #[test]
    fn a_word_that_states_a_limit_agrees_with_the_rule() {
        let (capacity, name) = (number(CAPACITY_MAX), NAME_CHARS_MAX.to_string());
        for (stated, limit) in [
            ("seats_hint", &capacity),
            ("bad_capacity", &capacity),
            ("bad_name", &name),
            ("notice_name", &name),
        ] {
            let (_, english, korean) = all().find(|(word, ..)| *word == stated).expect(stated);
            for sentence in [english, korean] {
                assert!(numbers(sentence).contains(&limit.as_str()), "{stated}: {sentence}");
            }
        }
        // Any other number this large is a limit that nothing compares with its rule.
        for (word, english, korean) in all() {
            for written in [english, korean].into_iter().flat_map(|sentence| numbers(sentence)) {
                // The name of a hash has one, too.
                let is_limit = [&capacity, &name].contains(&&written.to_owned()) || written == "256";
                assert!(is_limit || written.len() < 3, "{word} has {written}: take it from the rule");
            }
        }
    }

    /// A Korean fan reserves (예매) what an organiser sells (판매), and uses (이용) a turn once they are in.
    #[test]
    fn korean_fans_read_of_reserving_and_not_of_selling() {
        let for_fans = SaleWords::ALL.iter().take_while(|(word, ..)| *word != "nav_sales");
        for (word, _, korean) in Words::ALL.iter().chain(for_fans) {
            for wrong in ["판매", "구매", "입장 가능", "발급된 순번"] {
                assert!(!korean.contains(wrong), "{word}: {korean}");
            }
        }
    }

    #[test]
    fn every_word_is_used() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");
        let text = texts(std::path::Path::new(folder));
        for (word, ..) in all() {
            let is_used = text.match_indices(word).any(|(at, _)| {
                let (before, after) = (&text[..at], &text[at + word.len()..]);
                let ends = !after.starts_with(|next: char| next.is_alphanumeric() || next == '_');
                ends && ["w.", "o.", "s.", "words."].iter().any(|holder| before.ends_with(holder))
            });
            assert!(is_used, "{word} is not used");
        }
    }

    fn texts(folder: &std::path::Path) -> String {
        let mut all = String::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all.push_str(&texts(&path));
            } else if path.extension().is_some_and(|kind| kind == "html" || kind == "rs") {
                all.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
        all
    }
}
