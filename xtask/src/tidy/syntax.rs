//! Which parts of a file are code and which are prose: comments and the contents of strings.

use std::ops::Range;

/// How a language writes comments and strings.
pub(crate) struct Syntax {
    line_comment: Option<&'static str>,
    block_comment: Option<(&'static str, &'static str)>,
    quotes: &'static [u8],
    is_rust: bool,
}

const RUST: Syntax =
    Syntax { line_comment: Some("//"), block_comment: Some(("/*", "*/")), quotes: b"\"", is_rust: true };
const JAVASCRIPT: Syntax = Syntax { quotes: b"\"'`", is_rust: false, ..RUST };
const CSS: Syntax = Syntax { line_comment: None, quotes: b"\"'", is_rust: false, ..RUST };
const LUA: Syntax = Syntax { line_comment: Some("--"), block_comment: Some(("--[[", "]]")), ..CSS };
const SQL: Syntax = Syntax { line_comment: Some("--"), quotes: b"'", ..CSS };
const HASH: Syntax = Syntax { line_comment: Some("#"), block_comment: None, ..CSS };

/// Of the file at this path; none is a text without code, like a page or a document.
pub(crate) fn syntax_of(path: &str) -> Option<&'static Syntax> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map_or(name, |(_, extension)| extension) {
        "rs" => Some(&RUST),
        "js" => Some(&JAVASCRIPT),
        "css" => Some(&CSS),
        "lua" => Some(&LUA),
        "sql" => Some(&SQL),
        "toml" | "yaml" | "yml" | "sh" | "cfg" | "Dockerfile" | "run" | "gitignore" | "dockerignore" => {
            Some(&HASH)
        }
        _ => None,
    }
}

/// The text twice, with the same length and lines: once the code, once the prose. The rest is blank.
pub(crate) struct Masks {
    pub(crate) code: String,
    pub(crate) prose: String,
    /// Where comments are, marks included.
    pub(crate) comments: Vec<Range<usize>>,
}

/// Splits a text by its syntax.
pub(crate) fn masks(text: &str, syntax: &Syntax) -> Masks {
    let (code, prose, comments) = (blank(text), blank(text), Vec::new());
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, code, prose, comments };
    while scanner.at < scanner.bytes.len() {
        scanner.step(syntax);
    }
    Masks { code: string(&scanner.code), prose: string(&scanner.prose), comments: scanner.comments }
}

/// Spaces, and the line ends of the original.
fn blank(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| if byte == b'\n' { b'\n' } else { b' ' }).collect()
}

/// Copied parts begin and end at ASCII characters, so the text stays valid.
fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    code: Vec<u8>,
    prose: Vec<u8>,
    comments: Vec<Range<usize>>,
}

