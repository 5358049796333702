//! Groups that sit in one run of neighbours.

use std::sync::Arc;

use crate::hall::choose::choose;
use crate::hall::free_seats::FreeSeats;
use crate::hall::layout::{Layout, Point};
use crate::hall::testing::{Hall, seats, together, wheelchair};
use crate::hall::wish::{NoFit, Wish};
use crate::money::Money;

#[track_caller]
fn takes(hall: &str, wish: &Wish, expected: &[u32]) {
    assert_eq!(Hall::of(hall).choose(wish).as_deref(), Ok(expected), "{hall}");
}

#[test]
fn a_group_sits_side_by_side_where_it_can() {
    takes("AA.AA / AA.AA / AAA..", &seats(3), &[11, 12, 13]);
}

#[test]
fn an_aisle_is_between_people_a_change_of_category_is_not() {
    takes("AAA_AAA", &seats(3), &[1, 2, 3]);
    takes("AA_AAAA_AA / AAAAA_AAA", &together(5), &[9, 10, 11, 12, 13]);
    takes("ABBA", &together(4), &[1, 2, 3, 4]);
}

#[test]
fn a_group_is_of_one_category_where_it_can() {
    takes("ABABA / ABABA / AABBA", &seats(2), &[13, 14]);
    takes("AAABA / ...BB", &seats(3), &[1, 2, 3]);
}

#[test]
fn a_group_of_several_categories_side_by_side_is_better_than_a_split_one() {
    takes("ABABA / AA.BB", &seats(4), &[1, 2, 3, 4]);
}

#[test]
fn a_restricted_view_is_for_those_who_find_nothing_else() {
    takes("aaaa / aaaa / ..AB", &seats(2), &[11, 12]);
    takes("aaaa / AAA.", &seats(4), &[1, 2, 3, 4]);
    takes("aAAa / ..AA", &seats(3), &[1, 2, 3]);
    takes("abAB / .aa. / aa..", &seats(2), &[3, 4]);
    takes("..ab / ..aa", &seats(2), &[7, 8]);
}

#[test]
fn a_restricted_view_side_by_side_is_better_than_a_split() {
    takes("AA.AA / AA.AA / aaaa.", &seats(4), &[11, 12, 13, 14]);
}

#[test]
fn price_plays_no_part_below_the_most() {
    takes("AAA / BBB / DDD", &seats(2), &[1, 2]);
    takes("AAAA / BBBB / DDDD", &Wish { max_price: Some(Money(60)), ..seats(2) }, &[5, 6]);
    takes("AAAA / BBBB / DDDD", &Wish { max_price: Some(Money(59)), ..seats(2) }, &[9, 10]);
}

#[test]
fn nobody_is_left_alone_where_another_place_is_as_good() {
    // In the middle of four, a pair would leave one on either side.
    takes("AAAA", &seats(2), &[1, 2]);
    takes("AAAAA", &seats(2), &[1, 2]);
    takes("..AAA / AAAAA / ...AA", &seats(2), &[6, 7]);
}

#[test]
fn who_would_leave_a_single_looks_two_rows_around_and_no_further() {
    takes("AAA / ... / .AA", &seats(2), &[8, 9]);
    takes("AAA / ... / ... / .AA", &seats(2), &[1, 2]);
    takes(".AA / ... / AAA", &seats(2), &[2, 3]);
    takes("AAA | .AA", &seats(2), &[1, 2]);
}

#[test]
fn who_would_leave_a_single_stays_in_the_category() {
    takes("AAA / .BB", &seats(2), &[1, 2]);
    // The first row gives way to the third, which makes the second one's the nearest.
    takes("AAA / .BB / .AA", &seats(2), &[5, 6]);
    takes("AAA / .BB / .AA", &Wish { category: Some(0), ..seats(2) }, &[8, 9]);
}

