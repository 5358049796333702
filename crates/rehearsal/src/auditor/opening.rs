//! Nobody is let in before the opening, the lobby never comes back after it, and the first is let in soon.

use crate::history::sale::Phase;
use crate::history::{Event, Micros, Outcome, PromiseId, SECOND};

use super::case::Case;
use super::facts::{Seconds, UPDATE_LAG};
use super::findings::Book;
use super::presence::Wait;

/// From the opening to the first call.
const FIRST_CALL: Micros = SECOND;
/// Over how long the polls after an opening are spread, at least.
const POLLS_SPREAD: Micros = 10 * SECOND;
/// A lobby of more people spreads its polls so that no more of them come in a second.
const POLLS_PER_SECOND: Micros = 20_000;
/// Within this time every call to somebody absent lapses, and the rate allows as many calls again.
const ROUND: Micros = 60 * SECOND;

/// Checks every answer about the phase, and the first admission.
pub(super) fn check(case: &Case<'_>, waits: &[Wait], book: &mut Book) {
    let Some(opened_by) = case.reading.opened_by() else {
        return book.note(PromiseId::Opening, "the sale had no opening");
    };
    early(case, book);
    back_in_the_lobby(case, book);
    the_first(case, waits, opened_by, book);
}

/// All events that show a phase, with the fan and the phase. Who was admitted was so by an open line.
fn phases<'a>(case: &'a Case<'_>) -> impl Iterator<Item = (u32, &'a Event, Phase)> {
    case.reading.history.stories.iter().flat_map(|story| {
        story.events.iter().filter_map(|event| match event.outcome {
            Outcome::Waiting(waiting) => Some((story.fan, event, waiting.phase)),
            Outcome::Admitted { .. } => Some((story.fan, event, Phase::Open)),
            _ => None,
        })
    })
}

/// Checks that nothing was open before the opening, by the store's clock.
fn early(case: &Case<'_>, book: &mut Book) {
    for (fan, event, phase) in phases(case) {
        book.checked(PromiseId::Opening, 1);
        if phase == Phase::Lobby || !case.reading.is_before_opening(event.answered) {
            continue;
        }
        let what = match event.outcome {
            Outcome::Admitted { .. } => "was let in",
            _ => "was answered that the sale was open",
        };
        let opens_at = case.reading.history.sale.opens_at.unwrap_or_default();
        let (at, opening) = (case.reading.at(event.answered), case.reading.store_at(opens_at));
        let text = format!("fan {fan} {what} at {at}, before the opening at {opening}");
        book.broken(PromiseId::Opening, event.answered, text);
    }
    for reading in &case.reading.history.readings {
        book.checked(PromiseId::Opening, 1);
        if reading.inside > 0 && case.reading.is_before_opening(reading.answered) {
            let (inside, at) = (reading.inside, case.reading.at(reading.answered));
            let text = format!("the line reports {inside} people inside at {at}, before the opening");
            book.broken(PromiseId::Opening, reading.answered, text);
        }
    }
}

/// When somebody first saw the sale open.
fn seen_open(case: &Case<'_>) -> Option<Micros> {
    let open = phases(case).filter(|(_, _, phase)| matches!(phase, Phase::Open | Phase::Over));
    open.map(|(_, event, _)| event.answered).min()
}

/// Checks that nobody is back in the lobby once somebody has seen the sale open.
fn back_in_the_lobby(case: &Case<'_>, book: &mut Book) {
    let Some(opened) = seen_open(case) else { return };
    for (fan, event, phase) in phases(case) {
        // While the line does not answer, an instance answers from what it saw last.
        let is_late = event.sent > opened + UPDATE_LAG
            && !case.reading.is_disturbed(event.sent - UPDATE_LAG, event.answered);
        if phase == Phase::Lobby && is_late {
            let (at, opened) = (case.reading.at(event.answered), case.reading.at(opened));
            let text =
                format!("fan {fan} was still in the lobby at {at}, although the sale was open at {opened}");
            book.broken(PromiseId::Opening, event.answered, text);
        }
    }
}

