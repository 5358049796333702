//! Calls in any minute never exceed the rate.

use crate::history::{Micros, PromiseId, SECOND};

use super::case::Case;
use super::facts::UPDATE_LAG;
use super::fenwick::Fenwick;
use super::findings::Book;
use super::places::Place;

const MINUTE: Micros = 60 * SECOND;

/// Checks calls that certainly lie within one minute.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let rates = || case.reading.history.readings.iter().map(|reading| reading.rate_per_minute);
    let Some(rate) = rates().max() else {
        book.note(PromiseId::Rate, "without an operator's token the rate is unknown");
        return;
    };
    if rates().any(|rate| rate == 0) {
        book.note(PromiseId::Rate, "the rate was not limited");
        return;
    }
    let rate = usize::try_from(rate).unwrap_or(usize::MAX);
    let mut calls: Vec<(Micros, Micros, &Place)> = case.places.iter().filter_map(window).collect();
    book.checked(PromiseId::Rate, calls.len());
    calls.sort_unstable_by_key(|(from, _, _)| std::cmp::Reverse(*from));
    let mut ends: Vec<Micros> = calls.iter().map(|(_, until, _)| *until).collect();
    ends.sort_unstable();
    let mut begun = Fenwick::<usize>::new(ends.len());
    for (from, until, place) in calls {
        begun.add(ends.partition_point(|end| *end < until), 1);
        let within = begun.before(ends.partition_point(|end| *end < from + MINUTE));
        if within > rate {
            let (fan, at) = (case.reading.fan(place.story), case.reading.at(from));
            let text = format!(
                "{within} calls in the minute from {at}, when fan {fan} was called; the rate is {rate}"
            );
            book.broken(PromiseId::Rate, from, text);
        }
    }
}

/// The time within which somebody was certainly called.
fn window(place: &Place) -> Option<(Micros, Micros, &Place)> {
    place.call().map(|(from, until)| (from - UPDATE_LAG, until, place))
}
