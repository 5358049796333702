//! Refusals are justified. The checks of money, bills and holds show that they change nothing.

use crate::history::{Act, Code, Event, Micros, Outcome, PromiseId, SECOND, Story};

use super::case::Case;
use super::facts::asks_status;
use super::findings::Book;

/// A queue token lives longer than this.
const TOKEN_LIVES: Micros = 23 * 3_600 * SECOND;

/// Checks every refusal.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    for story in &case.reading.history.stories {
        let mut poll_from: Option<Micros> = None;
        for event in &story.events {
            if let Outcome::Refused(status, code) = event.outcome {
                book.checked(PromiseId::Refusals, 1);
                if is_never_justified(story, event, code) || is_refused_poll(event, code) {
                    let what = format!("was refused with {status} {code:?} although the request was valid");
                    complain(case, story.fan, event, &what, book);
                }
                if event.act == Act::Poll
                    && code == Code::TooManyRequests
                    && poll_from.is_some_and(|at| event.sent >= at)
                {
                    complain(case, story.fan, event, "polled after `pollAfterMs`, but was refused", book);
                }
            }
            if asks_status(&event.act) {
                poll_from = match event.outcome {
                    Outcome::Waiting(waiting) => {
                        Some(event.answered + Micros::from(waiting.poll_after_ms) * 1_000)
                    }
                    _ => None,
                };
            }
        }
    }
    for place in &case.places {
        let story = case.reading.story(place.story);
        for event in &story.events[place.events.clone()] {
            let Outcome::Refused(_, code @ (Code::NotAdmitted | Code::PassEnded)) = event.outcome else {
                continue;
            };
            if place.is_inside(&case.reading, event) {
                let what = format!("was inside with number {}, but was refused with {code:?}", place.number);
                complain(case, story.fan, event, &what, book);
            }
        }
    }
}

fn is_never_justified(story: &Story, event: &Event, code: Code) -> bool {
    match code {
        Code::TokenMissing
        | Code::TokenInvalid
        | Code::TokenKind
        | Code::NotFound
        | Code::InvalidRequest
        | Code::OperatorOnly
        | Code::GroupRequired
        | Code::Other => true,
        // Fans name their own sale's concert in every other request.
        Code::OtherSale => event.act != Act::Stray,
        // Other promises judge whether these were due.
        Code::CodeInvalid | Code::CodeUsedUp => event.act != Act::Join,
        Code::SeatLimit => !matches!(event.act, Act::Hold(_)),
        Code::TokenExpired => event.answered - story.arrives < TOKEN_LIVES,
        _ => false,
    }
}

/// A poll is answered even after the place has ended; only one that comes too early is refused.
fn is_refused_poll(event: &Event, code: Code) -> bool {
    event.act == Act::Poll && !matches!(code, Code::TooManyRequests | Code::TokenExpired)
}

fn complain(case: &Case<'_>, fan: u32, event: &Event, what: &str, book: &mut Book) {
    let text = format!("fan {fan} {what}, at {}", case.reading.at(event.answered));
    book.broken(PromiseId::Refusals, event.answered, text);
}
