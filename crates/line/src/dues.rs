//! When each number's next sign of life is expected.

use crate::number::{CHUNK_NUMBERS, Number, chunk_and_offset};
use crate::presence::is_present;

/// `due` of the numbers ahead of the head: 4 bytes a number, in chunks that are dropped once behind the head.
///
/// A due of 0 belongs to a number that waits for nothing: never heard of, inside, or ended.
#[derive(Debug, Clone, Default)]
pub struct Dues {
    chunks: Vec<Option<Box<[u32]>>>,
    /// Chunks before this one are dropped.
    dropped: usize,
}

impl Dues {
    /// The due of a number; 0 if none was noted.
    pub fn get(&self, number: Number) -> u32 {
        let Some((chunk, offset)) = chunk_and_offset(number) else { return 0 };
        self.chunk(chunk).map_or(0, |dues| dues[offset])
    }

    /// Notes a due. The number must be ahead of the head: a number behind it may be in a dropped chunk, and
    /// is then ignored.
    pub fn set(&mut self, number: Number, due: u32) {
        let Some((chunk, offset)) = chunk_and_offset(number) else { return };
        if chunk < self.dropped {
            return;
        }
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        let dues = self.chunks[chunk].get_or_insert_with(|| vec![0; CHUNK_NUMBERS].into_boxed_slice());
        dues[offset] = due;
    }

    /// Forgets a due, without allocating memory for it.
    pub fn clear(&mut self, number: Number) {
        if self.get(number) != 0 {
            self.set(number, 0);
        }
    }

    /// Drops the chunks that lie entirely at or behind `head`.
    pub fn drop_behind(&mut self, head: Number) {
        // A chunk is behind once the first number ahead lies in a later chunk.
        let Some((first_kept, _)) = chunk_and_offset(head + 1) else { return };
        for chunk in self.dropped..first_kept.min(self.chunks.len()) {
            self.chunks[chunk] = None;
        }
        self.dropped = self.dropped.max(first_kept);
    }

    /// The dues of chunk `chunk`, which start at number `chunk * CHUNK_NUMBERS`. `None` if nothing was noted.
    pub fn chunk(&self, chunk: usize) -> Option<&[u32]> {
        self.chunks.get(chunk)?.as_deref()
    }

    /// How many of the numbers ahead of `head` are present at `second`.
    pub fn count_present(&self, head: Number, second: u32) -> u64 {
        let Some((first_chunk, first_offset)) = chunk_and_offset(head + 1) else { return 0 };
        let mut count = 0;
        for chunk in first_chunk..self.chunks.len() {
            let skipped = if chunk == first_chunk { first_offset } else { 0 };
            let dues = self.chunk(chunk).map_or(&[][..], |dues| &dues[skipped..]);
            // Counted in 32 bits per chunk: twice as many at a time as in 64.
            count += u64::from(dues.iter().map(|due| u32::from(is_present(*due, second))).sum::<u32>());
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_is_what_was_noted_last() {
        let mut dues = Dues::default();
        assert_eq!(dues.get(70_000), 0);
        dues.set(70_000, 5);
        dues.set(70_000, 3);
        assert_eq!(dues.get(70_000), 3);
        dues.clear(70_000);
        assert_eq!(dues.get(70_000), 0);
    }

    #[test]
    fn chunks_are_dropped_once_behind_the_head() {
        let mut dues = Dues::default();
        dues.set(65_535, 9);
        dues.set(65_536, 9);
        dues.drop_behind(65_534);
        assert_eq!(dues.get(65_535), 9);
        dues.drop_behind(65_535);
        assert!(dues.chunk(0).is_none());
        assert_eq!(dues.get(65_536), 9);
        dues.set(1, 9);
        assert!(dues.chunk(0).is_none(), "a dropped chunk must not come back");
    }

    #[test]
    fn those_present_are_counted_ahead_of_the_head_only() {
        let mut dues = Dues::default();
        for (number, due) in [(1, 10), (2, 9), (3, 10), (65_537, 11), (200_000, 12)] {
            dues.set(number, due);
        }
        assert_eq!(dues.count_present(0, 10), 4);
        assert_eq!(dues.count_present(1, 10), 3);
        assert_eq!(dues.count_present(65_537, 10), 1);
    }
}
