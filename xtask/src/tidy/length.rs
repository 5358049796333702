//! Functions, files and comments that are too long.

use super::finding::Finding;
use super::source::Source;
use super::syntax::syntax_of;
use super::tokens::{item, tokens};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 450;
const WIDTH_MAX: usize = 110;
const SPLIT: &str = "move a part with a name of its own to a new place";

/// Languages whose files and functions are counted.
fn is_counted(source: &Source) -> bool {
    matches!(source.extension(), "rs" | "js" | "css" | "lua" | "sql" | "sh") || source.name() == "run"
}

/// Reports what is past its bound.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let ours = sources.iter().filter(|source| !source.code.is_empty());
    ours.flat_map(|source| {
        let counted = is_counted(source).then(|| file(source).into_iter().chain(functions(source)));
        counted.into_iter().flatten().chain(comments(source)).collect::<Vec<_>>()
    })
    .collect()
}

fn file(source: &Source) -> Option<Finding> {
    let lines = source.text.lines().count();
    let what = format!("the file has {lines} lines, more than {FILE_LINES_MAX}");
    (lines > FILE_LINES_MAX).then(|| Finding::new(&source.path, 1, what, SPLIT))
}

fn functions(source: &Source) -> Vec<Finding> {
    let all = if source.is_rust() { rust_functions(source) } else { indented_functions(source) };
    let long = all.into_iter().filter(|(first, last)| last - first + 1 > FUNCTION_LINES_MAX);
    long.map(|(first, last)| {
        let what = format!("the function has {} lines, more than {FUNCTION_LINES_MAX}", last - first + 1);
        Finding::new(&source.path, first, what, SPLIT)
    })
    .collect()
}

/// First and last line of every function with a body.
fn rust_functions(source: &Source) -> Vec<(usize, usize)> {
    let all = tokens(&source.code);
    let mut found = Vec::new();
    for (index, token) in all.iter().enumerate() {
        let is_function = token.text == "fn" && all.get(index + 1).is_some_and(|name| name.is_word());
        let last = all[index + item(&all[index..]).max(1) - 1];
        if is_function && last.text == "}" {
            found.push((source.line_at(token.at), source.line_at(last.at)));
        }
    }
    found
}

/// The same for languages whose functions end at the indentation at which they begin.
fn indented_functions(source: &Source) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = source.code.lines().collect();
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let begins = |line: &str| {
        line.contains("function") || line.trim_end().ends_with("=> {") || line.trim_end().ends_with("() {")
    };
    let ends = |line: &str| line.trim_start().starts_with('}') || line.trim_start().starts_with("end");
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate().filter(|(_, line)| begins(line)) {
        let is_last = |other: &str| indentation(other) == indentation(line) && ends(other);
        if let Some(length) = lines[first + 1..].iter().position(|other| is_last(other)) {
            found.push((first + 1, first + length + 2));
        }
    }
    found
}

fn comments(source: &Source) -> Vec<Finding> {
    if syntax_of(&source.path).is_none() {
        return Vec::new();
    }
    let lines = source.text.lines().enumerate().map(|(index, text)| (index + 1, text.chars().count()));
    let wide = lines.filter(|(line, width)| *width > WIDTH_MAX && source.has_comment(*line));
    wide.map(|(line, width)| {
        let what = format!("the comment is {width} columns wide, more than {WIDTH_MAX}");
        Finding::new(&source.path, line, what, "break the line")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(usize, String)> {
        check(&[Source::new(path, text)]).into_iter().map(|it| (it.line, it.what)).collect()
    }

    #[test]
    fn a_long_function_is_found() {
        let rust = |lines: usize| format!("\nfn f() {{\n{}}}\n", "    x();\n".repeat(lines - 2));
        assert_eq!(found("a.rs", &rust(70)), []);
        assert_eq!(found("a.rs", &rust(71)), [(2, "the function has 71 lines, more than 70".to_owned())]);
        let script = |lines: usize| format!("export function f() {{\n{}}}\n", "  x();\n".repeat(lines - 2));
        assert_eq!(found("a.js", &script(70)), []);
        assert_eq!(found("a.js", &script(71)).len(), 1);
        let lua = format!("local function f()\n{}end\n", "  x()\n".repeat(69));
        assert_eq!(found("a.lua", &lua).len(), 1);
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(found("a.css", &"a {}\n".repeat(450)), []);
        assert_eq!(found("a.css", &"a {}\n".repeat(451)).len(), 1);
        assert_eq!(found("README.md", &"words\n".repeat(451)), []);
    }

    #[test]
    fn a_wide_comment_is_found_and_a_wide_string_is_not() {
        assert_eq!(found("a.rs", &format!("// {}\n", "é".repeat(107))), []);
        assert_eq!(found("a.rs", &format!("x();\n// {}\n", "é".repeat(108)))[0].0, 2);
        assert_eq!(found("a.rs", &format!("let x = \"{}\";\n", "é".repeat(108))), []);
    }
}
