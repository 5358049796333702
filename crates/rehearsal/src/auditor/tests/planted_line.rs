//! Faults planted in the line or its answers: the auditor finds each.

use crate::history::{
    Act, Code, Complaint, Event, Held, History, LineReading, Outcome, PromiseId, SECOND, Waiting,
};
use crate::report::Verdict;

use super::fans::{SMALL, Sale, play};
use super::world::{Rules, STORE_AHEAD};
use super::{audited, broken, event, find, finds, payer};

/// Changes numbers in every answer.
fn renumber(history: &mut History, change: impl Fn(u64) -> u64) {
    for event in history.stories.iter_mut().flat_map(|story| &mut story.events) {
        match &mut event.outcome {
            Outcome::Waiting(waiting) => waiting.number = change(waiting.number),
            Outcome::Admitted { number, .. } | Outcome::Ended { number } => *number = change(*number),
            _ => (),
        }
    }
}

fn swapped(one: u64, other: u64) -> impl Fn(u64) -> u64 {
    move |number| match number {
        it if it == one => other,
        it if it == other => one,
        it => it,
    }
}

fn waiting(event: &Event) -> bool {
    matches!(event.outcome, Outcome::Waiting(_)) && event.act == Act::Poll
}

#[test]
fn a_number_out_of_order() {
    let mut history = play(SMALL);
    renumber(&mut history, swapped(40, 160));
    finds(&history, PromiseId::Order);
}

#[test]
fn a_number_given_twice() {
    let mut history = play(SMALL);
    renumber(&mut history, |number| if number == 120 { 121 } else { number });
    finds(&history, PromiseId::Order);
}

#[test]
fn an_inversion_of_two_who_were_there() {
    // All fans join within a second, so that only the calls are out of order.
    let mut history = play(Sale { arrive_within: SECOND, ..SMALL });
    renumber(&mut history, swapped(60, 180));
    finds(&history, PromiseId::Calls);
}

#[test]
fn a_place_that_is_lost() {
    let mut history = play(SMALL);
    let it = event(&mut history, waiting);
    let Outcome::Waiting(place) = it.outcome else { unreachable!("it was looked for") };
    it.outcome = Outcome::Ended { number: place.number };
    finds(&history, PromiseId::Places);
}

#[test]
fn another_number_for_the_same_ticket() {
    let mut history = play(SMALL);
    let it = event(&mut history, waiting);
    if let Outcome::Waiting(place) = &mut it.outcome {
        place.number += 500;
    }
    finds(&history, PromiseId::Places);
    // Fans of the eighth kind join twice.
    let mut history = play(SMALL);
    let twice = history.stories.iter_mut().filter(|story| story.fan % 10 == 8);
    let again = twice.flat_map(|story| story.events.iter_mut().filter(|it| it.act == Act::Join).skip(1));
    let mut waits = again.filter(|it| matches!(it.outcome, Outcome::Waiting(_)));
    if let Outcome::Waiting(place) = &mut waits.next().expect("most wait").outcome {
        place.number += 500;
    }
    finds(&history, PromiseId::Places);
}

#[test]
fn sent_back_to_wait() {
    let mut history = play(SMALL);
    let story =
        history.stories.iter_mut().find(|story| story.fan % 10 == 0 && story.events.iter().any(waiting));
    let events = &mut story.expect("most wait").events;
    let last = events.iter().rposition(waiting).expect("it was looked for");
    let mut again = events[last].clone();
    let in_at = events[last + 1].answered;
    (again.sent, again.answered) = (in_at + 10, in_at + 20);
    events.insert(last + 2, again);
    finds(&history, PromiseId::Places);
}

