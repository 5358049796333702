//! Faults planted in an opening, a draw, access codes or limits: the auditor finds each, and nothing else.

use crate::history::sale::{Order, Phase};
use crate::history::{Act, Code, Event, History, Outcome, PromiseId, SECOND, Waiting};

use super::fans::{OPENING, SMALL, Sale, play};
use super::world::Rules;
use super::{event, find, finds, finds_nothing, finds_only};

/// The second of the opening, by the rehearsal's clock.
const OPENS_AT: i64 = 10 * SECOND;

/// The same opening by arrival.
fn by_arrival() -> Sale {
    Sale { rules: Rules { order: Order::Arrival, ..OPENING.rules }, ..OPENING }
}

fn waiting(event: &Event) -> bool {
    matches!(event.outcome, Outcome::Waiting(_)) && event.act == Act::Poll
}

/// Changes the place in every answer that shows one.
fn replace(history: &mut History, change: impl Fn(u64, u64) -> u64) {
    for event in history.stories.iter_mut().flat_map(|story| &mut story.events) {
        let (number, place) = match &mut event.outcome {
            Outcome::Waiting(Waiting { number, place, .. }) | Outcome::Admitted { number, place, .. } => {
                (*number, place)
            }
            _ => continue,
        };
        *place = place.map(|place| change(number, place));
    }
}

fn lobby_tail(history: &History) -> u64 {
    history.sale.fairness.iter().find_map(|reading| reading.document.lobby_tail).expect("it opened")
}

#[test]
fn people_who_are_let_in_before_the_opening() {
    let rules = Rules { calls_early: 3 * SECOND, ..by_arrival().rules };
    finds_only(&play(Sale { rules, ..by_arrival() }), PromiseId::Opening);
}

#[test]
fn people_inside_before_the_opening() {
    let mut history = play(OPENING);
    history.readings[5].inside = 1;
    finds_only(&history, PromiseId::Opening);
}

#[test]
fn a_lobby_after_the_opening() {
    let mut history = play(by_arrival());
    let late = |event: &Event| waiting(event) && event.sent > OPENS_AT + 3 * SECOND;
    if let Outcome::Waiting(place) = &mut event(&mut history, late).outcome {
        (place.phase, place.estimate) = (Phase::Lobby, None);
    }
    finds_only(&history, PromiseId::Opening);
}

#[test]
fn nobody_let_in_for_half_a_minute_after_the_opening() {
    // With a rate, empty slots are not judged.
    let asleep = (OPENS_AT, OPENS_AT + 30 * SECOND);
    let rules = Rules { rate_per_minute: 6_000, asleep, ..OPENING.rules };
    finds_only(&play(Sale { rules, ..OPENING }), PromiseId::Opening);
}

/// A rehearsal that ends before the sale opens, which is this late.
fn never_open(sale: Sale, late: i64) -> History {
    let rules = Rules { opens_at: Some(OPENS_AT + late), ..sale.rules };
    let mut history = play(Sale { rules, ..sale });
    // No hold shows how far apart the clocks are, so they are assumed to agree.
    history.sale.opens_at = Some(OPENS_AT);
    let end = OPENS_AT + late - SECOND;
    for story in &mut history.stories {
        story.events.retain(|event| event.answered < end);
    }
    history.readings.retain(|reading| reading.answered < end);
    history.sale.fairness.retain(|reading| reading.answered < end);
    history
}

#[test]
fn a_sale_that_never_opens() {
    // With a rate, empty slots are not judged.
    let rules = Rules { rate_per_minute: 6_000, ..OPENING.rules };
    for order in [Order::Draw, Order::Arrival] {
        let rules = Rules { order, ..rules };
        finds_only(&never_open(Sale { rules, ..OPENING }, 20 * SECOND), PromiseId::Opening);
    }
    // It may be that nobody can be let in yet, or that somebody paused it.
    finds_nothing(&never_open(OPENING, 8 * SECOND));
    let mut history = never_open(Sale { rules, ..OPENING }, 20 * SECOND);
    history.readings[3].paused = true;
    finds_nothing(&history);
}

