//! After a restart: no place is lost, no number reissued.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use onsale_line::{Dials, NumberState, Recovery};
use support::{Evening, room_for, user};

/// A restart with numbers up to 100 allocated and the head at `head`.
fn known(head: u64) -> Recovery {
    Recovery { epoch: 2, head, allocated: 100, ..Recovery::default() }
}

#[test]
fn no_number_is_given_out_twice() {
    let mut evening = Evening::with_people(room_for(0), 70);
    evening.restart(known(0));
    assert_eq!(evening.line.numbers_left(), 0);
    assert!(evening.line.join(user(200), evening.now).is_err());
    evening.line.allocate(200);
    assert_eq!(evening.join(200), 101);
    assert_eq!(evening.line.view(evening.now).tallies().epoch, 2);
}

#[test]
fn a_number_with_a_pass_or_an_end_is_never_given_out_again() {
    let mut evening = Evening::new(room_for(5));
    let inside = vec![(103, user(103), evening.in_seconds(60))];
    evening.restart(Recovery { inside, ended: vec![105], ..known(0) });
    evening.line.allocate(200);
    assert_eq!(evening.join(1), 106);
}

#[test]
fn numbers_above_the_last_one_given_out_belong_to_nobody() {
    let evening = Evening::new(room_for(0));
    let run_out = (7, user(7), evening.now);
    let inside = vec![(5, user(5), evening.in_seconds(60)), run_out];
    let line = Recovery { given: Some(8), inside, ended: vec![3, 6, 90], ..known(4) }.decide(evening.now);
    assert_eq!((line.tail, line.head, line.present_upto), (100, 4, 8));
    assert_eq!(line.away.into_iter().collect::<Vec<_>>(), [5, 6, 7], "inside, ended, run out");
    assert_eq!((line.inside.len(), line.ended), (1, vec![3, 6, 90, 7]));
}

#[test]
fn numbers_that_were_never_given_out_are_ahead_of_nobody() {
    let mut evening = Evening::with_people(room_for(0), 5);
    evening.restart(Recovery { given: Some(5), ..known(0) });
    evening.line.allocate(200);
    assert_eq!(evening.join(200), 101);
    assert_eq!(evening.ahead(101), 5);
}

#[test]
fn places_are_kept_and_calls_resume_at_once() {
    let mut evening = Evening::with_people(room_for(0), 5);
    evening.restart(known(0));
    evening.wait(30.0);
    assert_eq!(evening.ahead(5), 4);
    evening.line.set_dials(room_for(2));
    assert_eq!(evening.tick(), [1, 2]);
}

#[test]
fn a_person_without_a_sign_for_the_longest_interval_is_absent() {
    let mut evening = Evening::with_people(room_for(0), 5);
    evening.restart(known(0));
    evening.wait(47.9);
    assert_eq!(evening.ahead(5), 4);
    evening.sign(4, 30);
    evening.wait(0.1);
    assert_eq!(evening.ahead(5), 1);
}

#[test]
fn a_user_is_known_again_from_the_ticket() {
    let mut evening = Evening::with_people(room_for(0), 5);
    evening.restart(known(0));
    evening.sign(3, 30);
    evening.line.allocate(200);
    assert_eq!(evening.join(3), 3);
}

#[test]
fn of_two_numbers_the_lower_wins() {
    let mut evening = Evening::with_people(room_for(0), 5);
    evening.restart(known(0));
    evening.line.allocate(200);
    assert_eq!(evening.join(3), 101, "the line cannot know yet");
    assert_eq!(evening.sign_as(3, 3, 30), Some(101));
    assert_eq!((evening.state(3), evening.state(101)), (NumberState::Waiting, NumberState::Ended));
    assert_eq!(evening.join(3), 3);
    assert_eq!(evening.sign_as(3, 101, 30), None);
    assert_eq!(evening.state(101), NumberState::Ended);
}

#[test]
fn of_two_numbers_the_lower_wins_in_either_order() {
    let mut evening = Evening::with_people(room_for(0), 5);
    evening.restart(known(0));
    assert_eq!(evening.sign_as(3, 3, 30), None);
    assert_eq!(evening.sign_as(3, 50, 30), Some(50));
    assert_eq!(evening.join(3), 3);
}

#[test]
fn a_number_with_a_slot_wins_over_a_lower_one() {
    let mut evening = Evening::with_people(room_for(0), 5);
    evening.restart(known(100));
    evening.line.allocate(200);
    evening.join(3);
    evening.line.set_dials(room_for(1));
    assert_eq!(evening.tick(), [101]);
    assert!(evening.claim(101));
    assert_eq!(evening.sign_as(3, 3, 30), Some(3), "the pass of 101 may be on its way to the store");
    evening.line.enter(101, user(3), evening.in_seconds(60));
    assert_eq!(evening.join(3), 101);
    assert_eq!(evening.state(3), NumberState::Ended);
}

#[test]
fn passes_come_back_and_count() {
    let mut evening = Evening::with_people(room_for(2), 5);
    let until = evening.in_seconds(60);
    evening.wait(1.0);
    let inside = vec![(1, user(1), until), (2, user(2), evening.now)];
    evening.restart(Recovery { inside, ..known(2) });
    assert_eq!(evening.state(1), NumberState::Inside { until });
    assert_eq!(evening.state(2), NumberState::Ended, "a pass that has run out is over");
    assert_eq!(evening.join(1), 1);
    assert_eq!(evening.tick(), [3]);
}

#[test]
fn an_old_head_calls_nobody_twice() {
    let mut evening = Evening::with_people(room_for(3), 6);
    let inside = vec![(2, user(2), evening.in_seconds(60))];
    evening.restart(Recovery { inside, ended: vec![1, 4], ..known(0) });
    assert_eq!(evening.ahead(6), 2);
    assert_eq!(evening.tick(), [3, 5]);
    assert_eq!([1, 4].map(|number| evening.state(number)), [NumberState::Ended; 2]);
}

#[test]
fn a_call_that_was_lost_is_late_on_its_next_sign() {
    let mut evening = Evening::with_people(room_for(1), 2);
    assert_eq!(evening.tick(), [1]);
    evening.line.set_dials(room_for(0));
    evening.restart(known(1));
    assert_eq!(evening.state(1), NumberState::Skipped);
    evening.sign(1, 30);
    evening.line.set_dials(room_for(1));
    assert_eq!(evening.tick(), [1]);
}

#[test]
fn the_rate_holds_across_a_restart() {
    let mut evening = Evening::with_people(Dials { rate_per_minute: 3, ..room_for(50) }, 9);
    let calls_at = evening.now;
    assert_eq!(evening.tick().len(), 3);
    evening.wait(20.0);
    evening.restart(Recovery { recent_calls: vec![calls_at; 2], ..known(3) });
    assert_eq!(evening.tick(), [4]);
    evening.wait(39.0);
    for number in 5..=9 {
        evening.sign(number, 30);
    }
    assert_eq!(evening.tick(), []);
    evening.wait(1.1);
    assert_eq!(evening.tick(), [5, 6]);
}

#[test]
fn an_estimate_waits_until_ghosts_are_gone() {
    let mut evening = Evening::new(room_for(0));
    evening.restart(Recovery { allocated: 5_000, ..known(0) });
    for _ in 0..120 {
        evening.wait(1.0);
        evening.sign(4_999, 30);
        evening.sign(5_000, 30);
        evening.tick();
    }
    let view = evening.line.view(evening.now);
    assert!(view.waits().give_ups_per_second() < 1e-9, "ghosts are not people who gave up");
}
