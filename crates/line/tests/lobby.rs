//! Before the opening: who may join, who is there, and when to poll.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use std::time::Duration;

use jiff::SignedDuration;
use onsale_line::{Dials, JoinRefused, Line, LineOpening, NumberState, Order, Phase, Recovery, Schedule};
use support::{Evening, SEED, lobby, room_for, start, user};

#[test]
fn nobody_is_called_before_the_opening_whatever_the_capacity() {
    let mut evening = Evening::in_lobby(room_for(1_000_000), false, 60);
    evening.join_all(5);
    for _ in 0..80 {
        for number in 1..=5 {
            evening.sign(number, 45);
        }
        assert_eq!(evening.tick(), [], "the opening is not committed, also after its time");
        evening.wait(1.0);
    }
    assert_eq!((evening.line.head(), evening.state(1)), (0, NumberState::Waiting));
    evening.open();
    assert_eq!(evening.tick(), [1, 2, 3, 4, 5]);
}

#[test]
fn one_may_join_from_the_lobby_on() {
    let mut schedule = lobby(false, 60);
    schedule.window.lobby_at = Some(start() + SignedDuration::from_secs(10));
    let mut line = Line::with_schedule(1, room_for(1), schedule, start());
    line.allocate(10);
    let mut evening = Evening { line, now: start() };
    evening.wait(9.999);
    assert_eq!(evening.line.join(user(1), evening.now), Err(JoinRefused::NotYet));
    evening.wait(0.001);
    assert_eq!(evening.line.join(user(1), evening.now), Ok(1));
}

#[test]
fn a_line_that_has_opened_takes_people_whatever_the_clock_says() {
    let mut evening = Evening::in_lobby(room_for(0), false, 60);
    evening.wait(60.0);
    evening.open();
    evening.wait(-70.0);
    assert_eq!(evening.join(1), 1);
}

#[test]
fn joining_the_lobby_is_a_sign_of_life_for_15_s() {
    let mut evening = Evening::in_lobby(room_for(1), false, 60);
    evening.join_all(2);
    evening.wait(15.0);
    assert_eq!(evening.ahead(2), 1);
    evening.wait(1.0);
    assert_eq!(evening.ahead(2), 0);
}

#[test]
fn who_left_the_lobby_takes_no_slot() {
    let mut evening = Evening::in_lobby(room_for(2), false, 100);
    evening.join_all(4);
    for number in 1..=4 {
        let view = evening.line.view(evening.now);
        let due = view.due_after(evening.now, Duration::from_secs(30))
            - view.due_after(evening.now, Duration::ZERO);
        assert_eq!(due, 30, "the promise itself, not half of it on top");
        evening.sign(number, 45);
    }
    evening.end(1);
    evening.wait(46.0);
    for number in [3, 4] {
        evening.sign(number, 60);
    }
    evening.wait(54.0);
    evening.open();
    assert_eq!(evening.tick(), [3, 4], "1 left, and 2 is no longer there");
}

#[test]
fn the_lobbys_last_number_is_fixed_once_it_is_time() {
    let mut evening = Evening::in_lobby(room_for(1), true, 60);
    evening.join_all(3);
    evening.wait(59.9);
    assert_eq!(evening.line.fix_lobby(evening.now), None);
    evening.wait(0.1);
    assert_eq!(evening.line.fix_lobby(evening.now), Some(3));
    assert_eq!(evening.join(4), 4);
    assert_eq!(evening.line.fix_lobby(evening.now), Some(3));
    evening.line.unfix_lobby();
    assert_eq!(evening.line.fix_lobby(evening.now), Some(4), "the store said: not yet");
    evening.open();
    assert_eq!(evening.line.fix_lobby(evening.now), None);
}

#[test]
fn an_opening_that_is_moved_takes_people_into_the_lobby_again() {
    let mut evening = Evening::in_lobby(room_for(1), true, 60);
    evening.join_all(3);
    evening.wait(60.0);
    assert_eq!(evening.line.fix_lobby(evening.now), Some(3));
    evening.line.set_window(lobby(true, 60).window);
    assert_eq!(evening.join(4), 4);
    assert_eq!(evening.line.fix_lobby(evening.now), Some(3), "the same times change nothing");
    evening.line.set_window(lobby(true, 90).window);
    assert_eq!(evening.line.fix_lobby(evening.now), None);
    evening.wait(30.0);
    assert_eq!(evening.line.fix_lobby(evening.now), Some(4));
}

