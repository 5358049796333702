//! Faults planted in seats, money or keys: the auditor finds each.

use uuid::Uuid;

use crate::history::{Act, Bill, Code, Event, Held, History, Lost, Micros, Outcome, PromiseId, SECOND};

use super::fans::{SMALL, play};
use super::world::{PRICE, STORE_AHEAD};
use super::{event, find, finds, next_of, payer};

/// Changes every bill of the fan who paid first, in every answer.
fn bills(history: &mut History, change: impl Fn(&mut Bill)) {
    let (story, _) = payer(history);
    for event in &mut history.stories[story].events {
        if let Outcome::Paid(bills, ..) | Outcome::Bills(bills) = &mut event.outcome {
            bills.iter_mut().for_each(&change);
        }
    }
}

/// The next outcome of this act, after the payment of the fan who paid first.
fn answered_later<'a>(history: &'a mut History, act: &Act) -> &'a mut Outcome {
    let (story, paid) = payer(history);
    let at = next_of(history, (story, paid), act);
    &mut history.stories[story].events[at].outcome
}

fn balance(history: &mut History, change: impl Fn(i64) -> i64) {
    let outcome = answered_later(history, &Act::Balance);
    if let Outcome::Money(amount, _) = outcome {
        *amount = change(*amount);
    }
}

/// Two holds of two fans at the same time.
fn concurrent(history: &History) -> ((usize, usize), (usize, usize)) {
    let is_hold = |event: &Event| matches!(event.outcome, Outcome::Held(..)) && event.key != 0;
    let (one, at) = find(history, is_hold);
    let Outcome::Held(held, _) = &history.stories[one].events[at].outcome else {
        unreachable!("it was looked for")
    };
    let from = held[0].from;
    let mut others = history.stories.iter().enumerate().filter(|(other, _)| *other != one);
    let other = others.find_map(|(other, story)| {
        let close = |event: &Event| match &event.outcome {
            Outcome::Held(held, _) => (from..from + SECOND / 2).contains(&held[0].from),
            _ => false,
        };
        story.events.iter().position(close).map(|at| (other, at))
    });
    ((one, at), other.expect("ten people are inside at once"))
}

#[test]
fn a_second_holder() {
    let mut history = play(SMALL);
    let ((one, at), (other, later)) = concurrent(&history);
    let Outcome::Held(held, _) = &history.stories[one].events[at].outcome else {
        unreachable!("it was looked for")
    };
    let seat = held[0].seat;
    let second = &mut history.stories[other].events[later];
    second.act = Act::Hold([seat].into());
    if let Outcome::Held(held, _) = &mut second.outcome {
        held[0].seat = seat;
    }
    finds(&history, PromiseId::OneHolder);
}

#[test]
fn a_seat_sold_twice() {
    let mut history = play(SMALL);
    let (first, at) = payer(&history);
    let Outcome::Paid(sold, ..) = &history.stories[first].events[at].outcome else {
        unreachable!("it was looked for")
    };
    let seat = sold[0].seat;
    let last = history
        .stories
        .iter()
        .rposition(|story| story.events.iter().any(|it| matches!(it.outcome, Outcome::Paid(..))));
    let last = last.expect("many pay");
    for event in &mut history.stories[last].events {
        if let Outcome::Paid(bills, ..) | Outcome::Bills(bills) = &mut event.outcome {
            bills[0].seat = seat;
        }
    }
    finds(&history, PromiseId::OneHolder);
}

#[test]
fn a_hold_that_is_gone_early() {
    let mut history = play(SMALL);
    let (story, at) = payer(&history);
    history.stories[story].events[at].outcome = Outcome::Refused(400, Code::HoldExpired);
    finds(&history, PromiseId::HoldsLast);
}

#[test]
fn a_hold_that_is_not_shown() {
    let mut history = play(SMALL);
    event(&mut history, |event| matches!(&event.outcome, Outcome::Mine(held, _) if !held.is_empty()))
        .outcome = Outcome::Mine([].into(), [].into());
    finds(&history, PromiseId::HoldsLast);
}

#[test]
fn a_hold_that_lasts_longer_than_others() {
    let mut history = play(SMALL);
    if let Outcome::Held(held, _) =
        &mut event(&mut history, |event| matches!(event.outcome, Outcome::Held(..))).outcome
    {
        held[0].deadline += 1;
    }
    finds(&history, PromiseId::HoldsLast);
}

#[test]
fn a_hold_that_was_prolonged_by_holding_again() {
    let mut history = play(SMALL);
    let again = |event: &Event| event.key == 0 && matches!(event.outcome, Outcome::Held(..));
    let sort_3 = history.stories.iter().position(|story| story.fan % 10 == 3).expect("one in ten");
    let at = history.stories[sort_3].events.iter().position(again).expect("they hold again");
    if let Outcome::Held(held, _) = &mut history.stories[sort_3].events[at].outcome {
        held[0].from += 1_000;
        held[0].deadline += 1_000;
    }
    finds(&history, PromiseId::HoldsLast);
}

