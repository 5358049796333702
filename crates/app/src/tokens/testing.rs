//! Keys and times of the tests of stamps and codes.

use jiff::Timestamp;

use super::{Secret, TokenKeys};

/// The keys of the server.
pub(crate) fn own_keys() -> TokenKeys {
    keys("a key of this test, with 32 bytes")
}

/// The keys of another server.
pub(crate) fn other_keys() -> TokenKeys {
    keys("some other key, again of 32 bytes")
}

fn keys(secret: &str) -> TokenKeys {
    TokenKeys::new(&Secret::new(secret).unwrap())
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}
