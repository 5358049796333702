//! The seed of a draw: 32 random bytes that nobody may see before the opening, and their commitment.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The SHA-256 of a seed, published when the sale is made.
pub type Commitment = [u8; 32];

/// What decides the order of a draw. Secret until the sale opens; `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed of 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What is published before the seed: its SHA-256.
    pub fn commitment(&self) -> Commitment {
        Sha256::digest(self.0).into()
    }

    /// The seed that was `read` from its sealed form, if it is the one that was committed to.
    ///
    /// # Errors
    /// It could not be read, or is another one.
    pub fn checked(read: Option<Self>, commitment: &Commitment) -> Result<Self, SeedProblem> {
        let seed = read.ok_or(SeedProblem::Unreadable)?;
        if seed.commitment() == *commitment { Ok(seed) } else { Err(SeedProblem::NotCommittedTo) }
    }
}

/// What is wrong with a stored seed. Its draw cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SeedProblem {
    /// It is damaged, or was sealed with another token secret.
    #[error("its seed cannot be read: it is damaged, or was sealed with another token secret")]
    Unreadable,
    /// It can be read, and does not fit the commitment.
    #[error("its sealed seed is not the one that it was committed to")]
    NotCommittedTo,
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// A seed as the store keeps it: encrypted, and opaque to the rules. `Debug` hides it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SealedSeed(Vec<u8>);

impl SealedSeed {
    /// The seed that was encrypted to these bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The encrypted bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SealedSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: Commitment) -> String {
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    #[test]
    fn a_commitment_is_the_sha_256_of_the_seed() {
        let counting = std::array::from_fn(|byte| u8::try_from(byte).unwrap());
        for (seed, commitment) in [
            (counting, "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"),
            ([0xFF; 32], "af9613760f72635fbdb44a5a0a63c39f12af30f950a6ee5c971be188e89c4051"),
        ] {
            assert_eq!(hex(Seed::new(seed).commitment()), commitment);
        }
    }

    #[test]
    fn a_seed_is_checked_against_its_commitment() {
        let seed = Seed::new([7; 32]);
        let checked = |read| Seed::checked(read, &seed.commitment());
        assert_eq!(checked(Some(seed)), Ok(seed));
        assert_eq!(checked(None), Err(SeedProblem::Unreadable));
        assert_eq!(checked(Some(Seed::new([8; 32]))), Err(SeedProblem::NotCommittedTo));
    }

    #[test]
    fn nobody_reads_a_seed_in_a_log() {
        assert_eq!(format!("{:?}", Seed::new([7; 32])), "[hidden]");
        assert_eq!(format!("{:?}", SealedSeed::new(vec![7; 64])), "[hidden]");
    }
}
