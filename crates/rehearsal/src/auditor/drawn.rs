//! Everybody's place is the one that the published order gives their number.

use crate::history::sale::{FairnessReading, Order, Phase};
use crate::history::{Event, Micros, Outcome, PromiseId};

use super::case::Case;
use super::facts::{UPDATE_LAG, shown_place, status};
use super::findings::Book;
use super::published_order::PublishedOrder;

/// How many readings of the published order may get lost in a row.
const LOST_READINGS: usize = 2;

/// Checks what was published, and every place in an answer.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let sale = &case.reading.history.sale;
    for reading in &sale.fairness {
        book.checked(PromiseId::Draw, 1);
        if let Some(what) = wrong(case, reading) {
            complain(case, reading, &what, book);
        }
    }
    constant(case, book);
    if sale.order == Order::Draw {
        is_published(case, book);
    }
    shown(case, book);
}

fn complain(case: &Case<'_>, reading: &FairnessReading, what: &str, book: &mut Book) {
    let text = format!("the published order {what}, at {}", case.reading.at(reading.answered));
    book.broken(PromiseId::Draw, reading.answered, text);
}

/// What is wrong with a published order in itself.
fn wrong(case: &Case<'_>, reading: &FairnessReading) -> Option<String> {
    let (sale, document) = (&case.reading.history.sale, &reading.document);
    if document.order != sale.order.name() {
        return Some(format!("is {:?}, not {:?}", document.order, sale.order.name()));
    }
    if document.commitment != sale.commitment {
        return Some(format!("has the commitment {:?}, not {:?}", document.commitment, sale.commitment));
    }
    if case.reading.is_before_opening(reading.answered) {
        if document.seed.is_some() {
            return Some("has a seed before the opening".to_owned());
        }
        if document.lobby_tail.is_some() {
            return Some("has a lobby tail before the opening".to_owned());
        }
    }
    if let (Some(lobby_tail), Some(tail)) = (document.lobby_tail, document.tail)
        && tail < lobby_tail
    {
        return Some(format!("has the lobby tail {lobby_tail}, above the tail {tail}"));
    }
    document.seed.as_ref()?;
    match document.published() {
        Err(reason) => Some(format!("cannot be read: {reason}")),
        Ok(published) if !published.is_committed() => {
            Some("has a seed that is not the one of the commitment".to_owned())
        }
        Ok(_) => None,
    }
}

/// Checks that what was published once stays as it is. Another instance may learn of it a little later.
fn constant(case: &Case<'_>, book: &mut Book) {
    let readings = &case.reading.history.sale.fairness;
    check_constant(
        case,
        readings,
        |document| document.lobby_tail.map(|it| it.to_string()),
        "lobby tail",
        book,
    );
    check_constant(case, readings, |document| document.seed.clone(), "seed", book);
    check_constant(case, readings, |document| document.beacon.clone(), "beacon", book);
}

fn check_constant(
    case: &Case<'_>,
    readings: &[FairnessReading],
    field: impl Fn(&crate::history::sale::Fairness) -> Option<String>,
    name: &str,
    book: &mut Book,
) {
    let mut first: Option<(Micros, String)> = None;
    for reading in readings {
        match (&first, field(&reading.document)) {
            (Some((_, first)), Some(now)) if *first != now => {
                complain(case, reading, &format!("has the {name} {now}, after {first}"), book);
            }
            (Some((since, first)), None) if reading.sent > since + UPDATE_LAG => {
                complain(case, reading, &format!("has no {name} any more, after {first}"), book);
            }
            (None, Some(now)) => first = Some((reading.answered, now)),
            _ => (),
        }
    }
}

/// Checks that nobody is let in by a draw that was not published.
fn is_published(case: &Case<'_>, book: &mut Book) {
    let admitted = case.places.iter().filter_map(|place| place.admitted);
    let Some(first) = admitted.map(|admitted| admitted.answered).min() else { return };
    let due = first + UPDATE_LAG;
    let mut late = case.reading.history.sale.fairness.iter().filter(|reading| reading.sent > due).peekable();
    if late.peek().is_none() {
        return is_readable(case, due, book);
    }
    for reading in late {
        if reading.document.seed.is_none() || reading.document.lobby_tail.is_none() {
            complain(case, reading, "is not complete, although people were let in", book);
        }
    }
}

