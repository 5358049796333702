//! The secret that signs tokens.

use std::fmt;

/// Secrets that stood in files of this project: everybody can read them, and so forge any token.
const KNOWN: [&str; 10] = [
    "for-trying-out-only-and-known-to-everybody",
    "a secret of the stories, long enough",
    "a secret of the pages, long enough for all",
    "a secret of these tests, long enough",
    "a secret of the benchmark, longer than 32 bytes",
    "a secret that only the tests of failures share",
    "a-secret-that-nobody-else-can-know",
    "a-secret-of-at-least-thirty-two-bytes",
    "the one that this server was given",
    "so that only the store needs the folder",
];

/// A secret that is hard to guess, hidden from `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a secret is refused. Each text completes "must be".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakSecret {
    /// It is too short.
    #[error("at least 32 bytes")]
    TooShort,
    /// It has few different bytes, or is one text repeated.
    #[error(
        "random: at least 8 different bytes, and not one text repeated; `openssl rand -hex 32` prints such a secret"
    )]
    Repetitive,
    /// It stood in a file of this project.
    #[error(
        "a secret of your own: this one was published with onsale, so everybody knows it; `openssl rand -hex 32` prints one"
    )]
    Published,
}

impl Secret {
    /// The shortest secret, in bytes: RFC 7518 requires an HS256 key at least as long as the hash.
    pub const BYTES_MIN: usize = 32;
    /// The fewest different bytes. Of 32 random hexadecimal digits, one in ten million has fewer.
    pub const DIFFERENT_MIN: usize = 8;

    /// A secret of these bytes.
    ///
    /// # Errors
    /// When somebody could guess it.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, WeakSecret> {
        let bytes = bytes.into();
        if bytes.len() < Self::BYTES_MIN {
            return Err(WeakSecret::TooShort);
        }
        // A file often ends with a newline, and a copied text with a blank.
        let text = bytes.trim_ascii();
        if KNOWN.iter().any(|known| known.as_bytes() == text) {
            return Err(WeakSecret::Published);
        }
        if is_repetitive(text) {
            return Err(WeakSecret::Repetitive);
        }
        Ok(Self(bytes))
    }

    /// The bytes, for the code that signs.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

fn is_repetitive(text: &[u8]) -> bool {
    let mut different = text.to_vec();
    different.sort_unstable();
    different.dedup();
    let repeats = |period: usize| text.iter().zip(&text[period..]).all(|(one, later)| one == later);
    different.len() < Secret::DIFFERENT_MIN || (1..=text.len() / 2).any(repeats)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "8c1f0e4b97d35a62e0b4c8f17d2a9653";

    fn weakness(text: &str) -> Option<WeakSecret> {
        Secret::new(text).err()
    }

    #[test]
    fn a_random_secret_of_32_bytes_is_taken_as_it_is() {
        assert_eq!(Secret::new(RANDOM).unwrap().expose(), RANDOM.as_bytes());
        assert_eq!(weakness(&RANDOM[1..]), Some(WeakSecret::TooShort));
        let line = format!("{RANDOM}\n");
        assert_eq!(Secret::new(line.as_str()).unwrap().expose(), line.as_bytes());
    }

    #[test]
    fn a_secret_of_few_bytes_or_of_one_text_repeated_is_refused() {
        let seven_letters = "abcdefg-bcdefga-bdcefga-bcdfega-".replace('-', "a");
        for weak in [
            "a".repeat(64),
            seven_letters.clone(),
            "changeme".repeat(4),
            "0123456789abcdef".repeat(2),
            // The last repetition may be cut off.
            "0123456789abcdef".repeat(3)[..40].to_owned(),
            " ".repeat(40),
        ] {
            assert_eq!(weakness(&weak), Some(WeakSecret::Repetitive), "{weak:?}");
        }
        assert_eq!(weakness(&seven_letters.replacen('a', "x", 1)), None, "eight different letters");
    }

    #[test]
    fn a_published_secret_is_refused_with_or_without_a_newline() {
        for known in KNOWN {
            assert_eq!(weakness(known), Some(WeakSecret::Published), "{known}");
            assert_eq!(weakness(&format!(" {known}\n")), Some(WeakSecret::Published), "{known}");
        }
    }
}
