//! The rules of the line, one story each.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use onsale_line::JoinRefused::NumbersExhausted;
use onsale_line::{Dials, Number, NumberState, Sign};
use support::{Evening, room_for, start, user};

#[test]
fn numbers_follow_the_order_of_joining() {
    let mut evening = Evening::new(room_for(10));
    assert_eq!((evening.join(70), evening.join(5), evening.join(33)), (1, 2, 3));
}

#[test]
fn joining_again_keeps_the_number() {
    let mut evening = Evening::with_people(room_for(1), 3);
    evening.wait(3_600.0);
    assert_eq!((evening.join(2), evening.join(4)), (2, 4));
}

#[test]
fn joining_is_a_sign_of_life() {
    let mut evening = Evening::with_people(room_for(1), 2);
    evening.wait(60.0);
    evening.join(2);
    assert_eq!(evening.tick(), [2]);
}

#[test]
fn joining_again_never_cuts_a_promise_short() {
    let mut evening = Evening::with_people(room_for(1), 1);
    evening.sign(1, 45);
    evening.join(1);
    evening.wait(40.0);
    assert_eq!(evening.tick(), [1]);
}

#[test]
fn joining_after_the_end_gets_a_new_number() {
    let mut evening = Evening::with_people(room_for(1), 2);
    evening.end(1);
    assert_eq!(evening.join(1), 3);
    assert_eq!(evening.state(1), NumberState::Ended);
}

#[test]
fn joining_after_the_pass_expired_gets_a_new_number_before_any_tick() {
    let mut evening = Evening::with_people(room_for(1), 1);
    evening.tick();
    evening.enter(1, 60);
    evening.wait(59.0);
    assert_eq!(evening.join(1), 1);
    evening.wait(1.0);
    assert_eq!(evening.join(1), 2);
    assert_eq!(evening.state(1), NumberState::Ended);
}

#[test]
fn no_number_is_given_beyond_what_is_allocated() {
    let mut evening = Evening::new(room_for(1));
    let mut line = onsale_line::Line::new(1, room_for(1), start());
    assert_eq!(line.join(user(1), start()), Err(NumbersExhausted));
    line.allocate(2);
    line.allocate(1);
    assert_eq!(line.numbers_left(), 2);
    assert_eq!(line.join(user(1), start()), Ok(1));
    assert_eq!(line.join(user(2), start()), Ok(2));
    assert_eq!(line.join(user(3), start()), Err(NumbersExhausted));
    assert_eq!(line.join(user(2), start()), Ok(2), "who has a number needs no new one");
    line.allocate(3);
    assert_eq!(line.join(user(3), start()), Ok(3));
    evening.line.allocate(Number::MAX);
    assert_eq!(evening.line.allocated(), u64::from(u32::MAX));
}

#[test]
fn a_number_above_the_tail_is_refused() {
    let mut evening = Evening::with_people(room_for(1), 1);
    for number in [0, 2, 999_999, 1_000_001, Number::MAX] {
        assert_eq!(evening.sign_as(9, number, 30), None);
        assert!(!evening.claim(number));
        evening.line.enter(number, user(9), evening.in_seconds(60));
        evening.line.end(number, user(9));
        assert_eq!(evening.line.state(number, evening.now), NumberState::Unknown);
    }
    assert_eq!(evening.tick(), [1]);
    assert_eq!(evening.join(9), 2);
}

#[test]
fn blocks_are_small_in_calm_and_large_in_a_rush() {
    let mut evening = Evening::new(room_for(1));
    assert_eq!(evening.line.block_size(), 64);
    for id in 1..=1_000 {
        evening.join(id);
    }
    assert_eq!(evening.line.block_size(), 2_000);
    evening.join(1);
    assert_eq!(evening.line.block_size(), 2_000, "joining again takes no number");
    for id in 1_001..=41_000 {
        evening.join(id);
    }
    assert_eq!(evening.line.block_size(), 65_536);
    evening.wait(5.0);
    evening.join(41_001);
    assert_eq!(evening.line.block_size(), 64);
}

