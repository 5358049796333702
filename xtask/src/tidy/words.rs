//! Finds banned words and text.
//!
//! Case matters in names only. Function names count as prose, because names of tests are sentences.

use std::collections::HashMap;

use super::finding::Finding;
use super::source::Source;
use super::syntax::is_word;

/// A banned word or phrase, where it is banned, and what to use instead.
pub(crate) struct Word {
    pub(crate) text: &'static str,
    pub(crate) place: Place,
    pub(crate) instead: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Comments, strings, documents, pages and names of functions.
    Prose,
    /// Names in code, whole.
    Name,
    /// Names of types and modules, whole, where they are defined: libraries may have types of that name.
    Definition,
    /// Prose, and parts of names in code.
    Anywhere,
}

/// The table itself is not checked.
const TABLE: &str = "xtask/src/tidy/banned.rs";
/// Keywords before the name of a type or module.
const DEFINING: [&str; 7] = ["struct", "enum", "trait", "type", "union", "mod", "class"];
/// Its last column names words not to use.
const GLOSSARY: &str = "docs/glossary.md";

/// Finds banned words in our own files.
pub(crate) fn check(sources: &[Source], words: &[Word]) -> Vec<Finding> {
    let table = Table::new(words);
    sources
        .iter()
        .filter(|source| source.path != TABLE && source.path != GLOSSARY)
        .flat_map(|source| table.search(source))
        .collect()
}

/// Finds banned text in our own files.
pub(crate) fn check_parts(sources: &[Source], parts: &[(&str, &str)]) -> Vec<Finding> {
    let ours = sources.iter().filter(|source| !(source.code.is_empty() && source.prose.is_empty()));
    ours.flat_map(|source| {
        parts.iter().flat_map(move |(part, todo)| {
            let hits = source.text.match_indices(part);
            hits.map(move |(at, _)| {
                Finding::new(&source.path, source.line_at(at), format!("`{part}` is banned"), *todo)
            })
        })
    })
    .collect()
}

/// Banned phrases by their first word in lower case.
struct Table<'a>(HashMap<String, Vec<(Vec<&'a str>, &'a Word)>>);

impl<'a> Table<'a> {
    fn new(words: &'a [Word]) -> Self {
        let mut all: HashMap<String, Vec<(Vec<&'a str>, &'a Word)>> = HashMap::new();
        for word in words {
            let parts: Vec<&str> = word.text.split([' ', ':']).filter(|part| !part.is_empty()).collect();
            all.entry(parts[0].to_lowercase()).or_default().push((parts, word));
        }
        Self(all)
    }

    fn search(&self, source: &Source) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut report = |at: usize, word: &Word| {
            let what = format!("banned word `{}`", word.text);
            found.push(Finding::new(&source.path, source.line_at(at), what, format!("use {}", word.instead)));
        };
        let prose = pieces(&source.prose, true);
        for (index, (_, at)) in prose.iter().enumerate() {
            self.matches(&prose[index..], Place::Prose, |word| report(*at, word));
        }
        let names = pieces(&source.code, false);
        for (index, (name, at)) in names.iter().enumerate() {
            self.matches(&names[index..], Place::Name, |word| report(*at, word));
            let before = if index > 0 { names[index - 1].0 } else { "" };
            if DEFINING.contains(&before) {
                self.matches(&names[index..], Place::Definition, |word| report(*at, word));
            }
            let parts = pieces(name, true);
            let is_function = before == "fn";
            let place = if is_function { Place::Prose } else { Place::Anywhere };
            for part in 0..parts.len() {
                self.matches(&parts[part..], place, |word| report(*at, word));
            }
        }
        found
    }

    /// The words that begin here and are banned in this place.
    fn matches(&self, pieces: &[(&str, usize)], place: Place, mut report: impl FnMut(&Word)) {
        let Some(candidates) = self.0.get(&pieces[0].0.to_lowercase()) else { return };
        for (parts, word) in candidates {
            let is_banned_here = match place {
                Place::Prose => matches!(word.place, Place::Prose | Place::Anywhere),
                Place::Name => word.place == Place::Name,
                Place::Definition => word.place == Place::Definition,
                Place::Anywhere => word.place == Place::Anywhere,
            };
            let is_same = |(one, (other, _)): (&&str, &(&str, usize))| match place {
                Place::Name | Place::Definition => one == other,
                _ => one.eq_ignore_ascii_case(other),
            };
            if is_banned_here && pieces.len() >= parts.len() && parts.iter().zip(pieces).all(is_same) {
                report(word);
            }
        }
    }
}

