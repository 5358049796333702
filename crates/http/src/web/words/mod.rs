//! Everything that pages say, in every language, side by side: to fans in `fans`, to operators in
//! `operators`.
//!
//! `{n}` and the like are filled in by [`super::format::fill`] here, or by a page's module: then the sentence
//! stands in a `data-say-` attribute. Where English has a singular of its own, that word ends in `_one`.

/// Makes a struct with one field for each word, and its values in each language.
macro_rules! words {
    ($name:ident: $($word:ident: $english:literal, $korean:literal;)*) => {
        /// What is said in one language.
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

pub(super) use fans::Words;
pub(super) use operators::OperatorWords;

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(sentence: &str) -> Vec<&str> {
        let mut names: Vec<_> =
            sentence.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_word_is_said_in_both_languages() {
        for (word, english, korean) in Words::ALL.iter().chain(OperatorWords::ALL) {
            assert!(!english.is_empty() && !korean.is_empty(), "{word}");
            // A singular may spell its number out.
            if !word.ends_with("_one") {
                assert_eq!(placeholders(english), placeholders(korean), "{word}");
            }
        }
    }

    #[test]
    fn every_word_is_used() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");
        let text = texts(std::path::Path::new(folder));
        for (word, ..) in Words::ALL.iter().chain(OperatorWords::ALL) {
            let is_used = text.match_indices(word).any(|(at, _)| {
                let (before, after) = (&text[..at], &text[at + word.len()..]);
                let ends = !after.starts_with(|next: char| next.is_alphanumeric() || next == '_');
                ends && ["w.", "o.", "words."].iter().any(|holder| before.ends_with(holder))
            });
            assert!(is_used, "nobody says {word}");
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
