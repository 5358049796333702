//! The best group of seats that are not side by side: as near to each other as possible.
//!
//! How near is the least sum of the squared distances from one of the seats to the others. What singles such
//! a group leaves plays no part.

use super::layout::{Layout, Point};

/// The indices of the best group of `len` seats, all of one list.
pub(super) fn scattered(layout: &Layout, lists: &[Vec<u32>], len: u32) -> Option<Vec<u32>> {
    let mut best = None;
    let mut near = Vec::new();
    for list in lists {
        let cells = Cells::new(layout, list);
        for anchor in &cells.seats {
            let group = cells.group_around(*anchor, len as usize, best.as_ref(), &mut near);
            best = [best, group].into_iter().flatten().min();
        }
    }
    best.map(|group| group.seats)
}

/// The order of the fields is that of the rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    spread: u128,
    distance: u128,
    seats: Vec<u32>,
}

/// Where a seat is, and its index.
type Seat = (Point, u32);

/// A seat as its anchor sees it: the squared distance to it, and the index.
type Near = (u64, u32);

/// The seats by square cells of the hall. Cells that are far from each other share a bucket, so that
/// a seat far outside of the hall does no harm.
struct Cells<'a> {
    layout: &'a Layout,
    side: i64,
    /// How many buckets there are in each direction.
    count: i64,
    seats: Vec<Seat>,
    /// Where each bucket's seats begin.
    starts: Vec<usize>,
}

impl<'a> Cells<'a> {
    fn new(layout: &'a Layout, list: &[u32]) -> Self {
        // About two of the list to a cell, if they are spread evenly over the hall.
        let seats_for_one = layout.capacity() as usize / list.len().max(1) + 1;
        let pitches = i64::try_from((2 * seats_for_one).isqrt()).unwrap_or(1);
        let pitch = i64::try_from(layout.pitch()).unwrap_or(i64::MAX);
        // One more, so that a seat at a whole number of pitches is within reach and not at its edge.
        let side = pitch.saturating_mul(pitches).saturating_add(1);
        let count = i64::try_from(list.len().isqrt() + 1).unwrap_or(i64::MAX);
        let mut this = Self { layout, side, count, seats: Vec::new(), starts: Vec::new() };
        let bucket_count = usize::try_from(count * count).unwrap_or_default();
        let buckets: Vec<usize> = list.iter().map(|seat| this.bucket_of(layout.point(*seat))).collect();
        let mut starts = vec![0; bucket_count + 1];
        for bucket in &buckets {
            starts[bucket + 1] += 1;
        }
        for bucket in 0..bucket_count {
            starts[bucket + 1] += starts[bucket];
        }
        this.starts.clone_from(&starts);
        this.seats = vec![(Point::default(), 0); list.len()];
        for (bucket, seat) in buckets.into_iter().zip(list) {
            this.seats[starts[bucket]] = (layout.point(*seat), *seat);
            starts[bucket] += 1;
        }
        this
    }

    fn cell_of(&self, point: Point) -> (i64, i64) {
        (point.x.div_euclid(self.side), point.y.div_euclid(self.side))
    }

    fn bucket_of(&self, point: Point) -> usize {
        let (x, y) = self.cell_of(point);
        self.bucket(x, y)
    }

    fn bucket(&self, x: i64, y: i64) -> usize {
        let bucket = y.rem_euclid(self.count) * self.count + x.rem_euclid(self.count);
        usize::try_from(bucket).unwrap_or_default()
    }

    /// The seats nearest to the anchor, itself included. None if they cannot be better than the best group.
    fn group_around(
        &self,
        anchor: Seat,
        len: usize,
        best: Option<&Group>,
        near: &mut Vec<Near>,
    ) -> Option<Group> {
        let most = best.map_or(u128::MAX, |best| best.spread);
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        self.meet_nearest(anchor.0, len, limit, near);
        if near.len() < len {
            return None;
        }
        near.select_nth_unstable(len - 1);
        let spread = near[..len].iter().map(|it| u128::from(it.0)).sum();
        if spread > most {
            return None;
        }
        // Of seats that are equally far from the anchor, those nearest to the focal point.
        let rank = |it: &Near| (it.0, self.layout.distance(it.1), it.1);
        near.sort_unstable_by_key(rank);
        let mut seats: Vec<u32> = near[..len].iter().map(|it| it.1).collect();
        seats.sort_unstable();
        let distance = seats.iter().map(|seat| self.layout.distance(*seat)).sum();
        Some(Group { spread, distance, seats })
    }