#[test]
fn what_the_store_has_of_a_sale_only_moves_its_opening_forward() {
    let mut evening = Evening::in_lobby(room_for(9), false, 60);
    evening.join_all(10);
    (1..=10).for_each(|number| evening.sign(number, 600));
    let with_opening = |opening| Schedule { opening, ..lobby(true, 60) };
    evening.line.set_schedule(lobby(true, 60));
    assert!(!evening.line.schedule().is_order_known(), "it is to be drawn now");
    evening.wait(60.0);
    evening.line.fix_lobby(evening.now);
    evening.line.set_schedule(lobby(true, 60));
    assert_eq!(evening.join(11), 11);
    assert_eq!(evening.line.fix_lobby(evening.now), Some(10), "what is fixed here stays fixed");
    evening.line.set_schedule(with_opening(LineOpening::Lobby { is_draw: true, tail: Some(10) }));
    assert_eq!(evening.tick(), []);
    evening.line.set_schedule(with_opening(LineOpening::Open(Order::draw(&SEED, &[], 10))));
    evening.line.set_schedule(lobby(false, 90));
    assert_eq!(evening.tick(), [6, 10, 3, 1, 2, 4, 5, 8, 9]);
}

#[test]
fn phases_follow_the_opening_and_the_dials() {
    let mut schedule = lobby(false, 60);
    schedule.window.closes_at = Some(start() + SignedDuration::from_secs(120));
    let mut line = Line::with_schedule(1, Dials { paused: true, ..room_for(1) }, schedule, start());
    line.allocate(10);
    let mut evening = Evening { line, now: start() };
    let phase = |evening: &Evening| evening.line.view(evening.now).phase(evening.now);
    assert_eq!(phase(&evening), Phase::Lobby);
    evening.wait(60.0);
    assert_eq!(phase(&evening), Phase::Lobby, "the opening is a commit");
    evening.open();
    assert_eq!(phase(&evening), Phase::Paused);
    evening.line.set_dials(room_for(1));
    assert_eq!(phase(&evening), Phase::Open);
    evening.wait(60.0);
    assert_eq!(phase(&evening), Phase::Over);
}

#[test]
fn a_lobby_that_never_opened_is_over_and_no_longer_due_to_open() {
    let mut schedule = lobby(true, 60);
    schedule.window.closes_at = Some(start() + SignedDuration::from_secs(120));
    assert!(schedule.is_due_to_open(start() + SignedDuration::from_secs(119)));
    let late = start() + SignedDuration::from_secs(120);
    assert!(!schedule.is_due_to_open(late));
    assert_eq!(schedule.phase(room_for(1), late), Phase::Over);
    let mut line = Line::with_schedule(1, room_for(1), schedule, start());
    assert_eq!(line.fix_lobby(late), None);
}

#[test]
fn the_lobby_polls_seldom_then_once_before_the_opening_then_after_it() {
    let mut evening = Evening::in_lobby(room_for(1), true, 300);
    evening.join_all(3);
    let next = |evening: &Evening, jitter| {
        let view = evening.line.view(evening.now);
        assert_eq!(view.estimate(0), None);
        let interval = view.poll_interval(view.ahead(2, 0), evening.now, jitter).as_secs_f64();
        evening.now.duration_since(start()).as_secs_f64() + interval
    };
    assert!((next(&evening, 0.0) - 30.0).abs() < 0.01);
    evening.wait(270.0);
    assert!((next(&evening, 0.0) - 295.0).abs() < 0.01);
    evening.wait(25.0);
    assert!((next(&evening, 0.0) - 305.0).abs() < 0.01);
    evening.wait(5.0);
    evening.open();
    assert!(next(&evening, 0.0) <= 303.0, "near the turn, after the opening");
    let view = evening.line.view(evening.now);
    let due = view.due_after(evening.now, Duration::from_secs(30));
    assert_eq!(i64::from(due), evening.now.as_second() + 47, "after the opening the usual patience counts");
}