#[test]
fn the_present_are_called_in_number_order_up_to_capacity() {
    let mut evening = Evening::with_people(room_for(2), 4);
    assert_eq!(evening.tick(), [1, 2]);
    assert_eq!(evening.tick(), []);
    evening.enter(1, 600);
    assert_eq!(evening.tick(), [], "who is inside keeps the slot");
    evening.end(1);
    assert_eq!(evening.tick(), [3]);
}

#[test]
fn at_most_500_are_called_in_a_tick() {
    let mut evening = Evening::with_people(room_for(2_000), 1_200);
    assert_eq!((evening.tick().len(), evening.tick().len(), evening.tick().len()), (500, 500, 200));
}

#[test]
fn absent_people_are_skipped_and_keep_their_number() {
    let mut evening = Evening::with_people(room_for(1), 3);
    evening.wait(20.0);
    evening.sign(3, 10);
    assert_eq!(evening.tick(), [3]);
    assert_eq!(evening.state(1), NumberState::Skipped);
    assert_eq!(evening.join(1), 1);
    assert_eq!(evening.state(1), NumberState::Late);
}

#[test]
fn the_late_are_called_before_newer_numbers_in_number_order() {
    let mut evening = Evening::with_people(room_for(1), 6);
    evening.wait(20.0);
    evening.sign(4, 60);
    assert_eq!(evening.tick(), [4]);
    for number in [5, 3, 6, 1] {
        evening.sign(number, 60);
    }
    assert_eq!([1, 3, 5, 6].map(|number| evening.ahead(number)), [0, 1, 2, 3]);
    let mut called = Vec::new();
    let mut called_last = 4;
    for _ in 0..4 {
        evening.end(called_last);
        called_last = evening.tick()[0];
        called.push(called_last);
    }
    assert_eq!(called, [1, 3, 5, 6]);
}

#[test]
fn the_late_who_are_absent_again_are_skipped_again() {
    let mut evening = Evening::with_people(room_for(1), 2);
    evening.wait(20.0);
    evening.tick();
    evening.sign(1, 5);
    evening.line.set_dials(room_for(0));
    assert_eq!(evening.state(1), NumberState::Late);
    evening.wait(6.0);
    assert_eq!(evening.state(1), NumberState::Skipped);
    evening.line.set_dials(room_for(1));
    assert_eq!(evening.tick(), []);
    evening.sign(1, 5);
    assert_eq!(evening.tick(), [1]);
}

#[test]
fn nobody_is_skipped_while_there_is_no_room() {
    let mut evening = Evening::with_people(room_for(0), 2);
    evening.wait(60.0);
    assert_eq!(evening.tick(), []);
    assert_eq!((evening.line.head(), evening.state(1)), (0, NumberState::Waiting));
}

#[test]
fn a_call_stands_10_s_or_until_the_due() {
    let mut evening = Evening::with_people(room_for(3), 2);
    evening.sign(1, 3);
    evening.sign(2, 25);
    evening.tick();
    assert_eq!(evening.state(1), NumberState::Called { until: evening.in_seconds(10) });
    assert_eq!(evening.state(2), NumberState::Called { until: evening.in_seconds(25) });
}

#[test]
fn a_lapsed_call_is_skipped_and_frees_the_slot() {
    let mut evening = Evening::with_people(room_for(1), 2);
    assert_eq!(evening.tick(), [1]);
    evening.sign(2, 30);
    evening.wait(9.9);
    assert_eq!(evening.tick(), []);
    evening.wait(0.1);
    assert_eq!(evening.state(1), NumberState::Skipped);
    assert!(!evening.claim(1));
    assert_eq!(evening.tick(), [2]);
}

#[test]
fn a_sign_noted_after_the_call_keeps_it_open_until_its_due() {
    let mut evening = Evening::with_people(room_for(1), 1);
    evening.tick();
    evening.sign(1, 30);
    assert_eq!(evening.state(1), NumberState::Called { until: evening.in_seconds(30) });
    evening.sign(1, 1);
    assert_eq!(
        evening.state(1),
        NumberState::Called { until: evening.in_seconds(30) },
        "a call is never cut short"
    );
}

