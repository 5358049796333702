//! Files of a crate that import each other in a circle.
//!
//! A module may use its parent's items and a parent its children's, so a circle through the parent of all its
//! files is allowed. Modules behind `#[cfg(test)]` are left out; crates in `tests` folders are checked.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::finding::Finding;
use super::graph::circles_of;
use super::modules::{Crate, Target};
use super::source::Source;

/// From a file to the files that it uses, each with the line that first does.
pub(crate) type Uses = BTreeMap<String, BTreeMap<String, usize>>;

/// Which files of a crate use which.
pub(crate) fn uses(of: &Crate, sources: &HashMap<&str, &Source>) -> Uses {
    let mut all = Uses::new();
    for (index, module) in of.modules.iter().enumerate() {
        let imports =
            module.unit.imports.iter().map(|import| (&import.path, import.at, import.name.is_none()));
        let paths = module.unit.paths.iter().map(|(path, at)| (path, *at, false));
        for (path, at, is_all) in imports.chain(paths) {
            let file = match of.resolve(index, path) {
                Some(Target::Item(there)) => &of.modules[there].file,
                Some(Target::Module(there)) if is_all => &of.modules[there].file,
                // A module that is named alone: what is used of it stands elsewhere.
                _ => continue,
            };
            if *file != module.file {
                let line = sources.get(module.file.as_str()).map_or(0, |source| source.line_at(at));
                let first = all.entry(module.file.clone()).or_default().entry(file.clone()).or_insert(line);
                *first = line.min(*first);
            }
        }
    }
    all
}

/// Reports every circle of the crates, each once.
pub(crate) fn check(crates: &[(Crate, Uses)]) -> Vec<Finding> {
    let circles: BTreeSet<Vec<String>> =
        crates.iter().flat_map(|(of, uses)| circles_in(&parents(of), uses)).collect();
    circles.into_iter().map(|circle| report(&circle, crates)).collect()
}

/// Below each file in turn, circles through at least two of its children.
fn circles_in(parents: &HashMap<String, Option<String>>, uses: &Uses) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let heads: HashSet<&String> = parents.values().flatten().collect();
    for head in heads {
        let branch: HashMap<&str, &str> = parents
            .keys()
            .filter_map(|file| Some((file.as_str(), child_towards(head, file, parents)?)))
            .collect();
        let next = |file: &str| -> Vec<String> {
            let files = uses.get(file).into_iter().flatten().map(|(used, _)| used);
            files.filter(|used| branch.contains_key(used.as_str())).cloned().collect()
        };
        let mut below: Vec<String> = branch.keys().map(|file| (*file).to_owned()).collect();
        below.sort();
        found.extend(circles_of(&below, next).into_iter().filter(|circle| {
            let branches: HashSet<_> = circle.iter().map(|file| branch[file.as_str()]).collect();
            branches.len() > 1
        }));
    }
    found
}

/// The child of `head` that is `file` or one of its ancestors.
fn child_towards<'a>(
    head: &str,
    file: &'a str,
    parents: &'a HashMap<String, Option<String>>,
) -> Option<&'a str> {
    let mut current = file;
    loop {
        let parent = parents.get(current)?.as_deref()?;
        if parent == head {
            return Some(current);
        }
        current = parent;
    }
}

/// Of each file, the file of its parent module.
fn parents(of: &Crate) -> HashMap<String, Option<String>> {
    let mut all = HashMap::new();
    for module in &of.modules {
        let parent = module.parent.map(|parent| of.modules[parent].file.clone());
        if parent.as_ref() != Some(&module.file) {
            all.entry(module.file.clone()).or_insert(parent);
        }
    }
    all
}

