//! Where the seats of a hall are, and which are next to each other. It never changes.

use crate::ids::SeatNo;

/// A place in the hall, in thousandths of the plan's units, so that sums of squares are exact and every
/// instance makes the same choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Point {
    /// To the right.
    pub x: i64,
    /// Downwards.
    pub y: i64,
}

/// Seats by row, in plan order. Cheap to read; built once for a plan and a focal point.
///
/// Inside, a seat is known by its index: its number less 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    rows: Vec<Row>,
    row_of: Vec<u32>,
    points: Vec<Point>,
    /// A bit for each seat that is a neighbour of the one before it.
    joined: Vec<u64>,
    /// The squared distances to the focal point of all seats before each index, summed.
    sums: Vec<u128>,
    /// Rows by their seat nearest to the focal point.
    by_distance: Vec<(u128, u32)>,
    /// About how far apart neighbours are.
    pitch: u64,
}

/// Seats in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) zone: u32,
    /// The first seat's index.
    pub(super) first: u32,
    pub(super) len: u32,
}

/// Neighbours are at most 16 tenths of the row's median gap apart.
const GAP_TENTHS: f64 = 16.0;
/// The length of a row without a plan.
const GRID_COLUMNS: u32 = 10;
/// What is further away in a direction counts as this far, so that squares fit. No plan is that large.
const DISTANCE_MAX: u64 = (1 << 31) - 1;

impl Point {
    /// A place in the plan's units.
    pub fn of(x: f64, y: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "it saturates, and a plan's units are far below")]
        let thousandths = |units: f64| (units * 1_000.0).round() as i64;
        Self { x: thousandths(x), y: thousandths(y) }
    }

    /// The squared distance.
    pub(super) fn squared_distance(self, other: Self) -> u64 {
        let square = |one: i64, other: i64| one.abs_diff(other).min(DISTANCE_MAX).pow(2);
        square(self.x, other.x) + square(self.y, other.y)
    }

    fn gap(self, other: Self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 thousandths")]
        let along = |one: i64, other: i64| one.abs_diff(other) as f64;
        let (x, y) = (along(self.x, other.x), along(self.y, other.y));
        (x * x + y * y).sqrt()
    }
}

impl Layout {
    /// Zones of rows of seats, all in plan order, and the focal point. Rows without seats are left out.
    pub fn new<Z, R, S>(zones: Z, focus: Point) -> Self
    where
        Z: IntoIterator<Item = R>,
        R: IntoIterator<Item = S>,
        S: IntoIterator<Item = Point>,
    {
        let (mut rows, mut points, mut gaps) = (Vec::new(), Vec::<Point>::new(), Vec::new());
        let (mut row_of, mut joined) = (Vec::new(), Vec::new());
        for (zone, zone_rows) in (0..).zip(zones) {
            for seats in zone_rows {
                let first = points.len();
                points.extend(seats);
                let len = points.len() - first;
                if len == 0 {
                    continue;
                }
                let row_gaps: Vec<f64> = points[first..].windows(2).map(|two| two[0].gap(two[1])).collect();
                let double_median = double_median(&row_gaps);
                gaps.push(double_median / 2.0);
                row_of.extend(std::iter::repeat_n(index_of(rows.len()), len));
                rows.push(Row { zone, first: index_of(first), len: index_of(len) });
                joined.resize(points.len().div_ceil(64), 0_u64);
                for (index, gap) in (first + 1..).zip(row_gaps) {
                    if gap * 20.0 <= GAP_TENTHS * double_median {
                        joined[index / 64] |= 1 << (index % 64);
                    }
                }
            }
        }
        Self::measured(rows, row_of, points, joined, focus, double_median(&gaps) / 2.0)
    }

    /// The hall of a concert without a plan: rows of ten, all neighbours, with the stage at the top.
    pub fn grid(capacity: u32) -> Self {
        let seat = |seat: u32| {
            let (column, row) = (seat % GRID_COLUMNS, seat / GRID_COLUMNS);
            Point { x: i64::from(column) * 1_000, y: i64::from(row) * 1_000 }
        };
        let row = |row: u32| {
            let first = row * GRID_COLUMNS;
            (first..capacity.min(first + GRID_COLUMNS)).map(seat)
        };
        let width = i64::from(GRID_COLUMNS.min(capacity).saturating_sub(1)) * 1_000;
        Self::new([(0..capacity.div_ceil(GRID_COLUMNS)).map(row)], Point { x: width / 2, y: 0 })
    }