#[test]
fn a_sold_seat_that_is_lost() {
    let mut history = play(SMALL);
    if let Outcome::Mine(_, owned) = answered_later(&mut history, &Act::Mine) {
        *owned = [].into();
    }
    finds(&history, PromiseId::HoldsLast);
}

/// The deadline of a hold of the fan who paid first.
fn deadline_of_payer(history: &History) -> Micros {
    let (story, _) = payer(history);
    let held = history.stories[story].events.iter().find_map(|event| match &event.outcome {
        Outcome::Held(held, _) => Some(held[0]),
        _ => None,
    });
    held.expect("who paid held").deadline
}

#[test]
fn paid_at_the_deadline_and_after_it() {
    for late in [0, 1, 5 * SECOND] {
        let mut history = play(SMALL);
        let deadline = deadline_of_payer(&history);
        bills(&mut history, |bill| bill.created = deadline + late);
        finds(&history, PromiseId::Deadlines);
    }
}

#[test]
fn paid_just_before_the_deadline_is_fine() {
    let mut history = play(SMALL);
    let deadline = deadline_of_payer(&history);
    bills(&mut history, |bill| bill.created = deadline - 1);
    let promises = super::audited(&history);
    assert!(super::broken(&promises).iter().all(|(id, _)| *id != PromiseId::Deadlines));
}

#[test]
fn paid_and_never_held() {
    let mut history = play(SMALL);
    let (story, _) = payer(&history);
    history.stories[story].events.retain(|event| !matches!(event.outcome, Outcome::Held(..)));
    finds(&history, PromiseId::Deadlines);
}

#[test]
fn a_hold_shown_after_its_deadline() {
    let mut history = play(SMALL);
    if let Outcome::Mine(held, _) = answered_later(&mut history, &Act::Mine) {
        *held = [Held { seat: 1, from: STORE_AHEAD - 30 * SECOND, deadline: STORE_AHEAD }].into();
    }
    finds(&history, PromiseId::Deadlines);
}

#[test]
fn money_from_nowhere_and_money_lost() {
    for change in [1, -1, PRICE, 2 * PRICE, -100 * PRICE] {
        let mut history = play(SMALL);
        balance(&mut history, |amount| amount + change);
        finds(&history, PromiseId::Money);
    }
}

#[test]
fn a_charge_made_again_by_its_retry() {
    let mut history = play(SMALL);
    // The first attempt's answer was lost, and both attempts were carried out.
    let (story, at) =
        find(&history, |event| matches!((&event.act, &event.outcome), (Act::Charge(_), Outcome::Money(..))));
    let events = &mut history.stories[story].events;
    let mut first = events[at].clone();
    (first.sent, first.answered, first.outcome) =
        (first.sent - 20, first.sent - 10, Outcome::Unknown(Lost::Connection));
    events[at].attempt = 1;
    events.insert(at, first);
    let last =
        events.iter().rposition(|event| event.act == Act::Balance).expect("every fan reads it at the end");
    if let Outcome::Money(amount, _) = &mut events[last].outcome {
        *amount += 2 * PRICE;
    }
    finds(&history, PromiseId::Money);
}

#[test]
fn a_bill_of_another_price() {
    let mut history = play(SMALL);
    bills(&mut history, |bill| bill.amount -= 1);
    finds(&history, PromiseId::Money);
}

#[test]
fn an_unknown_payment_with_its_bill_and_without_its_debit() {
    let mut history = play(SMALL);
    let (story, at) = payer(&history);
    history.stories[story].events[at].outcome = Outcome::Unknown(Lost::Silence);
    let balance = next_of(&history, (story, at), &Act::Balance);
    if let Outcome::Money(amount, _) = &mut history.stories[story].events[balance].outcome {
        *amount += PRICE;
    }
    finds(&history, PromiseId::Money);
}

#[test]
fn a_payment_that_left_the_pass_alive() {
    let mut history = play(SMALL);
    let outcome = answered_later(&mut history, &Act::Poll);
    let Outcome::Ended { number } = *outcome else { unreachable!("a payment ends the place") };
    *outcome = Outcome::Admitted { number, until: STORE_AHEAD + 1_000 * SECOND, place: Some(number) };
    finds(&history, PromiseId::WholePayments);
}

#[test]
fn a_payment_that_left_a_hold_alive() {
    let mut history = play(SMALL);
    let (story, at) = payer(&history);
    let sent = history.stories[story].events[at].sent;
    if let Outcome::Mine(held, _) = answered_later(&mut history, &Act::Mine) {
        let from = sent + STORE_AHEAD - SECOND;
        *held = [Held { seat: 399, from, deadline: from + 30 * SECOND }].into();
    }
    finds(&history, PromiseId::WholePayments);
}

