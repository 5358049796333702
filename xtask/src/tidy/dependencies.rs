//! Checks Cargo.lock against the lists of deny.toml: sources, licences, second versions and banned crates.
//!
//! cargo-deny reads the same lists and checks more, but takes minutes to install. This runs every time.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::licences::is_allowed;
use super::source::Source;

const LOCK: &str = "Cargo.lock";
const RULES: &str = "deny.toml";
/// Cargo's default registry, in halves: no file names it but the lock.
const REGISTRY: &str = concat!("registry+https://github.com/rust-lang/crates", ".io-index");

/// Checks sources and names in the lock, and licences and versions in the tree, which has only what is built.
///
/// A line of the tree is `name vVERSION|LICENCE`, as `cargo tree --format {p}|{l}` prints it.
pub(crate) fn check(sources: &[Source], tree: &str) -> Vec<Finding> {
    let text =
        |path: &str| sources.iter().find(|source| source.path == path).map(|source| source.text.as_str());
    let (Some(lock), Some(rules)) = (text(LOCK), text(RULES)) else { return Vec::new() };
    let mut found = check_lock(lock, &list(rules, "bans", "deny"));
    let packages = packages(tree);
    found.extend(check_licences(&packages, &list(rules, "licenses", "allow"), lock));
    found.extend(check_versions(&packages, &list(rules, "bans", "skip"), lock));
    found
}

/// A package's version and licence by its name.
type Packages<'a> = BTreeMap<&'a str, BTreeSet<(&'a str, &'a str)>>;

fn packages(tree: &str) -> Packages<'_> {
    let mut all = Packages::new();
    for line in tree.lines() {
        let Some((package, licence)) = line.split_once('|') else { continue };
        let mut words = package.split_whitespace();
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let licence = licence.trim_end_matches("(*)").trim();
        all.entry(name).or_default().insert((version.trim_start_matches('v'), licence));
    }
    all
}

fn check_lock(lock: &str, banned: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, line) in lock.lines().enumerate() {
        let Some((key, value)) = line.split_once(" = ") else { continue };
        let value = value.trim_matches('"');
        if key == "source" && value != REGISTRY {
            let todo = "take the package from cargo's default registry";
            found.push(Finding::new(LOCK, index + 1, format!("a package comes from {value}"), todo));
        }
        if key == "name" && banned.iter().any(|name| name == value) {
            let todo = "see deny.toml for what takes its place";
            found.push(Finding::new(LOCK, index + 1, format!("{value} is banned"), todo));
        }
    }
    found
}

fn check_licences(packages: &Packages<'_>, allowed: &[String], lock: &str) -> Vec<Finding> {
    let all =
        packages.iter().flat_map(|(name, versions)| versions.iter().map(move |version| (name, version)));
    let refused = all.filter(|(_, (_, licence))| !is_allowed(licence, allowed));
    refused
        .map(|(name, (version, licence))| {
            let what = format!("the licence of {name} {version} is `{licence}`");
            Finding::new(LOCK, line_of(name, lock), what, "do without it, or allow the licence in deny.toml")
        })
        .collect()
}

fn check_versions(packages: &Packages<'_>, skipped: &[String], lock: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, versions) in packages {
        let is_skipped = |version: &str| {
            skipped.iter().filter_map(|it| it.split_once('@')).any(|(other, prefix)| {
                let rest = version.strip_prefix(prefix).filter(|_| other == *name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        let kept: Vec<&str> =
            versions.iter().map(|(version, _)| *version).filter(|it| !is_skipped(it)).collect();
        if kept.len() > 1 {
            let what = format!("{name} has {} versions: {}", kept.len(), kept.join(", "));
            let todo = "make them one, or add the older ones to `skip` in deny.toml";
            found.push(Finding::new(LOCK, line_of(name, lock), what, todo));
        }
    }
    found
}

/// Where the lock first names a package.
fn line_of(name: &str, lock: &str) -> usize {
    let wanted = format!("name = \"{name}\"");
    lock.lines().position(|line| line == wanted).map_or(1, |index| index + 1)
}

/// The strings of a list in a section of a TOML file, one a line.
fn list(text: &str, section: &str, key: &str) -> Vec<String> {
    let heading = format!("[{section}]");
    let begin = format!("{key} = [");
    let lines = text.lines().map(str::trim).skip_while(|line| *line != heading).skip(1);
    let inside = lines.take_while(|line| !(line.starts_with('[') && line.ends_with(']')));
    let values = inside.skip_while(|line| !line.starts_with(&begin)).skip(1).take_while(|line| *line != "]");
    values
        .filter(|line| line.starts_with('"'))
        .filter_map(|line| line.split('"').nth(1).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "[licenses]\nallow = [\n    \"MIT\",\n]\n\n[bans]\ndeny = [\n    # TLS is ours.\n    \"openssl\",\n]\n\
                        skip = [\n    \"a@1\",\n]\n";

    fn found(lock: &str, tree: &str) -> Vec<String> {
        let sources = [Source::new("deny.toml", DENY), Source::new("Cargo.lock", lock)];
        check(&sources, tree).iter().map(|it| format!("{}: {}", it.line, it.what)).collect()
    }

    fn locked(source: &str, name: &str) -> String {
        format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n")
    }

    #[test]
    fn an_honest_lock_passes() {
        let tree =
            "own v0.1.0 (somewhere)|MIT\na v1.2.0|MIT OR Apache-2.0\n\na v2.0.0|MIT (*)\na v2.0.0|MIT\n";
        assert_eq!(found(&locked(REGISTRY, "a"), tree), [] as [String; 0]);
    }

    #[test]
    fn other_sources_and_banned_crates_are_found() {
        let lock = locked("git+https://example.org/b", "openssl");
        assert_eq!(
            found(&lock, ""),
            ["2: openssl is banned", "4: a package comes from git+https://example.org/b"]
        );
    }

    #[test]
    fn other_licences_are_found() {
        let found = found(&locked(REGISTRY, "a"), "a v1.0.0|GPL-3.0\nb v1.0.0|\n");
        assert_eq!(found, ["2: the licence of a 1.0.0 is `GPL-3.0`", "1: the licence of b 1.0.0 is ``"]);
    }

    #[test]
    fn second_versions_are_found() {
        let found = found("", "a v1.0.0|MIT\na v2.0.0|MIT\na v10.0.0|MIT\n");
        assert_eq!(found, ["1: a has 2 versions: 10.0.0, 2.0.0"]);
    }
}
