//! Faults planted in repeated requests: the auditor finds each.

use uuid::Uuid;

use crate::history::{Act, Bill, Code, Event, Lost, Outcome, PromiseId};

use super::fans::{SMALL, play};
use super::{audited, broken, event, finds, next_of, payer};

#[test]
fn a_second_bill_of_one_seat() {
    let mut history = play(SMALL);
    let paid = payer(&history);
    let at = next_of(&history, paid, &Act::Bills);
    if let Outcome::Bills(bills) = &mut history.stories[paid.0].events[at].outcome {
        *bills = bills.iter().copied().chain([Bill { id: Uuid::max(), ..bills[0] }]).collect();
    }
    finds(&history, PromiseId::WholePayments);
}

#[test]
fn a_paid_seat_without_a_bill_and_a_bill_without_a_paid_seat() {
    for change in [|_: &[u32]| Box::from([]), |paid: &[u32]| [paid, &[400]].concat().into()] {
        let mut history = play(SMALL);
        let paid = payer(&history);
        let at = next_of(&history, paid, &Act::Mine);
        if let Outcome::Mine(_, seats) = &mut history.stories[paid.0].events[at].outcome {
            *seats = change(seats);
        }
        finds(&history, PromiseId::WholePayments);
    }
}

#[test]
fn a_poll_that_is_refused() {
    let mut history = play(SMALL);
    let waits = |event: &Event| event.act == Act::Poll && matches!(event.outcome, Outcome::Waiting(_));
    event(&mut history, waits).outcome = Outcome::Refused(401, Code::PassEnded);
    finds(&history, PromiseId::Refusals);
}

#[test]
fn a_payment_that_was_made_and_is_refused_when_it_is_sent_again() {
    let mut history = play(SMALL);
    let (story, at) = payer(&history);
    let events = &mut history.stories[story].events;
    let key = events[at].key;
    for event in events.iter_mut().filter(|event| event.key == key) {
        event.outcome = Outcome::Unknown(Lost::SaidSo);
    }
    let mut again = events[at].clone();
    let last = events.last().map_or(0, |event| event.answered);
    (again.due, again.sent, again.answered) = (last + 100, last + 100, last + 200);
    again.outcome = Outcome::Refused(400, Code::SeatSold);
    events.push(again);
    finds(&history, PromiseId::OneEffect);

    // Without the bills nobody can know that the payment was made.
    history.stories[story].events.retain(|event| event.act != Act::Bills);
    let promises = audited(&history);
    assert!(broken(&promises).iter().all(|(id, _)| *id != PromiseId::OneEffect));
}