    fn measured(
        rows: Vec<Row>,
        row_of: Vec<u32>,
        points: Vec<Point>,
        joined: Vec<u64>,
        focus: Point,
        pitch: f64,
    ) -> Self {
        let mut sums = vec![0];
        let mut sum = 0_u128;
        for point in &points {
            sum += u128::from(point.squared_distance(focus));
            sums.push(sum);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no distance is below 0")]
        let pitch = pitch as u64;
        let mut all = Self { rows, row_of, points, joined, sums, by_distance: Vec::new(), pitch };
        all.by_distance = (0..index_of(all.rows.len())).filter_map(|row| all.nearest_of(row)).collect();
        all.by_distance.sort_unstable();
        all
    }

    /// The least squared distance of a row's seats, with the row.
    fn nearest_of(&self, row: u32) -> Option<(u128, u32)> {
        let Row { first, len, .. } = self.row(row);
        (first..first + len).map(|index| self.distance(index)).min().map(|distance| (distance, row))
    }

    /// How many seats there are.
    pub fn capacity(&self) -> u32 {
        index_of(self.points.len())
    }

    /// How many rows there are.
    pub(super) fn row_count(&self) -> u32 {
        index_of(self.rows.len())
    }

    /// Whether two seats are next to each other: side by side in their row, without an aisle between them.
    pub fn are_neighbours(&self, one: SeatNo, other: SeatNo) -> bool {
        let (low, high) = (one.min(other), one.max(other));
        low >= 1 && high - low == 1 && high <= self.capacity() && self.is_joined(high - 1)
    }

    /// Whether the seat is a neighbour of the one before it.
    pub(super) fn is_joined(&self, index: u32) -> bool {
        self.joined[index as usize / 64] >> (index % 64) & 1 == 1
    }

    /// The same for the 64 seats of a word.
    pub(super) fn joined_word(&self, word: usize) -> u64 {
        self.joined[word]
    }

    pub(super) fn row(&self, row: u32) -> Row {
        self.rows[row as usize]
    }

    /// The row of a seat.
    pub(super) fn row_of(&self, index: u32) -> u32 {
        self.row_of[index as usize]
    }

    pub(super) fn point(&self, index: u32) -> Point {
        self.points[index as usize]
    }

    /// A seat's squared distance to the focal point.
    pub(super) fn distance(&self, index: u32) -> u128 {
        self.distance_of(index, 1)
    }

    /// The sum of the squared distances of `len` seats from `first` on.
    pub(super) fn distance_of(&self, first: u32, len: u32) -> u128 {
        self.sums[(first + len) as usize] - self.sums[first as usize]
    }

    /// Rows with the squared distance of their nearest seat, the nearest row first.
    pub(super) fn by_distance(&self) -> &[(u128, u32)] {
        &self.by_distance
    }

    /// The row itself and those of its zone that are at most two rows away.
    pub(super) fn rows_around(&self, row: u32) -> impl Iterator<Item = u32> {
        let zone = self.row(row).zone;
        let last = self.row_count().saturating_sub(1);
        (row.saturating_sub(2)..=last.min(row + 2)).filter(move |other| self.row(*other).zone == zone)
    }

    /// Whether the second row follows the first one in their zone.
    pub(super) fn are_adjacent(&self, row: u32, next: u32) -> bool {
        next == row + 1 && self.row(row).zone == self.row(next).zone
    }

    /// About how far apart neighbours are.
    pub(super) fn pitch(&self) -> u64 {
        self.pitch
    }
}

/// Twice the median, so that the mean of the two in the middle needs no division. 0 of nothing.
fn double_median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        len => sorted[(len - 1) / 2] + sorted[len / 2],
    }
}