#[test]
fn a_claim_keeps_the_call_open_while_the_store_writes() {
    let mut evening = Evening::with_people(room_for(1), 2);
    evening.tick();
    evening.wait(9.0);
    assert!(evening.claim(1));
    evening.wait(25.0);
    evening.sign(2, 60);
    assert_eq!(evening.tick(), [], "the slot is taken while the pass is on its way");
    evening.enter(1, 600);
    assert_eq!(evening.tick(), []);
    assert_eq!(evening.line.view(evening.now).tallies().inside, 1);
}

#[test]
fn a_claim_that_never_reaches_the_store_lapses_after_30_s() {
    let mut evening = Evening::with_people(room_for(1), 1);
    evening.tick();
    assert!(evening.claim(1));
    evening.wait(30.0);
    evening.tick();
    assert_eq!(evening.state(1), NumberState::Skipped);
}

#[test]
fn only_an_open_call_can_be_claimed() {
    let mut evening = Evening::with_people(room_for(1), 2);
    assert!(!evening.claim(1));
    evening.tick();
    assert!(evening.claim(1) && evening.claim(1) && !evening.claim(2));
    evening.enter(1, 60);
    assert!(!evening.claim(1));
    evening.end(1);
    assert!(!evening.claim(1));
}

#[test]
fn a_pass_of_a_call_by_another_instance_is_accepted() {
    let mut evening = Evening::with_people(room_for(1), 3);
    evening.enter(2, 60);
    assert_eq!(evening.state(2), NumberState::Inside { until: evening.in_seconds(60) });
    assert_eq!(evening.ahead(3), 1, "who is inside is not ahead");
    assert_eq!(evening.tick(), []);
    evening.end(2);
    evening.line.set_dials(room_for(3));
    assert_eq!(evening.tick(), [1, 3]);
}

#[test]
fn a_hold_moves_the_end_of_a_pass() {
    let mut evening = Evening::with_people(room_for(1), 2);
    evening.tick();
    evening.enter(1, 60);
    evening.enter(1, 90);
    evening.wait(60.0);
    evening.sign(2, 90);
    assert_eq!(evening.tick(), []);
    assert_eq!(evening.state(1), NumberState::Inside { until: evening.in_seconds(30) });
    evening.wait(31.0);
    assert_eq!(evening.state(1), NumberState::Ended);
    assert_eq!(evening.tick(), [2]);
}

#[test]
fn an_expired_pass_keeps_its_slot_for_a_second_in_case_a_hold_has_extended_it() {
    let mut evening = Evening::with_people(room_for(1), 2);
    evening.tick();
    evening.enter(1, 60);
    evening.wait(60.5);
    evening.sign(2, 90);
    assert_eq!(evening.state(1), NumberState::Ended);
    assert_eq!(evening.tick(), []);
    evening.enter(1, 30);
    assert_eq!(evening.state(1), NumberState::Inside { until: evening.in_seconds(30) });
    evening.wait(5.0);
    assert_eq!(evening.tick(), []);
}

#[test]
fn an_ended_number_is_never_revived() {
    let mut evening = Evening::with_people(room_for(2), 3);
    evening.end(1);
    evening.enter(1, 600);
    evening.sign(1, 600);
    assert_eq!(evening.state(1), NumberState::Ended);
    assert_eq!(evening.tick(), [2, 3]);
}

#[test]
fn a_sign_after_the_pass_expired_revives_nothing() {
    let mut evening = Evening::with_people(room_for(1), 1);
    evening.tick();
    evening.enter(1, 5);
    evening.wait(6.0);
    evening.sign(1, 60);
    assert_eq!(evening.tick(), []);
    assert_eq!(evening.state(1), NumberState::Ended);
}

