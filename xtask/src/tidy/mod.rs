//! `cargo xtask tidy`: the house rules that a program can check, in under a second.
//!
//! Every check is a function of paths and texts. [`files`] reads them, and nothing
//! else here touches the disk.

mod banned;
mod circles;
mod dead;
mod dependencies;
mod files;
mod finding;
mod graph;
mod layers;
mod length;
mod licences;
mod links;
mod modules;
mod sleeps;
mod source;
mod syntax;
mod tokens;
mod toolchain;
mod unit;
mod words;

use std::collections::HashMap;
use std::fmt::Write;

use circles::Uses;
use finding::Finding;
use modules::{Crate, read_crate};
use source::Source;

/// Checks the project; the error lists the findings.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if !args.is_empty() {
        return Err("tidy takes no arguments".to_owned());
    }
    // Cargo reads while this checks.
    let tree = std::thread::spawn(files::tree);
    let sources = files::read()?;
    let mut found = check(&sources);
    let tree = tree.join().map_err(|_| "reading the dependencies failed")??;
    found.extend(dependencies::check(&sources, &tree));
    found.sort();
    if found.is_empty() {
        return Ok(());
    }
    let mut report = String::new();
    for finding in &found {
        let _ = writeln!(report, "{finding}");
    }
    Err(format!("{report}{} findings", found.len()))
}

/// Every finding of every check of the files, in order of path and line.
fn check(sources: &[Source]) -> Vec<Finding> {
    let by_path: HashMap<&str, &Source> =
        sources.iter().map(|source| (source.path.as_str(), source)).collect();
    let crates: Vec<(Crate, Uses)> = dead::roots(sources)
        .into_iter()
        .map(|root| {
            let it = read_crate(root, &by_path);
            let uses = circles::uses(&it, &by_path);
            (it, uses)
        })
        .collect();
    let mut found = circles::check(&crates);
    found.extend(crates.iter().flat_map(|(_, uses)| layers::check_modules(uses)));
    found.extend(layers::check_crates(sources));
    found.extend(dead::check_modules(sources, crates.iter().map(|(it, _)| it)));
    found.extend(dead::check_names(sources));
    found.extend(length::check(sources));
    found.extend(links::check(sources));
    found.extend(sleeps::check(sources));
    found.extend(toolchain::check(sources));
    found.extend(words::check(sources, banned::WORDS));
    found.extend(words::check_parts(sources, banned::PARTS));
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HONEST: &[(&str, &str)] = &[
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/a\"]\n"),
        ("README.md", "# A project\n\nSee [how](docs/how.md#steps).\n"),
        ("docs/how.md", "# Steps\n"),
        ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ("crates/a/src/lib.rs", "//! A crate.\n\nmod b;\n"),
        ("crates/a/src/b.rs", "//! A module.\n\nconst X: &str = include_str!(\"b.lua\");\n"),
        ("crates/a/src/b.lua", "return 1 -- One.\n"),
    ];

    fn found(more: &[(&str, &str)]) -> Vec<String> {
        let all = HONEST.iter().chain(more);
        let mut sources: Vec<Source> = all.map(|(path, text)| Source::new(path, text)).collect();
        // A later file takes the place of an earlier one.
        sources.reverse();
        let mut seen = std::collections::HashSet::new();
        sources.retain(|source| seen.insert(source.path.clone()));
        check(&sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_honest_tree_has_no_findings() {
        assert_eq!(found(&[]), [] as [String; 0]);
    }

    #[test]
    fn every_check_takes_part() {
        let found = found(&[
            ("README.md", "[how](docs/how.md#stairs)\n"),
            ("crates/a/src/lib.rs", "mod b; mod c;"),
            ("crates/a/src/b.rs", "use crate::c::C; pub struct B;"),
            ("crates/a/src/c.rs", "use crate::b::B; pub struct C;"),
            ("crates/a/src/dead.rs", ""),
            ("crates/a/tests/t.rs", "fn t() { sleep(1); }"),
            ("crates/http/src/lib.rs", "mod api; mod web;"),
            ("crates/http/src/api.rs", "use crate::web::W;"),
            ("crates/http/src/web.rs", "pub struct W;"),
            (
                "crates/http/Cargo.toml",
                "[package]\nname = \"onsale-http\"\n[dependencies]\nonsale.workspace = true",
            ),
            ("docs/x.md", concat!("Something that was to", "ld.\n")),
            ("docs/y.md", concat!("In /ho", "me/x.\n")),
        ]);
        let path = |line: &String| line.split(": ").next().unwrap_or_default().to_owned();
        let wanted = [
            "README.md:1",
            "crates/a/src/b.lua:1",
            "crates/a/src/b.rs:1",
            "crates/a/src/dead.rs:1",
            "crates/a/tests/t.rs:1",
            "crates/http/Cargo.toml:4",
            "crates/http/src/api.rs:1",
            "docs/x.md:1",
            "docs/y.md:1",
        ];
        assert_eq!(found.iter().map(path).collect::<Vec<_>>(), wanted);
    }
}
