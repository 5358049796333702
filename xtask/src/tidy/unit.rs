//! Reads a Rust module: its child modules, imports, paths and definitions.

use std::collections::HashSet;
use std::ops::Range;

use super::source::Source;
use super::tokens::{Token, group, is_for_tests, item, starts_with, tokens};

/// One module, without what it keeps for tests.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    pub(crate) children: Vec<Child>,
    pub(crate) imports: Vec<Import>,
    /// Paths in code, with the byte at which each begins.
    pub(crate) paths: Vec<(Vec<String>, usize)>,
    pub(crate) defines: HashSet<String>,
}

/// A `mod`.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) is_for_tests: bool,
    /// The value of `#[path = "..."]`.
    pub(crate) path: Option<String>,
    /// The module, if it is in the same file.
    pub(crate) inline: Option<Unit>,
}

/// One name of a `use`; without a name, all that is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    pub(crate) name: Option<String>,
    pub(crate) at: usize,
}

/// Reads a file.
pub(crate) fn unit(source: &Source) -> Unit {
    let mut reader = Reader { source, unit: Unit::default() };
    reader.read(&tokens(&source.code));
    reader.unit
}

/// The bytes of a file's items that are kept for tests.
pub(crate) fn test_parts(source: &Source) -> Vec<Range<usize>> {
    let all = tokens(&source.code);
    let mut parts: Vec<Range<usize>> = Vec::new();
    for (index, token) in all.iter().enumerate() {
        if is_for_tests(&all[index..]) && parts.last().is_none_or(|part| part.end <= token.at) {
            let last = all[index + item(&all[index..]) - 1];
            parts.push(token.at..last.end());
        }
    }
    parts
}

struct Reader<'a> {
    source: &'a Source,
    unit: Unit,
}