#[test]
fn half_a_payment() {
    let mut history = play(SMALL);
    let (story, at) = payer(&history);
    let event = &mut history.stories[story].events[at];
    let Act::Pay(seats) = &event.act else { unreachable!("it was looked for") };
    event.act = Act::Pay([seats[0], 400].into());
    finds(&history, PromiseId::WholePayments);
    history.stories[story].events[at].outcome = Outcome::Unknown(Lost::SaidSo);
    finds(&history, PromiseId::WholePayments);
}

#[test]
fn a_bill_that_changes() {
    let mut history = play(SMALL);
    if let Outcome::Bills(bills) = answered_later(&mut history, &Act::Bills) {
        bills[0].created += 1;
    }
    finds(&history, PromiseId::WholePayments);
}

#[test]
fn a_bill_that_is_missing_at_the_end() {
    let mut history = play(SMALL);
    *answered_later(&mut history, &Act::Bills) = Outcome::Bills([].into());
    finds(&history, PromiseId::Acknowledged);
    finds(&history, PromiseId::WholePayments);
}

#[test]
fn a_charge_that_is_missing_at_the_end() {
    let mut history = play(SMALL);
    balance(&mut history, |amount| amount - PRICE);
    finds(&history, PromiseId::Acknowledged);
}

#[test]
fn a_bill_that_nobody_requested() {
    let mut history = play(SMALL);
    if let Outcome::Bills(bills) = answered_later(&mut history, &Act::Bills) {
        let more = Bill { id: Uuid::max(), seat: 400, ..bills[0] };
        *bills = [bills[0], more].into();
    }
    finds(&history, PromiseId::Acknowledged);
}

#[test]
fn a_keyed_answer_that_differs() {
    let mut history = play(SMALL);
    let repeated = history.stories.iter().position(|story| story.fan % 10 == 3).expect("one in ten");
    let events = &mut history.stories[repeated].events;
    let last = events.iter().rposition(|event| event.key == 1).expect("they charge twice with one key");
    if let Outcome::Money(_, digest) = &mut events[last].outcome {
        *digest ^= 1;
    }
    finds(&history, PromiseId::OneEffect);
}

#[test]
fn a_repeat_that_was_refused() {
    let mut history = play(SMALL);
    let repeated = history.stories.iter().position(|story| story.fan % 10 == 3).expect("one in ten");
    let events = &mut history.stories[repeated].events;
    let last = events.iter().rposition(|event| event.key == 1).expect("they charge twice with one key");
    events[last].outcome = Outcome::Refused(400, Code::BalanceLimit);
    finds(&history, PromiseId::OneEffect);
}

#[test]
fn a_key_used_for_two_things() {
    let mut history = play(SMALL);
    let reused = |event: &Event| matches!(event.outcome, Outcome::Refused(_, Code::IdempotencyKeyReused));
    event(&mut history, reused).outcome = Outcome::Money(2 * PRICE + 1, 5);
    finds(&history, PromiseId::OneEffect);
}

#[test]
fn refused_but_done() {
    for outcome in [Outcome::Refused(400, Code::SaleClosed), Outcome::Busy, Outcome::NotSent] {
        let mut history = play(SMALL);
        let (story, at) = payer(&history);
        history.stories[story].events[at].outcome = outcome;
        finds(&history, PromiseId::Refusals);
    }
    let mut history = play(SMALL);
    event(&mut history, |event| matches!(event.act, Act::Charge(_))).outcome = Outcome::Busy;
    finds(&history, PromiseId::Refusals);
}

#[test]
fn refused_without_a_reason() {
    for code in [Code::PassEnded, Code::NotAdmitted, Code::TokenInvalid, Code::InsufficientBalance] {
        let mut history = play(SMALL);
        let (story, at) = payer(&history);
        history.stories[story].events[at].outcome = Outcome::Refused(400, code);
        finds(&history, PromiseId::Refusals);
    }
}

#[test]
fn a_poll_in_time_that_was_refused() {
    let mut history = play(SMALL);
    let in_time = |pair: &[Event]| match (&pair[0].outcome, &pair[1].act) {
        (Outcome::Waiting(outcome), Act::Poll) => {
            pair[1].sent >= pair[0].answered + i64::from(outcome.poll_after_ms) * 1_000
        }
        _ => false,
    };
    let mut found = history.stories.iter_mut().filter_map(|story| {
        let at = story.events.windows(2).position(in_time)?;
        Some(&mut story.events[at + 1])
    });
    found.next().expect("most wait").outcome = Outcome::Refused(429, Code::TooManyRequests);
    finds(&history, PromiseId::Refusals);
}
