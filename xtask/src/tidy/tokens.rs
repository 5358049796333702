//! Rust code as words and signs.

use super::syntax::is_word;

/// A word, `::`, or one sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: usize,
}

impl Token<'_> {
    pub(crate) fn is_word(self) -> bool {
        self.text.as_bytes().first().is_some_and(|byte| is_word(*byte) && !byte.is_ascii_digit())
    }

    pub(crate) fn end(self) -> usize {
        self.at + self.text.len()
    }
}

/// Of code in which comments and strings are blank.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let bytes = code.as_bytes();
    let (mut all, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let length = match bytes[at] {
            byte if is_word(byte) => bytes[at..].iter().take_while(|byte| is_word(**byte)).count(),
            b':' if bytes.get(at + 1) == Some(&b':') => 2,
            byte if byte.is_ascii() => 1,
            _ => code[at..].chars().next().map_or(1, char::len_utf8),
        };
        if !bytes[at].is_ascii_whitespace() {
            all.push(Token { text: &code[at..at + length], at });
        }
        at += length;
    }
    all
}

/// Whether these are the next tokens.
pub(crate) fn starts_with(tokens: &[Token<'_>], wanted: &[&str]) -> bool {
    tokens.len() >= wanted.len() && tokens.iter().zip(wanted).all(|(token, wanted)| token.text == *wanted)
}

/// How many tokens the group has that opens at the first, with both ends.
pub(crate) fn group(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// How many tokens the item has that begins here: attributes, and all up to its `;` or the end of its braces.
pub(crate) fn item(tokens: &[Token<'_>]) -> usize {
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text {
            ";" => return at + 1,
            "}" => return at,
            "{" => return at + group(&tokens[at..]),
            "(" | "[" => at += group(&tokens[at..]),
            _ => at += 1,
        }
    }
    at
}

/// Whether an attribute begins here that keeps what follows for tests.
pub(crate) fn is_for_tests(tokens: &[Token<'_>]) -> bool {
    starts_with(tokens, &["#", "[", "cfg", "(", "test", ")"])
        || starts_with(tokens, &["#", "[", "cfg", "(", "all", "(", "test"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_paths_and_signs_are_apart() {
        let texts: Vec<&str> = tokens("use a::b_1;").into_iter().map(|token| token.text).collect();
        assert_eq!(texts, ["use", "a", "::", "b_1", ";"]);
    }

    #[test]
    fn an_item_ends_with_its_braces_or_its_semicolon() {
        let all = tokens("#[a(b; c)] pub(crate) fn f(x: [u8; 2]) -> u8 { { 1 } } use x;");
        assert_eq!(all[item(&all)].text, "use");
        let all = tokens("#[cfg(test)] mod tests; use x;");
        assert!(is_for_tests(&all));
        assert_eq!(all[item(&all)].text, "use");
    }
}
