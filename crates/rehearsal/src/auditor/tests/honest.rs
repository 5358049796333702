//! Honest sales have no breaches, even when answers are lost.

use crate::history::sale::Order;
use crate::history::{Act, Code, Event, Held, History, Lost, Micros, Outcome, PromiseId, SECOND, Story};
use crate::report::Verdict;

use super::fans::{OPENING, SMALL, Sale, play};
use super::world::Rules;
use super::{audited, broken, event, finds_nothing, payer};

#[test]
fn every_promise_is_kept_but_those_of_what_the_sale_does_not_have() {
    let promises = audited(&play(SMALL));
    assert_eq!(broken(&promises), []);
    let unchecked = promises.iter().filter(|promise| promise.verdict == Verdict::NotChecked);
    assert_eq!(
        unchecked.map(|promise| promise.id).collect::<Vec<_>>(),
        [PromiseId::Rate, PromiseId::Opening, PromiseId::Admittance, PromiseId::SeatLimit]
    );
    assert!(promises.is_sorted_by_key(|promise| promise.id));
    assert_eq!(promises.len(), 22);
}

#[test]
fn every_promise_about_sales_is_kept_in_an_opening_with_codes_and_a_limit() {
    for order in [Order::Draw, Order::Arrival] {
        let rules = Rules { order, ..OPENING.rules };
        let history = play(Sale { rules, ..OPENING });
        let promises = audited(&history);
        assert_eq!(broken(&promises), []);
        let unchecked = promises.iter().filter(|promise| promise.verdict == Verdict::NotChecked);
        assert_eq!(unchecked.map(|promise| promise.id).collect::<Vec<_>>(), [PromiseId::Rate]);
        let refused = |code: Code| {
            let events = history.stories.iter().flat_map(|story| &story.events);
            events.filter(|event| matches!(event.outcome, Outcome::Refused(_, it) if it == code)).count()
        };
        let counts = [Code::CodeUsedUp, Code::CodeInvalid, Code::SeatLimit].map(refused);
        assert!(counts.iter().all(|count| *count > 2), "{counts:?}");
    }
}

#[test]
fn lost_answers_around_an_opening_prove_nothing() {
    for seed in 1..=20 {
        finds_nothing(&play(Sale { lost_per_mille: 5 * seed, seed, ..OPENING }));
    }
}

#[test]
fn a_rate_is_kept() {
    let rules = Rules { rate_per_minute: 60, ..SMALL.rules };
    let promises = audited(&play(Sale { rules, ..SMALL }));
    assert_eq!(broken(&promises), []);
    let rate = promises.iter().find(|promise| promise.id == PromiseId::Rate).expect("every promise appears");
    assert_eq!(rate.verdict, Verdict::Kept);
    let slots =
        promises.iter().find(|promise| promise.id == PromiseId::NoIdleSlots).expect("every promise appears");
    assert_eq!(slots.verdict, Verdict::NotChecked);
}

#[test]
fn lost_answers_prove_nothing() {
    for seed in 1..=20 {
        finds_nothing(&play(Sale { lost_per_mille: 5 * seed, seed, ..SMALL }));
    }
}

#[test]
fn few_seats_are_fought_over_in_peace() {
    for seed in 1..=10 {
        let rules = Rules { seats: 170, capacity: 25, ..SMALL.rules };
        finds_nothing(&play(Sale { seed, rules, lost_per_mille: 3 * (seed % 3), ..SMALL }));
    }
}

#[test]
fn without_readings_the_line_is_not_judged() {
    let mut history = play(SMALL);
    history.readings.clear();
    let promises = audited(&history);
    for id in [PromiseId::Capacity, PromiseId::Rate, PromiseId::NoIdleSlots] {
        let promise = promises.iter().find(|promise| promise.id == id).expect("every promise appears");
        assert_eq!(promise.verdict, Verdict::NotChecked);
        assert!(promise.note.as_deref().is_some_and(|note| note.contains("without an operator's token")));
    }
}

#[test]
fn nothing_at_all_is_not_checked() {
    let promises = audited(&History::default());
    assert!(promises.iter().all(|promise| promise.verdict == Verdict::NotChecked && promise.note.is_some()));
}

#[test]
fn an_unknown_payment_may_have_been_made() {
    let mut history = play(SMALL);
    let (story, at) = payer(&history);
    history.stories[story].events[at].outcome = Outcome::Unknown(Lost::Silence);
    finds_nothing(&history);
}

#[test]
fn an_unknown_payment_may_not_have_been_made() {
    let mut history = play(SMALL);
    // This one was refused, so it changed nothing.
    let poor = |event: &crate::history::Event| {
        matches!(
            (&event.act, &event.outcome),
            (Act::Pay(_), Outcome::Refused(_, crate::history::Code::InsufficientBalance))
        )
    };
    event(&mut history, poor).outcome = Outcome::Unknown(Lost::Connection);
    finds_nothing(&history);
}

/// The audit of fifty thousand fans and a million events takes seconds.
#[test]
#[ignore = "takes a while to play"]
fn a_large_sale_is_audited_in_seconds() {
    let rules = Rules { capacity: 1_000, seats: 60_000, ..SMALL.rules };
    let arrive_within: Micros = 60 * SECOND;
    let history = play(Sale { fans: 50_000, rules, arrive_within, ..SMALL });
    let events: usize = history.stories.iter().map(|story| story.events.len()).sum();
    #[expect(clippy::disallowed_methods, reason = "the time that it takes is what is shown")]
    let began = std::time::Instant::now();
    let promises = audited(&history);
    println!("{} stories, {events} events: {:?}", history.stories.len(), began.elapsed());
    assert_eq!(broken(&promises), []);
}

#[test]
fn a_pass_that_a_hold_keeps_alive_gives_no_new_holds_and_is_not_over() {
    let event = |at: Micros, act: Act, outcome: Outcome| {
        let (sent, answered) = (at * SECOND, at * SECOND + 1_000);
        Event { due: sent, sent, answered, attempt: 0, key: 0, instance: 0, act, outcome }
    };
    let admitted = |until: Micros| Outcome::Admitted { number: 1, until: until * SECOND, place: Some(1) };
    let held = Held { seat: 1, from: 7 * SECOND, deadline: 10 * SECOND };
    let events = vec![
        event(1, Act::Join, admitted(8)),
        event(7, Act::Hold([1].into()), Outcome::Held([held].into(), 0)),
        event(9, Act::Hold([2].into()), Outcome::Refused(401, Code::PassEnded)),
        event(9, Act::Join, admitted(10)),
        event(9, Act::Release(1), Outcome::Released),
    ];
    finds_nothing(&History { stories: vec![Story { events, ..Story::default() }], ..History::default() });
}