/// Checks that those at the front did not wait on after the opening. Everybody at a place within the capacity
/// must be called at once, and learns of it with the next poll.
fn the_first(case: &Case<'_>, waits: &[Wait], opened_by: Micros, book: &mut Book) {
    let admitted = case.places.iter().filter_map(|place| place.admitted);
    if let Some(first) = admitted.map(|admitted| admitted.answered).min() {
        let after = Seconds(first - opened_by);
        book.note(PromiseId::Opening, format!("the first was let in {after} after the opening"));
    }
    let Some(slots) = slots(case) else {
        return book.note(PromiseId::Opening, "how soon the first must be let in is unknown");
    };
    let lobby = case.places.iter().filter(|place| place.given <= opened_by).count();
    let spread = Micros::try_from(lobby).unwrap_or(Micros::MAX / 2) * SECOND / POLLS_PER_SECOND;
    let spread = spread.max(POLLS_SPREAD);
    let due = settled(case, opened_by) + FIRST_CALL + spread;
    if slots > 0 {
        still_in_the_lobby(case, (opened_by, due), book);
        nobody(case, waits, (opened_by, due), (slots, ROUND + spread), book);
    }
    for wait in waits.iter().filter(|wait| wait.from <= opened_by) {
        if wait.comes_at.is_none_or(|at| at > slots) {
            continue;
        }
        book.checked(PromiseId::Opening, 1);
        if wait.until > due {
            let fan = case.reading.fan(case.places[wait.place].story);
            let (number, at) = (wait.number, wait.comes_at.unwrap_or_default());
            let (opened, until) = (case.reading.at(opened_by), case.reading.at(wait.until));
            let text = format!(
                "fan {fan} with number {number} at place {at} of {slots} slots waited until {until}, although the sale opened at {opened}"
            );
            book.broken(PromiseId::Opening, wait.until, text);
        }
    }
}

/// Checks that the sale opens at all. Who comes at which place of a draw that is not made is unknown, but
/// nobody may be in its lobby any more.
fn still_in_the_lobby(case: &Case<'_>, (opened_by, due): (Micros, Micros), book: &mut Book) {
    let opened = seen_open(case).unwrap_or(Micros::MAX);
    for (fan, event, phase) in phases(case).filter(|(_, event, _)| event.sent > due) {
        book.checked(PromiseId::Opening, 1);
        let is_known =
            event.answered < opened && !case.reading.is_disturbed(event.sent - UPDATE_LAG, event.answered);
        if phase == Phase::Lobby && is_known {
            let (at, opening) = (case.reading.at(event.answered), case.reading.at(opened_by));
            let text =
                format!("fan {fan} was in the lobby at {at}, although the opening had come at {opening}");
            book.broken(PromiseId::Opening, event.answered, text);
        }
    }
}

/// Checks that somebody is let in, where nobody knows who comes first. As many people are called at a time as
/// there are slots. Once all others may have been called and been absent, those who waited on come first.
fn nobody(
    case: &Case<'_>,
    waits: &[Wait],
    (opened_by, due): (Micros, Micros),
    (slots, round): (u64, Micros),
    book: &mut Book,
) {
    let is_somebody_in = case.places.iter().any(|place| place.admitted.is_some())
        || case.reading.history.readings.iter().any(|reading| reading.inside > 0);
    if is_somebody_in {
        return;
    }
    let here = waits.iter().filter(|wait| wait.from <= opened_by && wait.until > due);
    let mut here: Vec<&Wait> = here.filter(|wait| wait.comes_at.is_none()).collect();
    here.sort_unstable_by_key(|wait| std::cmp::Reverse(wait.until));
    let tails = case.reading.history.readings.iter().map(|reading| reading.tail);
    let last = tails.chain(case.places.iter().map(|place| place.number)).max().unwrap_or(0);
    for (count, wait) in (1..).zip(here) {
        book.checked(PromiseId::Opening, 1);
        let rounds = Micros::try_from(last.saturating_sub(count) / slots).unwrap_or(Micros::MAX);
        if wait.until > due.saturating_add(rounds.saturating_mul(round)) {
            let (opened, until) = (case.reading.at(opened_by), case.reading.at(wait.until));
            let text = format!(
                "{count} people waited until {until} and nobody was let in, although the sale opened at {opened}"
            );
            return book.broken(PromiseId::Opening, wait.until, text);
        }
    }
}

/// How many people may be called at once at the opening, if that is known.
fn slots(case: &Case<'_>) -> Option<u64> {
    let readings = &case.reading.history.readings;
    if readings.iter().any(|reading| reading.paused) {
        return None;
    }
    let each = readings.iter().map(|reading| match reading.rate_per_minute {
        0 => reading.capacity,
        rate => reading.capacity.min(rate),
    });
    each.min().map(u64::from)
}

/// When the disturbances that reach beyond the opening were over; the opening itself without one.
fn settled(case: &Case<'_>, opened_by: Micros) -> Micros {
    let mut settled = opened_by;
    for disturbance in case.reading.disturbances() {
        if disturbance.from <= settled + FIRST_CALL && disturbance.until >= settled {
            settled = disturbance.until;
        }
    }
    settled
}
