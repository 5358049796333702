//! What a view answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod support;

use onsale_line::{Dials, NumberState};
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
fn no_estimate_is_given_while_paused_or_before_30_calls() {
    let mut evening = Evening::with_people(room_for(0), 400);
    for number in 1..=400 {
        evening.sign(number, 600);
    }
    let mut called = 0;
    for second in 1..=200 {
        evening.line.set_dials(room_for(second));
        evening.wait(1.0);
        called += evening.tick().len();
        let estimate = evening.line.view(evening.now).estimate(50);
        if called < 30 {
            assert_eq!(estimate, None);
        }
    }
    let estimate = evening.line.view(evening.now).estimate(50).unwrap();
    assert!(estimate.p10 <= estimate.p50 && estimate.p50 <= estimate.p90);
    assert!(evening.line.view(evening.now).poll_interval(Some(300), evening.now, 0.0).as_secs() > 1);
    evening.line.set_dials(Dials { paused: true, ..room_for(1_000) });
    assert_eq!(evening.line.view(evening.now).estimate(50), None);
}
