//! What one fan's story comes to: places in the line, and tickets.

use crate::history::{Act, Bill, Micros, Outcome, Story};

use super::axis::is_of_the_sale;

/// One fan's way from joining to the ticket, as far as it went.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Journey {
    /// When the fan was to arrive; none if the sale was over before.
    pub(super) arrived: Option<Micros>,
    /// One for each number, in order.
    pub(super) visits: Vec<Visit>,
    /// One for each seat that was paid.
    pub(super) tickets: Vec<Ticket>,
}

/// A person with one number, from the first to the last that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    /// The place in line.
    pub(super) number: u64,
    /// When the number was given.
    pub(super) joined: Micros,
    /// When they last asked and were not in yet: they can have been called at any time from then on.
    pub(super) asked: Micros,
    /// When they were in.
    pub(super) admitted: Option<Micros>,
    /// When they went, or may do nothing any more.
    pub(super) gone: Micros,
}

/// One paid seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Which.
    pub(super) seat: u32,
    /// What was paid.
    pub(super) amount: i64,
    /// When the fan knew, or was left not knowing.
    pub(super) at: Micros,
}

impl Visit {
    /// From when until when they waited.
    pub(super) fn waiting(&self) -> (Micros, Micros) {
        (self.joined, self.admitted.unwrap_or(self.gone))
    }

    /// From when until when they were inside.
    pub(super) fn inside(&self) -> Option<(Micros, Micros)> {
        self.admitted.map(|from| (from, self.gone))
    }

    /// The same, from when they may have been called.
    pub(super) fn called(&self) -> Option<(Micros, Micros)> {
        self.admitted.map(|_| (self.asked, self.gone))
    }
}

impl Journey {
    /// Read from the fan's own answers.
    pub(super) fn of(story: &Story) -> Self {
        let arrived = (!story.events.is_empty()).then_some(story.arrives);
        Self { arrived, visits: visits(story), tickets: tickets(story) }
    }

    /// When the fan got their first number.
    pub(super) fn joined(&self) -> Option<Micros> {
        self.visits.first().map(|visit| visit.joined)
    }

    /// When the fan was first let in.
    pub(super) fn admitted(&self) -> Option<Micros> {
        self.visits.iter().find_map(|visit| visit.admitted)
    }
}

/// A visit that goes on.
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
                    open.visit.asked =
                        if open.visit.admitted.is_none() { event.sent } else { open.visit.asked };
                }
            }
            Outcome::Admitted { number, until } => {
                if let Some(open) = enter(&mut open, &mut done, *number, event.sent, at) {
                    open.visit.admitted.get_or_insert(at);
                    open.until = *until;
                }
            }
            Outcome::Ended { .. } | Outcome::Paid(..) => close(&mut open, &mut done, at),
            _ => {}
        }
    }
    // A fan who fell silent counts as gone since the last request.
    let last = story.events.iter().filter(|event| is_of_the_sale(event)).map(|event| event.answered).max();
    close(&mut open, &mut done, last.unwrap_or_default());
    done
}

/// The visit of this number: the open one, or a new one unless this number was over already.
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
        let visit = Visit { number, joined: at, asked: sent, admitted: None, gone: at };
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

/// A payment whose answer was lost counts if its bill shows up later.
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
