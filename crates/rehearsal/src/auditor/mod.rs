//! Holding a history against what must never happen.
//!
//! It has a model of its own, made of certain and of possible times: something is a breach only if it is one whatever became
//! of the requests whose outcome nobody knows. Everything is a sweep or a sorted look-up, for histories of millions of events.

mod calls;
mod capacity;
mod deadlines;
mod fenwick;
mod findings;
mod holds;
mod honesty;
mod keys;
mod money;
mod occupancy;
mod order;
mod payments;
mod places;
mod presence;
mod rate;
mod reading;
mod refusals;
mod seats;
mod settlement;
mod slots;
mod statements;
mod store_clock;
#[cfg(test)]
mod tests;
mod turn;

use crate::disturbance::Disturbance;
use crate::history::{History, PromiseId, Told};
use crate::report::Promise;

use findings::Book;
use reading::Reading;

/// Every promise, each with what was held against it.
pub fn audit(history: &History, disturbances: &[Disturbance]) -> Vec<Promise> {
    let mut book = Book::new();
    let mut reading = Reading::new(history, disturbances);
    reading.places = places::read(&reading, &mut book);
    reading.tenures = holds::read(&reading, &mut book);
    reading.sold = payments::read(&reading, &mut book);
    seats::check(&reading, &mut book);
    deadlines::check(&reading, &mut book);
    money::check(&reading, &mut book);
    payments::check(&reading, &mut book);
    settlement::check(&reading, &mut book);
    keys::check(&reading, &mut book);
    refusals::check(&reading, &mut book);
    order::check(&reading, &mut book);
    let waits = presence::waits(&reading);
    calls::check(&reading, &waits, &mut book);
    capacity::check(&reading, &mut book);
    rate::check(&reading, &mut book);
    slots::check(&reading, &waits, &mut book);
    turn::check(&reading, &mut book);
    honesty::check(&reading, &mut book);
    on_the_spot(history, &mut book);
    book.promises()
}

/// What fans saw by themselves, and how many answers they looked at for it.
fn on_the_spot(history: &History, book: &mut Book) {
    let events = history.stories.iter().flat_map(|story| &story.events);
    let answers = events.filter(|event| !matches!(event.told, Told::Unknown(_) | Told::NotSent)).count();
    for id in [PromiseId::Privacy, PromiseId::WellFormed] {
        book.held(id, answers);
    }
    for complaint in &history.complaints {
        book.broken(complaint.promise, complaint.at, format!("fan {}: {}", complaint.fan, complaint.text));
    }
}
