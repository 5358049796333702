//! The auditor: holds a history against the promises.
//!
//! Its model has certain times and possible times. Something is a breach only if it is one for every possible
//! outcome of the requests whose outcome is unknown. Everything is a sweep or a sorted look-up, for histories
//! of millions of events.

mod calls;
mod capacity;
mod case;
mod deadlines;
mod facts;
mod fenwick;
mod final_state;
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
mod sales;
mod seats;
mod slots;
mod statements;
mod store_clock;
#[cfg(test)]
mod tests;
mod turn;

use crate::disturbance::Disturbance;
use crate::history::{History, Outcome, PromiseId};
use crate::report::Promise;

use case::Case;
use findings::Book;

/// Every promise, each with what was held against it.
pub fn audit(history: &History, disturbances: &[Disturbance]) -> Vec<Promise> {
    let mut book = Book::new();
    let case = Case::build(history, disturbances, &mut book);
    seats::check(&case, &mut book);
    deadlines::check(&case, &mut book);
    money::check(&case, &mut book);
    payments::check(&case, &mut book);
    final_state::check(&case, &mut book);
    keys::check(&case.reading, &mut book);
    refusals::check(&case, &mut book);
    order::check(&case, &mut book);
    let waits = presence::waits(&case);
    calls::check(&case, &waits, &mut book);
    capacity::check(&case, &mut book);
    rate::check(&case, &mut book);
    slots::check(&case, &waits, &mut book);
    turn::check(&case, &mut book);
    honesty::check(&case, &mut book);
    on_the_spot(history, &mut book);
    book.promises()
}

/// What fans saw by themselves, and how many answers they looked at for it.
fn on_the_spot(history: &History, book: &mut Book) {
    let events = history.stories.iter().flat_map(|story| &story.events);
    let answers =
        events.filter(|event| !matches!(event.outcome, Outcome::Unknown(_) | Outcome::NotSent)).count();
    for id in [PromiseId::Privacy, PromiseId::WellFormed] {
        book.held(id, answers);
    }
    for complaint in &history.complaints {
        book.broken(complaint.promise, complaint.at, format!("fan {}: {}", complaint.fan, complaint.text));
    }
}
