//! Numbers and sets of them.

use std::sync::Arc;

/// What a ticket bears: 1, 2, 3 ... in the order of joining, never reused.
pub type Number = u64;

/// The highest number a line can give out: numbers are kept in 32 bits.
pub const NUMBER_MAX: Number = u32::MAX as Number;

/// How many numbers one chunk of [`Dues`](crate::Dues) or of a [`NumberSet`] holds.
pub const CHUNK_NUMBERS: usize = 65_536;

const CHUNK_WORDS: usize = CHUNK_NUMBERS / 64;

/// A set of numbers, or of places, that takes one bit for each, so that those who ended are remembered for
/// ever.
///
/// Clones share their chunks; writing copies one chunk of 8 KiB.
#[derive(Debug, Clone, Default)]
pub struct NumberSet {
    chunks: Vec<Option<Arc<[u64; CHUNK_WORDS]>>>,
}

impl NumberSet {
    /// Adds a number, unless it is above [`NUMBER_MAX`].
    pub fn insert(&mut self, number: Number) {
        let Some((chunk, offset)) = chunk_and_offset(number) else { return };
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        let words = self.chunks[chunk].get_or_insert_with(|| Arc::new([0; CHUNK_WORDS]));
        Arc::make_mut(words)[offset / 64] |= 1 << (offset % 64);
    }

    /// Whether the number is in the set.
    pub fn contains(&self, number: Number) -> bool {
        let Some((chunk, offset)) = chunk_and_offset(number) else { return false };
        let Some(Some(words)) = self.chunks.get(chunk) else { return false };
        words[offset / 64] >> (offset % 64) & 1 == 1
    }

    /// Everything in the set, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Number> {
        let chunks = (0_u64..).step_by(CHUNK_NUMBERS).zip(&self.chunks);
        let chunks = chunks.filter_map(|(first, chunk)| Some((first, chunk.as_deref()?)));
        let words = chunks.flat_map(|(first, words)| (first..).step_by(64).zip(words));
        words.flat_map(|(first, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| first + bit)
        })
    }
}

/// A number's chunk and its offset in it, or `None` above [`NUMBER_MAX`].
pub(crate) fn chunk_and_offset(number: Number) -> Option<(usize, usize)> {
    let number = u32::try_from(number).ok()? as usize;
    Some((number / CHUNK_NUMBERS, number % CHUNK_NUMBERS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_knows_what_was_inserted_and_nothing_else() {
        let mut set = NumberSet::default();
        for number in [1, 64, 65_535, 65_536, NUMBER_MAX] {
            assert!(!set.contains(number));
            set.insert(number);
            assert!(set.contains(number));
            assert!(!set.contains(number - 1) || number == 65_536);
        }
        assert!(set.iter().eq([1, 64, 65_535, 65_536, NUMBER_MAX]));
    }

    #[test]
    fn a_number_above_the_maximum_is_not_added() {
        let mut set = NumberSet::default();
        set.insert(NUMBER_MAX + 1);
        assert!(set.chunks.is_empty());
        assert!(!set.contains(NUMBER_MAX + 1));
    }

    #[test]
    fn a_clone_keeps_what_it_was_taken_from() {
        let mut set = NumberSet::default();
        set.insert(7);
        let earlier = set.clone();
        set.insert(8);
        assert!(earlier.contains(7) && !earlier.contains(8) && set.contains(8));
    }
}
