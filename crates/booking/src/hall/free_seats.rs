//! Which seats are free, and in which runs: an index that is kept, not a scan.

use std::sync::Arc;

use super::layout::{Layout, Row};
use crate::ids::SeatNo;

/// The free seats of a hall. A copy costs a bit for each seat and a few bytes for each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeSeats {
    layout: Arc<Layout>,
    bits: Vec<u64>,
    rows: Vec<RowState>,
    count: u32,
}

/// What lets a choice pass over a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct RowState {
    /// How long the longest run is.
    longest: u32,
    /// The free seat nearest to the focal point, the first of several. Of no use in a row without free seats.
    nearest: u32,
}

/// Free seats that are neighbours: bounded by the row's ends, by aisles and by seats that are not free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The first seat's index.
    pub(super) first: u32,
    pub(super) len: u32,
}

impl Run {
    /// The indices of its seats.
    pub(super) fn indices(self) -> std::ops::Range<u32> {
        self.first..self.first + self.len
    }

    /// How many singles are left when these seats are taken from it.
    pub(super) fn singles_beside(self, first: u32, len: u32) -> u32 {
        let (before, after) = (first - self.first, self.first + self.len - first - len);
        u32::from(before == 1) + u32::from(after == 1)
    }
}

impl FreeSeats {
    /// No seat is free.
    pub fn none(layout: Arc<Layout>) -> Self {
        let bits = vec![0; (layout.capacity() as usize).div_ceil(64)];
        let rows = vec![RowState::default(); layout.row_count() as usize];
        Self { layout, bits, rows, count: 0 }
    }

    /// Every seat is free.
    pub fn all(layout: Arc<Layout>) -> Self {
        let seats = 1..=layout.capacity();
        Self::of(layout, seats)
    }

    /// These seats are free.
    pub fn of(layout: Arc<Layout>, seats: impl IntoIterator<Item = SeatNo>) -> Self {
        let mut free = Self::none(layout);
        for seat in seats {
            let index = seat.wrapping_sub(1);
            if index < free.layout.capacity() {
                free.bits[index as usize / 64] |= 1 << (index % 64);
            }
        }
        free.count = free.bits.iter().map(|word| word.count_ones()).sum();
        (0..free.layout.row_count()).for_each(|row| free.refresh(row));
        free
    }

    /// The seat is free no more. False if it was not, or if there is no such seat.
    pub fn take(&mut self, seat: SeatNo) -> bool {
        self.set(seat, false)
    }

    /// The seat is free again. False if it was, or if there is no such seat.
    pub fn give(&mut self, seat: SeatNo) -> bool {
        self.set(seat, true)
    }

    /// Whether the seat is free.
    pub fn is_free(&self, seat: SeatNo) -> bool {
        self.has(seat.wrapping_sub(1))
    }

    /// How many seats are free.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The free seats in order.
    pub fn seats(&self) -> impl Iterator<Item = SeatNo> {
        self.indices().map(|index| index + 1)
    }

    /// The hall.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The same by index.
    pub(super) fn indices(&self) -> impl Iterator<Item = u32> {
        (0..).step_by(64).zip(&self.bits).flat_map(|(first, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(first + bit)
            })
        })
    }

    fn set(&mut self, seat: SeatNo, is_free: bool) -> bool {
        let index = seat.wrapping_sub(1);
        if index >= self.layout.capacity() || self.has(index) == is_free {
            return false;
        }
        self.bits[index as usize / 64] ^= 1 << (index % 64);
        self.count = if is_free { self.count + 1 } else { self.count - 1 };
        self.refresh(self.layout.row_of(index));
        true
    }

    fn refresh(&mut self, row: u32) {
        let longest = self.runs(row).map(|run| run.len).max().unwrap_or_default();
        let indices = self.runs(row).flat_map(Run::indices);
        let nearest = indices.min_by_key(|index| self.layout.distance(*index)).unwrap_or_default();
        self.rows[row as usize] = RowState { longest, nearest };
    }

    /// Whether the seat with this index is free.
    pub(super) fn has(&self, index: u32) -> bool {
        index < self.layout.capacity() && self.bits[index as usize / 64] >> (index % 64) & 1 == 1
    }

    /// How long the row's longest run is; 0 without a free seat.
    pub(super) fn longest(&self, row: u32) -> u32 {
        self.rows[row as usize].longest
    }

    /// The squared distance of the row's nearest free seat, in a row with free seats.
    pub(super) fn nearest(&self, row: u32) -> u128 {
        self.layout.distance(self.rows[row as usize].nearest)
    }

    /// The row's runs, from its first seat on.
    pub(super) fn runs(&self, row: u32) -> impl Iterator<Item = Run> {
        let Row { first, len, .. } = self.layout.row(row);
        let end = first + len;
        let mut from = first;
        std::iter::from_fn(move || {
            let first = next_bit(from, end, |word| self.bits[word])?;
            // A run goes on while seats are free and neighbours of the one before.
            let is_bound = |word: usize| !(self.bits[word] & self.layout.joined_word(word));
            from = next_bit(first + 1, end, is_bound).unwrap_or(end);
            Some(Run { first, len: from - first })
        })
    }
}

