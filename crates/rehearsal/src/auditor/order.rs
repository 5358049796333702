//! Numbers follow the order of joins, and no number is given out twice.

use std::collections::HashMap;

use crate::history::PromiseId;

use super::case::Case;
use super::findings::Book;
use super::places::Place;

/// Checks every number.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    book.checked(PromiseId::Order, case.places.len());
    given_once(case, book);
    let mut by_answer: Vec<&Place> = case.places.iter().collect();
    by_answer.sort_unstable_by_key(|place| place.given);
    let mut by_request = by_answer.clone();
    by_request.sort_unstable_by_key(|place| place.first_sent);
    let mut answered = by_answer.into_iter().peekable();
    let mut highest: Option<&Place> = None;
    for later in by_request {
        while let Some(earlier) = answered.next_if(|earlier| earlier.given < later.first_sent) {
            highest = highest.filter(|it| it.number > earlier.number).or(Some(earlier));
        }
        if let Some(earlier) = highest.filter(|it| it.number > later.number) {
            let text = format!(
                "fan {} had number {} at {}, but fan {} joined at {} and got {}",
                case.reading.fan(earlier.story),
                earlier.number,
                case.reading.at(earlier.given),
                case.reading.fan(later.story),
                case.reading.at(later.first_sent),
                later.number
            );
            book.broken(PromiseId::Order, later.given, text);
        }
    }
}

fn given_once(case: &Case<'_>, book: &mut Book) {
    let mut owners: HashMap<u64, usize> = HashMap::with_capacity(case.places.len());
    for place in &case.places {
        let owner = *owners.entry(place.number).or_insert(place.story);
        if owner != place.story {
            let (one, other) = (case.reading.fan(owner), case.reading.fan(place.story));
            let text = format!("number {} was given both to fan {one} and to fan {other}", place.number);
            book.broken(PromiseId::Order, place.given, text);
        }
    }
}