/// Adds a poll with this outcome, sent the moment an answer of this kind has arrived.
fn ask_at_once(history: &mut History, after: impl Fn(&Event) -> bool, outcome: Outcome) {
    let (story, at) = find(history, after);
    let events = &mut history.stories[story].events;
    let sent = events[at].answered;
    let poll =
        Event { due: sent, sent, answered: sent + 1, act: Act::Poll, key: 0, outcome, ..events[at].clone() };
    events.insert(at + 1, poll);
}

#[test]
fn waiting_at_once_after_joining_was_answered_with_being_inside() {
    let in_at_once =
        |event: &Event| event.act == Act::Join && matches!(event.outcome, Outcome::Admitted { .. });
    let mut history = play(SMALL);
    let Outcome::Admitted { number, until, place } = event(&mut history, in_at_once).outcome else {
        unreachable!()
    };
    let waiting = Waiting { number, ahead: Some(0), poll_after_ms: 1_000, ..Waiting::default() };
    ask_at_once(&mut history, in_at_once, Outcome::Waiting(waiting));
    finds(&history, PromiseId::Places);
    // The same status again is not a breach.
    let mut history = play(SMALL);
    ask_at_once(&mut history, in_at_once, Outcome::Admitted { number, until, place });
    let promises = audited(&history);
    assert!(broken(&promises).is_empty(), "{:?}", broken(&promises));
}

#[test]
fn waiting_or_inside_again_after_leaving() {
    let left = |event: &Event| event.act == Act::Leave && matches!(event.outcome, Outcome::Ended { .. });
    let mut history = play(SMALL);
    let Outcome::Ended { number } = event(&mut history, left).outcome else { unreachable!() };
    let waiting = Waiting { number, ahead: Some(0), poll_after_ms: 1_000, ..Waiting::default() };
    ask_at_once(&mut history, left, Outcome::Waiting(waiting));
    finds(&history, PromiseId::Places);
    let mut history = play(SMALL);
    ask_at_once(&mut history, left, Outcome::Admitted { number, until: 60 * SECOND, place: Some(number) });
    finds(&history, PromiseId::Places);
}

#[test]
fn one_too_many_inside() {
    let mut history = play(SMALL);
    for reading in &mut history.readings {
        reading.capacity -= 1;
        reading.inside = reading.inside.min(9);
    }
    finds(&history, PromiseId::Capacity);
    let mut history = play(SMALL);
    history.readings[20].inside = 11;
    finds(&history, PromiseId::Capacity);
}

#[test]
fn people_who_were_inside_before_the_capacity_was_lowered_may_stay() {
    let mut history = play(SMALL);
    let first = history.readings[0];
    history.readings.splice(0..0, [15, 13].map(|inside| LineReading { inside, ..first }));
    let promises = audited(&history);
    let capacity =
        promises.iter().find(|promise| promise.id == PromiseId::Capacity).expect("every promise appears");
    assert_eq!(capacity.verdict, Verdict::Kept, "{capacity:?}");
    // But nobody else may come in.
    history.readings[1].inside = 16;
    finds(&history, PromiseId::Capacity);
}

#[test]
fn somebody_let_in_though_the_capacity_was_lowered() {
    let mut history = play(SMALL);
    // Nobody may come in from now on until most have left.
    for reading in &mut history.readings[6..] {
        reading.capacity = 2;
        reading.inside = 2;
    }
    finds(&history, PromiseId::Capacity);
}

#[test]
fn a_rate_exceeded() {
    let rules = Rules { rate_per_minute: 60, ..SMALL.rules };
    let mut history = play(Sale { rules, ..SMALL });
    for reading in &mut history.readings {
        reading.rate_per_minute = 59;
    }
    finds(&history, PromiseId::Rate);
}

#[test]
fn slots_that_stay_empty() {
    let rules = Rules { asleep: (12 * SECOND, 20 * SECOND), ..SMALL.rules };
    finds(&play(Sale { rules, sorts: 1, ..SMALL }), PromiseId::NoIdleSlots);
}