/// The first index from `from` on, and before `end`, whose bit is set in these words.
fn next_bit(from: u32, end: u32, words: impl Fn(usize) -> u64) -> Option<u32> {
    let mut at = from;
    while at < end {
        let rest = words(at as usize / 64) >> (at % 64);
        if rest != 0 {
            return Some(at + rest.trailing_zeros()).filter(|found| *found < end);
        }
        at = (at / 64 + 1) * 64;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hall::layout::Point;
    use crate::hall::testing::{Hall, any_layout};

    fn runs(free: &FreeSeats) -> Vec<(u32, u32)> {
        let rows = 0..free.layout.row_count();
        rows.flat_map(|row| free.runs(row)).map(|run| (run.first + 1, run.len)).collect()
    }

    /// The runs by their definition, seat by seat.
    fn scanned(free: &FreeSeats) -> Vec<(u32, u32)> {
        let mut runs = Vec::<(u32, u32)>::new();
        for seat in free.seats() {
            match runs.last_mut() {
                Some((first, len)) if *first + *len == seat && free.layout.are_neighbours(seat - 1, seat) => {
                    *len += 1;
                }
                _ => runs.push((seat, 1)),
            }
        }
        runs
    }

    #[test]
    fn ends_aisles_and_seats_that_are_not_free_bound_a_run() {
        assert_eq!(runs(&Hall::of("AAA_AA.A / AA").free), [(1, 3), (4, 2), (7, 1), (8, 2)]);
        assert_eq!(runs(&Hall::of("... / ...").free), []);
    }

    #[test]
    fn taking_and_giving_say_whether_they_changed_anything() {
        let mut free = FreeSeats::all(Arc::new(Layout::grid(3)));
        assert_eq!((free.count(), free.take(2), free.take(2), free.count()), (3, true, false, 2));
        assert_eq!((free.is_free(2), free.is_free(3)), (false, true));
        assert_eq!((free.give(2), free.give(2), free.count()), (true, false, 3));
        for seat in [0, 4, u32::MAX] {
            assert_eq!((free.take(seat), free.give(seat), free.is_free(seat)), (false, false, false));
        }
        assert_eq!(free, FreeSeats::of(free.layout.clone(), [0, 1, 2, 3, 3, 4]));
    }

    #[test]
    fn runs_go_on_over_the_words_of_the_index() {
        let row = (0..200).map(|x| Point { x: x * 1_000, y: 0 });
        let mut free = FreeSeats::all(Arc::new(Layout::new([[row]], Point::default())));
        assert_eq!(runs(&free), [(1, 200)]);
        free.take(65);
        assert_eq!((runs(&free), free.longest(0)), (vec![(1, 64), (66, 135)], 135));
        free.take(64);
        assert_eq!(runs(&free), [(1, 63), (66, 135)]);
    }

    #[test]
    fn what_is_left_of_a_run_is_a_single_if_it_is_one_seat() {
        let run = Run { first: 5, len: 4 };
        let singles =
            [(5, 4), (5, 3), (6, 3), (6, 2), (5, 2), (6, 1)].map(|it| run.singles_beside(it.0, it.1));
        assert_eq!(singles, [0, 1, 1, 2, 0, 1]);
    }

    proptest! {
        #[test]
        fn the_index_equals_a_scan_after_any_changes(
            layout in any_layout(),
            changes in prop::collection::vec((1..=40_u32, any::<bool>()), 0..60),
        ) {
            let layout = Arc::new(layout);
            let mut free = FreeSeats::all(layout.clone());
            let mut seats: std::collections::BTreeSet<u32> = (1..=layout.capacity()).collect();
            for (seat, is_given) in changes {
                let changed = if is_given { free.give(seat) } else { free.take(seat) };
                let expected = if is_given {
                    seat <= layout.capacity() && seats.insert(seat)
                } else {
                    seats.remove(&seat)
                };
                prop_assert_eq!(changed, expected);
                prop_assert_eq!(runs(&free), scanned(&free));
            }
            prop_assert_eq!(free.seats().collect::<Vec<_>>(), seats.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(free.count() as usize, seats.len());
            prop_assert_eq!(&free, &FreeSeats::of(layout.clone(), seats));
            for row in 0..layout.row_count() {
                let inside: Vec<u32> = free.seats().filter(|seat| layout.row_of(seat - 1) == row).collect();
                let lens = free.runs(row).map(|run| run.len);
                prop_assert_eq!(free.longest(row), lens.max().unwrap_or(0));
                let nearest = inside.iter().map(|seat| layout.distance(seat - 1)).min();
                prop_assert_eq!((!inside.is_empty()).then(|| free.nearest(row)), nearest);
            }
        }
    }
}
