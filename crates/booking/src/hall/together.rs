//! The best stretch for a group that sits side by side.

use super::fit::Fits;
use super::free_seats::FreeSeats;
use super::stretch::{Stretch, Tier, stretches_in};

/// The index of the group's first seat. None if it fits into no run.
pub(super) fn together(free: &FreeSeats, fits: Fits<'_>, len: u32) -> Option<u32> {
    let rows = vec![None; free.layout().row_count() as usize];
    let mut search = Search { free, fits, len, rows };
    let mut best = None;
    for &(nearest, row) in free.layout().by_distance() {
        // The rows after it are no nearer.
        if search.is_too_far(nearest, best) {
            break;
        }
        if free.longest(row) < len || search.is_too_far(free.nearest(row), best) {
            continue;
        }
        for stretch in search.stretches(row).to_vec() {
            if is_better(stretch, best) && !search.leaves_more_than_others(row, stretch) {
                best = Some(stretch);
            }
        }
    }
    best.map(|stretch| stretch.first)
}

/// Looks at each row at most once.
struct Search<'a> {
    free: &'a FreeSeats,
    fits: Fits<'a>,
    len: u32,
    rows: Vec<Option<Vec<Stretch>>>,
}

impl Search<'_> {
    fn stretches(&mut self, row: u32) -> &[Stretch] {
        let (free, fits, len) = (self.free, self.fits, self.len);
        self.rows[row as usize].get_or_insert_with(|| {
            if free.longest(row) < len { Vec::new() } else { stretches_in(row, len, free, fits) }
        })
    }

    /// Whether a group whose seats are no nearer than this cannot win. An equally near one may still have
    /// lower numbers.
    fn is_too_far(&self, nearest: u128, best: Option<Stretch>) -> bool {
        let least = nearest * u128::from(self.len);
        best.is_some_and(|best| best.tier == Tier::BEST && least > best.distance)
    }

    /// Whether a stretch of the same tier and category within two rows leaves fewer singles.
    fn leaves_more_than_others(&mut self, row: u32, stretch: Stretch) -> bool {
        let layout = self.free.layout();
        let is_like = |other: &Stretch| other.tier == stretch.tier && other.category == stretch.category;
        stretch.singles > 0
            && layout.rows_around(row).any(|around| {
                let mut others = self.stretches(around).iter();
                others.any(|other| is_like(other) && other.singles < stretch.singles)
            })
    }
}

fn is_better(stretch: Stretch, best: Option<Stretch>) -> bool {
    let rank = |stretch: &Stretch| (stretch.tier, stretch.distance, stretch.first);
    best.is_none_or(|best| rank(&stretch) < rank(&best))
}
