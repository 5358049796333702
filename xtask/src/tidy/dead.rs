//! Finds dead files: Rust files without a `mod`, and pages, scripts and pictures whose name appears nowhere.

use std::collections::HashSet;

use super::finding::Finding;
use super::modules::{Crate, folder_of};
use super::source::Source;

/// Extensions of files that a program includes by name.
const NAMED: &[&str] = &["html", "js", "css", "lua", "svg", "sh", "cfg"];
/// Extensions of files that may also be named by their folder.
const NAMED_BY_FOLDER: &[&str] = &["sql", "png"];

/// Root files of crates among these.
pub(crate) fn roots(sources: &[Source]) -> Vec<&str> {
    let packages = sources.iter().filter(|source| source.name() == "Cargo.toml");
    let folders: HashSet<&str> = packages.map(|source| folder_of(&source.path)).collect();
    sources
        .iter()
        .filter(|source| source.is_rust() && is_root(&source.path, &folders))
        .map(|it| it.path.as_str())
        .collect()
}

fn is_root(path: &str, packages: &HashSet<&str>) -> bool {
    let mut folder = folder_of(path);
    while !packages.contains(folder) && !folder.is_empty() {
        folder = folder_of(folder);
    }
    let inside = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
    let parts: Vec<&str> = inside.split('/').collect();
    match parts.as_slice() {
        ["src", rest @ ..] => matches!(rest, ["lib.rs" | "main.rs"] | ["bin", _] | ["bin", _, "main.rs"]),
        ["tests" | "benches" | "examples", rest @ ..] => matches!(rest, [_] | [_, "main.rs"]),
        rest => rest == ["build.rs"],
    }
}

/// Reports Rust files that none of the crates reaches.
pub(crate) fn check_modules<'a>(
    sources: &[Source],
    crates: impl IntoIterator<Item = &'a Crate>,
) -> Vec<Finding> {
    let reached: HashSet<&String> = crates.into_iter().flat_map(|it| &it.reached).collect();
    let dead = sources.iter().filter(|source| source.is_rust() && !reached.contains(&source.path));
    dead.map(|source| Finding::new(&source.path, 1, "no `mod` reaches this file", "declare it, or delete it"))
        .collect()
}

/// Reports other files whose name no text has.
pub(crate) fn check_names(sources: &[Source]) -> Vec<Finding> {
    let mut names = HashSet::new();
    for source in sources {
        // A word with a dot may be a file's name, and one with a slash a folder's.
        let words = source.text.split(|it: char| !(it.is_ascii_alphanumeric() || "_-./".contains(it)));
        for word in words.filter(|word| word.contains(['.', '/'])) {
            let name = word.rsplit('/').next().unwrap_or(word);
            // A name at the end of a sentence.
            names.extend([name, name.trim_end_matches('.'), word].map(|name| (name, name == source.name())));
        }
    }
    let is_named = |name: &str| names.contains(&(name, false));
    let is_dead = |source: &&Source| {
        let folder = folder_of(&source.path);
        let in_package = folder.find("/src/").map_or(folder, |at| &folder[at + 1..]);
        let by_folder = is_named(folder) || is_named(in_package);
        let extension = source.extension();
        NAMED.contains(&extension) && !is_named(source.name())
            || NAMED_BY_FOLDER.contains(&extension) && !is_named(source.name()) && !by_folder
    };
    let dead = sources.iter().filter(is_dead);
    dead.map(|source| Finding::new(&source.path, 1, "no file names this one", "use it, or delete it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::modules::read_crate;

    fn sources(files: &[(&str, &str)]) -> Vec<Source> {
        files.iter().map(|(path, text)| Source::new(path, text)).collect()
    }

    fn paths(found: Vec<Finding>) -> Vec<String> {
        found.into_iter().map(|it| it.path).collect()
    }

    #[test]
    fn a_file_that_no_mod_names_is_found() {
        let sources = sources(&[
            ("crates/a/Cargo.toml", ""),
            ("crates/a/src/lib.rs", "mod b;"),
            ("crates/a/src/b.rs", ""),
            ("crates/a/src/c.rs", ""),
            ("crates/a/tests/d.rs", "mod support;"),
            ("crates/a/tests/support/mod.rs", ""),
            ("crates/a/tests/e/main.rs", ""),
            ("crates/a/tests/e/f.rs", ""),
        ]);
        let by_path = sources.iter().map(|source| (source.path.as_str(), source)).collect();
        let roots = roots(&sources);
        assert_eq!(roots, ["crates/a/src/lib.rs", "crates/a/tests/d.rs", "crates/a/tests/e/main.rs"]);
        let crates: Vec<Crate> = roots.into_iter().map(|root| read_crate(root, &by_path)).collect();
        assert_eq!(paths(check_modules(&sources, &crates)), ["crates/a/src/c.rs", "crates/a/tests/e/f.rs"]);
    }

    #[test]
    fn a_file_that_no_text_names_is_found() {
        let sources = sources(&[
            ("a/src/lib.rs", "include_str!(\"x/one.lua\"); migrations!(\"src/sql\"); // See two.html."),
            ("a/src/x/one.lua", ""),
            ("a/src/x/two.html", ""),
            ("a/src/x/three.js", "// three.js"),
            ("a/src/sql/V1.sql", ""),
            ("a/src/other/V1.sql", ""),
            ("docs/shots/p.png", ""),
            ("docs/other/p.png", ""),
            ("README.md", "[pictures](docs/shots)"),
        ]);
        assert_eq!(
            paths(check_names(&sources)),
            ["a/src/x/three.js", "a/src/other/V1.sql", "docs/other/p.png"]
        );
    }
}
