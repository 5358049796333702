//! The auditor on invented sales: honest ones, and ones with a planted fault.

mod fans;
mod honest;
mod lobby;
mod planted_line;
mod planted_repeats;
mod planted_sales;
mod planted_seats;
mod world;

use crate::disturbance::disturbances;
use crate::history::{Act, Event, History, Outcome, PromiseId};
use crate::report::{Promise, Verdict};

/// The auditor's verdicts on a history.
fn audited(history: &History) -> Vec<Promise> {
    super::audit(history, &disturbances(history))
}

/// The broken promises with some evidence, for the message of a failed test.
fn broken(promises: &[Promise]) -> Vec<(PromiseId, &[String])> {
    let broken = promises.iter().filter(|promise| promise.verdict == Verdict::Broken);
    broken.map(|promise| (promise.id, &promise.evidence[..promise.evidence.len().min(3)])).collect()
}

/// Asserts that the auditor finds this promise broken.
#[track_caller]
fn finds(history: &History, id: PromiseId) {
    let promises = audited(history);
    let seen = broken(&promises);
    assert!(seen.iter().any(|(broken, _)| *broken == id), "{id:?} is not among {seen:?}");
}

/// Asserts that the auditor finds this promise broken, and no other.
#[track_caller]
fn finds_only(history: &History, id: PromiseId) {
    let promises = audited(history);
    let seen = broken(&promises);
    assert_eq!(seen.iter().map(|(broken, _)| *broken).collect::<Vec<_>>(), [id], "{seen:?}");
}

/// Asserts that the auditor finds no promise broken.
#[track_caller]
fn finds_nothing(history: &History) {
    let promises = audited(history);
    assert_eq!(broken(&promises), [], "nothing was wrong");
}

/// Where the first wanted event is: its story, and its index there.
fn find(history: &History, wanted: impl Fn(&Event) -> bool) -> (usize, usize) {
    let mut stories = history.stories.iter().enumerate();
    let found =
        stories.find_map(|(story, it)| it.events.iter().position(&wanted).map(|event| (story, event)));
    found.expect("the honest history has such an event")
}

/// The first wanted event, for changing it.
fn event(history: &mut History, wanted: impl Fn(&Event) -> bool) -> &mut Event {
    let (story, event) = find(history, wanted);
    &mut history.stories[story].events[event]
}

/// The story of a fan who paid with a key, and the index of the payment.
fn payer(history: &History) -> (usize, usize) {
    find(history, |event| event.key != 0 && matches!(event.outcome, Outcome::Paid(..)))
}

/// The index of the first event of this act, from an index in a story on.
fn next_of(history: &History, (story, from): (usize, usize), act: &Act) -> usize {
    let mut events = history.stories[story].events.iter().enumerate().skip(from);
    events.find(|(_, event)| event.act == *act).map(|(at, _)| at).expect("every fan reads it at the end")
}
