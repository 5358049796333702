//! Finds broken relative links in documents, and paths in backticks that do not exist.

use std::collections::{HashMap, HashSet};

use super::finding::Finding;
use super::modules::{folder_of, join};
use super::source::{Source, is_vendored};

/// Documents in which a path in backticks must exist.
const WITH_PATHS: &[&str] = &["ARCHITECTURE.md", "CONTRIBUTING.md"];
/// Files that a path in backticks may name by the end of their path.
const EXTENSIONS: &[&str] = &["rs", "js", "css", "lua", "sql", "html"];

/// Follows every relative link of every document.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let tree = Tree::new(sources);
    let documents = sources.iter().filter(|source| source.extension() == "md" && !is_vendored(&source.path));
    documents.flat_map(|source| tree.check(source)).collect()
}

struct Tree<'a> {
    files: HashMap<&'a str, &'a Source>,
    folders: HashSet<&'a str>,
}

impl<'a> Tree<'a> {
    fn new(sources: &'a [Source]) -> Self {
        let files = sources.iter().map(|source| (source.path.as_str(), source)).collect();
        let mut folders = HashSet::from([""]);
        for source in sources {
            let mut folder = folder_of(&source.path);
            while folders.insert(folder) {
                folder = folder_of(folder);
            }
        }
        Self { files, folders }
    }

    fn check(&self, source: &Source) -> Vec<Finding> {
        let mut found = Vec::new();
        for (line, text) in lines_outside_code(&source.text) {
            let (plain, quoted) = split_code(text);
            for target in targets(&plain) {
                if let Some(what) = self.problem(&source.path, target) {
                    found.push(Finding::new(&source.path, line, what, "fix the link"));
                }
            }
            let paths = quoted.into_iter().filter(|_| WITH_PATHS.contains(&source.path.as_str()));
            for path in paths.filter(|path| is_path(path) && !self.is_there(path)) {
                let what = format!("`{path}` does not exist");
                found.push(Finding::new(&source.path, line, what, "name an existing file"));
            }
        }
        found
    }

    /// What is wrong with a link from a document.
    fn problem(&self, from: &str, target: &str) -> Option<String> {
        if target.contains("://") || target.starts_with("mailto:") {
            return None;
        }
        let (path, anchor) =
            target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
        let path = if path.is_empty() { from.to_owned() } else { join(folder_of(from), path) };
        let Some(file) = self.files.get(path.as_str()) else {
            let is_folder = self.folders.contains(path.as_str()) && anchor.is_none();
            return (!is_folder).then(|| format!("the link {target} is broken"));
        };
        let anchor = anchor.filter(|anchor| !anchors(&file.text).contains(*anchor))?;
        Some(format!("{path} has no heading #{anchor}"))
    }

    /// Whether a file or folder has this path, or one that ends with it.
    fn is_there(&self, path: &str) -> bool {
        let wanted = path.trim_start_matches("./").trim_end_matches('/');
        let is_it = |there: &str| {
            there.strip_suffix(wanted).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        self.files.keys().any(|file| is_it(file)) || self.folders.iter().any(|folder| is_it(folder))
    }
}

/// Whether something in backticks is the path of a file or folder here.
fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    let extension = text.rsplit_once('.').map_or("", |(_, extension)| extension);
    let first = text.split('/').next().unwrap_or_default();
    let is_rooted =
        text.contains('/') && ["crates", "xtask", "docs", "deploy", ".ci", ".github"].contains(&first);
    text.bytes().all(is_plain) && (is_rooted || EXTENSIONS.contains(&extension))
}

/// The lines of a document, from 1, without those of blocks of code.
fn lines_outside_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (!is_code && !is_fence).then_some((index + 1, line))
    })
}

/// The text outside of backticks, and each part inside of them.
fn split_code(line: &str) -> (String, Vec<&str>) {
    let parts = line.split('`').enumerate();
    let (quoted, plain): (Vec<_>, Vec<_>) = parts.partition(|(index, _)| index % 2 == 1);
    // Joining keeps a link whole whose text is in backticks.
    (plain.into_iter().map(|(_, part)| part).collect(), quoted.into_iter().map(|(_, part)| part).collect())
}

/// Of `[text](target)` and `[name]: target`.
fn targets(line: &str) -> Vec<&str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let named =
        line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
    inline.chain(named).map(|target| target.trim_matches(['<', '>'])).collect()
}

/// How headings are linked to.
fn anchors(text: &str) -> HashSet<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut all = HashSet::new();
    for (_, line) in lines_outside_code(text).filter(|(_, line)| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
        let anchor: String = kept.map(|it| if it == ' ' { '-' } else { it }).collect();
        let count = counts.entry(anchor.clone()).or_default();
        all.insert(if *count == 0 { anchor } else { format!("{anchor}-{count}") });
        *count += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        check(&sources).into_iter().map(|it| format!("{}:{}: {}", it.path, it.line, it.what)).collect()
    }

    #[test]
    fn good_links_pass() {
        let readme = "[a](docs/a.md) [b](docs) ![c](docs/c.png) [d](docs/a.md#two-words) [e](#here)\n# `Here`!\n\
                      ```\n[x](nowhere)\n```\n`[x](nowhere)` [f](https://example.org/x) [`g`](docs/a.md#two-words-1)";
        let files = [
            ("README.md", readme),
            ("docs/a.md", "# Two words\n# Two words\n[up](../README.md)"),
            ("docs/c.png", ""),
        ];
        assert_eq!(found(&files), [] as [String; 0]);
    }

    #[test]
    fn broken_links_are_found() {
        let found = found(&[("docs/a.md", "x\n[a](b.md) [c](#d)\n[e]: f.md"), ("b.md", "")]);
        assert_eq!(
            found,
            [
                "docs/a.md:2: the link b.md is broken",
                "docs/a.md:2: docs/a.md has no heading #d",
                "docs/a.md:3: the link f.md is broken"
            ]
        );
    }

    #[test]
    fn a_missing_path_is_found() {
        let text = "`crates/a/src` `crates/b` `src/x.rs` `y.rs` `onsale.toml` `GET /v1/x`";
        let found = found(&[("ARCHITECTURE.md", text), ("crates/a/src/x.rs", "")]);
        assert_eq!(
            found,
            ["ARCHITECTURE.md:1: `crates/b` does not exist", "ARCHITECTURE.md:1: `y.rs` does not exist"]
        );
    }
}
