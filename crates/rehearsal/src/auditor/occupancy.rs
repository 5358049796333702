//! Upper bound on slot use: everybody who may have been called or inside, however unlikely. The remaining
//! slots were certainly empty.

use crate::history::{Act, Event, Held, Micros, Outcome, SECOND, Story, Waiting};

use super::case::Case;
use super::facts::{STILL_DONE, UPDATE_LAG, asks_status, has_effect, sign_lasts, status};
use super::places::Place;

/// How long it takes to remove a pass that ran out.
const SWEPT: Micros = 2 * SECOND;

/// How long it takes to free a slot that was given up.
const FREED: Micros = SECOND;

/// A call stays open at least this long.
const CALL_STANDS: Micros = 10 * SECOND;

/// How long a pass lasts at most; for ever if nobody was admitted.
pub(super) fn pass_lasts(case: &Case<'_>) -> Micros {
    let passes = case.places.iter().filter_map(|place| place.admitted);
    let lasts = passes.map(|admitted| admitted.until_max - case.reading.clock.earliest(admitted.sent));
    lasts.max().unwrap_or(Micros::MAX / 4)
}

/// The times in which fans may have used slots, in no order.
pub(super) fn possible(case: &Case<'_>) -> Vec<(Micros, Micros)> {
    let pass = pass_lasts(case);
    let mut taken = Vec::new();
    for place in &case.places {
        of_place(case, place, pass, &mut taken);
    }
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        unheard_joins(case, index, story, pass, &mut taken);
    }
    taken.retain(|(from, until)| from < until);
    taken
}

/// Joins with an unknown outcome that no number followed.
fn unheard_joins(
    case: &Case<'_>,
    index: usize,
    story: &Story,
    pass: Micros,
    taken: &mut Vec<(Micros, Micros)>,
) {
    let outcome = case.places.partition_point(|place| place.story < index);
    let last = case.places[outcome..].iter().take_while(|place| place.story == index).last();
    let from = last.and_then(|place| place.over.map(|over| over.event)).map_or(0, |event| event + 1);
    let from = if last.is_some_and(|place| place.over.is_none()) { story.events.len() } else { from };
    for event in &story.events[from..] {
        if event.act == Act::Join && matches!(event.outcome, Outcome::Unknown(_)) {
            let joined = event.answered + STILL_DONE + CALL_STANDS;
            taken.push((event.sent, joined.saturating_add(pass).saturating_add(SWEPT)));
        }
    }
}

fn of_place(case: &Case<'_>, place: &Place, pass: Micros, taken: &mut Vec<(Micros, Micros)>) {
    let story = case.reading.story(place.story);
    let events = &story.events[place.events.clone()];
    let mut sign = Sign { sent: place.first_sent.max(0), counts: Micros::MAX, stands: place.given + FREED };
    if events.first().is_some_and(|join| place.first_sent < join.sent) {
        // The number may have been given out earlier, then called and lost.
        taken.push((sign.sent - UPDATE_LAG, sign.stands));
    }
    for event in events.iter().filter(|event| asks_status(&event.act)) {
        let Outcome::Waiting(waiting) = &event.outcome else { continue };
        if place.admitted.is_some_and(|admitted| event.sent >= admitted.sent) {
            break;
        }
        if event.answered > sign.counts {
            // Absent or nearly so: perhaps called in the meantime without noticing.
            taken.push((sign.sent - UPDATE_LAG, sign.stands.min(event.answered + FREED)));
        }
        sign = Sign::of(event, waiting);
    }
    let until = match place.admitted {
        Some(admitted) => inside_until(case, place, admitted.until_max),
        None => unheard_until(place, events, sign, pass),
    };
    let over = place.over.map_or(Micros::MAX, |over| over.answered + FREED);
    taken.push((sign.sent - UPDATE_LAG, until.min(over)));
}

/// The last sign of life of somebody who waits.
#[derive(Clone, Copy)]
struct Sign {
    sent: Micros,
    /// It counts at least until then.
    counts: Micros,
    /// A call that it led to stays open at most until then.
    stands: Micros,
}

impl Sign {
    fn of(event: &Event, waiting: &Waiting) -> Self {
        let lasts = sign_lasts(waiting);
        Self {
            sent: event.sent,
            counts: event.sent + lasts - SECOND,
            stands: event.answered + lasts + CALL_STANDS + FREED,
        }
    }
}

/// Until when somebody who was admitted may have stayed inside.
fn inside_until(case: &Case<'_>, place: &Place, until: Micros) -> Micros {
    let story = case.reading.story(place.story);
    let mut last = until;
    for event in &story.events[place.events.clone()] {
        match (&event.act, &event.outcome) {
            (_, Outcome::Held(held, _) | Outcome::Mine(held, _)) => {
                last = held.iter().map(|held: &Held| held.deadline).fold(last, Micros::max);
            }
            (Act::Hold(_), outcome) if has_effect(outcome) => {
                let lasts = case.tenures.lasts.unwrap_or(Micros::MAX / 4);
                last = last.max(case.reading.clock.latest(event.answered + STILL_DONE).saturating_add(lasts));
            }
            _ => (),
        }
    }
    case.reading.clock.latest_here(last).saturating_add(SWEPT)
}

/// Until when somebody who got no answer with an admission may have been called, or even inside.
fn unheard_until(place: &Place, events: &[Event], sign: Sign, pass: Micros) -> Micros {
    let mut until = sign.stands;
    let mut claimed: Option<Micros> = None;
    for event in events.iter().filter(|event| event.answered >= sign.sent && asks_status(&event.act)) {
        let heard = event.act == Act::Hear;
        let unheard = status(&event.outcome).is_none() && has_effect(&event.outcome);
        if heard || unheard {
            // An open stream claims, too. Its owner closed it before doing anything else.
            let seen = events.last().map_or(event.answered, |event| event.answered);
            claimed = claimed.max(Some(if heard { seen } else { event.answered }));
        }
    }
    if let Some(claimed) = claimed {
        until = until.max(claimed + STILL_DONE + CALL_STANDS).saturating_add(pass).saturating_add(SWEPT);
    }
    until.max(place.given)
}
