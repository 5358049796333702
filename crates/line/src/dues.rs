//! When each person's next sign of life is expected.

use crate::number::{CHUNK_NUMBERS, Number, chunk_and_offset};
use crate::order::{Order, Place};
use crate::presence::is_present;

/// `due` of the places ahead of the head: 4 bytes a place, in chunks that are dropped once behind the head.
///
/// A due of 0 belongs to a place that waits for nothing: never heard of, inside, or ended.
#[derive(Debug, Clone, Default)]
pub struct Dues {
    chunks: Vec<Option<Box<[u32]>>>,
    /// Chunks before this one are dropped.
    dropped: usize,
}

impl Dues {
    /// The due of a place; 0 if none was noted.
    pub fn get(&self, place: Place) -> u32 {
        let Some((chunk, offset)) = chunk_and_offset(place) else { return 0 };
        self.chunk(chunk).map_or(0, |dues| dues[offset])
    }

    /// Notes a due. The place must be ahead of the head: a place behind it may be in a dropped chunk, and
    /// is then ignored.
    pub fn set(&mut self, place: Place, due: u32) {
        let Some((chunk, offset)) = chunk_and_offset(place) else { return };
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
    pub fn clear(&mut self, place: Place) {
        if self.get(place) != 0 {
            self.set(place, 0);
        }
    }

    /// Drops the chunks that lie entirely at or behind `head`.
    pub fn drop_behind(&mut self, head: Place) {
        // A chunk is behind once the first number ahead lies in a later chunk.
        let Some((first_kept, _)) = chunk_and_offset(head + 1) else { return };
        for chunk in self.dropped..first_kept.min(self.chunks.len()) {
            self.chunks[chunk] = None;
        }
        self.dropped = self.dropped.max(first_kept);
    }

    /// The dues of chunk `chunk`, which start at place `chunk * CHUNK_NUMBERS`. `None` if nothing was noted.
    pub fn chunk(&self, chunk: usize) -> Option<&[u32]> {
        self.chunks.get(chunk)?.as_deref()
    }

    /// How many of the places ahead of `head` are present at `second`.
    pub fn count_present(&self, head: Place, second: u32) -> u64 {
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

    /// The dues of a line that was by arrival until now and goes by `order` from here on: each number's due
    /// at its place. Nothing may have been dropped yet.
    pub(crate) fn reordered(&self, order: &Order) -> Self {
        let mut reordered = Self::default();
        for number in 1..(self.chunks.len() * CHUNK_NUMBERS) as Number {
            let due = self.get(number);
            if due != 0 {
                // A place may lie in a chunk that no number so far has needed.
                reordered.set(order.place(number), due);
            }
        }
        reordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_moves_every_due_also_into_chunks_that_were_empty() {
        let (order, last) = (Order::draw(&[7; 32], b"", 70_000), 60_000);
        let mut dues = Dues::default();
        for number in 1..=last {
            dues.set(number, 9);
        }
        let reordered = dues.reordered(&order);
        for number in 1..=70_000 {
            assert_eq!(reordered.get(order.place(number)), if number <= last { 9 } else { 0 }, "{number}");
        }
    }

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
