//! Finds tests that sleep without a reason: most could wait for a condition.

use super::finding::Finding;
use super::source::Source;
use super::tokens::{starts_with, tokens};
use super::unit::test_parts;

/// Looks at tests, and at what is kept for tests in other files.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    sources.iter().filter(|source| source.is_rust()).flat_map(sleeps).collect()
}

fn sleeps(source: &Source) -> Vec<Finding> {
    let all = tokens(&source.code);
    let calls = all.iter().enumerate().filter(|(index, token)| {
        matches!(token.text, "sleep" | "sleep_until")
            && starts_with(&all[index + 1..], &["("])
            && (*index == 0 || all[index - 1].text != "fn")
    });
    let is_test = is_test(&source.path);
    let parts = if is_test { Vec::new() } else { test_parts(source) };
    let in_tests = calls.filter(|(_, token)| is_test || parts.iter().any(|part| part.contains(&token.at)));
    let lines = in_tests.map(|(_, token)| source.line_at(token.at));
    let bare = lines.filter(|line| !(source.has_comment(*line) || *line > 1 && source.is_comment(line - 1)));
    bare.map(|line| {
        let todo =
            "wait for the condition itself, or say why it must sleep in a comment here or on the line above";
        Finding::new(&source.path, line, "a test sleeps without a reason", todo)
    })
    .collect()
}

/// By the path alone: a test's crate, or a module of tests.
fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&[Source::new(path, text)]).into_iter().map(|it| it.line).collect()
    }

    #[test]
    fn a_sleep_without_a_reason_is_found() {
        assert_eq!(found("a/tests/b.rs", "\nfn t() { std::thread::sleep(x); }"), [2]);
        assert_eq!(found("a/src/b/tests.rs", "fn t() { tokio::time::sleep(x).await; }"), [1]);
        assert_eq!(
            found("a/src/b.rs", "fn f() { sleep(x); }\n#[cfg(test)]\nmod tests {\nfn t() { sleep(x); } }"),
            [4]
        );
        assert_eq!(found("a/tests/b.rs", "// Above, too far.\nlet a = 1;\nsleep(x);"), [3]);
    }

    #[test]
    fn a_reason_beside_or_above_it_is_enough() {
        assert_eq!(found("a/tests/b.rs", "sleep(x); // The token is good for a second."), [0; 0]);
        assert_eq!(found("a/tests/b.rs", "// The token is good for a second.\nsleep(x);"), [0; 0]);
        assert_eq!(
            found("a/tests/b.rs", "fn sleep(x: u8) {} // none\nx(\"sleep(1)\"); oversleep(2);"),
            [0; 0]
        );
    }
}
