//! The auditor against sales that never took place: honest ones, and ones with one thing wrong.

mod fans;
mod honest;
mod planted_line;
mod planted_repeats;
mod planted_seats;
mod world;

use crate::disturbance::disturbances;
use crate::history::{Act, Event, History, Outcome, PromiseId};
use crate::report::{Promise, Verdict};

/// What the auditor says of a history.
fn audited(history: &History) -> Vec<Promise> {
    super::audit(history, &disturbances(history))
}

/// What was found against it, for a failed test to show.
fn broken(promises: &[Promise]) -> Vec<(PromiseId, &[String])> {
    let broken = promises.iter().filter(|promise| promise.verdict == Verdict::Broken);
    broken.map(|promise| (promise.id, &promise.evidence[..promise.evidence.len().min(3)])).collect()
}

/// The auditor finds that this promise was broken.
#[track_caller]
fn finds(history: &History, id: PromiseId) {
    let promises = audited(history);
    let seen = broken(&promises);
    assert!(seen.iter().any(|(broken, _)| *broken == id), "{id:?} is not among {seen:?}");
}

/// The first event for which this holds, after another of the same story: where it is.
fn find(history: &History, wanted: impl Fn(&Event) -> bool) -> (usize, usize) {
    let mut stories = history.stories.iter().enumerate();
    let found =
        stories.find_map(|(story, it)| it.events.iter().position(&wanted).map(|event| (story, event)));
    found.expect("the honest history has such an event")
}

/// That event, to be changed.
fn event(history: &mut History, wanted: impl Fn(&Event) -> bool) -> &mut Event {
    let (story, event) = find(history, wanted);
    &mut history.stories[story].events[event]
}

/// The story of a fan who paid, and where in it.
fn payer(history: &History) -> (usize, usize) {
    find(history, |event| event.key != 0 && matches!(event.outcome, Outcome::Paid(..)))
}

/// The first event of an act from a place in a story on.
fn next_of(history: &History, (story, from): (usize, usize), act: &Act) -> usize {
    let mut events = history.stories[story].events.iter().enumerate().skip(from);
    events.find(|(_, event)| event.act == *act).map(|(at, _)| at).expect("every fan asks in the end")
}
