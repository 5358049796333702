//! The best split of a group over adjacent rows, with one piece of it in each row.

use std::collections::HashMap;

use super::free_seats::{FreeSeats, Run};
use super::layout::Layout;

/// The indices of the best split of `len` seats, all of one list. None if no adjacent rows have room.
pub(super) fn split(free: &FreeSeats, lists: &[Vec<u32>], len: u32) -> Option<Vec<u32>> {
    let rows: Vec<RowSeats<'_>> =
        (0..).zip(lists).flat_map(|(list, seats)| rows_of(free, list, seats)).collect();
    let height = fewest_rows(free, &rows, len)?;
    let spans = most_even(spans(free, &rows, height, len), len);
    let groups = vec![None; spans.len()];
    Search { free, spans, groups, pieces: HashMap::new() }.best().map(|group| group.indices().collect())
}

/// The seats of one list in one row.
struct RowSeats<'a> {
    list: u32,
    row: u32,
    /// How many neighbours there are at most.
    longest: u32,
    seats: &'a [u32],
}

/// Adjacent rows that have room for the group.
type Span<'a> = &'a [RowSeats<'a>];

/// How large the pieces are: as large as their row allows up to `level`, and `extra` of them one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    level: u32,
    extra: u32,
}

/// A group, or the piece of one in some of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    singles: u32,
    distance: u128,
    /// The first of the group first.
    runs: Vec<Run>,
}

fn rows_of<'a>(free: &FreeSeats, list: u32, seats: &'a [u32]) -> Vec<RowSeats<'a>> {
    let layout = free.layout();
    let rows = seats.chunk_by(|one, next| layout.row_of(*one) == layout.row_of(*next));
    rows.map(|seats| {
        let longest = runs(layout, seats).map(|run| run.len).max().unwrap_or_default();
        RowSeats { list, row: layout.row_of(seats[0]), longest, seats }
    })
    .collect()
}

/// The neighbours among seats of one row.
fn runs(layout: &Layout, seats: &[u32]) -> impl Iterator<Item = Run> {
    let runs = seats.chunk_by(|one, next| *next == one + 1 && layout.is_joined(*next));
    runs.map(|run| Run { first: run[0], len: u32::try_from(run.len()).unwrap_or(u32::MAX) })
}

/// Rows of one list that follow each other.
fn stacks<'a>(free: &'a FreeSeats, rows: &'a [RowSeats<'a>]) -> impl Iterator<Item = &'a [RowSeats<'a>]> {
    rows.chunk_by(|one, next| one.list == next.list && free.layout().are_adjacent(one.row, next.row))
}

/// The least number of adjacent rows that have room.
fn fewest_rows(free: &FreeSeats, rows: &[RowSeats<'_>], len: u32) -> Option<usize> {
    let mut fewest = None;
    for stack in stacks(free, rows) {
        let (mut from, mut room) = (0, 0);
        for (to, row) in stack.iter().enumerate() {
            room += row.longest;
            while room - stack[from].longest >= len {
                room -= stack[from].longest;
                from += 1;
            }
            if room >= len {
                let height = to - from + 1;
                fewest = Some(fewest.map_or(height, |fewest: usize| fewest.min(height)));
            }
        }
    }
    fewest
}

/// All spans of this many rows that have room.
fn spans<'a>(
    free: &'a FreeSeats,
    rows: &'a [RowSeats<'a>],
    height: usize,
    len: u32,
) -> impl Iterator<Item = Span<'a>> {
    let all = stacks(free, rows).flat_map(move |stack| stack.windows(height));
    all.filter(move |span| span.iter().map(|row| row.longest).sum::<u32>() >= len)
}

/// The spans with the most even sizes.
fn most_even<'a>(spans: impl Iterator<Item = Span<'a>>, len: u32) -> Vec<(Span<'a>, Sizes)> {
    let (mut best, mut least) = (Vec::new(), u32::MAX);
    for span in spans {
        let sizes = Sizes::of(span, len);
        let unevenness = sizes.unevenness(span);
        if unevenness < least {
            (best, least) = (Vec::new(), unevenness);
        }
        if unevenness == least {
            best.push((span, sizes));
        }
    }
    best
}

impl Sizes {
    fn of(span: Span<'_>, len: u32) -> Self {
        let sum = |level: u32| span.iter().map(|row| row.longest.min(level)).sum::<u32>();
        let mut level = 1;
        while sum(level) < len && sum(level + 1) <= len {
            level += 1;
        }
        Self { level, extra: len - sum(level) }
    }

    /// The sum of the squares of the sizes: the less, the more even they are.
    fn unevenness(self, span: Span<'_>) -> u32 {
        let squares: u32 = span.iter().map(|row| row.longest.min(self.level).pow(2)).sum();
        squares + self.extra * (2 * self.level + 1)
    }
}

impl Group {
    fn indices(&self) -> impl Iterator<Item = u32> {
        self.runs.iter().copied().flat_map(Run::indices)
    }

