//! A payment is whole: its bill, every seat and the end of the pass, or nothing.

use std::collections::HashSet;

use uuid::Uuid;

use crate::history::{Act, Bill, Event, Micros, Outcome, PromiseId};

use super::case::Case;
use super::facts::{STILL_DONE, Status, UPDATE_LAG, asks_status, has_effect, status};
use super::findings::Book;

/// Checks that every payment is whole.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    for story in 0..case.reading.history.stories.len() {
        acknowledged(case, story, book);
        all_or_none(case, story, book);
        seats_have_bills(case, story, book);
    }
    passes_end(case, book);
}

/// Checks what must be there after a payment was acknowledged.
fn acknowledged(case: &Case<'_>, index: usize, book: &mut Book) {
    let story = case.reading.story(index);
    let mut paid: Vec<Bill> = Vec::new();
    for event in &story.events {
        match (&event.act, &event.outcome) {
            (Act::Pay(seats), Outcome::Paid(bills, ..)) => {
                book.checked(PromiseId::WholePayments, 1);
                let mut requested: Vec<u32> = seats.to_vec();
                let mut got: Vec<u32> = bills.iter().map(|bill| bill.seat).collect();
                requested.sort_unstable();
                got.sort_unstable();
                if requested != got {
                    let text = format!("fan {} paid for seats {requested:?} and got {got:?}", story.fan);
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
                for bill in bills {
                    if !paid.contains(bill) {
                        paid.push(*bill);
                    }
                }
            }
            (_, Outcome::Bills(bills)) if !paid.is_empty() => {
                let there: HashSet<Uuid> = bills.iter().map(|bill| bill.id).collect();
                for bill in paid.iter().filter(|bill| !there.contains(&bill.id)) {
                    let text = format!(
                        "seat {}: fan {} paid at {}, but has no such bill at {}",
                        bill.seat,
                        story.fan,
                        case.reading.store_at(bill.created),
                        case.reading.at(event.answered)
                    );
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
            }
            (_, Outcome::Mine(held, _)) => {
                let last = paid.iter().map(|bill| bill.created).max().unwrap_or(Micros::MIN);
                for held in held.iter().filter(|held| held.from <= last) {
                    let text = format!(
                        "seat {}: fan {} still holds it at {}, after a payment at {}",
                        held.seat,
                        story.fan,
                        case.reading.at(event.answered),
                        case.reading.store_at(last)
                    );
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
            }
            _ => (),
        }
    }
}

/// A payment with an unknown outcome was made for all of its seats or for none.
fn all_or_none(case: &Case<'_>, index: usize, book: &mut Book) {
    let story = case.reading.story(index);
    let pays: Vec<(&Event, &[u32])> = story
        .events
        .iter()
        .filter_map(|event| match &event.act {
            Act::Pay(seats) if has_effect(&event.outcome) => Some((event, &seats[..])),
            _ => None,
        })
        .collect();
    if pays.is_empty() {
        return;
    }
    let Some((at, bills)) = last_bills(&story.events) else { return };
    let owned: HashSet<u32> = bills.iter().map(|bill| bill.seat).collect();
    for (event, seats) in &pays {
        if !matches!(event.outcome, Outcome::Unknown(_)) || event.answered > at {
            continue;
        }
        book.checked(PromiseId::WholePayments, 1);
        let got: Vec<u32> = seats.iter().copied().filter(|seat| owned.contains(seat)).collect();
        let otherwise = |seat: &u32| pays.iter().any(|(_, others)| others != seats && others.contains(seat));
        if !got.is_empty() && got.len() < seats.len() && !got.iter().all(otherwise) {
            let text = format!(
                "fan {} tried at {} to pay for seats {seats:?} and got only {got:?}",
                story.fan,
                case.reading.at(event.sent)
            );
            book.broken(PromiseId::WholePayments, at, text);
        }
    }
}

/// Seats shown as paid are exactly those with a bill, if no payment came between the two answers.
fn seats_have_bills(case: &Case<'_>, index: usize, book: &mut Book) {
    let story = case.reading.story(index);
    let mut last: Option<(Micros, HashSet<u32>)> = None;
    let mut open = Micros::MIN;
    for event in &story.events {
        match (&event.act, &event.outcome) {
            (Act::Pay(_), Outcome::Unknown(_)) => open = open.max(event.answered + STILL_DONE),
            (_, Outcome::Paid(..)) => last = None,
            (_, Outcome::Bills(bills)) => {
                let finished = event.sent > open;
                last = finished.then(|| (event.answered, bills.iter().map(|bill| bill.seat).collect()));
            }
            (_, Outcome::Mine(_, paid)) => {
                let Some((at, billed)) = &last else { continue };
                book.checked(PromiseId::WholePayments, 1);
                let paid: HashSet<u32> = paid.iter().copied().collect();
                for seat in billed.symmetric_difference(&paid) {
                    let found = if paid.contains(seat) {
                        "is paid but has no bill"
                    } else {
                        "has a bill but is not paid"
                    };
                    let text =
                        format!("seat {seat} of fan {} {found}, at {}", story.fan, case.reading.at(*at));
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
            }
            _ => (),
        }
    }
}

/// When the bills were last read, and what they were.
pub(super) fn last_bills(events: &[Event]) -> Option<(Micros, &[Bill])> {
    events.iter().rev().find_map(|event| match &event.outcome {
        Outcome::Bills(bills) => Some((event.sent, &bills[..])),
        _ => None,
    })
}

/// Checks that a payment ends the pass.
fn passes_end(case: &Case<'_>, book: &mut Book) {
    for place in &case.places {
        let story = case.reading.story(place.story);
        let events = &story.events[place.events.clone()];
        let Some(over) =
            place.over.filter(|over| matches!(story.events[over.event].outcome, Outcome::Paid(..)))
        else {
            continue;
        };
        let (paid, ended) = (over.event - place.events.start, over.answered);
        for event in events[paid + 1..].iter().filter(|event| asks_status(&event.act)) {
            // A message may have been in flight for a while.
            let lag = if event.act == Act::Hear { UPDATE_LAG } else { 0 };
            let alive = matches!(status(&event.outcome), Some((number, it)) if number == place.number && it != Status::Ended);
            if alive && event.sent >= ended + lag {
                let text = format!(
                    "fan {} paid at {}, but number {} is still valid at {}",
                    story.fan,
                    case.reading.at(ended),
                    place.number,
                    case.reading.at(event.answered)
                );
                book.broken(PromiseId::WholePayments, event.answered, text);
            }
        }
    }
}
