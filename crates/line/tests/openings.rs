//! The opening, the draw, and the closing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use jiff::SignedDuration;
use onsale_line::{
    Dials, JoinRefused, Line, LineOpening, LineWindow, Number, NumberState, Order, Recovery, Schedule,
};
use support::{Evening, SEED, lobby, room_for, start, user};

/// The order of ten numbers by [`SEED`].
const DRAWN: [Number; 10] = [6, 10, 3, 1, 2, 4, 5, 8, 9, 7];

/// Ten people in the lobby of a draw, at the second of its opening.
fn before_the_draw(dials: Dials) -> Evening {
    let mut evening = Evening::in_lobby(dials, true, 60);
    evening.join_all(10);
    for number in 1..=10 {
        evening.sign(number, 90);
    }
    evening.wait(60.0);
    evening
}

#[test]
fn the_lobby_is_called_by_place_and_later_joins_come_behind() {
    let mut evening = before_the_draw(room_for(4));
    evening.open();
    assert_eq!((evening.join(11), evening.join(12)), (11, 12));
    assert_eq!(evening.tick(), DRAWN[..4]);
    assert_eq!(evening.line.head(), 4, "the head is a place");
    evening.line.set_dials(room_for(12));
    assert_eq!(evening.tick(), [2, 4, 5, 8, 9, 7, 11, 12]);
}

#[test]
fn those_who_join_while_the_draw_is_computed_come_behind() {
    let mut evening = before_the_draw(room_for(50));
    assert_eq!(evening.line.fix_lobby(evening.now), Some(10));
    assert_eq!(evening.join(11), 11);
    evening.open();
    assert_eq!(evening.tick().last(), Some(&11));
}

#[test]
fn where_a_number_comes_is_unknown_until_the_draw() {
    let mut evening = before_the_draw(room_for(0));
    let view = evening.line.view(evening.now);
    assert_eq!((view.place(6), view.ahead(6, 0), view.tallies().waiting), (None, None, 10));
    evening.open();
    let view = evening.line.view(evening.now);
    for (place, number) in (1..).zip(DRAWN) {
        assert_eq!((view.place(number), view.ahead(number, 0)), (Some(place), Some(place - 1)));
        assert_eq!(view.state(number, evening.now), NumberState::Waiting);
        assert!(view.is_present(number));
    }
    assert_eq!(view.place(11), Some(11));
}

#[test]
fn by_arrival_places_are_known_in_the_lobby() {
    let mut evening = Evening::in_lobby(room_for(0), false, 60);
    evening.join_all(3);
    let view = evening.line.view(evening.now);
    assert_eq!((view.place(3), view.ahead(3, 0)), (Some(3), Some(2)));
}

#[test]
fn who_left_the_lobby_is_gone_wherever_the_draw_puts_them() {
    let mut evening = before_the_draw(room_for(3));
    assert_eq!(evening.line.fix_lobby(evening.now), Some(10));
    assert_eq!((evening.join(11), evening.join(12)), (11, 12));
    for number in [6, 3, 11] {
        evening.end(number);
    }
    evening.open();
    assert_eq!([6, 3, 11].map(|number| evening.state(number)), [NumberState::Ended; 3]);
    assert_eq!(evening.ahead(2), 2);
    assert_eq!(evening.tick(), [10, 1, 2]);
    evening.line.set_dials(room_for(50));
    assert_eq!(evening.tick(), [4, 5, 8, 9, 7, 12]);
}

#[test]
fn absent_at_the_draw_means_late_by_place() {
    let mut evening = Evening::in_lobby(room_for(1), true, 60);
    evening.join_all(10);
    evening.wait(60.0);
    evening.sign(7, 60);
    evening.open();
    assert_eq!(evening.tick(), [7], "the last of the draw is the only one there");
    for number in [8, 2, 10] {
        evening.sign(number, 60);
    }
    assert_eq!([10, 2, 8].map(|number| evening.ahead(number)), [0, 1, 2]);
    assert_eq!(evening.state(2), NumberState::Late);
    evening.line.set_dials(room_for(4));
    assert_eq!(evening.tick(), [10, 2, 8]);
}

#[test]
fn calls_and_passes_go_by_number_on_the_outside() {
    let mut evening = before_the_draw(room_for(2));
    evening.open();
    assert_eq!(evening.tick(), [6, 10]);
    assert!(evening.claim(6) && !evening.claim(1));
    evening.enter(6, 30);
    assert_eq!(evening.state(6), NumberState::Inside { until: evening.in_seconds(30) });
    assert_eq!(evening.state(1), NumberState::Waiting, "number 1 is not place 1");
    assert_eq!(evening.join(6), 6);
    evening.end(10);
    assert_eq!(evening.tick(), [3]);
    evening.wait(31.0);
    evening.tick();
    assert_eq!(evening.state(6), NumberState::Ended);
    assert_eq!(evening.line.state_of_user(user(6), evening.now), None);
    assert_eq!(evening.join(6), 11);
}

#[test]
fn of_two_numbers_the_lower_number_stands_also_if_its_place_is_worse() {
    let mut evening = before_the_draw(room_for(0));
    evening.open();
    // Users 7 and 10 turn out to be one person.
    assert_eq!(evening.sign_as(7, 10, 60), Some(10));
    assert_eq!((evening.state(7), evening.state(10)), (NumberState::Waiting, NumberState::Ended));
}