/// Says who is in the circle, and walks once around a part of it.
fn report(circle: &[String], crates: &[(Crate, Uses)]) -> Finding {
    let uses_of = |file: &String| {
        let mut all: Vec<(&String, usize)> = Vec::new();
        for (_, uses) in crates {
            let used = uses.get(file).into_iter().flatten();
            all.extend(used.filter(|(used, _)| circle.contains(used)).map(|(used, line)| (used, *line)));
        }
        all
    };
    let walk = shortest_walk(&circle[0], &uses_of);
    let steps: Vec<String> = walk.iter().map(|(file, line)| format!("{file}:{line}")).collect();
    let what = format!(
        "{} files import each other in a circle: {} (one way round: {})",
        circle.len(),
        circle.join(", "),
        steps.join(" -> ")
    );
    Finding::new(
        &circle[0],
        walk.first().map_or(1, |(_, line)| *line),
        what,
        "move what both need to a file of its own",
    )
}

/// The files of the shortest way from `start` back to itself, each with the line that leads to the next.
fn shortest_walk<'a>(
    start: &'a String,
    uses_of: &impl Fn(&String) -> Vec<(&'a String, usize)>,
) -> Vec<(&'a String, usize)> {
    let mut came_from: HashMap<&String, (&'a String, usize)> = HashMap::new();
    let mut ahead = std::collections::VecDeque::from([start]);
    while let Some(file) = ahead.pop_front() {
        for (used, line) in uses_of(file) {
            if came_from.contains_key(used) {
                continue;
            }
            came_from.insert(used, (file, line));
            if used == start {
                let mut walk = vec![came_from[used]];
                while walk[0].0 != start {
                    walk.insert(0, came_from[walk[0].0]);
                }
                return walk;
            }
            ahead.push_back(used);
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::modules::read_crate;
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        let by_path = sources.iter().map(|source| (source.path.as_str(), source)).collect();
        let of = read_crate("src/lib.rs", &by_path);
        let uses = uses(&of, &by_path);
        check(&[(of, uses)]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn two_files_that_import_each_other_are_found() {
        let found = found(&[
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "\nuse crate::b::B; pub struct A;"),
            ("src/b.rs", "fn f() { super::a::A; } pub struct B;"),
            ("src/c.rs", "use crate::a::A;"),
        ]);
        assert_eq!(
            found,
            [
                "src/a.rs:2: 2 files import each other in a circle: src/a.rs, src/b.rs (one way round: src/a.rs:2 -> \
              src/b.rs:1); move what both need to a file of its own"
            ]
        );
    }

    #[test]
    fn parent_and_child_may_use_each_other() {
        let found = found(&[
            ("src/lib.rs", "mod a; pub struct Root; use a::A;"),
            ("src/a.rs", "mod b; mod c; use crate::Root; pub struct A; use b::B; use c::C;"),
            ("src/a/b.rs", "use super::A; use super::c::C; pub struct B;"),
            ("src/a/c.rs", "use super::A; pub struct C;"),
        ]);
        assert_eq!(found, [] as [String; 0]);
    }

    #[test]
    fn a_child_does_not_hide_a_circle_of_its_parent() {
        let found = found(&[
            ("src/lib.rs", "mod writer; mod line;"),
            ("src/writer.rs", "mod task; use task::Task; pub struct Writer;"),
            ("src/writer/task.rs", "use crate::line::Line; pub struct Task;"),
            ("src/line.rs", "use crate::writer::Writer; pub struct Line;"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("3 files"), "{found:?}");
    }

    #[test]
    fn a_reexported_name_counts_for_the_file_that_defines_it() {
        let found = found(&[
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "mod inner; pub use inner::Thing; use crate::b::B;"),
            ("src/a/inner.rs", "pub struct Thing;"),
            ("src/b.rs", "use crate::a::Thing; pub struct B;"),
        ]);
        assert_eq!(found, [] as [String; 0]);
    }

    #[test]
    fn tests_of_a_module_may_use_what_they_like() {
        let found = found(&[
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
            ("src/b.rs", "use crate::a::A; pub struct B;"),
        ]);
        assert_eq!(found, [] as [String; 0]);
    }
}
