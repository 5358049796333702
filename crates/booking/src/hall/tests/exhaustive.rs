//! A chooser that looks at every group of a small hall, written from the rules alone, and what it shows.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::hall::testing::{Hall, any_hall, any_wish};
use crate::hall::wish::{NoFit, Wish};
use crate::ids::SeatNo;
use crate::seat::SeatKind;

/// How the seats of a group lie to each other, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    /// Over so many rows, and the sum of the squares of how many are in each.
    Rows(usize, usize),
    /// The least sum of squared distances from one seat to the others.
    Scattered(u128),
}

/// A possible group. The order of the first fields is that of the first rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    is_split: bool,
    is_restricted: bool,
    is_mixed: bool,
    shape: Shape,
    distance: u128,
    seats: Vec<SeatNo>,
    singles: usize,
    category: Option<u8>,
    zone_and_row: (u32, u32),
}

impl Group {
    fn first_rule(&self) -> (bool, bool, bool, Shape) {
        (self.is_split, self.is_restricted, self.is_mixed, self.shape)
    }

    /// The second rule.
    fn gives_way_to(&self, other: &Self) -> bool {
        let ((zone, row), (other_zone, other_row)) = (self.zone_and_row, other.zone_and_row);
        let is_near = zone == other_zone && row.abs_diff(other_row) <= 2;
        let has_rows = matches!(self.shape, Shape::Rows(..));
        has_rows && is_near && self.category == other.category && other.singles < self.singles
    }
}

fn fits(hall: &Hall, wish: &Wish, seat: SeatNo) -> bool {
    let terms = hall.terms(seat);
    let kinds: &[Option<SeatKind>] = match wish.kind {
        None => &[None, Some(SeatKind::Restricted)],
        Some(SeatKind::Wheelchair) => &[Some(SeatKind::Wheelchair), Some(SeatKind::Companion)],
        Some(SeatKind::Restricted) => &[Some(SeatKind::Restricted)],
        Some(SeatKind::Companion) => &[],
    };
    kinds.contains(&terms.kind)
        && wish.category.is_none_or(|category| category == terms.category)
        && wish.max_price.is_none_or(|most| terms.price <= most)
}

fn singles(hall: &Hall, free: &BTreeSet<SeatNo>) -> BTreeSet<SeatNo> {
    let joins = |one: SeatNo, other: SeatNo| free.contains(&other) && hall.layout.are_neighbours(one, other);
    free.iter().copied().filter(|seat| !joins(*seat, seat - 1) && !joins(*seat, seat + 1)).collect()
}

fn shape(hall: &Hall, seats: &[SeatNo]) -> Shape {
    let layout = &hall.layout;
    let runs: Vec<&[SeatNo]> = seats.chunk_by(|one, next| layout.are_neighbours(*one, *next)).collect();
    let rows: Vec<u32> = runs.iter().map(|run| layout.row_of(run[0] - 1)).collect();
    if rows.windows(2).all(|two| layout.are_adjacent(two[0], two[1])) {
        return Shape::Rows(runs.len(), runs.iter().map(|run| run.len().pow(2)).sum());
    }
    let away = |one: SeatNo, other: SeatNo| {
        u128::from(layout.point(one - 1).squared_distance(layout.point(other - 1)))
    };
    let spread = |one: &SeatNo| seats.iter().map(|other| away(*one, *other)).sum();
    Shape::Scattered(seats.iter().map(spread).min().unwrap())
}