    /// Fills `near` with the `len` nearest seats, those as near as the last of them, and perhaps others. What
    /// is further away than the limit may be missing.
    fn meet_nearest(&self, centre: Point, len: usize, limit: u64, near: &mut Vec<Near>) {
        near.clear();
        for ring in 0.. {
            if 2 * ring + 1 >= self.count {
                // The next ring would meet cells again.
                near.clear();
                Self::meet(&self.seats, centre, limit, near);
                return;
            }
            self.meet_ring(centre, ring, limit, near);
            // Every seat that was not met is at least this far away.
            let reach = ring.saturating_mul(self.side).unsigned_abs().saturating_pow(2);
            let has_all = near.iter().filter(|it| it.0 < reach).count() >= len;
            if has_all || reach > limit {
                return;
            }
        }
    }

    /// Meets the seats of the cells that are this many cells away.
    fn meet_ring(&self, centre: Point, ring: i64, limit: u64, near: &mut Vec<Near>) {
        let (x, y) = self.cell_of(centre);
        let mut meet_cell = |right: i64, down: i64| {
            let bucket = self.bucket(x + right, y + down);
            Self::meet(&self.seats[self.starts[bucket]..self.starts[bucket + 1]], centre, limit, near);
        };
        for across in -ring..=ring {
            meet_cell(across, -ring);
            if ring > 0 {
                meet_cell(across, ring);
            }
        }
        for down in 1 - ring..ring {
            meet_cell(-ring, down);
            meet_cell(ring, down);
        }
    }

    fn meet(seats: &[Seat], centre: Point, limit: u64, near: &mut Vec<Near>) {
        let met = seats.iter().map(|(point, index)| (point.squared_distance(centre), *index));
        near.extend(met.filter(|it| it.0 <= limit));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The squared distances to the anchor and to the focal point, and the index.
    type Rank = (u128, u128, u32);

    /// The best group of each anchor by sorting everything.
    fn by_sorting(layout: &Layout, list: &[u32], len: usize) -> Option<Vec<u32>> {
        let around = |anchor: &u32| {
            let away = |seat: &u32| u128::from(layout.point(*anchor).squared_distance(layout.point(*seat)));
            let mut near: Vec<Rank> =
                list.iter().map(|seat| (away(seat), layout.distance(*seat), *seat)).collect();
            near.sort_unstable();
            near.truncate(len);
            let mut seats: Vec<u32> = near.iter().map(|it| it.2).collect();
            seats.sort_unstable();
            let sum = |of: fn(&Rank) -> u128| near.iter().map(of).sum();
            Group { spread: sum(|it| it.0), distance: sum(|it| it.1), seats }
        };
        list.iter().map(around).min().map(|group| group.seats)
    }

    proptest! {
        #[test]
        fn the_search_by_cells_finds_what_sorting_finds(
            seats in prop::collection::vec((0..40_i64, 0..40_i64, prop::bool::weighted(0.3)), 1..150),
            far in prop::option::weighted(0.3, -1_000_000..1_000_000_i64),
            len in 1..6_usize,
        ) {
            let point = |(x, y, _): &(i64, i64, bool)| Point { x: x * 1_000, y: y * 1_000 };
            let far = far.map(|far| Point { x: far * 1_000, y: far });
            let rows = seats.iter().map(point).chain(far).map(|seat| [seat, seat]);
            let layout = Layout::new([rows], Point { x: 20_000, y: 0 });
            let list: Vec<u32> = (0..).step_by(2).zip(&seats).filter(|(_, it)| it.2).map(|it| it.0)
                .chain(far.map(|_| layout.capacity() - 1)).collect();
            let expected = by_sorting(&layout, &list, len).filter(|seats| seats.len() == len);
            let lists = if list.len() < len { vec![] } else { vec![list] };
            let found = scattered(&layout, &lists, u32::try_from(len).unwrap());
            prop_assert_eq!(found, expected);
        }
    }
}