    /// Among groups in the same rows.
    fn is_better(&self, other: &Self) -> bool {
        let rank = |group: &Self| (group.singles, group.distance);
        rank(self).cmp(&rank(other)).then_with(|| self.indices().cmp(other.indices())).is_lt()
    }

    /// Among groups anywhere, singles apart.
    fn is_nearer(&self, other: &Self) -> bool {
        self.distance.cmp(&other.distance).then_with(|| self.indices().cmp(other.indices())).is_lt()
    }

    /// The group with one more piece before it.
    fn after(&self, piece: &Self) -> Self {
        let runs = piece.runs.iter().chain(&self.runs).copied().collect();
        Self { singles: self.singles + piece.singles, distance: self.distance + piece.distance, runs }
    }
}

/// Works out each span's group at most once, and so each piece.
struct Search<'a> {
    free: &'a FreeSeats,
    spans: Vec<(Span<'a>, Sizes)>,
    groups: Vec<Option<Group>>,
    /// By list, row and size.
    pieces: HashMap<(u32, u32, u32), Option<Group>>,
}

impl Search<'_> {
    fn best(mut self) -> Option<Group> {
        let mut order: Vec<(u128, usize)> =
            (0..self.spans.len()).map(|span| (self.least_distance(span), span)).collect();
        order.sort_unstable();
        let mut best = None::<Group>;
        for (least, span) in order {
            // The spans after it are no nearer; an equally near one may still have lower numbers.
            if best.as_ref().is_some_and(|best| least > best.distance) {
                break;
            }
            let Some(group) = self.group(span) else { continue };
            let is_better = best.as_ref().is_none_or(|best| group.is_nearer(best));
            if is_better && !self.leaves_more_than_others(span, group.singles) {
                best = Some(group);
            }
        }
        best
    }

    /// No group in the span is nearer than this.
    fn least_distance(&self, span: usize) -> u128 {
        let (rows, sizes) = self.spans[span];
        rows.iter().map(|row| u128::from(row.longest.min(sizes.level)) * self.free.nearest(row.row)).sum()
    }

    /// Whether an equally even group of the same list within two rows leaves fewer singles.
    fn leaves_more_than_others(&mut self, span: usize, singles: u32) -> bool {
        let start = |span: usize| (self.spans[span].0[0].list, self.spans[span].0[0].row);
        let (list, row) = start(span);
        let around: Vec<u32> = self.free.layout().rows_around(row).collect();
        let others = span.saturating_sub(2)..self.spans.len().min(span + 3);
        let others: Vec<usize> =
            others.filter(|other| start(*other).0 == list && around.contains(&start(*other).1)).collect();
        others.into_iter().any(|other| self.group(other).is_some_and(|group| group.singles < singles))
    }

    /// The span's best group: its sizes are fixed, but not which of the pieces are one larger.
    fn group(&mut self, span: usize) -> Option<Group> {
        if self.groups[span].is_none() {
            self.groups[span] = self.work_out(span);
        }
        self.groups[span].clone()
    }

    fn work_out(&mut self, span: usize) -> Option<Group> {
        let (rows, sizes) = self.spans[span];
        let extra = sizes.extra as usize;
        let nothing = Group { singles: 0, distance: 0, runs: Vec::new() };
        // From the last row up: the best group below for each number of larger pieces.
        let mut below = vec![None; extra + 1];
        below[0] = Some(nothing);
        for row in rows.iter().rev() {
            let level = row.longest.min(sizes.level);
            let piece = self.piece(row, level);
            let larger = self.piece(row, sizes.level + 1);
            let with = |piece: &Option<Group>, below: Option<&Option<Group>>| {
                Some(below?.as_ref()?.after(piece.as_ref()?))
            };
            below = (0..=extra)
                .map(|used| {
                    let one = with(&piece, below.get(used));
                    let other = with(&larger, used.checked_sub(1).and_then(|used| below.get(used)));
                    match (one, other) {
                        (Some(one), Some(other)) => Some(if other.is_better(&one) { other } else { one }),
                        (one, other) => one.or(other),
                    }
                })
                .collect();
        }
        below.pop()?
    }

    /// The best piece of this size in the row.
    fn piece(&mut self, row: &RowSeats<'_>, size: u32) -> Option<Group> {
        let free = self.free;
        let best = self.pieces.entry((row.list, row.row, size)).or_insert_with(|| {
            // What does not fit the wish, but is free, bounds no run.
            let around = |first: u32| free.runs(row.row).find(|run| run.indices().contains(&first));
            let best_of_runs =
                runs(free.layout(), row.seats).filter(|run| run.len >= size).filter_map(|run| {
                    let whole = around(run.first)?;
                    let firsts = run.first..=run.first + run.len - size;
                    let rank = |first| {
                        (whole.singles_beside(first, size), free.layout().distance_of(first, size), first)
                    };
                    firsts.map(rank).min()
                });
            let (singles, distance, first) = best_of_runs.min()?;
            Some(Group { singles, distance, runs: vec![Run { first, len: size }] })
        });
        best.clone()
    }
}
