//! Banned words, each with the one to use instead.

use super::words::Place::{Anywhere, Definition, Name, Prose};
use super::words::Word;

/// One word per idea (docs/glossary.md), and sentences as one would say them aloud.
pub(crate) const WORDS: &[Word] = &[
    // Sounds translated.
    Word { text: "told", place: Prose, instead: "returned, reported, sent, shown or given" },
    Word { text: "whoever", place: Prose, instead: "anyone who, or the noun" },
    Word { text: "whomever", place: Prose, instead: "anyone whom, or the noun" },
    Word { text: "such a one", place: Prose, instead: "the noun" },
    Word { text: "afresh", place: Prose, instead: "again" },
    Word { text: "anew", place: Prose, instead: "again" },
    Word { text: "whereby", place: Prose, instead: "by which, or a sentence of its own" },
    Word { text: "has begun a new life", place: Prose, instead: "was rebuilt" },
    Word { text: "its time is over", place: Prose, instead: "it has expired" },
    Word { text: "what drives it", place: Prose, instead: "chromedriver" },
    Word { text: "the brief", place: Prose, instead: "the API's contract" },
    // One word per act.
    Word { text: "give back", place: Prose, instead: "release" },
    Word { text: "gives back", place: Prose, instead: "releases" },
    Word { text: "gave back", place: Prose, instead: "released" },
    Word { text: "given back", place: Prose, instead: "released" },
    Word { text: "giving back", place: Prose, instead: "releasing" },
    Word { text: "Command::Reserve", place: Anywhere, instead: "Command::Hold" },
    // Our own slang where the field has a term.
    Word { text: "door", place: Anywhere, instead: "HTTP layer or entry point" },
    Word { text: "doors", place: Anywhere, instead: "HTTP layer or entry points" },
    Word { text: "desk", place: Anywhere, instead: "admission" },
    Word { text: "pulse", place: Anywhere, instead: "statistics" },
    Word { text: "figures", place: Anywhere, instead: "statistics, or numbers" },
    Word { text: "news", place: Anywhere, instead: "updates" },
    Word {
        text: "keeper",
        place: Anywhere,
        instead: "line sync (its task), or line owner (of an embedded line)",
    },
    Word { text: "guest", place: Anywhere, instead: "pass holder" },
    Word { text: "guests", place: Anywhere, instead: "pass holders" },
    Word { text: "Turns", place: Name, instead: "PollThrottle" },
    Word { text: "Beat", place: Name, instead: "Sample" },
    Word { text: "Sorry", place: Name, instead: "PageError" },
    Word { text: "sorry", place: Name, instead: "page_error" },
    Word { text: "Asked", place: Name, instead: "LenientQuery" },
    Word { text: "attach", place: Name, instead: "reconnect" },
    Word { text: "doubt", place: Name, instead: "unknown_commit" },
    Word { text: "polls_at_once", place: Anywhere, instead: "fast_path" },
    Word { text: "PollsAtOnce", place: Name, instead: "FastPath" },
    Word { text: "AtOnce", place: Name, instead: "FastPath" },
    Word { text: "Look", place: Name, instead: "Lookup" },
    Word { text: "Stay", place: Name, instead: "Session" },
    Word { text: "Standing", place: Name, instead: "LineStatus" },
    Word { text: "SeatView", place: Name, instead: "SeatSnapshot" },
    Word { text: "Said", place: Name, instead: "Notice" },
    Word { text: "said", place: Name, instead: "output, answer or text" },
    Word { text: "Frame", place: Definition, instead: "PageLayout" },
    Word { text: "Kept", place: Definition, instead: "StoreConfig" },
];

/// Text that must not appear anywhere, and why. Written in halves, so that it does not appear here.
pub(crate) const PARTS: &[(&str, &str)] = &[
    (concat!("crates", ".io"), "name no registry: cargo knows where packages come from"),
    (concat!("npm", "js."), "name no registry"),
    (concat!("py", "pi.org"), "name no registry"),
    (concat!("ruby", "gems.org"), "name no registry"),
    (concat!("/wo", "rk/"), "write paths from the project's root"),
    (concat!("/ro", "ot/"), "write paths from the project's root"),
    (concat!("/ho", "me/"), "write paths from the project's root"),
    (concat!("/Us", "ers/"), "write paths from the project's root"),
    (concat!("/tm", "p/"), "take a temporary folder from the system"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::Source;
    use crate::tidy::words::check;

    fn count(code: &str) -> usize {
        check(&[Source::new("a.rs", code)], WORDS).len()
    }

    #[test]
    fn the_old_slang_is_banned_as_a_name() {
        for name in ["Desk", "Frame", "Kept", "Pulse", "Said", "Sorry", "Turns"] {
            assert_eq!(count(&format!("struct {name};")), 1, "{name}");
        }
        assert_eq!(count("let said = f();"), 1);
    }

    #[test]
    fn names_of_libraries_and_variants_pass() {
        for code in ["use hyper::body::Frame;", "match it { Verdict::Kept => 1 }", "enum Lost { SaidSo }"] {
            assert_eq!(count(code), 0, "{code}");
        }
    }
}
