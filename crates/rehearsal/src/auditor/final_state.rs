//! In the end everything acknowledged is there, and nothing else.

use std::collections::HashSet;

use crate::history::{Act, Event, Outcome, PromiseId, Story};

use super::case::Case;
use super::facts::{MARGIN, has_effect, is_certain};
use super::findings::Book;

/// Checks each fan's final read of bills, holds and balance.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let mut unread = 0;
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        let last_of = |act: &Act| {
            story.events.iter().rposition(|event| event.act == *act && is_certain(&event.outcome))
        };
        let (bills, mine, balance) = (last_of(&Act::Bills), last_of(&Act::Mine), last_of(&Act::Balance));
        if let Some(last_write) = story.events.iter().rposition(moves_money)
            && (bills.is_none_or(|at| at < last_write) || balance.is_none_or(|at| at < last_write))
        {
            unread += 1;
        }
        if let Some(at) = balance {
            // `money` checks whether they are in the balance.
            let charges = story.events[..at].iter();
            let charges =
                charges.filter(|it| matches!((&it.act, &it.outcome), (Act::Charge(_), Outcome::Money(..))));
            book.checked(PromiseId::Acknowledged, charges.count());
        }
        if let Some(at) = bills {
            bills_are_there(case, story, at, book);
            bills_were_requested(story, at, book);
        }
        if let Some(at) = mine {
            holds_are_there(case, index, at, book);
            holds_were_requested(story, at, book);
        }
    }
    if unread > 0 {
        let text = format!("{unread} fans who moved money could not read their final state");
        book.note(PromiseId::Acknowledged, text);
    }
}

fn moves_money(event: &Event) -> bool {
    matches!(event.act, Act::Charge(_) | Act::Pay(_)) && has_effect(&event.outcome)
}

fn bills_are_there(case: &Case<'_>, story: &Story, at: usize, book: &mut Book) {
    let Outcome::Bills(there) = &story.events[at].outcome else { return };
    let there: HashSet<_> = there.iter().map(|bill| bill.id).collect();
    let mut outcome = HashSet::new();
    for event in &story.events[..at] {
        let Outcome::Paid(bills, ..) = &event.outcome else { continue };
        for bill in bills.iter().filter(|bill| outcome.insert(bill.id)) {
            book.checked(PromiseId::Acknowledged, 1);
            if !there.contains(&bill.id) {
                let (seat, fan, paid) = (bill.seat, story.fan, case.reading.at(event.answered));
                let text =
                    format!("seat {seat}: fan {fan} paid for it at {paid}, and has no bill at the end");
                book.broken(PromiseId::Acknowledged, event.answered, text);
            }
        }
    }
}

fn holds_are_there(case: &Case<'_>, index: usize, at: usize, book: &mut Book) {
    let event = &case.reading.story(index).events[at];
    let Outcome::Mine(there, _) = &event.outcome else { return };
    let (sent, answered) =
        (case.reading.clock.earliest(event.sent), case.reading.clock.latest(event.answered) + MARGIN);
    for tenure in case.tenures.of(index) {
        if tenure.held.from < sent && answered < tenure.until(&case.reading) {
            book.checked(PromiseId::Acknowledged, 1);
            if !there.contains(&tenure.held) {
                let (fan, at) = (case.reading.fan(index), case.reading.at(event.answered));
                let text = format!("seat {}: the hold of fan {fan} is gone at {at}", tenure.held.seat);
                book.broken(PromiseId::Acknowledged, event.answered, text);
            }
        }
    }
}

fn bills_were_requested(story: &Story, at: usize, book: &mut Book) {
    let event = &story.events[at];
    let Outcome::Bills(bills) = &event.outcome else { return };
    for bill in bills {
        let requests = |it: &Event| matches!(&it.act, Act::Pay(seats) if seats.contains(&bill.seat));
        accounted(story, at, requests, &format!("seat {}: fan {} has a bill", bill.seat, story.fan), book);
    }
}

fn holds_were_requested(story: &Story, at: usize, book: &mut Book) {
    let event = &story.events[at];
    let Outcome::Mine(held, _) = &event.outcome else { return };
    for held in held {
        let requests = |it: &Event| matches!(&it.act, Act::Hold(seats) if seats.contains(&held.seat));
        accounted(story, at, requests, &format!("seat {}: fan {} holds it", held.seat, story.fan), book);
    }
}

/// What is there was requested, and not refused every time.
fn accounted(story: &Story, at: usize, requests: impl Fn(&Event) -> bool, what: &str, book: &mut Book) {
    let mut refused = false;
    for event in story.events[..at].iter().filter(|event| requests(event)) {
        if has_effect(&event.outcome) {
            return;
        }
        refused = true;
    }
    let (id, why) = if refused {
        (PromiseId::Refusals, "although every request for it was refused")
    } else {
        (PromiseId::Acknowledged, "although nobody requested it")
    };
    book.broken(id, story.events[at].answered, format!("{what}, {why}"));
}
