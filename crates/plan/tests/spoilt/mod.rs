//! Bytes changed, put in and taken out at random.

use proptest::prelude::*;

/// Where, with which byte and how to change something: overwrite, put in, take out, or overwrite with a byte
/// that means something to the reader.
pub(crate) type Change = (prop::sample::Index, u8, u8);

/// One to eleven changes.
pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12)
}

/// The bytes with these changes, of which some put in a byte of those that `mean` something.
pub(crate) fn spoilt(bytes: &[u8], changes: Vec<Change>, mean: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (index, byte, kind) in changes {
        let at = index.index(bytes.len());
        match kind {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            _ => bytes[at] = mean[usize::from(byte) % mean.len()],
        }
    }
    bytes
}
