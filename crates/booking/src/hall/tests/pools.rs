//! Pools: which rows a choice needs.

use proptest::prelude::*;

use crate::hall::choose::choose;
use crate::hall::free_seats::FreeSeats;
use crate::hall::pool::{Breadth, Margin, pool};
use crate::hall::testing::{Hall, any_hall, any_wish, seats, together, wheelchair};
use crate::hall::wish::Wish;
use crate::ids::SeatNo;

/// Ten rows of four, numbered from 1 to 40.
const TALL: &str = "AAAA / AAAA / AAAA / AAAA / AAAA / AAAA / AAAA / AAAA / AAAA / AAAA";

const NOBODY: [SeatNo; 0] = [];

fn named(hall: &Hall, asked: &[(Wish, Breadth)], margin: u32) -> Vec<SeatNo> {
    pool(&hall.free, asked, Margin(margin), &|seat| hall.terms(seat))
}

fn range(first: SeatNo, last: SeatNo) -> Vec<SeatNo> {
    (first..=last).collect()
}

#[test]
fn a_pool_is_the_chosen_rows_and_their_neighbours_within_two() {
    let hall = Hall::of(".AA. / ..A. / .BWa / AAAA / A... | AAAA");
    assert_eq!(named(&hall, &[(seats(2), Breadth::Near)], 0), [2, 3, 7, 10, 11, 12]);
    let hall = Hall::of(".... / A... / A... / .... / .AA. / A... / A... / A... | AAAA");
    assert_eq!(named(&hall, &[(together(2), Breadth::Near)], 0), [9, 18, 19, 21, 25]);
}

#[test]
fn a_split_group_needs_the_rows_around_each_of_its_parts() {
    let hall = Hall::of("A... / .... / .... / .AA. / .AA. / .... / A... / A...");
    let only = Wish { category: None, ..seats(4) };
    assert_eq!(named(&hall, &[(only, Breadth::Near)], 0), [14, 15, 18, 19, 25]);
}

#[test]
fn wishes_take_their_seats_from_each_other_in_their_order() {
    let hall = Hall::of(TALL);
    let three = [(together(4), Breadth::Near), (together(4), Breadth::Near), (together(4), Breadth::Near)];
    assert_eq!(named(&hall, &three[..1], 0), range(1, 12));
    assert_eq!(named(&hall, &three, 0), range(1, 20));
}

#[test]
fn a_margin_is_for_more_people_with_the_same_wishes() {
    let hall = Hall::of(TALL);
    let near = |quantity, margin| named(&hall, &[(seats(quantity), Breadth::Near)], margin);
    assert_eq!([near(2, 0), near(2, 1), near(2, 2), near(2, 3)].map(|it| it.len()), [12, 12, 16, 16]);
    assert_eq!(near(4, 2), range(1, 20));
    // Two wishes, and one more person with the first of them.
    let both = [(together(4), Breadth::Near), (wheelchair(1), Breadth::Near)];
    assert_eq!(named(&hall, &both, 1), range(1, 16));
}

#[test]
fn a_wide_pool_has_eight_times_the_margin() {
    let hall = Hall::of(TALL);
    let wide = |margin| named(&hall, &[(together(2), Breadth::Wide)], margin);
    assert_eq!((wide(0), wide(1)), (range(1, 12), range(1, 28)));
    let mixed = [(together(2), Breadth::Wide), (together(2), Breadth::Near)];
    assert_eq!(named(&hall, &mixed, 1), range(1, 28));
}

#[test]
fn a_pool_of_found_seats_is_their_rows_whatever_else_is_nearer() {
    let mut hall = Hall::of(TALL);
    hall.free.take(24);
    let found = Breadth::Found(vec![24, 0, 41, u32::MAX]);
    let expected: Vec<SeatNo> = range(13, 32).into_iter().filter(|seat| *seat != 24).collect();
    assert_eq!(named(&hall, &[(seats(2), found.clone())], 5), expected);
    let both = [(seats(2), found), (seats(2), Breadth::Near)];
    assert_eq!(named(&hall, &both, 0).len(), 12 + expected.len());
}

#[test]
fn the_widest_pool_is_everything_that_is_free() {
    let mut hall = Hall::of(TALL);
    hall.free.take(1);
    assert_eq!(named(&hall, &[(seats(2), Breadth::Near), (seats(2), Breadth::All)], 0), range(2, 40));
}

#[test]
fn a_wish_that_fits_nowhere_needs_nothing() {
    let hall = Hall::of(TALL);
    assert_eq!(named(&hall, &[(together(5), Breadth::Wide)], 100), NOBODY);
    assert_eq!(named(&hall, &[], 100), NOBODY);
    let both = [(together(5), Breadth::Near), (seats(2), Breadth::Near)];
    assert_eq!(named(&hall, &both, 1), range(1, 12));
    // The margin ends with the hall.
    assert_eq!(named(&hall, &[(seats(2), Breadth::Wide)], u32::MAX), range(1, 40));
}

#[test]
fn a_margin_doubles_after_a_failure_and_else_loses_an_eighth() {
    let after = |margin, has_failed| Margin(margin).after(has_failed).0;
    assert_eq!([after(16, true), after(16, false), after(9, false)], [32, 14, 7]);
    assert_eq!([after(1, false), after(0, false), after(0, true)], [1, 1, 1]);
    assert_eq!([after(u32::MAX, true), after(40_000, true)], [50_000, 50_000]);
}

proptest! {
    #[test]
    fn nobody_who_fits_the_hall_is_refused_or_split_on_its_pool(hall in any_hall(), wish in any_wish()) {
        let terms = |seat: SeatNo| hall.terms(seat);
        let seats = pool(&hall.free, &[(wish, Breadth::Near)], Margin(0), &terms);
        let locked = FreeSeats::of(hall.layout.clone(), seats);
        let runs = |seats: &[SeatNo]| {
            seats.chunk_by(|one, next| hall.layout.are_neighbours(*one, *next)).count()
        };
        match (hall.choose(&wish), choose(&locked, &wish, &terms)) {
            (Ok(best), Ok(locked)) => prop_assert_eq!(runs(&best), runs(&locked)),
            (best, locked) => prop_assert_eq!(best.is_ok(), locked.is_ok()),
        }
    }
}
