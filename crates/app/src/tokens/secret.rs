//! The secret that signs tokens.

use std::fmt;

/// A secret of at least 32 bytes that does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The shortest secret: HS256 wants a key as long as its hash.
    pub const BYTES_MIN: usize = 32;

    /// A secret, if it is long enough.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (bytes.len() >= Self::BYTES_MIN).then_some(Self(bytes))
    }

    /// The secret itself, for the one that signs.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}
