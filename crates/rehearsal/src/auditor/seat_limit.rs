//! Nobody holds and owns more seats than the sale allows, and nobody is refused who does not.

use std::collections::{BTreeMap, HashSet};

use crate::history::{Act, Code, Event, Micros, Outcome, PromiseId, Story};

use super::case::Case;
use super::facts::MARGIN;
use super::findings::Book;
use super::sales::Sold;

/// Checks every person's seats, and every refusal for the limit.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let Some(limit) = case.reading.history.sale.limit else {
        return book.note(PromiseId::SeatLimit, "the sale had no limit of seats per person");
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut sold = case.sold.chunk_by(|one, next| one.story == next.story).peekable();
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        let own = sold.next_if(|own| own[0].story == index).unwrap_or_default();
        had(case, index, own, limit, book);
        for (at, event) in story.events.iter().enumerate() {
            if let (Act::Hold(seats), Outcome::Refused(_, Code::SeatLimit)) = (&event.act, &event.outcome) {
                book.checked(PromiseId::SeatLimit, 1);
                refused(case, story, (at, event, seats), limit, book);
            }
        }
    }
}

/// Checks how many seats somebody certainly had at once, by the store's clock.
fn had(case: &Case<'_>, index: usize, own: &[Sold], limit: usize, book: &mut Book) {
    let mut changes: BTreeMap<Micros, Vec<(u32, bool)>> = BTreeMap::new();
    let mut span = |seat: u32, from: Micros, until: Micros| {
        if from < until {
            changes.entry(from).or_default().push((seat, true));
            changes.entry(until).or_default().push((seat, false));
        }
    };
    let tenures = case.tenures.of(index);
    for tenure in tenures {
        span(tenure.held.seat, tenure.held.from, tenure.until(&case.reading));
    }
    for sold in own {
        span(sold.bill.seat, sold.bill.created, Micros::MAX);
    }
    book.checked(PromiseId::SeatLimit, tenures.len() + own.len());
    let mut now: Vec<u32> = Vec::new();
    for (at, mut changed) in changes {
        // What ends at the same moment ends first.
        changed.sort_unstable_by_key(|(_, begins)| *begins);
        for (seat, begins) in changed {
            if begins {
                now.push(seat);
            } else if let Some(place) = now.iter().position(|it| *it == seat) {
                now.swap_remove(place);
            }
        }
        let seats: HashSet<u32> = now.iter().copied().collect();
        if seats.len() > limit {
            let (fan, when, count) = (case.reading.fan(index), case.reading.store_at(at), seats.len());
            let text = format!("fan {fan} had {count} seats at {when}, and the limit is {limit}");
            return book.broken(PromiseId::SeatLimit, case.reading.clock.here(at), text);
        }
    }
}

/// Checks that somebody who was refused may have had as many seats as the limit forbids.
fn refused(
    case: &Case<'_>,
    story: &Story,
    (at, event, seats): (usize, &Event, &[u32]),
    limit: usize,
    book: &mut Book,
) {
    let mut most: HashSet<u32> = seats.iter().copied().collect();
    for earlier in &story.events[..at] {
        match (&earlier.act, &earlier.outcome) {
            (_, Outcome::Held(held, _) | Outcome::Mine(held, _)) => {
                let now = case.reading.clock.earliest(event.sent) - MARGIN;
                most.extend(held.iter().filter(|held| held.deadline >= now).map(|held| held.seat));
            }
            // Carried out later, perhaps.
            (Act::Hold(seats), Outcome::Unknown(_)) => most.extend(seats.iter()),
            _ => (),
        }
        match &earlier.outcome {
            Outcome::Paid(bills, ..) | Outcome::Bills(bills) => {
                most.extend(bills.iter().map(|bill| bill.seat));
            }
            Outcome::Mine(_, owned) => most.extend(owned.iter()),
            _ => (),
        }
    }
    if most.len() <= limit {
        let (fan, when, most) = (story.fan, case.reading.at(event.answered), most.len());
        let text = format!(
            "fan {fan} was refused at {when} for a limit of {limit} seats, and would have had {most} at most"
        );
        book.broken(PromiseId::SeatLimit, event.answered, text);
    }
}