/// A plan has at most 50,000 seats.
fn index_of(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row of seats at these places along a line, and all neighbours in it.
    fn neighbours(places: &[f64]) -> Vec<(u32, u32)> {
        let row = places.iter().map(|x| Point::of(*x, 0.0));
        let layout = Layout::new([[row]], Point::default());
        (1..=layout.capacity())
            .map(|seat| (seat, seat + 1))
            .filter(|(one, other)| layout.are_neighbours(*one, *other))
            .collect()
    }

    #[test]
    fn an_aisle_is_wider_than_16_tenths_of_the_median_gap() {
        assert_eq!(neighbours(&[0.0, 10.0, 20.0, 36.0, 46.0]), [(1, 2), (2, 3), (3, 4), (4, 5)]);
        assert_eq!(neighbours(&[0.0, 10.0, 20.0, 36.001, 46.001]), [(1, 2), (2, 3), (4, 5)]);
    }

    #[test]
    fn the_median_of_an_even_number_of_gaps_is_the_mean_of_the_middle_two() {
        assert_eq!(neighbours(&[0.0, 10.0, 30.0]), [(1, 2), (2, 3)]);
        assert_eq!(neighbours(&[0.0, 10.0, 51.0]), [(1, 2)]);
    }

    #[test]
    fn gaps_are_measured_along_a_curve_and_in_either_direction() {
        let curve =
            [(0.0, 0.0), (3.0, 4.0), (8.0, 4.0), (8.0, -1.0), (8.0, 7.1)].map(|(x, y)| Point::of(x, y));
        let layout = Layout::new([[curve]], Point::default());
        let all = (1..5).map(|seat| layout.are_neighbours(seat + 1, seat)).collect::<Vec<_>>();
        assert_eq!(all, [true, true, true, false]);
    }

    #[test]
    fn the_last_seat_of_a_row_is_no_neighbour_of_the_next_rows_first() {
        let row = |y: f64| [0.0, 1.0].map(|x| Point::of(x, y));
        let layout = Layout::new([vec![row(0.0), row(0.0)]], Point::default());
        let pairs = [(1, 2), (2, 3), (3, 4), (1, 3), (1, 1), (0, 1), (4, 5)];
        let all = pairs.map(|(one, other)| layout.are_neighbours(one, other));
        assert_eq!(all, [true, false, true, false, false, false, false]);
    }

    #[test]
    fn a_grid_has_rows_of_ten_and_the_last_is_shorter() {
        let layout = Layout::grid(23);
        let rows: Vec<(u32, u32)> = layout.rows.iter().map(|row| (row.first, row.len)).collect();
        assert_eq!(rows, [(0, 10), (10, 10), (20, 3)]);
        assert_eq!((layout.capacity(), layout.rows_around(0).collect::<Vec<_>>()), (23, vec![0, 1, 2]));
        assert!(layout.are_neighbours(9, 10) && !layout.are_neighbours(10, 11));
        assert_eq!(layout.distance(4), layout.distance(5));
        assert_eq!(layout.distance(14), 500 * 500 + 1_000 * 1_000);
        let few = Layout::grid(3);
        assert_eq!((few.distance(1), few.distance(0)), (0, 1_000_000));
        assert_eq!((Layout::grid(1).distance(0), Layout::grid(0).capacity()), (0, 0));
    }

    #[test]
    fn rows_are_adjacent_and_around_each_other_only_within_their_zone() {
        let row = || [Point::default()];
        let layout = Layout::new([vec![row(), row(), row(), row()], vec![row(), row()]], Point::default());
        assert_eq!(layout.rows_around(0).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(layout.rows_around(3).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(layout.rows_around(4).collect::<Vec<_>>(), [4, 5]);
        assert!(layout.are_adjacent(2, 3) && !layout.are_adjacent(3, 4) && !layout.are_adjacent(1, 3));
    }

    #[test]
    fn rows_without_seats_are_left_out() {
        let seat = vec![Point::default()];
        let layout = Layout::new([vec![seat.clone(), vec![], seat]], Point::default());
        assert!(layout.row_count() == 2 && layout.are_adjacent(0, 1));
    }

    #[test]
    fn distances_far_beyond_any_plan_do_not_overflow() {
        let ends = [i64::MIN, i64::MAX].map(|end| Point { x: end, y: end });
        let layout = Layout::new([[ends]], Point { x: i64::MAX, y: i64::MIN });
        assert_eq!(layout.distance_of(0, 2), 2 * u128::from(DISTANCE_MAX.pow(2)));
        assert_eq!(ends[0].squared_distance(ends[1]), 2 * DISTANCE_MAX.pow(2));
        assert_eq!(Point::of(f64::NAN, -1.0006), Point { x: 0, y: -1_001 });
    }
}