/// A rebuilt line continues above numbers that belong to nobody, and may have called those.
#[test]
fn slots_that_a_rebuilt_line_keeps_for_nobody() {
    let rules = Rules { asleep: (12 * SECOND, 20 * SECOND), ..SMALL.rules };
    let mut history = play(Sale { rules, sorts: 1, ..SMALL });
    let begins = history.stories.iter().map(|story| story.arrives).min().expect("somebody came");
    for reading in history.readings.iter_mut().filter(|reading| reading.sent > begins + 10 * SECOND) {
        reading.epoch += 1;
        reading.tail += 256;
    }
    let promises = audited(&history);
    let slots =
        promises.iter().find(|promise| promise.id == PromiseId::NoIdleSlots).expect("every promise appears");
    assert_eq!(slots.verdict, Verdict::Kept, "{slots:?}");
}

#[test]
fn something_done_before_being_let_in() {
    let mut history = play(SMALL);
    let early = |event: &Event| matches!(event.outcome, Outcome::Refused(_, Code::NotAdmitted));
    event(&mut history, early).outcome = Outcome::Seen { available: 3 };
    finds(&history, PromiseId::Turn);
}

#[test]
fn a_hold_after_the_payment() {
    let mut history = play(SMALL);
    let (story, at) = payer(&history);
    let events = &mut history.stories[story].events;
    let sent = events[at].answered + 100;
    let held =
        Held { seat: 400, from: sent + 50 + STORE_AHEAD, deadline: sent + 50 + STORE_AHEAD + 30 * SECOND };
    let outcome = Outcome::Held([held].into(), 0);
    let act = Act::Hold([400].into());
    events.insert(
        at + 1,
        Event { due: sent, sent, answered: sent + 100, attempt: 0, key: 0, instance: 0, act, outcome },
    );
    finds(&history, PromiseId::Turn);
}

#[test]
fn a_map_long_after_the_pass_ran_out() {
    let mut history = play(SMALL);
    let late = |event: &Event| {
        event.act == Act::Map && matches!(event.outcome, Outcome::Refused(_, Code::PassEnded))
    };
    event(&mut history, late).outcome = Outcome::Seen { available: 3 };
    finds(&history, PromiseId::Turn);
}

#[test]
fn more_people_ahead_than_there_can_be() {
    let mut history = play(SMALL);
    if let Outcome::Waiting(place) = &mut event(&mut history, waiting).outcome {
        place.ahead = u32::try_from(place.number).ok();
    }
    finds(&history, PromiseId::Honesty);
}

#[test]
fn people_ahead_who_had_gone() {
    let mut history = play(SMALL);
    let late = |event: &Event| waiting(event) && event.sent > 12 * SECOND;
    if let Outcome::Waiting(place) = &mut event(&mut history, late).outcome {
        place.ahead = u32::try_from(place.number - 1).ok();
    }
    finds(&history, PromiseId::Honesty);
}

#[test]
fn an_estimate_in_no_order() {
    let mut history = play(SMALL);
    if let Outcome::Waiting(place) = &mut event(&mut history, waiting).outcome {
        place.estimate = Some([9, 8, 10]);
    }
    finds(&history, PromiseId::Honesty);
}

#[test]
fn a_map_with_sold_seats() {
    let mut history = play(SMALL);
    let (story, at) = find(&history, |event| {
        event.sent > 15 * SECOND && matches!((&event.act, &event.outcome), (Act::Map, Outcome::Seen { .. }))
    });
    history.stories[story].events[at].outcome = Outcome::Seen { available: 400 };
    finds(&history, PromiseId::Honesty);
}

#[test]
fn a_complaint_about_any_promise() {
    for promise in [PromiseId::Privacy, PromiseId::WellFormed, PromiseId::Honesty] {
        let mut history = play(SMALL);
        let text = "an answer named user 7".to_owned();
        history.complaints.push(Complaint { fan: 3, at: SECOND, promise, text });
        finds(&history, promise);
    }
}
