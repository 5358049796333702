//! The modules of a crate, and the file from which a name comes.

use std::collections::{HashMap, HashSet};

use super::source::Source;
use super::unit::{Child, Import, Unit, unit};

/// Aliases of aliases end here.
const DEPTH_MAX: usize = 16;

/// One crate: a library, a program or a test, from its root file.
pub(crate) struct Crate {
    pub(crate) modules: Vec<Module>,
    /// All files that some `mod` reaches, those for tests included.
    pub(crate) reached: HashSet<String>,
}

/// A module, in a file or inside a file.
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) parent: Option<usize>,
    pub(crate) children: HashMap<String, usize>,
    pub(crate) unit: Unit,
}

/// What a path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Module(usize),
    /// Something that stands in this module.
    Item(usize),
}

/// Where the files of a module's children are.
struct Place<'a> {
    /// The folder of its own file, to which `#[path]` is relative.
    folder: &'a str,
    /// The folder of its children.
    inside: String,
}

/// Reads a crate from its root file.
pub(crate) fn read_crate(root: &str, sources: &HashMap<&str, &Source>) -> Crate {
    let mut all = Crate { modules: Vec::new(), reached: HashSet::new() };
    if let Some(source) = sources.get(root) {
        all.reached.insert(root.to_owned());
        let index = all.add(root, None, unit(source));
        all.descend(index, &Place { folder: folder_of(root), inside: folder_of(root).to_owned() }, sources);
    }
    all
}

impl Crate {
    fn add(&mut self, file: &str, parent: Option<usize>, unit: Unit) -> usize {
        self.modules.push(Module { file: file.to_owned(), parent, children: HashMap::new(), unit });
        self.modules.len() - 1
    }

    fn descend(&mut self, parent: usize, place: &Place<'_>, sources: &HashMap<&str, &Source>) {
        for mut child in std::mem::take(&mut self.modules[parent].unit.children) {
            if let Some(inline) = child.inline.take() {
                let file = self.modules[parent].file.clone();
                let index = self.adopt(parent, &child.name, &file, inline);
                let inside = join(&place.inside, &child.name);
                self.descend(index, &Place { folder: place.folder, inside }, sources);
            } else if let Some((file, source)) = file_of(&child, place, sources) {
                self.reached.insert(file.clone());
                let inside = folder_for_children(&file, child.path.is_some());
                if child.is_for_tests {
                    let tests =
                        read_crate_of_tests(source, &Place { folder: folder_of(&file), inside }, sources);
                    self.reached.extend(tests.reached);
                } else {
                    let index = self.adopt(parent, &child.name, &file, unit(source));
                    self.descend(index, &Place { folder: folder_of(&file), inside }, sources);
                }
            }
        }
    }

    fn adopt(&mut self, parent: usize, name: &str, file: &str, unit: Unit) -> usize {
        let index = self.add(file, Some(parent), unit);
        self.modules[parent].children.insert(name.to_owned(), index);
        index
    }

    /// What a path means that stands in a module; none if it leads out of the crate.
    pub(crate) fn resolve(&self, module: usize, path: &[String]) -> Option<Target> {
        self.resolve_within(module, path, DEPTH_MAX)
    }

    fn resolve_within(&self, module: usize, path: &[String], depth: usize) -> Option<Target> {
        let depth = depth.checked_sub(1)?;
        let (first, mut rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(module),
            "super" => Target::Module(self.modules[module].parent?),
            name => self.name_in(module, name, depth)?,
        };
        while let (Target::Module(current), Some((next, others))) = (target, rest.split_first()) {
            target = match next.as_str() {
                "super" => Target::Module(self.modules[current].parent?),
                name => self.name_in(current, name, depth).unwrap_or(Target::Item(current)),
            };
            rest = others;
        }
        Some(target)
    }

    /// A child, an imported name, or one of those that are imported all at once.
    fn name_in(&self, module: usize, name: &str, depth: usize) -> Option<Target> {
        let it = &self.modules[module];
        if let Some(child) = it.children.get(name) {
            return Some(Target::Module(*child));
        }
        let is_it = |import: &&Import| import.name.as_deref() == Some(name);
        let mut named = it.unit.imports.iter().filter(is_it);
        if let Some(target) = named.find_map(|import| self.resolve_within(module, &import.path, depth)) {
            return Some(target);
        }
        if it.unit.defines.contains(name) {
            return Some(Target::Item(module));
        }
        let depth = depth.checked_sub(1)?;
        let mut globs = it.unit.imports.iter().filter(|import| import.name.is_none());
        globs.find_map(|glob| match self.resolve_within(module, &glob.path, depth)? {
            Target::Module(there) if there != module => self.name_in(there, name, depth),
            _ => None,
        })
    }
}

