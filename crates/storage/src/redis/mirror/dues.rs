//! The dues of those who wait, as far as they were fetched from Redis.

use std::ops::Range;

use onsale_line::{CHUNK_NUMBERS, NUMBER_MAX, Number};

/// Every chunk of dues is fetched about once in this many ticks, at least [`CHUNKS_PER_TICK`] in each.
const TICKS_PER_SWEEP: usize = 10;
const CHUNKS_PER_TICK: usize = 2;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct FetchedDues {
    chunks: Vec<Option<Box<[u32]>>>,
    /// Where the sweep continues.
    sweep: usize,
}

impl FetchedDues {
    /// The dues that the next tick fetches, as a chunk and the numbers in it: a sweep over all who wait.
    pub(super) fn sweep(&mut self, head: Number, tail: Number) -> Vec<(usize, Range<usize>)> {
        let (first, last) = (chunk_of(head + 1), chunk_of(tail));
        if tail <= head {
            return Vec::new();
        }
        let count = last - first + 1;
        let share = count.div_ceil(TICKS_PER_SWEEP).max(CHUNKS_PER_TICK).min(count);
        let chunks: Vec<_> = (0..share).map(|step| first + (self.sweep + step) % count).collect();
        self.sweep = (self.sweep + share) % count;
        chunks.into_iter().map(|chunk| (chunk, waiting_in(chunk, head, tail))).collect()
    }

    /// Takes dues from Redis, from `offset` in `chunk` on.
    pub(super) fn apply(&mut self, chunk: usize, offset: usize, bytes: &[u8]) {
        let dues = bytes.as_chunks::<4>().0;
        for (due, bytes) in self.chunk_mut(chunk).iter_mut().skip(offset).zip(dues) {
            *due = u32::from_le_bytes(*bytes);
        }
    }

    /// Notes the due of one number.
    pub(super) fn set(&mut self, number: Number, due: u32) {
        self.chunk_mut(chunk_of(number))[offset_of(number)] = due;
    }

    /// The due of a number; 0 if it was not fetched.
    pub(super) fn get(&self, number: Number) -> u32 {
        self.chunk(chunk_of(number)).map_or(0, |dues| dues[offset_of(number)])
    }

    /// Drops the chunks that lie entirely at or behind `head`.
    pub(super) fn drop_behind(&mut self, head: Number) {
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

pub(in crate::redis) fn chunk_of(number: Number) -> usize {
    usize::try_from(number.min(NUMBER_MAX)).unwrap_or(0) / CHUNK_NUMBERS
}

pub(in crate::redis) fn offset_of(number: Number) -> usize {
    usize::try_from(number.min(NUMBER_MAX)).unwrap_or(0) % CHUNK_NUMBERS
}