impl Reader<'_> {
    fn read(&mut self, all: &[Token<'_>]) {
        let mut at = 0;
        while at < all.len() {
            let before = if at == 0 { "" } else { all[at - 1].text };
            at += self.read_one(&all[at..], before);
        }
    }

    /// Reads what begins here, and returns how many tokens that was.
    fn read_one(&mut self, rest: &[Token<'_>], before: &str) -> usize {
        if is_for_tests(rest) {
            let length = item(rest);
            self.read_modules_for_tests(&rest[..length]);
            return length.max(1);
        }
        match rest[0].text {
            "#" if starts_with(&rest[1..], &["["]) => self.read_attribute(rest),
            "use" => self.read_use(rest),
            "mod" if rest.get(1).is_some_and(|name| name.is_word()) => self.read_mod(rest, None, false),
            "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" => {
                self.define(rest.get(1));
                1
            }
            "macro_rules" => {
                self.define(rest.get(2));
                1
            }
            _ if rest[0].is_word() && !["::", ".", "$"].contains(&before) => self.read_path(rest),
            _ => 1,
        }
    }

    fn define(&mut self, name: Option<&Token<'_>>) {
        self.unit.defines.extend(name.filter(|name| name.is_word()).map(|name| name.text.to_owned()));
    }

    /// Skips an attribute, but reads `#[path]` and the module that it belongs to.
    fn read_attribute(&mut self, rest: &[Token<'_>]) -> usize {
        let length = 1 + group(&rest[1..]);
        let path = starts_with(&rest[2..], &["path", "="]).then(|| {
            let inside = &self.source.text[rest[3].end()..rest[length - 1].at];
            inside.trim().trim_matches('"').to_owned()
        });
        let mut item = &rest[length..];
        while path.is_some() && starts_with(item, &["#", "["]) {
            item = &item[1 + group(&item[1..])..];
        }
        match path {
            Some(path) if starts_with(item, &["mod"]) => {
                rest.len() - item.len() + self.read_mod(item, Some(path), false)
            }
            _ => length,
        }
    }

    fn read_mod(&mut self, rest: &[Token<'_>], path: Option<String>, is_for_tests: bool) -> usize {
        let Some((name, body)) = rest.get(1).zip(rest.get(2)) else { return 1 };
        let (inline, length) = if body.text == "{" {
            let length = group(&rest[2..]);
            let mut inside = Reader { source: self.source, unit: Unit::default() };
            inside.read(&rest[3..(2 + length).max(4) - 1]);
            (Some(inside.unit), 2 + length)
        } else {
            (None, 3)
        };
        self.unit.children.push(Child { name: name.text.to_owned(), is_for_tests, path, inline });
        length
    }

    fn read_modules_for_tests(&mut self, rest: &[Token<'_>]) {
        let mut at = 0;
        while at < rest.len() {
            match rest[at].text {
                "mod" if starts_with(&rest[(at + 2).min(rest.len())..], &[";"]) => {
                    at += self.read_mod(&rest[at..], None, true);
                }
                _ => at += 1,
            }
        }
    }

    fn read_path(&mut self, rest: &[Token<'_>]) -> usize {
        let mut path = vec![rest[0].text.to_owned()];
        let mut at = 1;
        while starts_with(&rest[at..], &["::"]) && rest.get(at + 1).is_some_and(|next| next.is_word()) {
            path.push(rest[at + 1].text.to_owned());
            at += 2;
        }
        if path.len() > 1 {
            self.unit.paths.push((path, rest[0].at));
        }
        at
    }

    fn read_use(&mut self, rest: &[Token<'_>]) -> usize {
        let length = rest.iter().position(|token| token.text == ";").unwrap_or(rest.len());
        let mut tree = &rest[1..length];
        if !starts_with(tree, &["::"]) && !starts_with(tree, &["<"]) {
            while !tree.is_empty() {
                tree = self.read_tree(tree, &[]);
            }
        }
        length.max(1)
    }

    /// Reads one branch of a `use`, and returns the rest.
    fn read_tree<'t>(&mut self, tree: &'t [Token<'t>], prefix: &[String]) -> &'t [Token<'t>] {
        let (mut path, mut at) = (prefix.to_vec(), 0);
        let begin = tree[0].at;
        while at < tree.len() {
            match tree[at].text {
                "," => return &tree[at + 1..],
                "::" => at += 1,
                "*" => {
                    self.unit.imports.push(Import { path: path.clone(), name: None, at: begin });
                    at += 1;
                }
                "{" => {
                    let length = group(&tree[at..]);
                    let mut inside = &tree[at + 1..at + length - 1];
                    while !inside.is_empty() {
                        inside = self.read_tree(inside, &path);
                    }
                    at += length;
                }
                name => {
                    if name != "self" || path.is_empty() {
                        path.push(name.to_owned());
                    }
                    at += 1;
                    if !starts_with(&tree[at..], &["::"]) {
                        let is_renamed = starts_with(&tree[at..], &["as"]) && at + 1 < tree.len();
                        let name = if is_renamed {
                            Some(tree[at + 1].text.to_owned())
                        } else {
                            path.last().cloned()
                        };
                        self.unit.imports.push(Import { path: path.clone(), name, at: begin });
                        at += if is_renamed { 2 } else { 0 };
                    }
                }
            }
        }
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Unit {
        unit(&Source::new("src/lib.rs", text))
    }

    fn imports(text: &str) -> Vec<String> {
        let show =
            |import: Import| format!("{} = {}", import.name.unwrap_or("*".into()), import.path.join("::"));
        read(text).imports.into_iter().map(show).collect()
    }

    #[test]
    fn every_name_of_a_use_is_an_import() {
        let found = imports("pub(crate) use crate::a::{self, b::{C, D as E}, f::*}; use super::g;");
        let wanted =
            ["a = crate::a", "C = crate::a::b::C", "E = crate::a::b::D", "* = crate::a::f", "g = super::g"];
        assert_eq!(found, wanted);
    }

    #[test]
    fn modules_are_found_with_their_files() {
        let unit = read(
            "mod a; #[path = \"../b/c.rs\"] #[allow(x)] mod d; mod e { use f; }\n#[cfg(test)]\nmod tests;",
        );
        let seen: Vec<_> =
            unit.children.iter().map(|child| (child.name.as_str(), child.path.as_deref())).collect();
        assert_eq!(seen, [("a", None), ("d", Some("../b/c.rs")), ("e", None), ("tests", None)]);
        assert!(unit.children[3].is_for_tests);
        assert_eq!(unit.children[2].inline.as_ref().unwrap().imports.len(), 1);
    }

    #[test]
    fn paths_are_read_in_code_and_not_in_tests_or_prose() {
        let unit = read(
            "fn f() { crate::a::b(x.y); } // crate::no\n#[cfg(test)] mod tests { use crate::no; crate::no(); }",
        );
        assert_eq!(unit.paths, [(vec!["crate".to_owned(), "a".to_owned(), "b".to_owned()], 9)]);
        assert!(unit.imports.is_empty() && unit.defines.contains("f"));
    }

    #[test]
    fn parts_for_tests_are_found() {
        let source = Source::new("src/lib.rs", "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}");
        let parts = test_parts(&source);
        assert_eq!(parts.len(), 1);
        assert_eq!(&source.text[parts[0].clone()], "#[cfg(test)]\nmod tests { fn b() {} }");
    }
}
