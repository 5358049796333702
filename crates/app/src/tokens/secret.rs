//! The secret that signs tokens.

use std::fmt;

/// A secret of at least 32 bytes, hidden from `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The shortest secret, in bytes: RFC 7518 requires an HS256 key at least as long as the hash.
    pub const BYTES_MIN: usize = 32;

    /// A secret of these bytes; `None` if they are too few.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (bytes.len() >= Self::BYTES_MIN).then_some(Self(bytes))
    }

    /// The bytes, for the code that signs.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}
