//! A file as the checks read it.

use std::ops::Range;

use super::syntax::{Masks, masks, syntax_of};

/// A file's path from the project's root and its text, split into code and prose. Binary files have no text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The code, with everything else blank.
    pub(crate) code: String,
    /// Comments and strings, with everything else blank. In documents and pages, the whole text.
    pub(crate) prose: String,
    comments: Vec<Range<usize>>,
    line_starts: Vec<usize>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let no_code =
            |prose: &str| Masks { code: String::new(), prose: prose.to_owned(), comments: Vec::new() };
        let Masks { code, prose, comments } = match syntax_of(path) {
            _ if is_vendored(path) => no_code(""),
            Some(syntax) => masks(text, syntax),
            None => no_code(text),
        };
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.to_owned(), text: text.to_owned(), code, prose, comments, line_starts }
    }

    /// The line of a byte, from 1.
    pub(crate) fn line_at(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    /// Whether a line (from 1) has a comment, or is within one.
    pub(crate) fn has_comment(&self, line: usize) -> bool {
        let begin = self.line_starts[line - 1];
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        let index = self.comments.partition_point(|comment| comment.end <= begin);
        self.comments.get(index).is_some_and(|comment| comment.start < end)
    }

    /// Whether a line (from 1) has nothing but a comment.
    pub(crate) fn is_comment(&self, line: usize) -> bool {
        let begin = self.line_starts[line - 1];
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        self.has_comment(line) && self.code.get(begin..end).is_some_and(|code| code.trim().is_empty())
    }

    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub(crate) fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }
}

/// Written by others or generated: read for the names in it, but not checked.
pub(crate) fn is_vendored(path: &str) -> bool {
    path.contains("/assets/axe/") || path == "Cargo.lock" || path.starts_with("LICENSE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let source = Source::new("a.rs", "a\nb // c\n");
        assert_eq!([source.line_at(0), source.line_at(1), source.line_at(2)], [1, 1, 2]);
        assert_eq!([1, 2].map(|line| source.has_comment(line)), [false, true]);
        assert!(!source.is_comment(2) && Source::new("a.rs", "\n// c\n").is_comment(2));
    }

    #[test]
    fn what_others_wrote_is_not_checked() {
        assert!(Source::new("crates/testbed/assets/axe/axe.min.js", "// words").prose.is_empty());
        assert_eq!(Source::new("README.md", "words").prose, "words");
    }
}