fn read_crate_of_tests(source: &Source, place: &Place<'_>, sources: &HashMap<&str, &Source>) -> Crate {
    let mut all = Crate { modules: Vec::new(), reached: HashSet::new() };
    let index = all.add(&source.path, None, unit(source));
    all.descend(index, place, sources);
    all
}

fn file_of<'a>(
    child: &Child,
    place: &Place<'_>,
    sources: &HashMap<&str, &'a Source>,
) -> Option<(String, &'a Source)> {
    let candidates = match &child.path {
        Some(path) => vec![join(place.folder, path)],
        None => vec![
            join(&place.inside, &format!("{}.rs", child.name)),
            join(&place.inside, &format!("{}/mod.rs", child.name)),
        ],
    };
    candidates.into_iter().find_map(|path| sources.get(path.as_str()).map(|source| (path, *source)))
}

/// Of `a/b.rs` it is `a/b`; of `a/mod.rs`, and of a file that `#[path]` names, `a`.
fn folder_for_children(file: &str, is_named_by_path: bool) -> String {
    match file.strip_suffix(".rs") {
        Some(stem) if !is_named_by_path && !file.ends_with("/mod.rs") => stem.to_owned(),
        _ => folder_of(file).to_owned(),
    }
}

/// All before the last `/`.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A relative path from a folder, without `.` and `..`.
pub(crate) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Crate {
        let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        let by_path = sources.iter().map(|source| (source.path.as_str(), source)).collect();
        read_crate(files[0].0, &by_path)
    }

    fn file(all: &Crate, module: usize, path: &str) -> Option<String> {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        let (Target::Module(index) | Target::Item(index)) = all.resolve(module, &path)?;
        Some(all.modules[index].file.clone())
    }

    #[test]
    fn files_are_found_as_the_compiler_finds_them() {
        let all = read(&[
            ("src/lib.rs", "mod a; mod b; #[path = \"odd.rs\"] mod c; #[cfg(test)] mod tests;"),
            ("src/a.rs", "mod inner { mod deep; }"),
            ("src/a/inner/deep.rs", ""),
            ("src/b/mod.rs", "mod x;"),
            ("src/b/x.rs", ""),
            ("src/odd.rs", ""),
            ("src/tests.rs", "mod more;"),
            ("src/tests/more.rs", ""),
            ("src/never.rs", ""),
        ]);
        assert_eq!(all.reached.len(), 8);
        assert!(!all.reached.contains("src/never.rs"));
        assert!(all.modules.iter().all(|module| module.file != "src/tests.rs"));
    }

    #[test]
    fn a_name_comes_from_where_it_is_defined() {
        let all = read(&[
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "mod c; pub use c::Thing; pub use d::*; mod d; pub struct Own;"),
            ("src/a/c.rs", "pub struct Thing;"),
            ("src/a/d.rs", "pub struct Other;"),
            ("src/b.rs", "use crate::a::Thing; use crate::a;"),
        ]);
        let b = all.modules.iter().position(|module| module.file == "src/b.rs").unwrap();
        let file = |path| file(&all, b, path).unwrap_or_default();
        assert_eq!(file("crate::a::Thing"), "src/a/c.rs");
        assert_eq!(file("Thing::new"), "src/a/c.rs");
        assert_eq!(file("crate::a::Other"), "src/a/d.rs");
        assert_eq!(file("super::a::Own"), "src/a.rs");
        assert_eq!(file("a::c::Thing"), "src/a/c.rs");
        assert_eq!(file("std::fmt"), "");
    }

    #[test]
    fn names_that_mean_themselves_end() {
        let all = read(&[
            ("src/lib.rs", "use a::a; use b::*; mod c; pub use c::*;"),
            ("src/c.rs", "pub use super::*;"),
        ]);
        assert_eq!(file(&all, 0, "a::x"), None);
        assert_eq!(file(&all, 0, "c::nothing"), Some("src/c.rs".to_owned()));
    }
}
