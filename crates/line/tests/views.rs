//! What a view answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use onsale_line::{Dials, LEAVES_SEEN_MIN, NumberState};
use support::{Evening, room_for};

#[test]
fn newcomers_count_as_present_in_an_older_view() {
    let mut evening = Evening::with_people(room_for(2), 3);
    let view = evening.line.view(evening.now);
    evening.join(4);
    evening.join(5);
    let ahead = |number, head| view.ahead(number, head).unwrap();
    assert_eq!((ahead(4, 0), ahead(5, 0)), (3, 4));
    assert_eq!(ahead(5, evening.line.head()), 4);
    evening.tick();
    assert_eq!(ahead(5, evening.line.head()), 2, "a fresher head is known");
    assert_eq!(ahead(7, 5), 1, "the head has passed the view's tail");
    assert_eq!(view.state(5, evening.now), NumberState::Waiting);
    assert_eq!(view.state(1_000_001, evening.now), NumberState::Unknown);
    assert!(view.is_present(5) && view.is_present(3) && !view.is_present(1_000_001));
}

#[test]
fn the_tallies_count_everybody_once() {
    let mut evening = Evening::with_people(room_for(2), 6);
    evening.tick();
    evening.enter(1, 600);
    evening.end(4);
    let tallies = evening.line.view(evening.now).tallies();
    assert_eq!((tallies.waiting, tallies.inside, tallies.called), (3, 1, 1));
    assert_eq!((tallies.head, tallies.tail, tallies.allocated, tallies.epoch), (2, 6, 1_000_000, 1));
}

#[test]
fn near_the_turn_is_for_whom_there_may_be_room() {
    let evening = Evening::with_people(room_for(2), 6);
    let view = evening.line.view(evening.now);
    let near: Vec<u64> = (0..6).filter(|ahead| view.is_near_turn(Some(*ahead), evening.now)).collect();
    assert_eq!(near, [0, 1]);
    assert!(!view.is_near_turn(None, evening.now), "a place that nobody knows yet");
}

#[test]
fn no_estimate_is_given_while_paused_or_before_enough_have_left() {
    let mut evening = Evening::with_people(room_for(1), 400);
    for number in 1..=400 {
        evening.sign(number, 600);
    }
    let mut left = 0;
    for _ in 1..=80 {
        evening.wait(1.0);
        for number in evening.tick() {
            let estimate = evening.line.view(evening.now).estimate(50);
            assert_eq!(estimate.is_some(), left >= LEAVES_SEEN_MIN, "{left} have left");
            evening.wait(1.0);
            evening.end(number);
            left += 1;
        }
    }
    let estimate = evening.line.view(evening.now).estimate(50).unwrap();
    assert!(estimate.p10 <= estimate.p50 && estimate.p50 <= estimate.p90);
    assert!(evening.line.view(evening.now).poll_interval(Some(300), evening.now, 0.0).as_secs() > 1);
    evening.line.set_dials(Dials { paused: true, ..room_for(1_000) });
    assert_eq!(evening.line.view(evening.now).estimate(50), None);
}
