//! Nobody holds or pays for a seat after its deadline. All times here are the store's own, so none is a
//! guess.

use crate::history::{Act, Event, Micros, Outcome, PromiseId};

use super::case::Case;
use super::facts::STILL_DONE;
use super::findings::Book;
use super::sales::Sold;

/// Checks bills, and holds that answers showed as live.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    for sold in &case.sold {
        book.checked(PromiseId::Deadlines, 1);
        if let Some(what) = late(case, sold) {
            let text = format!("seat {}: fan {} {what}", sold.bill.seat, case.reading.fan(sold.story));
            book.broken(PromiseId::Deadlines, case.reading.clock.here(sold.bill.created), text);
        }
    }
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        for event in &story.events {
            shown_late(case, index, event, book);
        }
    }
}

/// What is wrong with the hold behind a payment.
fn late(case: &Case<'_>, sold: &Sold) -> Option<String> {
    let before = |from: Micros| from <= sold.bill.created;
    let held = case.tenures.of(sold.story).iter().map(|tenure| tenure.held);
    let last =
        held.filter(|held| held.seat == sold.bill.seat && before(held.from)).max_by_key(|held| held.from);
    let over = last.map(|held| held.deadline);
    if over.is_some_and(|deadline| sold.bill.created < deadline) || may_have_held(case, sold, over) {
        return None;
    }
    let created = case.reading.store_at(sold.bill.created);
    Some(match last {
        Some(held) => {
            let over = sold.bill.created - held.deadline;
            format!(
                "paid at {created}, {over} us after the deadline {}",
                case.reading.store_at(held.deadline)
            )
        }
        None => format!("paid at {created} without ever holding it"),
    })
}

/// Whether a hold that no answer showed may be behind a payment, after the last known hold had ended.
fn may_have_held(case: &Case<'_>, sold: &Sold, over: Option<Micros>) -> bool {
    let events = &case.reading.story(sold.story).events[..=sold.event];
    events.iter().any(|event| {
        matches!(&event.act, Act::Hold(seats) if seats.contains(&sold.bill.seat))
            && matches!(event.outcome, Outcome::Unknown(_))
            && over.is_none_or(|over| case.reading.clock.latest(event.answered + STILL_DONE) >= over)
    })
}

/// A hold past its deadline is not shown as live.
fn shown_late(case: &Case<'_>, story: usize, event: &Event, book: &mut Book) {
    let Outcome::Mine(held, _) = &event.outcome else { return };
    book.checked(PromiseId::Deadlines, 1);
    for held in held.iter().filter(|held| held.deadline <= case.reading.clock.earliest(event.sent)) {
        let text = format!(
            "seat {}: fan {} was shown a live hold at {}, after its deadline {}",
            held.seat,
            case.reading.fan(story),
            case.reading.at(event.answered),
            case.reading.store_at(held.deadline)
        );
        book.broken(PromiseId::Deadlines, event.answered, text);
    }
}
