//! One fan's journey: places in line, and tickets.

use crate::history::{Act, Bill, Micros, Outcome, Story};

use super::axis::is_of_the_sale;

/// One fan's way from the join to the ticket, as far as it went.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Journey {
    /// When the fan was due to arrive; none if the sale ended earlier.
    pub(super) arrived: Option<Micros>,
    /// One for each number, in order.
    pub(super) visits: Vec<Visit>,
    /// One for each seat that was paid.
    pub(super) tickets: Vec<Ticket>,
}

/// The time of a fan with one number, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    /// The place in line.
    pub(super) number: u64,
    /// When the number was given out.
    pub(super) joined: Micros,
    /// When the last request before admission was sent: the call may have come at any time from then on.
    pub(super) polled: Micros,
    /// When they were admitted.
    pub(super) admitted: Option<Micros>,
    /// When they left, or their pass ended.
    pub(super) gone: Micros,
}

/// One paid seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ticket {
    /// The seat.
    pub(super) seat: u32,
    /// The price paid.
    pub(super) amount: i64,
    /// When the fan learned of it, or gave up on the answer.
    pub(super) at: Micros,
}

impl Visit {
    /// When they began and stopped waiting.
    pub(super) fn waiting(&self) -> (Micros, Micros) {
        (self.joined, self.admitted.unwrap_or(self.gone))
    }

    /// When they came in and left.
    pub(super) fn inside(&self) -> Option<(Micros, Micros)> {
        self.admitted.map(|from| (from, self.gone))
    }

    /// The same, counted from the earliest possible call.
    pub(super) fn called(&self) -> Option<(Micros, Micros)> {
        self.admitted.map(|_| (self.polled, self.gone))
    }
}

impl Journey {
    /// The journey in a story.
    pub(super) fn of(story: &Story) -> Self {
        let arrived = (!story.events.is_empty()).then_some(story.arrives);
        Self { arrived, visits: visits(story), tickets: tickets(story) }
    }

    /// When the fan got their first number.
    pub(super) fn joined(&self) -> Option<Micros> {
        self.visits.first().map(|visit| visit.joined)
    }

    /// When the fan was first admitted.
    pub(super) fn admitted(&self) -> Option<Micros> {
        self.visits.iter().find_map(|visit| visit.admitted)
    }
}

/// A visit that has not ended.
struct Open {
    visit: Visit,
    until: Micros,
}

fn visits(story: &Story) -> Vec<Visit> {
    let mut open: Option<Open> = None;
    let mut done: Vec<Visit> = Vec::new();
    for event in &story.events {
        let at = event.answered;
        match &event.outcome {
            Outcome::Waiting(waiting) => {
                if let Some(open) = enter(&mut open, &mut done, waiting.number, event.sent, at) {
                    open.visit.polled =
                        if open.visit.admitted.is_none() { event.sent } else { open.visit.polled };
                }
            }
            Outcome::Admitted { number, until, .. } => {
                if let Some(open) = enter(&mut open, &mut done, *number, event.sent, at) {
                    open.visit.admitted.get_or_insert(at);
                    open.until = *until;
                }
            }
            Outcome::Ended { .. } | Outcome::Paid(..) => close(&mut open, &mut done, at),
            _ => {}
        }
    }
    // A silent fan counts as gone since their last request.
    let last = story.events.iter().filter(|event| is_of_the_sale(event)).map(|event| event.answered).max();
    close(&mut open, &mut done, last.unwrap_or_default());
    done
}

/// The visit of this number: the open one, or a new one unless this number has ended already.
fn enter<'a>(
    open: &'a mut Option<Open>,
    done: &mut Vec<Visit>,
    number: u64,
    sent: Micros,
    at: Micros,
) -> Option<&'a mut Open> {
    if open.as_ref().is_none_or(|open| open.visit.number != number) {
        close(open, done, at);
        if done.iter().any(|visit| visit.number == number) {
            return None;
        }
        let visit = Visit { number, joined: at, polled: sent, admitted: None, gone: at };
        *open = Some(Open { visit, until: Micros::MAX });
    }
    open.as_mut()
}

fn close(open: &mut Option<Open>, done: &mut Vec<Visit>, at: Micros) {
    if let Some(Open { visit, until }) = open.take() {
        let gone = at.min(until).max(visit.admitted.unwrap_or(visit.joined));
        done.push(Visit { gone, ..visit });
    }
}

/// The paid seats. A payment whose answer was lost counts if its bill shows up later.
fn tickets(story: &Story) -> Vec<Ticket> {
    let mut tickets: Vec<Ticket> = Vec::new();
    let mut add = |bills: &[Bill], at: &dyn Fn(u32) -> Micros| {
        for bill in bills {
            if tickets.iter().all(|ticket| ticket.seat != bill.seat) {
                tickets.push(Ticket { seat: bill.seat, amount: bill.amount, at: at(bill.seat) });
            }
        }
    };
    for (index, event) in story.events.iter().enumerate() {
        match &event.outcome {
            Outcome::Paid(bills, ..) => add(bills, &|_| event.answered),
            Outcome::Bills(bills) => {
                let tried = |seat| last_try(story.events.get(..index).unwrap_or_default(), seat);
                add(bills, &|seat| tried(seat).unwrap_or(event.answered));
            }
            _ => {}
        }
    }
    tickets
}

fn last_try(events: &[crate::history::Event], seat: u32) -> Option<Micros> {
    let pays = |act: &Act| matches!(act, Act::Pay(seats) if seats.contains(&seat));
    events.iter().rev().find(|event| pays(&event.act)).map(|event| event.answered)
}
