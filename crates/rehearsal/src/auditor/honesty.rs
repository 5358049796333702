//! What answers say about the wait and about free seats agrees with what outsiders can know.

use crate::history::{Act, Event, Micros, Outcome, PromiseId, Waiting};

use super::case::Case;
use super::facts::UPDATE_LAG;
use super::fenwick::Fenwick;
use super::findings::Book;

/// Checks every answer to a waiting fan, and every map.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let mut answers: Vec<(Micros, usize, &Event, Waiting)> = Vec::new();
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        for event in &story.events {
            if let Outcome::Waiting(waiting) = event.outcome {
                book.checked(PromiseId::Honesty, 1);
                if let Some(what) = wrong(&waiting) {
                    complain(case, index, event, &what, book);
                }
                answers.push((event.sent - UPDATE_LAG, index, event, waiting));
            }
        }
    }
    ahead(case, answers, book);
    maps(case, book);
}

/// What is wrong with an answer in itself.
fn wrong(waiting: &Waiting) -> Option<String> {
    if u64::from(waiting.ahead) >= waiting.number {
        return Some(format!("saw {} ahead of number {}", waiting.ahead, waiting.number));
    }
    let estimate = waiting.estimate.filter(|estimate| !estimate.is_sorted())?;
    Some(format!("saw an estimate of {estimate:?} s, which is not in ascending order"))
}

/// Checks that nobody who was inside, or whose place had ended, is counted as ahead.
fn ahead(case: &Case<'_>, mut answers: Vec<(Micros, usize, &Event, Waiting)>, book: &mut Book) {
    let mut numbers: Vec<u64> = case.places.iter().map(|place| place.number).collect();
    numbers.sort_unstable();
    let out = |at: &super::places::Place| {
        let over = at.over.map(|over| over.answered);
        let inside = at.admitted.map(|admitted| admitted.answered);
        over.into_iter().chain(inside).min().map(|when| (when, at.number))
    };
    let mut gone: Vec<(Micros, u64)> = case.places.iter().filter_map(out).collect();
    gone.sort_unstable();
    answers.sort_unstable_by_key(|(at, ..)| *at);
    let mut out_so_far = Fenwick::<usize>::new(numbers.len());
    let mut gone = gone.into_iter().peekable();
    for (at, story, event, waiting) in answers {
        while let Some((_, number)) = gone.next_if(|(when, _)| *when < at) {
            out_so_far.add(numbers.partition_point(|it| *it < number), 1);
        }
        let below = out_so_far.before(numbers.partition_point(|it| *it < waiting.number));
        let most = waiting.number.saturating_sub(1).saturating_sub(u64::try_from(below).unwrap_or(u64::MAX));
        let is_reported = u64::from(waiting.ahead) >= waiting.number;
        if u64::from(waiting.ahead) > most && !is_reported && !case.reading.is_disturbed(at, event.answered) {
            let what = format!(
                "saw {} ahead of number {}, although {below} of those before had left the line",
                waiting.ahead, waiting.number
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
