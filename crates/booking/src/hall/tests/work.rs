//! What a choice costs, as the number of seats whose terms it looks up: the same on every machine.

use std::cell::Cell;
use std::sync::Arc;

use crate::hall::choose::choose;
use crate::hall::free_seats::FreeSeats;
use crate::hall::layout::{Layout, Point};
use crate::hall::testing::{Hall, seats, together};
use crate::hall::wish::{NoFit, Wish};
use crate::ids::SeatNo;

/// Zones of 20 rows of 50 seats, side by side, with the stage in the middle of the top.
fn hall(zones: i64) -> FreeSeats {
    let seat = |zone: i64, row: i64| {
        (0..50).map(move |seat| Point { x: (zone * 60 + seat) * 1_000, y: (row + 3) * 1_000 })
    };
    let rows = (0..zones).map(|zone| (0..20).map(move |row| seat(zone, row)));
    FreeSeats::all(Arc::new(Layout::new(rows, Point { x: zones * 30_000 - 5_000, y: 0 })))
}

/// The choice, and how many terms it looked up. Every seat of an even number may be of another category.
fn count(free: &FreeSeats, wish: &Wish) -> (Result<Vec<SeatNo>, NoFit>, usize) {
    let (terms, lookups) = (Hall::of("A").terms(1), Cell::new(0));
    let result = choose(free, wish, &|_| {
        lookups.set(lookups.get() + 1);
        terms
    });
    (result, lookups.get())
}

#[test]
fn a_choice_in_a_fresh_hall_looks_at_few_rows() {
    for zones in [5, 50] {
        let (result, lookups) = count(&hall(zones), &seats(2));
        assert!(result.is_ok() && lookups <= 300, "{lookups}");
    }
}

#[test]
fn a_choice_in_a_hall_that_is_sold_from_the_front_looks_at_few_rows() {
    let mut free = hall(10);
    let mut most = 0;
    for _ in 0..1_000 {
        let (result, lookups) = count(&free, &seats(3));
        most = most.max(lookups);
        result.unwrap().iter().for_each(|seat| assert!(free.take(*seat)));
    }
    assert!(most <= 1_500, "{most}");
}

#[test]
fn what_is_too_short_for_the_group_is_not_looked_at() {
    let all = hall(10);
    let comb = FreeSeats::of(all.layout().clone(), all.seats().filter(|seat| seat % 2 == 1));
    let (result, lookups) = count(&comb, &together(2));
    assert_eq!((result, lookups), (Err(NoFit::NotTogether), 5_000));
    let (result, lookups) = count(&all, &together(51));
    assert_eq!((result, lookups), (Err(NoFit::NotTogether), 10_000));
}

#[test]
fn a_split_looks_at_each_seat_once() {
    let all = hall(10);
    let comb = FreeSeats::of(all.layout().clone(), all.seats().filter(|seat| seat % 2 == 1));
    let (result, lookups) = count(&comb, &seats(5));
    assert_eq!((result.map(|seats| seats.len()), lookups), (Ok(5), 5_000));
}

#[test]
fn pairs_buy_a_hall_of_even_rows_to_the_last_seat() {
    let mut free = hall(2);
    for _ in 0..1_000 {
        let (result, _) = count(&free, &seats(2));
        result.unwrap().iter().for_each(|seat| assert!(free.take(*seat)));
    }
    assert_eq!(free.count(), 0);
}