/// Checks that the published order could be read at all. It is read right after the line; a single reading
/// may get lost on the way.
fn is_readable(case: &Case<'_>, due: Micros, book: &mut Book) {
    let readings = case.reading.history.readings.iter().filter(|reading| reading.sent > due);
    let mut calm = readings.filter(|reading| {
        !case.reading.is_disturbed(reading.sent - UPDATE_LAG, reading.answered + UPDATE_LAG)
    });
    if let Some(reading) = calm.nth(LOST_READINGS) {
        let at = case.reading.at(reading.answered);
        let text = format!("the published order could not be read until {at}, although people were let in");
        book.broken(PromiseId::Draw, reading.answered, text);
    }
}

/// Checks every place in an answer.
fn shown(case: &Case<'_>, book: &mut Book) {
    let is_draw = case.reading.history.sale.order == Order::Draw;
    if is_draw && matches!(case.order, PublishedOrder::Unknown) {
        book.note(
            PromiseId::Draw,
            "no draw was published that fits its commitment, so places were not compared",
        );
    }
    let opened = opened(case);
    for story in &case.reading.history.stories {
        for event in &story.events {
            let Some((number, _)) = status(&event.outcome) else { continue };
            let is_in_lobby = case.reading.is_before_opening(event.answered)
                || matches!(event.outcome, Outcome::Waiting(waiting) if waiting.phase == Phase::Lobby);
            let what = if is_draw && is_in_lobby {
                book.checked(PromiseId::Draw, 1);
                shown_in_the_lobby(event)
            } else if let Some(expected) = case.order.place(number) {
                let place = shown_place(&event.outcome);
                book.checked(PromiseId::Draw, usize::from(place.is_some() || has_place(event)));
                match place {
                    Some(place) if place != expected => {
                        Some(format!("was shown place {place}, which must be {expected}"))
                    }
                    None if has_place(event) && is_late(case, event, opened) => {
                        Some(format!("was shown no place, which must be {expected}"))
                    }
                    _ => None,
                }
            } else {
                None
            };
            if let Some(what) = what {
                let at = case.reading.at(event.answered);
                let text = format!("fan {} with number {number} {what}, at {at}", story.fan);
                book.broken(PromiseId::Draw, event.answered, text);
            }
        }
    }
}

/// What an answer in the lobby of a draw shows, where it must show nothing.
fn shown_in_the_lobby(event: &Event) -> Option<String> {
    let ahead = match event.outcome {
        Outcome::Waiting(waiting) => waiting.ahead,
        _ => None,
    };
    shown_place(&event.outcome)
        .map(|place| format!("was shown place {place} in the lobby"))
        .or_else(|| ahead.map(|ahead| format!("was shown {ahead} people ahead in the lobby")))
}

/// Whether the answer must show a place: everybody waiting outside a lobby and everybody inside has one.
fn has_place(event: &Event) -> bool {
    match event.outcome {
        Outcome::Waiting(waiting) => waiting.phase != Phase::Lobby,
        Outcome::Admitted { .. } => true,
        _ => false,
    }
}

/// When somebody first saw the sale open.
fn opened(case: &Case<'_>) -> Option<Micros> {
    let events = case.reading.history.stories.iter().flat_map(|story| &story.events);
    events.filter(|event| has_place(event)).map(|event| event.answered).min()
}

/// Whether the instance that answered has certainly heard of the opening.
fn is_late(case: &Case<'_>, event: &Event, opened: Option<Micros>) -> bool {
    opened.is_some_and(|opened| event.sent > opened + UPDATE_LAG)
        && !case.reading.is_disturbed(event.sent - UPDATE_LAG, event.answered)
}