#[test]
fn a_person_who_leaves_while_waiting_is_neither_called_nor_ahead() {
    let mut evening = Evening::with_people(room_for(0), 3);
    assert_eq!(evening.ahead(3), 2);
    evening.end(1);
    assert_eq!((evening.ahead(3), evening.state(1)), (1, NumberState::Ended));
    evening.line.set_dials(room_for(3));
    assert_eq!(evening.tick(), [2, 3]);
}

#[test]
fn lowering_the_capacity_evicts_nobody() {
    let mut evening = Evening::with_people(room_for(3), 5);
    evening.tick();
    evening.enter(1, 600);
    evening.enter(2, 600);
    evening.line.set_dials(room_for(1));
    for number in 3..=5 {
        evening.sign(number, 60);
    }
    assert_eq!(evening.tick(), []);
    assert!(matches!(evening.state(1), NumberState::Inside { .. }));
    assert!(matches!(evening.state(3), NumberState::Called { .. }));
    evening.end(1);
    evening.end(2);
    assert_eq!(evening.tick(), [], "the one open call takes the only slot");
    evening.end(3);
    assert_eq!(evening.tick(), [4]);
}

#[test]
fn the_rate_holds_over_any_rolling_minute() {
    let dials = Dials { rate_per_minute: 100, ..room_for(1_000) };
    let mut evening = Evening::with_people(dials, 200);
    for number in 1..=200 {
        evening.sign(number, 90);
    }
    let mut called = 0;
    for _ in 0..90 {
        called += evening.tick().len();
        evening.wait(0.1);
    }
    assert_eq!(called, 100, "200 joining at once at 100 a minute are not let in within 9 s");
    evening.wait(51.0);
    assert_eq!(evening.tick(), [], "exactly a minute later the first call still counts");
    evening.wait(0.1);
    assert_eq!(evening.tick().len(), 100);
}

#[test]
fn a_paused_line_calls_nobody_and_later_continues_where_it_was() {
    let mut evening = Evening::with_people(Dials { paused: true, ..room_for(5) }, 2);
    assert_eq!(evening.tick(), []);
    assert_eq!((evening.line.head(), evening.join(3)), (0, 3));
    evening.line.set_dials(room_for(5));
    assert_eq!(evening.tick(), [1, 2, 3]);
}

#[test]
fn a_clock_that_goes_back_undoes_nothing() {
    let mut evening = Evening::with_people(Dials { rate_per_minute: 1, ..room_for(5) }, 2);
    assert_eq!(evening.tick(), [1]);
    evening.wait(5.0);
    assert_eq!(evening.tick(), []);
    let until = evening.in_seconds(10);
    evening.wait(-70.0);
    assert_eq!(evening.tick(), [], "the call of a minute to come still counts");
    evening.line.set_dials(room_for(5));
    assert_eq!(evening.tick(), [2]);
    assert_eq!(evening.state(2), NumberState::Called { until });
}

#[test]
fn the_newest_promise_is_the_right_one() {
    let mut evening = Evening::with_people(room_for(0), 2);
    evening.sign(1, 60);
    evening.sign(1, 3);
    evening.wait(5.0);
    assert_eq!(evening.ahead(2), 0);
    evening.sign(1, 60);
    assert_eq!(evening.ahead(2), 1);
}

#[test]
fn a_crowd_that_left_does_not_hold_up_the_next() {
    let mut evening = Evening::with_people(room_for(1), 140_000);
    evening.wait(60.0);
    for number in [139_999, 140_000] {
        evening.sign(number, 30);
    }
    assert_eq!(evening.ahead(140_000), 1);
    assert_eq!(evening.tick(), [139_999]);
    evening.sign(2, 30);
    assert_eq!((evening.state(1), evening.state(2)), (NumberState::Skipped, NumberState::Late));
    assert_eq!(evening.ahead(140_000), 1);
}

#[test]
fn a_sign_due_at_this_very_second_is_present() {
    let mut evening = Evening::with_people(room_for(1), 1);
    let due = u32::try_from(evening.now.as_second()).unwrap() + 20;
    evening.line.sign_of_life(Sign { number: 1, user: user(1), due }, evening.now);
    evening.wait(20.9);
    assert_eq!(evening.tick(), [1]);
}
