//! The token with which Prometheus reads the metrics.

use std::fmt;

use sha2::{Digest, Sha256};

/// A token for the metrics, hidden from `Debug`.
#[derive(Clone)]
pub struct MetricsToken([u8; 32]);

impl MetricsToken {
    /// The shortest token, in characters.
    pub const CHARACTERS_MIN: usize = 16;

    /// A token; `None` if it is too short, or cannot be sent in a header.
    pub fn new(text: &str) -> Option<Self> {
        let is_sendable = text.bytes().all(|byte| byte.is_ascii_graphic());
        (text.len() >= Self::CHARACTERS_MIN && is_sendable).then(|| Self(hash(text)))
    }

    /// Whether a request has this token. Hashes are compared, so the time tells nothing about the token.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.0 == hash(text)
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_fits_into_a_header() {
        let token = MetricsToken::new("sixteen-letters!").unwrap();
        assert!(token.is("sixteen-letters!") && !token.is("sixteen-letters?") && !token.is(""));
        for bad in ["", "fifteen-letters", "sixteen letters!", "sixteen-letters\n", "sixteen-letters\u{e9}"] {
            assert!(MetricsToken::new(bad).is_none(), "{bad:?}");
        }
    }
}
