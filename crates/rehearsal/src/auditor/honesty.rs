//! What answers say about the wait and about free seats agrees with what outsiders can know.

use crate::history::sale::Phase;
use crate::history::{Act, Event, Micros, Outcome, PromiseId, Waiting};

use super::case::Case;
use super::facts::UPDATE_LAG;
use super::fenwick::Fenwick;
use super::findings::Book;

/// Checks every answer to a waiting fan, and every map.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let mut answers: Vec<(Micros, usize, &Event, Seen)> = Vec::new();
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        for event in &story.events {
            if let Outcome::Waiting(waiting) = event.outcome {
                book.checked(PromiseId::Honesty, 1);
                let seen = Seen::of(case, waiting);
                if let Some(what) = seen.and_then(Seen::wrong).or_else(|| wrong_estimate(&waiting)) {
                    complain(case, index, event, &what, book);
                }
                answers.extend(seen.map(|seen| (event.sent - UPDATE_LAG, index, event, seen)));
            }
        }
    }
    ahead(case, answers, book);
    maps(case, book);
}

/// What an answer says of the people ahead.
#[derive(Clone, Copy)]
struct Seen {
    number: u64,
    /// Where the number comes.
    place: u64,
    ahead: u64,
}

impl Seen {
    /// None in the lobby of a draw, where nothing is ahead of anybody.
    fn of(case: &Case<'_>, waiting: Waiting) -> Option<Self> {
        let place = case.order.place(waiting.number).or(waiting.place)?;
        Some(Self { number: waiting.number, place, ahead: waiting.ahead?.into() })
    }

    /// What is wrong with it in itself.
    fn wrong(self) -> Option<String> {
        let Self { number, place, ahead } = self;
        (ahead >= place).then(|| {
            if place == number {
                format!("saw {ahead} ahead of number {number}")
            } else {
                format!("saw {ahead} ahead of number {number} at place {place}")
            }
        })
    }
}

/// What is wrong with an estimate in itself. In a lobby there is none: the opening says enough.
fn wrong_estimate(waiting: &Waiting) -> Option<String> {
    let estimate = waiting.estimate?;
    if waiting.phase == Phase::Lobby {
        return Some(format!("saw an estimate of {estimate:?} s in the lobby"));
    }
    let is_sorted = estimate.is_sorted();
    (!is_sorted).then(|| format!("saw an estimate of {estimate:?} s, which is not in ascending order"))
}

/// Checks that nobody who was inside, or whose place had ended, is counted as ahead.
fn ahead(case: &Case<'_>, mut answers: Vec<(Micros, usize, &Event, Seen)>, book: &mut Book) {
    let mut all: Vec<u64> = case.places.iter().filter_map(|place| place.comes_at).collect();
    all.sort_unstable();
    let out = |place: &super::places::Place| {
        let over = place.over.map(|over| over.answered);
        let inside = place.admitted.map(|admitted| admitted.answered);
        Some((over.into_iter().chain(inside).min()?, place.comes_at?))
    };
    let mut gone: Vec<(Micros, u64)> = case.places.iter().filter_map(out).collect();
    gone.sort_unstable();
    answers.sort_unstable_by_key(|(at, ..)| *at);
    let mut out_so_far = Fenwick::<usize>::new(all.len());
    let mut gone = gone.into_iter().peekable();
    for (at, story, event, seen) in answers {
        while let Some((_, place)) = gone.next_if(|(when, _)| *when < at) {
            out_so_far.add(all.partition_point(|it| *it < place), 1);
        }
        let below = out_so_far.before(all.partition_point(|it| *it < seen.place));
        let most = seen.place.saturating_sub(1).saturating_sub(u64::try_from(below).unwrap_or(u64::MAX));
        let is_reported = seen.ahead >= seen.place;
        if seen.ahead > most && !is_reported && !case.reading.is_disturbed(at, event.answered) {
            let what = format!(
                "saw {} ahead of number {}, although {below} of those before had left the line",
                seen.ahead, seen.number
            );
            complain(case, story, event, &what, book);
        }
    }
}

/// Checks that sold seats are not shown as free.
fn maps(case: &Case<'_>, book: &mut Book) {
    let mut sold: Vec<Micros> =
        case.sold.iter().map(|sold| case.reading.clock.latest_here(sold.bill.created) + UPDATE_LAG).collect();
    sold.sort_unstable();
    let seats = usize::try_from(case.reading.history.concert.seats).unwrap_or(usize::MAX);
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        for event in story.events.iter().filter(|event| event.act == Act::Map) {
            let Outcome::Seen { available } = event.outcome else { continue };
            book.checked(PromiseId::Honesty, 1);
            let gone = sold.partition_point(|at| *at < event.sent);
            let free = seats.saturating_sub(gone);
            let seen = usize::try_from(available).unwrap_or(usize::MAX);
            if seen > free && !case.reading.is_disturbed(event.sent - UPDATE_LAG, event.answered) {
                let what = format!("saw {seen} free seats of {seats}, although {gone} were sold");
                complain(case, index, event, &what, book);
            }
        }
    }
}

fn complain(case: &Case<'_>, story: usize, event: &Event, what: &str, book: &mut Book) {
    let (fan, at) = (case.reading.fan(story), case.reading.at(event.answered));
    book.broken(PromiseId::Honesty, event.answered, format!("fan {fan} {what}, at {at}"));
}
