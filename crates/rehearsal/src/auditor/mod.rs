//! The auditor: checks a history against the promises.
//!
//! Its model separates certain times from possible times. Something is a breach only if it is one whatever
//! became of the requests with an unknown outcome. Every check is a sweep or a lookup in sorted data, because
//! a history may have millions of events.

mod admittance;
mod calls;
mod capacity;
mod case;
mod deadlines;
mod drawn;
mod facts;
mod fenwick;
mod final_state;
mod findings;
mod holds;
mod honesty;
mod keys;
mod money;
mod occupancy;
mod opening;
mod order;
mod payments;
mod places;
mod presence;
mod published_order;
mod rate;
mod reading;
mod refusals;
mod sales;
mod seat_limit;
mod seats;
mod slots;
mod statements;
mod store_clock;
#[cfg(test)]
mod tests;
pub mod together;
mod turn;

use crate::disturbance::Disturbance;
use crate::history::{History, Outcome, PromiseId};
use crate::report::Promise;

use case::Case;
use findings::Book;

/// Every promise with its verdict and evidence.
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
    opening::check(&case, &waits, &mut book);
    drawn::check(&case, &mut book);
    admittance::check(&case, &mut book);
    seat_limit::check(&case, &mut book);
    honesty::check(&case, &mut book);
    immediate(history, &mut book);
    book.promises()
}

/// What fans noticed at once in an answer, and how many answers they checked.
fn immediate(history: &History, book: &mut Book) {
    let events = history.stories.iter().flat_map(|story| &story.events);
    let answers =
        events.filter(|event| !matches!(event.outcome, Outcome::Unknown(_) | Outcome::NotSent)).count();
    for id in [PromiseId::Privacy, PromiseId::WellFormed] {
        book.checked(id, answers);
    }
    for complaint in &history.complaints {
        book.broken(complaint.promise, complaint.at, format!("fan {}: {}", complaint.fan, complaint.text));
    }
}