#[test]
fn in_a_lobby_everybody_is_near_their_turn_30_s_before_the_opening() {
    let mut evening = Evening::in_lobby(room_for(1), true, 60);
    evening.join_all(3);
    let near = |evening: &Evening, ahead| evening.line.view(evening.now).is_near_turn(ahead, evening.now);
    evening.wait(29.9);
    assert!(!near(&evening, None));
    evening.wait(0.1);
    assert!(near(&evening, None));
    evening.wait(40.0);
    assert!(near(&evening, None), "an opening that is overdue may come at any moment");
    evening.wait(20.1);
    assert!(!near(&evening, None), "one that is long overdue waits for something else");
    (1..=3).for_each(|number| evening.sign(number, 60));
    evening.open();
    assert!(near(&evening, Some(0)) && !near(&evening, Some(1)), "then the usual rule counts");
}

#[test]
fn nothing_is_measured_before_the_opening() {
    let mut evening = Evening::in_lobby(room_for(0), false, 100);
    evening.join_all(200);
    for second in 0..100 {
        for number in second..=200 {
            evening.sign(number.max(1), 1);
        }
        evening.tick();
        evening.wait(1.0);
    }
    evening.open();
    evening.tick();
    let view = evening.line.view(evening.now);
    assert!(
        view.waits().give_ups_per_second() < 1e-9,
        "who leaves the lobby has not given up waiting for a call"
    );
}

/// What a store knows of a lobby with numbers up to 100 allocated and 4 known to be given out.
fn known(is_draw: bool, opens_in: i64) -> Recovery {
    Recovery {
        epoch: 2,
        schedule: lobby(is_draw, opens_in),
        allocated: 100,
        given: Some(4),
        ..Recovery::default()
    }
}

#[test]
fn after_a_recovery_nobody_is_called_before_the_opening_either() {
    let mut evening = Evening::in_lobby(room_for(50), false, 60);
    evening.join_all(4);
    evening.restart(Recovery { head: 3, ..known(false, 60) });
    assert_eq!((evening.tick(), evening.line.head()), (vec![], 0));
    evening.wait(40.0);
    for number in 1..=4 {
        evening.sign(number, 60);
    }
    evening.wait(20.0);
    assert_eq!(evening.tick(), []);
    evening.open();
    assert_eq!(evening.tick(), [1, 2, 3, 4]);
}

#[test]
fn after_a_recovery_who_left_takes_no_slot_at_the_opening() {
    let mut evening = Evening::in_lobby(room_for(50), false, 600);
    evening.join_all(4);
    evening.restart(known(false, 600));
    evening.wait(34.5 + 15.0);
    assert_eq!(evening.ahead(4), 3, "their interval may have been 34.5 s");
    evening.sign(3, 600);
    evening.wait(1.5);
    assert_eq!(evening.ahead(4), 1);
    evening.wait(549.0);
    evening.open();
    assert_eq!(evening.tick(), [3]);
}

#[test]
fn numbers_never_given_out_before_a_recovery_are_drawn_and_absent() {
    let mut evening = Evening::in_lobby(room_for(50), true, 10);
    evening.join_all(5);
    evening.restart(known(true, 10));
    evening.wait(10.0);
    assert_eq!(evening.line.fix_lobby(evening.now), Some(100));
    assert_eq!(evening.sign_as(5, 5, 30), None, "joined after the tail was noted, and has polled since");
    evening.line.allocate(200);
    assert_eq!(evening.join(200), 101);
    evening.open();
    let called = evening.tick();
    assert_eq!(called.last(), Some(&101), "later joins come behind the lobby");
    let mut lobby = called[..5].to_vec();
    lobby.sort_unstable();
    assert_eq!(lobby, [1, 2, 3, 4, 5]);
}

#[test]
fn a_tail_that_the_store_has_fixed_outlives_the_line() {
    let mut evening = Evening::in_lobby(room_for(50), true, 10);
    evening.join_all(4);
    let mut recovery = known(true, 10);
    recovery.schedule.opening = LineOpening::Lobby { is_draw: true, tail: Some(4) };
    evening.wait(10.0);
    evening.restart(recovery);
    assert_eq!(evening.line.fix_lobby(evening.now), Some(4));
}