#[test]
fn an_open_draw_that_nobody_comes_in_by() {
    let rules = Rules { rate_per_minute: 6_000, ..OPENING.rules };
    // All are present throughout, so the first ten of the draw are among them.
    let mut history = never_open(Sale { rules, sorts: 1, arrive_within: 8 * SECOND, ..OPENING }, 20 * SECOND);
    for event in history.stories.iter_mut().flat_map(|story| &mut story.events) {
        if let Outcome::Waiting(waiting) = &mut event.outcome {
            waiting.phase = if event.sent > OPENS_AT + SECOND { Phase::Open } else { Phase::Lobby };
        }
    }
    finds_only(&history, PromiseId::Opening);
    // But not if there are ten more, who may have been called and been absent.
    for reading in &mut history.readings {
        reading.tail += 10;
    }
    finds_nothing(&history);
}

#[test]
fn an_estimate_in_the_lobby() {
    let mut history = play(by_arrival());
    let early = |event: &Event| waiting(event) && event.answered < OPENS_AT;
    if let Outcome::Waiting(place) = &mut event(&mut history, early).outcome {
        place.estimate = Some([5, 6, 7]);
    }
    finds_only(&history, PromiseId::Honesty);
}

#[test]
fn two_places_that_are_swapped() {
    let mut history = play(OPENING);
    replace(&mut history, |_, place| match place {
        20 => 90,
        90 => 20,
        it => it,
    });
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn places_by_number_instead() {
    let mut history = play(OPENING);
    replace(&mut history, |number, _| number);
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_place_by_arrival_that_is_not_the_number() {
    let mut history = play(SMALL);
    replace(&mut history, |number, place| if number == 70 { 7 } else { place });
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_place_in_a_lobby_by_arrival_that_is_not_the_number() {
    let mut history = play(by_arrival());
    let early = |event: &Event| waiting(event) && event.answered < OPENS_AT;
    if let Outcome::Waiting(waiting) = &mut event(&mut history, early).outcome {
        waiting.place = Some(waiting.number + 1);
    }
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn somebody_who_came_after_the_lobby_and_is_put_before_it() {
    let mut history = play(OPENING);
    let late = lobby_tail(&history) + 2;
    replace(&mut history, |number, place| if number == late { 1 } else { place });
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_seed_with_one_other_bit() {
    let mut history = play(OPENING);
    for reading in &mut history.sale.fairness {
        let seed = &mut reading.document.seed;
        *seed = seed.take().map(|seed| seed.replacen("00", "01", 1));
    }
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn another_commitment_than_at_first() {
    let mut history = play(OPENING);
    let document = &mut history.sale.fairness[3].document;
    document.commitment = document.commitment.take().map(|commitment| commitment.replacen("63", "64", 1));
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_seed_before_the_opening() {
    let mut history = play(OPENING);
    let seed = history.sale.fairness.last().and_then(|reading| reading.document.seed.clone());
    history.sale.fairness[8].document.seed = seed;
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_lobby_tail_that_is_raised_later() {
    let mut history = play(OPENING);
    let readings = &mut history.sale.fairness;
    let last = readings.len() - 1;
    readings[last].document.lobby_tail = readings[last].document.lobby_tail.map(|tail| tail + 1);
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_draw_that_is_never_published() {
    let mut history = play(OPENING);
    for reading in &mut history.sale.fairness {
        (reading.document.seed, reading.document.lobby_tail) = (None, None);
    }
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_draw_that_nobody_can_read() {
    let mut history = play(OPENING);
    history.sale.fairness.clear();
    finds_only(&history, PromiseId::Draw);
    let mut history = play(OPENING);
    history.sale.fairness.retain(|reading| reading.document.seed.is_none());
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_draw_whose_last_readings_were_lost() {
    let first = |history: &History| {
        let events = history.stories.iter().flat_map(|story| &story.events);
        let admitted = events.filter(|event| matches!(event.outcome, Outcome::Admitted { .. }));
        admitted.map(|event| event.answered).min().expect("somebody is let in")
    };
    let mut history = play(OPENING);
    let due = first(&history) + 3 * SECOND / 2;
    history.sale.fairness.retain(|reading| reading.sent <= due);
    // The rehearsal ended so soon that only two readings of the line came later.
    let mut late = 0;
    history.readings.retain(|reading| {
        late += u32::from(reading.sent > due);
        late <= 2
    });
    finds_nothing(&history);
}

/// Takes the place out of every answer after the opening that was sent at such a time.
fn hide_places(history: &mut History, is_hidden: impl Fn(i64) -> bool) {
    let events = history.stories.iter_mut().flat_map(|story| &mut story.events);
    for event in events.filter(|event| is_hidden(event.sent)) {
        match &mut event.outcome {
            Outcome::Waiting(Waiting { phase: Phase::Open, place, .. }) | Outcome::Admitted { place, .. } => {
                *place = None;
            }
            _ => (),
        }
    }
}

#[test]
fn no_place_after_the_opening() {
    for sale in [OPENING, by_arrival()] {
        let mut history = play(sale);
        hide_places(&mut history, |_| true);
        finds_only(&history, PromiseId::Draw);
        // Another instance may hear of the opening a little later.
        let mut history = play(sale);
        hide_places(&mut history, |sent| sent < OPENS_AT + SECOND);
        finds_nothing(&history);
    }
}

#[test]
fn no_place_when_let_in() {
    let mut history = play(OPENING);
    let late = |event: &Event| {
        event.sent > OPENS_AT + 3 * SECOND && matches!(event.outcome, Outcome::Admitted { .. })
    };
    if let Outcome::Admitted { place, .. } = &mut event(&mut history, late).outcome {
        *place = None;
    }
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn a_place_in_the_lobby() {
    let early = |event: &Event| waiting(event) && event.answered < OPENS_AT;
    let mut history = play(OPENING);
    if let Outcome::Waiting(waiting) = &mut event(&mut history, early).outcome {
        waiting.place = Some(3);
    }
    finds_only(&history, PromiseId::Draw);
    let mut history = play(OPENING);
    if let Outcome::Waiting(waiting) = &mut event(&mut history, early).outcome {
        waiting.ahead = Some(0);
    }
    finds_only(&history, PromiseId::Draw);
}

#[test]
fn calls_by_number_after_a_draw() {
    let rules = Rules { calls_by_number: true, ..OPENING.rules };
    finds(&play(Sale { rules, ..OPENING }), PromiseId::Calls);
}

#[test]
fn a_code_that_lets_two_people_in() {
    let rules = Rules { code_uses: Some(2), ..OPENING.rules };
    let mut history = play(Sale { rules, ..OPENING });
    history.sale.code_uses = Some(1);
    finds_only(&history, PromiseId::Admittance);
}

#[test]
fn somebody_who_gets_in_without_a_code() {
    let mut history = play(OPENING);
    let (story, _) = find(&history, waiting);
    history.stories[story].code = None;
    finds_only(&history, PromiseId::Admittance);
}

#[test]
fn a_code_that_is_refused_with_uses_left() {
    for (code, its_own) in [(Code::CodeUsedUp, 9_999), (Code::CodeInvalid, 9_998)] {
        let mut history = play(OPENING);
        let (story, _) = find(&history, |event| event.outcome == Outcome::Refused(400, code));
        history.stories[story].code = Some(its_own);
        finds_only(&history, PromiseId::Admittance);
    }
}

#[test]
fn one_seat_too_many() {
    let rules = Rules { limit: None, ..OPENING.rules };
    let mut history = play(Sale { rules, ..OPENING });
    history.sale.limit = Some(1);
    finds_only(&history, PromiseId::SeatLimit);
}

#[test]
fn a_refusal_for_a_limit_that_was_not_reached() {
    let mut history = play(OPENING);
    history.sale.limit = Some(2);
    finds_only(&history, PromiseId::SeatLimit);
}

#[test]
fn a_seat_of_another_sale() {
    for outcome in [Outcome::Seen { available: 1 }, Outcome::Refused(400, Code::SeatHeld)] {
        let mut history = play(SMALL);
        let (story, at) = find(&history, |event| matches!(event.outcome, Outcome::Held(..)));
        let stray = Event {
            sent: history.stories[story].events[at].answered,
            answered: history.stories[story].events[at].answered + 1,
            key: 0,
            act: Act::Stray,
            outcome,
            ..history.stories[story].events[at].clone()
        };
        history.stories[story].events.insert(at + 1, stray);
        finds_only(&history, PromiseId::Turn);
    }
}
