//! Numbers that nobody else picks at the same moment. Not for secrets.

use std::hash::{BuildHasher, RandomState};

/// Seeded by the operating system, and different at every call.
pub(crate) fn number() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
