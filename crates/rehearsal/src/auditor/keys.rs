//! One `Idempotency-Key` has one effect and one answer.

use std::collections::HashMap;

use crate::history::{Act, Code, Digest, Event, PromiseId, Told};

use super::facts::has_effect;
use super::findings::Book;
use super::reading::Reading;

/// What a key was used for.
#[derive(Default)]
struct Used<'a> {
    /// The first success.
    done: Option<(&'a Act, Digest)>,
    /// Anything that may have been one.
    maybe: Vec<&'a Act>,
}

/// Every key that was used more than once.
pub(super) fn check(reading: &Reading<'_>, book: &mut Book) {
    for story in &reading.history.stories {
        let mut keys: HashMap<u32, Used<'_>> = HashMap::new();
        for event in story.events.iter().filter(|event| event.key != 0) {
            let used = keys.entry(event.key).or_default();
            if used.done.is_some() || !used.maybe.is_empty() {
                book.held(PromiseId::OneEffect, 1);
            }
            if let Some(what) = wrong(used, event) {
                let text = format!(
                    "fan {}, key {}: {what}, at {}",
                    story.fan,
                    event.key,
                    reading.at(event.answered)
                );
                book.broken(PromiseId::OneEffect, event.answered, text);
            }
            if has_effect(&event.told) {
                used.maybe.push(&event.act);
            }
            if let Some(digest) = digest(&event.told) {
                used.done.get_or_insert((&event.act, digest));
            }
        }
    }
}

fn digest(told: &Told) -> Option<Digest> {
    match told {
        Told::Held(_, digest) | Told::Money(_, digest) | Told::Paid(_, _, digest) => Some(*digest),
        _ => None,
    }
}

/// What is wrong with this use of a key.
fn wrong(used: &Used<'_>, event: &Event) -> Option<String> {
    let reused = matches!(event.told, Told::Refused(_, Code::IdempotencyKeyReused));
    let Some((act, first)) = used.done else {
        let other = used.maybe.iter().any(|act| **act != event.act);
        return (reused && !other).then(|| "refused as used for something else, and it was not".to_owned());
    };
    let is_same = *act == event.act;
    match (&event.told, digest(&event.told)) {
        // Seats in another order may be the same thing or another.
        _ if !is_same && are_reordered(act, &event.act) => None,
        (_, Some(_)) if !is_same => Some(format!("{act:?} was done, and {:?} too", event.act)),
        (_, Some(digest)) => (digest != first).then(|| format!("{act:?} got two different answers")),
        (Told::Refused(status, code), _) => {
            let due = *code == Code::TokenExpired || (!is_same && reused && *status == 400);
            (!due)
                .then(|| format!("{act:?} was done, and {:?} was refused with {status} {code:?}", event.act))
        }
        _ => None,
    }
}

fn are_reordered(one: &Act, other: &Act) -> bool {
    match (one, other) {
        (Act::Hold(one), Act::Hold(other)) | (Act::Pay(one), Act::Pay(other)) => {
            let (mut one, mut other) = (one.to_vec(), other.to_vec());
            one.sort_unstable();
            other.sort_unstable();
            one == other
        }
        _ => false,
    }
}
