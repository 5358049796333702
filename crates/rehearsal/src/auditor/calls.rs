//! Of two people who are present throughout, the lower place is called no later.

use crate::history::PromiseId;

use super::case::Case;
use super::facts::UPDATE_LAG;
use super::fenwick::Fenwick;
use super::findings::Book;
use super::places::Place;
use super::presence::Wait;

/// Compares every call with everybody of a lower place who certainly waited before and after it. `waits` are
/// sorted by place.
pub(super) fn check(case: &Case<'_>, waits: &[Wait], book: &mut Book) {
    let mut beginnings: Vec<_> = waits.iter().map(|wait| wait.from).collect();
    beginnings.sort_unstable();
    beginnings.dedup();
    let mut called: Vec<&Place> =
        case.places.iter().filter(|place| place.admitted.is_some() && place.comes_at.is_some()).collect();
    called.sort_unstable_by_key(|place| place.comes_at);
    // For each start, the wait that ends last.
    let mut longest = Fenwick::<Option<(i64, usize)>>::new(beginnings.len());
    let known = waits.iter().enumerate().filter(|(_, wait)| wait.comes_at.is_some());
    let mut lower = known.peekable();
    let (mut disturbed, mut alone) = (0_u64, 0_u64);
    for place in called {
        while let Some((index, wait)) = lower.next_if(|(_, wait)| wait.comes_at < place.comes_at) {
            longest.add(beginnings.partition_point(|from| *from < wait.from), Some((wait.until, index)));
        }
        let Some((from, until)) = place.call() else { continue };
        if case.reading.is_disturbed(from, until) {
            disturbed += 1;
            continue;
        }
        match longest.before(beginnings.partition_point(|begun| begun + UPDATE_LAG <= from)) {
            None => alone += 1,
            Some((end, index)) => {
                book.checked(PromiseId::Calls, 1);
                if until + UPDATE_LAG <= end {
                    book.broken(PromiseId::Calls, until, inversion(case, &waits[index], place));
                }
            }
        }
    }
    if disturbed + alone > 0 {
        let text = format!(
            "{} calls were not compared: for {alone} nobody was certainly waiting ahead, {disturbed} were near a disturbance",
            disturbed + alone
        );
        book.note(PromiseId::Calls, text);
    }
}

fn inversion(case: &Case<'_>, wait: &Wait, place: &Place) -> String {
    let waited = &case.places[wait.place];
    let admitted = place.call().map_or(0, |(_, until)| until);
    format!(
        "fan {} with {} waited from {} to {}, and fan {} with {} was inside at {}",
        case.reading.fan(waited.story),
        named(waited),
        case.reading.at(wait.from),
        case.reading.at(wait.until),
        case.reading.fan(place.story),
        named(place),
        case.reading.at(admitted)
    )
}

/// The number, and where it comes if that is not the same.
fn named(place: &Place) -> String {
    match place.comes_at.filter(|at| *at != place.number) {
        Some(at) => format!("number {} at place {at}", place.number),
        None => format!("number {}", place.number),
    }
}
