//! The dues of those who wait, as far as they were fetched from Redis: there by number, here by place.

use std::ops::Range;

use onsale_line::{CHUNK_NUMBERS, Number, Order, Place};

use crate::redis::layout::{chunk_of, offset_of};

/// Every chunk of dues is fetched about once in this many ticks, at least [`CHUNKS_PER_TICK`] in each.
const TICKS_PER_SWEEP: usize = 10;
const CHUNKS_PER_TICK: usize = 2;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct FetchedDues {
    /// By place.
    chunks: Vec<Option<Box<[u32]>>>,
    /// Where the sweep continues.
    sweep: usize,
}

impl FetchedDues {
    /// The dues that the next tick fetches, as a chunk and the numbers in it: a sweep over all who wait.
    pub(super) fn sweep(&mut self, order: &Order, head: Place, tail: Number) -> Vec<(usize, Range<usize>)> {
        if tail <= head {
            return Vec::new();
        }
        // While places of a draw are ahead, any of its numbers may be.
        let behind = if head < order.lobby_tail() { 0 } else { head };
        let (first, last) = (chunk_of(behind + 1), chunk_of(tail));
        let count = last - first + 1;
        let share = count.div_ceil(TICKS_PER_SWEEP).max(CHUNKS_PER_TICK).min(count);
        let chunks: Vec<_> = (0..share).map(|step| first + (self.sweep + step) % count).collect();
        self.sweep = (self.sweep + share) % count;
        chunks.into_iter().map(|chunk| (chunk, waiting_in(chunk, behind, tail))).collect()
    }

    /// Takes the dues of numbers from Redis, from `offset` in `chunk` on. Those behind the head are of no
    /// use.
    pub(super) fn apply(&mut self, order: &Order, head: Place, chunk: usize, offset: usize, bytes: &[u8]) {
        let dues = bytes.as_chunks::<4>().0;
        let first = (chunk * CHUNK_NUMBERS + offset) as Number;
        if first > order.lobby_tail() {
            for (due, bytes) in self.chunk_mut(chunk).iter_mut().skip(offset).zip(dues) {
                *due = u32::from_le_bytes(*bytes);
            }
            return;
        }
        for (number, bytes) in (first..).zip(dues) {
            let place = order.place(number);
            if place > head {
                self.set(place, u32::from_le_bytes(*bytes));
            }
        }
    }

    /// Notes the due of one place.
    pub(super) fn set(&mut self, place: Place, due: u32) {
        self.chunk_mut(chunk_of(place))[offset_of(place)] = due;
    }

    /// The due of a place; 0 if it was not fetched.
    pub(super) fn get(&self, place: Place) -> u32 {
        self.chunk(chunk_of(place)).map_or(0, |dues| dues[offset_of(place)])
    }

    /// The dues of a line that was by arrival until now and goes by `order` from here on.
    pub(super) fn reordered(&self, order: &Order) -> Self {
        let mut reordered = Self::default();
        for number in 1..(self.chunks.len() * CHUNK_NUMBERS) as Number {
            let due = self.get(number);
            if due != 0 {
                reordered.set(order.place(number), due);
            }
        }
        reordered
    }

    /// Drops the chunks that lie entirely at or behind `head`.
    pub(super) fn drop_behind(&mut self, head: Place) {
        let dropped = chunk_of(head + 1).min(self.chunks.len());
        self.chunks[..dropped].fill(None);
    }

    /// The dues of a chunk, if any was fetched.
    pub(super) fn chunk(&self, chunk: usize) -> Option<&[u32]> {
        self.chunks.get(chunk)?.as_deref()
    }

    fn chunk_mut(&mut self, chunk: usize) -> &mut [u32] {
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        self.chunks[chunk].get_or_insert_with(|| vec![0; CHUNK_NUMBERS].into_boxed_slice())
    }
}

/// The part of a chunk between head and tail.
fn waiting_in(chunk: usize, head: Number, tail: Number) -> Range<usize> {
    let first = if chunk == chunk_of(head + 1) { offset_of(head + 1) } else { 0 };
    let end = if chunk == chunk_of(tail) { offset_of(tail) + 1 } else { CHUNK_NUMBERS };
    first..end
}
