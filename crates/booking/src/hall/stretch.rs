//! Stretches of a row where a whole group could sit side by side.

use super::fit::{Fits, Role};
use super::free_seats::FreeSeats;
use super::wish::CategoryNo;

/// What a group has to put up with. Less is better, and the first of the two weighs more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tier {
    is_restricted: bool,
    is_mixed: bool,
}

/// Neighbours that are free and fit, in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) tier: Tier,
    /// None for a group of several categories.
    pub(super) category: Option<CategoryNo>,
    /// How many singles it leaves.
    pub(super) singles: u32,
    /// The sum of the squared distances to the focal point.
    pub(super) distance: u128,
    /// The first seat's index.
    pub(super) first: u32,
}

/// What the walk along a run has seen: from which seat on a group would be what it should be.
#[derive(Clone, Copy)]
struct Seen {
    /// Every seat fits.
    fits_from: u32,
    /// No view is restricted.
    clear_from: u32,
    /// All of one category.
    category_from: u32,
    category: Option<CategoryNo>,
    /// The last two wheelchair places.
    wheelchairs: [Option<u32>; 2],
}

impl Tier {
    /// A clear view, one category.
    pub(super) const BEST: Self = Self { is_restricted: false, is_mixed: false };
}

impl Stretch {
    /// Of stretches in rows that are near to each other, the one with fewer singles is better.
    fn rank(&self) -> (u32, u128, u32) {
        (self.singles, self.distance, self.first)
    }
}

/// The best stretch of each tier and category in a row, for a group of `len`.
pub(super) fn stretches_in(row: u32, len: u32, free: &FreeSeats, fits: Fits<'_>) -> Vec<Stretch> {
    let mut best = Vec::<Stretch>::new();
    for run in free.runs(row).filter(|run| run.len >= len) {
        let mut seen = Seen::from(run.first);
        for index in run.first..run.first + run.len {
            seen.see(index, fits);
            let Some(first) = (index + 1).checked_sub(len).filter(|first| *first >= seen.fits_from) else {
                continue;
            };
            if fits.has_wheelchair() && !seen.has_one_wheelchair_from(first) {
                continue;
            }
            let tier = seen.tier(first);
            let stretch = Stretch {
                tier,
                category: seen.category.filter(|_| !tier.is_mixed),
                singles: run.singles_beside(first, len),
                distance: free.layout().distance_of(first, len),
                first,
            };
            let same = best.iter_mut().find(|it| (it.tier, it.category) == (stretch.tier, stretch.category));
            match same {
                Some(known) if stretch.rank() < known.rank() => *known = stretch,
                Some(_) => {}
                None => best.push(stretch),
            }
        }
    }
    best
}

impl Seen {
    fn from(first: u32) -> Self {
        Self {
            fits_from: first,
            clear_from: first,
            category_from: first,
            category: None,
            wheelchairs: [None; 2],
        }
    }

    fn see(&mut self, index: u32, fits: Fits<'_>) {
        let Some(fit) = fits.of(index) else {
            self.fits_from = index + 1;
            return;
        };
        match fit.role {
            Role::Ordinary => {}
            Role::Restricted => self.clear_from = index + 1,
            Role::Wheelchair => self.wheelchairs = [self.wheelchairs[1], Some(index)],
        }
        if self.category != Some(fit.category) {
            (self.category, self.category_from) = (Some(fit.category), index);
        }
    }

    fn has_one_wheelchair_from(&self, first: u32) -> bool {
        let [before, last] = self.wheelchairs.map(|place| place.is_some_and(|index| index >= first));
        last && !before
    }

    fn tier(&self, first: u32) -> Tier {
        Tier { is_restricted: self.clear_from > first, is_mixed: self.category_from > first }
    }
}