impl Scanner<'_> {
    fn step(&mut self, syntax: &Syntax) {
        let rest = &self.bytes[self.at..];
        if let Some((open, close)) =
            syntax.block_comment.filter(|(open, _)| rest.starts_with(open.as_bytes()))
        {
            let end = self.end_of_block(open, close, syntax.is_rust);
            return self.comment(end);
        }
        if syntax.line_comment.is_some_and(|mark| rest.starts_with(mark.as_bytes()))
            && self.may_comment(rest[0])
        {
            let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            return self.comment(self.at + length);
        }
        if let Some(hashes) = raw_string(rest).filter(|_| syntax.is_rust && !self.in_word()) {
            return self.raw_string(hashes);
        }
        match rest[0] {
            byte if is_word(byte) => self.copy_code(rest.iter().take_while(|byte| is_word(**byte)).count()),
            b' ' => self.at += rest.iter().take_while(|byte| **byte == b' ').count(),
            quote if syntax.quotes.contains(&quote) => self.quoted(quote),
            b'\'' if syntax.is_rust => self.character_or_lifetime(),
            _ => self.copy_code(1),
        }
    }

    /// `${name#prefix}` and a colour are no comments.
    fn may_comment(&self, mark: u8) -> bool {
        mark != b'#' || self.at == 0 || self.bytes[self.at - 1].is_ascii_whitespace()
    }

    fn in_word(&self) -> bool {
        self.at > 0 && is_word(self.bytes[self.at - 1])
    }

    fn copy_code(&mut self, length: usize) {
        let end = (self.at + length).min(self.bytes.len());
        self.code[self.at..end].copy_from_slice(&self.bytes[self.at..end]);
        self.at = end;
    }

    fn copy_prose(&mut self, end: usize) {
        self.prose[self.at..end].copy_from_slice(&self.bytes[self.at..end]);
        self.at = end;
    }

    /// The marks stay blank, so that a sentence can be read across lines.
    fn comment(&mut self, end: usize) {
        self.comments.push(self.at..end);
        while self.at < end && b"/*!-#[".contains(&self.bytes[self.at]) {
            self.at += 1;
        }
        self.copy_prose(end);
    }

    fn end_of_block(&self, open: &str, close: &str, nests: bool) -> usize {
        let (mut at, mut depth) = (self.at + open.len(), 1);
        while at < self.bytes.len() {
            let rest = &self.bytes[at..];
            if rest.starts_with(close.as_bytes()) {
                (at, depth) = (at + close.len(), depth - 1);
                if depth == 0 {
                    return at;
                }
            } else if nests && rest.starts_with(open.as_bytes()) {
                (at, depth) = (at + open.len(), depth + 1);
            } else {
                at += 1;
            }
        }
        self.bytes.len()
    }

    fn quoted(&mut self, quote: u8) {
        self.copy_code(1);
        let mut end = self.at;
        while end < self.bytes.len() && self.bytes[end] != quote {
            end += if self.bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.copy_prose(end.min(self.bytes.len()));
        self.copy_code(1);
    }

    fn raw_string(&mut self, hashes: usize) {
        let open = self.bytes[self.at..].iter().position(|byte| *byte == b'"').unwrap_or(0) + 1;
        self.copy_code(open);
        let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
        let rest = &self.bytes[self.at..];
        let length = rest.windows(close.len()).position(|part| part == close).unwrap_or(rest.len());
        self.copy_prose(self.at + length);
        self.copy_code(close.len());
    }

    fn character_or_lifetime(&mut self) {
        let rest = &self.bytes[self.at + 1..];
        let end = if rest.first() == Some(&b'\\') {
            rest.iter().skip(2).position(|byte| *byte == b'\'').map(|length| length + 2)
        } else {
            // One character, of one to four bytes.
            let is_one = |length: &usize| {
                std::str::from_utf8(&rest[..*length]).is_ok_and(|it| it.chars().count() == 1)
            };
            (1..=4).find(|length| rest.get(*length) == Some(&b'\'')).filter(is_one)
        };
        match end {
            Some(length) => self.at += length + 2,
            None => self.copy_code(1),
        }
    }
}

/// The number of hashes, if a raw string begins here.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let rest = rest.strip_prefix(b"b").or_else(|| rest.strip_prefix(b"c")).unwrap_or(rest);
    let rest = rest.strip_prefix(b"r")?;
    let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
    (rest.get(hashes) == Some(&b'"')).then_some(hashes)
}

/// Whether a byte belongs to a word or an identifier.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(path: &str, text: &str) -> (String, String) {
        let masks = masks(text, syntax_of(path).unwrap());
        assert_eq!((masks.code.len(), masks.prose.len()), (text.len(), text.len()));
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        (words(&masks.code), words(&masks.prose))
    }

    #[test]
    fn comments_and_strings_are_prose() {
        let (code, prose) =
            split("a.rs", "/// Says é.\nlet x = \"one \\\" // two\"; /* a /* b */ c */ let y = 'z';");
        assert_eq!(code, "let x = \" \"; let y = ;");
        assert_eq!(prose, "Says é. one \\\" // two a /* b */ c */");
    }

    #[test]
    fn raw_strings_and_lifetimes_differ_from_quotes() {
        let (code, prose) =
            split("a.rs", "fn f<'a>(x: &'a str) { r#\"say \"hi\"\"#; '\"'; '\\''; bar\"s\" }");
        assert_eq!(code, "fn f<'a>(x: &'a str) { r#\" \"#; ; ; bar\" \" }");
        assert_eq!(prose, "say \"hi\" s");
    }

    #[test]
    fn every_language_has_its_marks() {
        assert_eq!(split("a.lua", "local x = 1 -- why\n--[[ long\none ]] y()").1, "why long one ]]");
        assert_eq!(split("a.sql", "SELECT 1 -- why\n").0, "SELECT 1");
        assert_eq!(split("a.css", "a { b: url(//c) } /* d */").0, "a { b: url(//c) }");
        assert_eq!(split("run", "echo ${a#b} # c").0, "echo ${a#b}");
    }
}