/// The words of a text, each with its position. With `splits`, names are split at `_` and capital letters.
fn pieces(text: &str, splits: bool) -> Vec<(&str, usize)> {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| is_word(byte) && !(splits && byte == b'_');
    let (mut all, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let begin = at;
        while at < bytes.len() && is_part(bytes[at]) {
            let is_hump = at > begin && bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase();
            if splits && is_hump {
                break;
            }
            at += 1;
        }
        if at > begin {
            all.push((&text[begin..at], begin));
        } else {
            at += 1;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &[Word] = &[
        Word { text: "gadget", place: Place::Prose, instead: "tool" },
        Word { text: "in a jiffy", place: Place::Prose, instead: "soon" },
        Word { text: "cabin", place: Place::Anywhere, instead: "room" },
        Word { text: "Grab", place: Place::Name, instead: "Take" },
        Word { text: "old_way", place: Place::Anywhere, instead: "new_way" },
        Word { text: "Shed", place: Place::Definition, instead: "Warehouse" },
    ];

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&[Source::new(path, text)], WORDS).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_banned_word_is_found_with_the_word_to_use() {
        assert_eq!(found("a.rs", "\n// A Gadget.\n"), ["a.rs:2: banned word `gadget`; use tool"]);
        assert_eq!(found("a.rs", "x(\"gadget\");").len(), 1);
        assert_eq!(found("README.md", "gadget"), ["README.md:1: banned word `gadget`; use tool"]);
        assert_eq!(found("a.lua", "-- gadget").len(), 1);
    }

    #[test]
    fn honest_words_pass() {
        assert_eq!(
            found("a.rs", "// gadgetry\nlet gadget = 1; fn f(grab: Grabber) {} // Grab"),
            [] as [String; 0]
        );
    }

    #[test]
    fn a_phrase_may_go_on_in_the_next_line() {
        assert_eq!(
            found("a.rs", "/// Done in\n/// a jiffy.\n"),
            ["a.rs:1: banned word `in a jiffy`; use soon"]
        );
    }

    #[test]
    fn names_are_read_by_their_parts() {
        assert_eq!(found("a.rs", "fn a_gadget_is_found() {}").len(), 1);
        assert_eq!(found("a.rs", "struct CabinOf { the_cabin: u8 }").len(), 2);
        assert_eq!(found("a.rs", "let x = Grab::new();").len(), 1);
    }

    #[test]
    fn a_type_of_ours_is_found_and_a_librarys_is_not() {
        for text in ["pub struct Shed;", "enum Shed {}", "type Shed = u8;", "trait Shed {}"] {
            assert_eq!(found("a.rs", text), ["a.rs:1: banned word `Shed`; use Warehouse"], "{text}");
        }
        let others = "use depot::Shed;\nfn f(shed: Shed) -> Kind { Kind::Shed } // Shed\nstruct Sheds;";
        assert_eq!(found("a.rs", others), [] as [String; 0]);
    }

    #[test]
    fn a_part_of_text_is_found_anywhere() {
        let parts = [("C:\\", "write a relative path")];
        let found = check_parts(
            &[Source::new("deploy/x.cfg", "a\nb C:\\dir"), Source::new("b.rs", "fn c() {}")],
            &parts,
        );
        assert_eq!(found, [Finding::new("deploy/x.cfg", 2, "`C:\\` is banned", "write a relative path")]);
    }
}
