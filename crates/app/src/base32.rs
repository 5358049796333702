//! Codes for people: Crockford's base 32, in groups. No letter looks like a digit, and what people confuse
//! when they type is the same.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};

static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzoOiIlL");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.ignore.push_str("- ");
    specification.encoding().expect("the alphabet has 32 symbols")
});

/// The bytes as text, with a hyphen between groups of so many symbols.
pub(crate) fn encode(bytes: &[u8], group: usize) -> String {
    let text = BASE32.encode(bytes);
    let mut grouped = String::with_capacity(text.len() + text.len() / group);
    for (place, symbol) in text.chars().enumerate() {
        if place > 0 && place % group == 0 {
            grouped.push('-');
        }
        grouped.push(symbol);
    }
    grouped
}

/// The bytes of a text as people type it. `None` if it is not one, or has another length.
pub(crate) fn decode<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    BASE32.decode(text.trim().as_bytes()).ok()?.try_into().ok()
}
