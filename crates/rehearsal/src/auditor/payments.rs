//! Who bought which seat when; and that a payment is whole: its bill, every seat and the pass's end, or nothing.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::history::{Act, Bill, Event, Micros, PromiseId, Told};

use super::findings::Book;
use super::reading::{NEWS, Reading, Status, asks_status, has_effect, status};

/// One bill that somebody was told of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sold {
    /// Whose story.
    pub(super) story: usize,
    /// As it was first told.
    pub(super) bill: Bill,
    /// What of its owner's doing it was that told of it first.
    pub(super) event: usize,
}

/// Every bill, and that each stays as it was told.
pub(super) fn read(reading: &Reading<'_>, book: &mut Book) -> Vec<Sold> {
    let mut sold = Vec::new();
    for (index, story) in reading.history.stories.iter().enumerate() {
        let mut known: HashMap<Uuid, Bill> = HashMap::new();
        for (at, event) in story.events.iter().enumerate() {
            let (Told::Paid(bills, ..) | Told::Bills(bills)) = &event.told else { continue };
            for bill in bills {
                let first = *known.entry(bill.id).or_insert_with(|| {
                    sold.push(Sold { story: index, bill: *bill, event: at });
                    *bill
                });
                if first != *bill {
                    let text = format!("seat {}: the bill of fan {} has changed", bill.seat, story.fan);
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
            }
        }
    }
    sold
}

/// Every payment is whole.
pub(super) fn check(reading: &Reading<'_>, book: &mut Book) {
    for story in 0..reading.history.stories.len() {
        acknowledged(reading, story, book);
        all_or_none(reading, story, book);
    }
    passes_end(reading, book);
}

/// What must be there after a payment was acknowledged.
fn acknowledged(reading: &Reading<'_>, index: usize, book: &mut Book) {
    let story = reading.story(index);
    let mut paid: Vec<Bill> = Vec::new();
    for event in &story.events {
        match (&event.act, &event.told) {
            (Act::Pay(seats), Told::Paid(bills, ..)) => {
                book.held(PromiseId::WholePayments, 1);
                let mut asked: Vec<u32> = seats.to_vec();
                let mut got: Vec<u32> = bills.iter().map(|bill| bill.seat).collect();
                asked.sort_unstable();
                got.sort_unstable();
                if asked != got {
                    let text = format!("fan {} paid for seats {asked:?} and got {got:?}", story.fan);
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
                for bill in bills {
                    if !paid.contains(bill) {
                        paid.push(*bill);
                    }
                }
            }
            (_, Told::Bills(bills)) if !paid.is_empty() => {
                let there: HashSet<Uuid> = bills.iter().map(|bill| bill.id).collect();
                for bill in paid.iter().filter(|bill| !there.contains(&bill.id)) {
                    let text = format!(
                        "seat {}: fan {} paid at {}, and has no such bill at {}",
                        bill.seat,
                        story.fan,
                        reading.store_at(bill.created),
                        reading.at(event.answered)
                    );
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
            }
            (_, Told::Mine(held, _)) => {
                let last = paid.iter().map(|bill| bill.created).max().unwrap_or(Micros::MIN);
                for held in held.iter().filter(|held| held.from <= last) {
                    let text = format!(
                        "seat {}: fan {} still holds it at {}, after a payment at {}",
                        held.seat,
                        story.fan,
                        reading.at(event.answered),
                        reading.store_at(last)
                    );
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
            }
            _ => (),
        }
    }
}

/// A payment whose outcome was not told has been made with all of its seats or with none.
fn all_or_none(reading: &Reading<'_>, index: usize, book: &mut Book) {
    let story = reading.story(index);
    let pays: Vec<(&Event, &[u32])> = story
        .events
        .iter()
        .filter_map(|event| match &event.act {
            Act::Pay(seats) if has_effect(&event.told) => Some((event, &seats[..])),
            _ => None,
        })
        .collect();
    if pays.is_empty() {
        return;
    }
    let Some((at, bills)) = last_bills(&story.events) else { return };
    let owned: HashSet<u32> = bills.iter().map(|bill| bill.seat).collect();
    for (event, seats) in &pays {
        if !matches!(event.told, Told::Unknown(_)) || event.answered > at {
            continue;
        }
        book.held(PromiseId::WholePayments, 1);
        let got: Vec<u32> = seats.iter().copied().filter(|seat| owned.contains(seat)).collect();
        let otherwise = |seat: &u32| pays.iter().any(|(_, others)| others != seats && others.contains(seat));
        if !got.is_empty() && got.len() < seats.len() && !got.iter().all(otherwise) {
            let text = format!(
                "fan {} asked at {} to pay for seats {seats:?} and got only {got:?}",
                story.fan,
                reading.at(event.sent)
            );
            book.broken(PromiseId::WholePayments, at, text);
        }
    }
}

/// When the bills were asked for last, and which there were.
pub(super) fn last_bills(events: &[Event]) -> Option<(Micros, &[Bill])> {
    events.iter().rev().find_map(|event| match &event.told {
        Told::Bills(bills) => Some((event.sent, &bills[..])),
        _ => None,
    })
}

/// A payment ends the pass.
fn passes_end(reading: &Reading<'_>, book: &mut Book) {
    for place in &reading.places {
        let story = reading.story(place.story);
        let events = &story.events[place.events.clone()];
        let Some(over) = place.over.filter(|over| matches!(story.events[over.event].told, Told::Paid(..)))
        else {
            continue;
        };
        let (paid, ended) = (over.event - place.events.start, over.answered);
        for event in events[paid + 1..].iter().filter(|event| asks_status(&event.act)) {
            // A message may have been on its way for a while.
            let news = if event.act == Act::Hear { NEWS } else { 0 };
            let alive = matches!(status(&event.told), Some((number, it)) if number == place.number && it != Status::Ended);
            if alive && event.sent >= ended + news {
                let text = format!(
                    "fan {} paid at {}, and number {} still counts at {}",
                    story.fan,
                    reading.at(ended),
                    place.number,
                    reading.at(event.answered)
                );
                book.broken(PromiseId::WholePayments, event.answered, text);
            }
        }
    }
}