/// None if the wish does not allow it.
fn group(hall: &Hall, wish: &Wish, free: &BTreeSet<SeatNo>, seats: Vec<SeatNo>) -> Option<Group> {
    let kinds = || seats.iter().map(|seat| hall.terms(*seat).kind);
    let shape = shape(hall, &seats);
    let is_split = !matches!(shape, Shape::Rows(1, _));
    let wants_wheelchair = wish.kind == Some(SeatKind::Wheelchair);
    let places = kinds().filter(|kind| *kind == Some(SeatKind::Wheelchair)).count();
    if is_split && (wish.together || wants_wheelchair) || wants_wheelchair && places != 1 {
        return None;
    }
    let categories: BTreeSet<u8> = seats.iter().map(|seat| hall.terms(*seat).category).collect();
    let left: BTreeSet<SeatNo> = free.iter().copied().filter(|seat| !seats.contains(seat)).collect();
    let row = hall.layout.row_of(seats[0] - 1);
    Some(Group {
        is_split,
        is_restricted: wish.kind.is_none() && kinds().any(|kind| kind == Some(SeatKind::Restricted)),
        is_mixed: categories.len() > 1,
        shape,
        distance: seats.iter().map(|seat| hall.layout.distance(seat - 1)).sum(),
        singles: singles(hall, &left).difference(&singles(hall, free)).count(),
        category: categories.first().copied().filter(|_| categories.len() == 1),
        zone_and_row: (hall.layout.row(row).zone, row),
        seats,
    })
}

/// Every group that the wish allows.
fn groups(hall: &Hall, wish: &Wish) -> Vec<Group> {
    let free: BTreeSet<SeatNo> = hall.free.seats().collect();
    let fitting: Vec<SeatNo> = free.iter().copied().filter(|seat| fits(hall, wish, *seat)).collect();
    let subsets = (0..1_u32 << fitting.len()).filter(|set| set.count_ones() == wish.quantity);
    let seats = |set: u32| {
        let chosen = (0..).zip(&fitting).filter(|(bit, _)| set >> bit & 1 == 1);
        chosen.map(|(_, seat)| *seat).collect::<Vec<_>>()
    };
    subsets.filter_map(|set| group(hall, wish, &free, seats(set))).collect()
}

fn choose_among_all(hall: &Hall, wish: &Wish) -> Result<Vec<SeatNo>, NoFit> {
    let mut groups = groups(hall, wish);
    let Some(best) = groups.iter().map(Group::first_rule).min() else {
        let fitting: Vec<SeatNo> = hall.free.seats().filter(|seat| fits(hall, wish, *seat)).collect();
        let is_place = |seat: &SeatNo| hall.terms(*seat).kind == Some(SeatKind::Wheelchair);
        return Err(match wish.kind {
            Some(SeatKind::Wheelchair) if fitting.iter().any(is_place) => NoFit::NotTogether,
            Some(SeatKind::Wheelchair) => NoFit::NotEnough { free: 0 },
            _ if fitting.len() >= wish.quantity as usize => NoFit::NotTogether,
            _ => NoFit::NotEnough { free: u32::try_from(fitting.len()).unwrap() },
        });
    };
    groups.retain(|group| group.first_rule() == best);
    let stays = |group: &&Group| !groups.iter().any(|other| group.gives_way_to(other));
    let nearest = groups.iter().filter(stays).min_by_key(|group| (group.distance, &group.seats));
    Ok(nearest.unwrap().seats.clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn a_choice_is_the_best_of_all_groups_by_the_rules(hall in any_hall(), wish in any_wish()) {
        prop_assert_eq!(hall.choose(&wish), choose_among_all(&hall, &wish));
    }

    #[test]
    fn a_hall_is_sold_to_the_last_seat_to_groups_that_may_be_split(
        hall in any_hall(),
        quantities in prop::collection::vec(1..=4_u32, 14),
    ) {
        let mut hall = hall;
        for quantity in quantities {
            let wish = crate::hall::testing::seats(quantity);
            let fitting = hall.free.seats().filter(|seat| fits(&hall, &wish, *seat)).count();
            match hall.sell(&wish) {
                Ok(seats) => prop_assert_eq!(seats.len(), quantity as usize),
                Err(refusal) => {
                    prop_assert_eq!(refusal, NoFit::NotEnough { free: u32::try_from(fitting).unwrap() });
                    prop_assert!(fitting < quantity as usize);
                }
            }
        }
    }
}
