//! Groups that find no run of neighbours.

use crate::hall::testing::{Hall, seats, together};
use crate::hall::wish::{NoFit, Wish};
use crate::seat::SeatKind;

#[track_caller]
fn takes(hall: &str, quantity: u32, expected: &[u32]) {
    assert_eq!(Hall::of(hall).choose(&seats(quantity)).as_deref(), Ok(expected), "{hall}");
}

#[test]
fn a_group_is_split_over_rows_that_follow_each_other_in_a_zone() {
    takes("AA.. / .... / AA.. / AA..", 4, &[9, 10, 13, 14]);
    takes("A. | A. / .A", 2, &[3, 6]);
    takes("A. / AA / .A", 4, &[1, 3, 4, 6]);
}

#[test]
fn a_group_is_split_as_evenly_as_it_can() {
    takes("AAA. / ..A. / .... / AA.. / AA..", 4, &[13, 14, 17, 18]);
    takes("AAA. / ..A.", 4, &[1, 2, 3, 7]);
    takes("AAA. / AAA.", 5, &[1, 2, 3, 6, 7]);
    takes("AA.. / A... / AA.. / .... / AA.. / AA.. / A...", 5, &[1, 2, 5, 9, 10]);
}

#[test]
fn a_group_is_split_over_as_few_rows_as_it_can() {
    takes("AA... / AA... / AA... / ..... / AAAA. / A....", 5, &[21, 22, 23, 24, 26]);
}

#[test]
fn of_splits_as_even_the_one_that_leaves_fewer_singles_within_two_rows_wins() {
    takes("AAA. / AAAA", 5, &[1, 2, 3, 5, 6]);
    takes("AA. / AA. / A..", 3, &[4, 5, 7]);
    takes("AA. / AA. / ... / AA. / A..", 3, &[1, 2, 5]);
    takes("AA. / AA. | AA. / A..", 3, &[1, 2, 5]);
}

#[test]
fn of_splits_as_even_the_nearest_wins_and_of_those_the_lowest_number() {
    takes("..... / .A... / .A... / ..... / ..A.. / ..A..", 2, &[7, 12]);
    takes("A.A.A / A.A.A", 2, &[3, 8]);
    takes("A.A / A.A", 2, &[1, 4]);
    // The larger part may be in any of the rows.
    takes("AA.AA / AA.AA", 3, &[1, 2, 7]);
}

#[test]
fn a_split_group_is_of_one_category_where_it_can() {
    takes("A.. / .B. / ... / .A. / .A.", 2, &[11, 14]);
    takes("A.. / .B. / ... / .A.", 2, &[1, 11]);
    takes("A.. / .B.", 2, &[1, 5]);
    takes("A.B / ..B / A.D / ..D", 2, &[3, 6]);
}

#[test]
fn a_split_group_has_a_restricted_view_only_if_there_are_not_enough_others() {
    takes("A.. / .a. / ... / ..A", 2, &[1, 12]);
    takes("A.. / ... / B.. / a..", 2, &[1, 7]);
    takes("A.. / .a.", 2, &[1, 5]);
    takes("a.. / ..B / ... / ... / A..", 2, &[6, 13]);
}

#[test]
fn wheelchair_places_and_companion_seats_are_not_for_others() {
    takes("W.A / C.. / ..A", 2, &[3, 9]);
    assert_eq!(Hall::of("W.C / A..").choose(&seats(2)), Err(NoFit::NotEnough { free: 1 }));
    let restricted = Wish { kind: Some(SeatKind::Restricted), ..seats(2) };
    assert_eq!(Hall::of("A.a / a.C").choose(&restricted), Ok(vec![3, 4]));
    let companion = Wish { kind: Some(SeatKind::Companion), ..seats(1) };
    assert_eq!(Hall::of("WCC").choose(&companion), Err(NoFit::NotEnough { free: 0 }));
}

#[test]
fn without_adjacent_rows_a_group_sits_as_near_to_each_other_as_it_can() {
    takes("A.... / ..... / ...A. / ..... / ...A.", 2, &[14, 24]);
    takes("A.A / ... / A.A", 2, &[1, 3]);
    takes("A | A | A | A", 3, &[1, 2, 3]);
}

#[test]
fn a_refusal_says_how_many_seats_fit() {
    let hall = Hall::of("A.a / B.C");
    assert_eq!(hall.choose(&seats(4)), Err(NoFit::NotEnough { free: 3 }));
    assert_eq!(hall.choose(&together(4)), Err(NoFit::NotEnough { free: 3 }));
    assert_eq!(hall.choose(&together(3)), Err(NoFit::NotTogether));
    assert_eq!(hall.choose(&Wish { category: Some(1), ..seats(2) }), Err(NoFit::NotEnough { free: 1 }));
    assert_eq!(hall.choose(&seats(0)), Ok(vec![]));
}