#[test]
fn of_two_numbers_the_called_one_stands_wherever_it_came() {
    let mut evening = before_the_draw(room_for(1));
    evening.open();
    assert_eq!(evening.tick(), [6]);
    // Users 1 and 6 turn out to be one person.
    assert_eq!(evening.sign_as(6, 1, 60), Some(1));
    assert!(evening.claim(6));
}

#[test]
fn a_line_opens_once() {
    let mut evening = before_the_draw(room_for(2));
    evening.open();
    let order = evening.line.schedule().order().clone();
    evening.line.open(Order::draw(&[9; 32], &[], 10));
    assert_eq!(evening.line.schedule().order(), &order);
    let mut main = Evening::with_people(room_for(2), 3);
    main.line.open(Order::draw(&SEED, &[], 3));
    assert_eq!(main.tick(), [1, 2]);
}

#[test]
fn a_number_that_was_drawn_is_never_given_out() {
    let mut line = Line::with_schedule(1, room_for(9), lobby(true, 0), start());
    line.open(Order::draw(&SEED, &[], 10));
    assert_eq!((line.tail(), line.allocated()), (10, 10));
    line.allocate(11);
    assert_eq!(line.join(user(77), start()), Ok(11));
}

/// What a store knows of the draw of ten, once it is committed.
fn known(head: u64) -> Recovery {
    let schedule = Schedule { opening: LineOpening::Open(Order::draw(&SEED, &[], 10)), ..lobby(true, 60) };
    Recovery { epoch: 2, schedule, head, allocated: 12, ..Recovery::default() }
}

#[test]
fn a_recovery_before_during_and_after_the_draw_gives_the_same_places() {
    let before = || Recovery { schedule: lobby(true, 60), allocated: 10, ..Recovery::default() };
    for when in ["before", "during", "after"] {
        let mut evening = before_the_draw(room_for(50));
        match when {
            "before" => evening.restart(before()),
            "during" => {
                assert_eq!(evening.line.fix_lobby(evening.now), Some(10));
                evening.restart(before());
            }
            _ => {}
        }
        evening.open();
        if when == "after" {
            evening.restart(known(0));
        }
        assert_eq!(evening.tick()[..10], DRAWN, "lost {when} the draw");
    }
}

#[test]
fn a_recovery_in_the_middle_of_the_draw_goes_on_at_the_head() {
    let mut evening = before_the_draw(room_for(50));
    evening.open();
    let inside = vec![(10, user(10), evening.in_seconds(60)), (4, user(4), evening.in_seconds(60))];
    let recovery = Recovery { inside, ended: vec![6, 5], ..known(3) };
    let decided = recovery.clone().decide(evening.now);
    assert_eq!(decided.away.into_iter().collect::<Vec<_>>(), [4, 5], "places 6 and 7; 6 and 10 lie behind");
    evening.restart(recovery);
    assert!(matches!(evening.state(10), NumberState::Inside { .. }));
    assert_eq!((evening.state(5), evening.state(3)), (NumberState::Ended, NumberState::Skipped));
    assert_eq!(evening.tick(), [1, 2, 8, 9, 7, 11, 12]);
}

#[test]
fn a_draw_of_numbers_that_no_store_has_allocated_still_keeps_them() {
    let mut evening = Evening::new(room_for(50));
    evening.restart(Recovery { allocated: 3, given: Some(3), ..known(0) });
    assert_eq!((evening.line.tail(), evening.tick()), (10, vec![3, 1, 2]));
}

#[test]
fn once_the_line_has_closed_only_those_inside_go_on() {
    let mut evening = Evening::with_people(room_for(2), 4);
    let closes_at = Some(evening.in_seconds(5));
    evening.line.set_window(LineWindow { closes_at, ..LineWindow::default() });
    assert_eq!(evening.tick(), [1, 2]);
    evening.enter(1, 60);
    let view = evening.line.view(evening.now);
    evening.wait(5.0);
    for number in 2..=4 {
        assert_eq!(evening.state(number), NumberState::Ended);
        assert_eq!(view.state(number, evening.now), NumberState::Ended, "also in an older view");
        assert!(!view.is_waiting(number, evening.now));
        assert_eq!(evening.line.state_of_user(user(number), evening.now), None);
        evening.sign(number, 60);
    }
    assert!(!evening.claim(2));
    assert_eq!(evening.line.join(user(3), evening.now), Err(JoinRefused::Over));
    assert_eq!(evening.line.join(user(9), evening.now), Err(JoinRefused::Over));
    evening.end(1);
    assert_eq!(evening.tick(), []);
    assert_eq!(evening.line.view(evening.now).tallies().waiting, 0);
}

#[test]
fn a_pass_outlasts_the_closing() {
    let mut evening = Evening::with_people(room_for(2), 1);
    evening.line.set_window(LineWindow { closes_at: Some(evening.in_seconds(5)), ..LineWindow::default() });
    evening.tick();
    evening.wait(4.9);
    let until = evening.now + SignedDuration::from_secs(60);
    evening.wait(1.0);
    evening.line.enter(1, user(1), until);
    assert_eq!(
        evening.state(1),
        NumberState::Inside { until },
        "committed before the closing, and heard of after it"
    );
    evening.wait(40.0);
    evening.tick();
    assert_eq!(evening.state(1), NumberState::Inside { until });
}