#[test]
fn a_single_that_nobody_can_avoid_sends_nobody_to_the_back() {
    takes("AAA / ... / ... / AAA / ... / AA.", &seats(2), &[1, 2]);
    takes("AAA", &together(2), &[1, 2]);
}

#[test]
fn who_gives_way_takes_the_nearest_place_that_is_left() {
    // The first row gives way to the third, but the other zone is nearer than that.
    let hall = Hall::at("AAA / ... / .AA | AA.", Point { x: 0, y: 1_500 });
    assert_eq!(hall.choose(&seats(2)), Ok(vec![8, 9]));
    let hall = Hall::at("AAA / ... / .AA | AA.", Point { x: 0, y: 2_900 });
    assert_eq!(hall.choose(&seats(2)), Ok(vec![10, 11]));
}

#[test]
fn one_person_takes_the_single_that_is_there_rather_than_leave_one() {
    takes("AA / A. / AA", &seats(1), &[3]);
    takes("AA / .. / .. / A.", &seats(1), &[1]);
}

#[test]
fn seats_that_do_not_fit_bound_no_run() {
    // The third seat keeps a neighbour, of another category or kind.
    takes("AAAB", &Wish { category: Some(0), ..seats(2) }, &[1, 2]);
    takes("AAAW / .AA.", &seats(2), &[1, 2]);
}

#[test]
fn the_nearest_group_wins_and_of_equally_near_ones_the_lowest_number() {
    takes("AAAAAA / AAAAAA", &seats(2), &[3, 4]);
    takes("AAAAAAA / AAAAAAA", &seats(2), &[3, 4]);
    takes("AA..AA", &seats(2), &[1, 2]);
}

#[test]
fn a_group_at_the_bound_of_the_search_may_still_have_lower_numbers() {
    // Squares 5 + 5 in the first row, 1 + 9 in the second: as near, but the second row has the nearer seat.
    let zones = [vec![[(1, 2), (2, 1)]], vec![[(1, 0), (3, 0)]]];
    let point = |(x, y): (i64, i64)| Point { x: x * 1_000, y: y * 1_000 };
    let zones = zones.map(|rows| rows.into_iter().map(move |row| row.map(point)).collect::<Vec<_>>());
    let layout = Arc::new(Layout::new(zones, Point::default()));
    let free = FreeSeats::all(layout);
    let terms = Hall::of("A").terms(1);
    assert_eq!(choose(&free, &seats(2), &|_| terms), Ok(vec![1, 2]));
}

#[test]
fn who_must_sit_together_is_refused_rather_than_split() {
    let hall = Hall::of("AA.AA / AA.AA");
    assert_eq!(hall.choose(&together(3)), Err(NoFit::NotTogether));
    assert_eq!(hall.choose(&together(9)), Err(NoFit::NotEnough { free: 8 }));
}

#[test]
fn a_wheelchair_place_has_its_companions_beside_it() {
    takes("AAWCC / ..CWC", &wheelchair(1), &[3]);
    takes("AAAAW / ..CWC", &wheelchair(2), &[8, 9]);
    takes("WACWA / CWC..", &wheelchair(3), &[6, 7, 8]);
    let hall = Hall::of("WAC / C.W / AA.");
    assert_eq!(hall.choose(&wheelchair(2)), Err(NoFit::NotTogether));
    assert_eq!(hall.choose(&wheelchair(3)), Err(NoFit::NotTogether));
    assert_eq!(Hall::of("WWC").choose(&wheelchair(3)), Err(NoFit::NotTogether));
    assert_eq!(Hall::of("CCCAAA").choose(&wheelchair(1)), Err(NoFit::NotEnough { free: 0 }));
}

#[test]
fn a_wheelchair_group_is_of_one_category_where_it_can() {
    takes("CwC / ..w / .CW", &wheelchair(2), &[8, 9]);
    takes("Cw. / ..w / .CA", &wheelchair(2), &[1, 2]);
}
