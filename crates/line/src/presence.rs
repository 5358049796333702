//! Who is present, as a bitmap with prefix sums: counting those ahead of a place takes two look-ups.

use crate::number::CHUNK_NUMBERS;
use crate::order::Place;

const CHUNK_WORDS: u64 = CHUNK_NUMBERS as u64 / 64;

/// Whether somebody with this due is present at `second`, both in seconds since the Unix epoch. The whole
/// second of the due counts.
pub const fn is_present(due: u32, second: u32) -> bool {
    due >= second
}

/// Which places in (head, tail] were present at one moment.
#[derive(Debug)]
pub struct Presence {
    head: Place,
    tail: Place,
    /// Which word of the bitmap `words[0]` is; word w holds the places from 64 w on.
    first_word: u64,
    words: Vec<u64>,
    /// How many bits are set in the words before each word.
    before: Vec<u32>,
}

impl Presence {
    /// Takes a picture of (`head`, `tail`] at `second`. `chunk` returns the dues of the places from `chunk *
    /// CHUNK_NUMBERS` on, or `None` if there are none. A chunk that is cut short counts as absent from there
    /// on.
    pub fn new<'a>(
        head: Place,
        tail: Place,
        second: u32,
        chunk: impl Fn(usize) -> Option<&'a [u32]>,
    ) -> Self {
        let first_word = (head + 1) / 64;
        let end_word = if tail > head { tail / 64 + 1 } else { first_word };
        let mut presence = Self { head, tail, first_word, words: Vec::new(), before: Vec::new() };
        presence.words.reserve_exact(to_index(end_word - first_word));
        let mut word = first_word;
        while word < end_word {
            let chunk_index = word / CHUNK_WORDS;
            let chunk_end = ((chunk_index + 1) * CHUNK_WORDS).min(end_word);
            let dues = chunk(to_index(chunk_index)).unwrap_or_default();
            let (blocks, rest) = dues.as_chunks::<64>();
            let wanted = to_index(word % CHUNK_WORDS)..to_index(chunk_end - chunk_index * CHUNK_WORDS);
            for index in wanted {
                let bits = match blocks.get(index) {
                    Some(block) => word_of(block, second),
                    None if index == blocks.len() => word_of(&padded(rest), second),
                    None => 0,
                };
                presence.words.push(bits);
            }
            word = chunk_end;
        }
        presence.cut_to_bounds();
        presence.sum_up();
        presence
    }

    /// Clears the bits of the first and last word that lie outside (head, tail].
    fn cut_to_bounds(&mut self) {
        if let Some(first) = self.words.first_mut() {
            *first &= u64::MAX << ((self.head + 1) % 64);
        }
        if let Some(last) = self.words.last_mut() {
            *last &= u64::MAX >> (63 - self.tail % 64);
        }
    }

    fn sum_up(&mut self) {
        let mut sum = 0;
        self.before = Vec::with_capacity(self.words.len());
        for word in &self.words {
            self.before.push(sum);
            sum += word.count_ones();
        }
    }

    /// Whether a place is present; false outside (head, tail].
    pub fn contains(&self, place: Place) -> bool {
        let Some(index) = (place / 64).checked_sub(self.first_word) else { return false };
        let word = usize::try_from(index).ok().and_then(|index| self.words.get(index));
        word.is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// How many places in (`after`, `upto`] are present.
    pub fn count(&self, after: Place, upto: Place) -> u64 {
        self.rank(upto).saturating_sub(self.rank(after))
    }

    /// The place of the present person with so many others before them.
    pub fn place_behind(&self, others: u64) -> Option<Place> {
        let word = self.before.partition_point(|before| u64::from(*before) <= others).checked_sub(1)?;
        let mut left = others - u64::from(*self.before.get(word)?);
        let bits = *self.words.get(word)?;
        for bit in (0..64).filter(|bit| bits >> bit & 1 == 1) {
            if left == 0 {
                return Some((self.first_word + word as u64) * 64 + bit);
            }
            left -= 1;
        }
        None
    }

    /// How many are present in all.
    pub fn total(&self) -> u64 {
        self.rank(self.tail)
    }

    /// How many places up to and including `place` are present.
    fn rank(&self, place: Place) -> u64 {
        let Some(index) = (place / 64).checked_sub(self.first_word) else { return 0 };
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let Some((word, before)) = self.words.get(index).zip(self.before.get(index)) else {
            let last = self.words.last().zip(self.before.last());
            return last.map_or(0, |(word, before)| u64::from(before + word.count_ones()));
        };
        u64::from(before + (word & u64::MAX >> (63 - place % 64)).count_ones())
    }
}

/// 64 dues as 64 bits, the first in the lowest.
fn word_of(dues: &[u32; 64], second: u32) -> u64 {
    let mut word = 0;
    for (bit, due) in dues.iter().enumerate() {
        word |= u64::from(is_present(*due, second)) << bit;
    }
    word
}

fn padded(rest: &[u32]) -> [u32; 64] {
    let mut block = [0; 64];
    block[..rest.len()].copy_from_slice(rest);
    block
}

fn to_index(word: u64) -> usize {
    usize::try_from(word).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dues::Dues;
    use crate::number::Number;

    #[test]
    fn present_until_the_end_of_the_second_that_is_due() {
        assert!(is_present(100, 100) && is_present(101, 100) && !is_present(99, 100));
    }

    #[test]
    fn the_bitmap_counts_like_a_plain_loop() {
        let mut dues = Dues::default();
        let here = |number: Number| number.is_multiple_of(3) || number % 7 == 1;
        for number in (1..140_000).filter(|number| here(*number)) {
            dues.set(number, 50);
        }
        for (head, tail) in [(0, 139_999), (63, 64), (64, 127), (65_535, 131_072), (70_001, 70_001), (5, 9)] {
            let presence = Presence::new(head, tail, 50, |chunk| dues.chunk(chunk));
            for number in [0, 1, 6, 7, 63, 64, 65, 65_536, 70_002, 131_072, 139_999, 900_000] {
                let by_hand = (head + 1..=tail.min(number)).filter(|n| here(*n)).count() as u64;
                assert_eq!(presence.count(head, number), by_hand, "({head}, {tail}] up to {number}");
                let inside = number > head && number <= tail && here(number);
                assert_eq!(presence.contains(number), inside, "{number} in ({head}, {tail}]");
            }
            assert_eq!(presence.total(), presence.count(0, tail));
        }
    }

    #[test]
    fn a_chunk_cut_short_is_absent_from_there_on() {
        let dues = [9; 70];
        let presence = Presence::new(0, 200, 9, |_| Some(&dues));
        assert_eq!((presence.total(), presence.contains(69), presence.contains(70)), (69, true, false));
    }
}
