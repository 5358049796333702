//! One `Idempotency-Key` has one effect and one answer.

use std::collections::HashMap;

use crate::history::{Act, Bill, Code, Digest, Event, Outcome, PromiseId, Story};

use super::facts::has_effect;
use super::findings::Book;
use super::reading::Reading;

/// What a key was used for.
#[derive(Default)]
struct Used<'a> {
    /// The first success.
    done: Option<(&'a Act, Digest)>,
    /// Requests that may have succeeded.
    maybe: Vec<&'a Act>,
    /// Whether bills have shown that its payment was made, although no answer did.
    seen: bool,
}

/// Checks every key that was used more than once.
pub(super) fn check(reading: &Reading<'_>, book: &mut Book) {
    for story in &reading.history.stories {
        let mut keys: HashMap<u32, Used<'_>> = HashMap::new();
        for event in &story.events {
            if let Outcome::Bills(bills) = &event.outcome {
                notice_payments(story, bills, &mut keys);
            }
            if event.key == 0 {
                continue;
            }
            let used = keys.entry(event.key).or_default();
            if used.done.is_some() || !used.maybe.is_empty() {
                book.checked(PromiseId::OneEffect, 1);
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
            if has_effect(&event.outcome) {
                used.maybe.push(&event.act);
            }
            if let Some(digest) = digest(&event.outcome) {
                used.done.get_or_insert((&event.act, digest));
            }
        }
    }
}

/// Marks keys of payments whose seats all have bills, and that no other key tried to pay for.
fn notice_payments(story: &Story, bills: &[Bill], keys: &mut HashMap<u32, Used<'_>>) {
    let billed = |seat: &u32| bills.iter().any(|bill| bill.seat == *seat);
    for (key, used) in keys.iter_mut().filter(|(_, used)| used.done.is_none() && !used.seen) {
        let Some(Act::Pay(seats)) = used.maybe.first() else { continue };
        let otherwise = || {
            story.events.iter().any(|event| {
                let is_other = event.key != *key && has_effect(&event.outcome);
                is_other && matches!(&event.act, Act::Pay(others) if others.iter().any(|seat| seats.contains(seat)))
            })
        };
        used.seen = seats.iter().all(billed) && !otherwise();
    }
}

fn digest(outcome: &Outcome) -> Option<Digest> {
    match outcome {
        Outcome::Held(_, digest) | Outcome::Money(_, digest) | Outcome::Paid(_, _, digest) => Some(*digest),
        _ => None,
    }
}

/// What is wrong with this use of a key.
fn wrong(used: &Used<'_>, event: &Event) -> Option<String> {
    let reused = matches!(event.outcome, Outcome::Refused(_, Code::IdempotencyKeyReused));
    let Some((act, first)) = used.done else {
        let other = used.maybe.iter().any(|act| **act != event.act);
        if reused && !other {
            return Some("was refused as used for another request, which it was not".to_owned());
        }
        let Outcome::Refused(status, code) = event.outcome else { return None };
        let is_wrong = used.seen && !other && code != Code::TokenExpired;
        return is_wrong.then(|| {
            format!("{:?} was carried out, as its bills show, but refused with {status} {code:?}", event.act)
        });
    };
    let is_same = *act == event.act;
    match (&event.outcome, digest(&event.outcome)) {
        // The same seats in another order may count as the same request or as another one.
        _ if !is_same && are_reordered(act, &event.act) => None,
        (_, Some(_)) if !is_same => Some(format!("{act:?} was carried out, and so was {:?}", event.act)),
        (_, Some(digest)) => (digest != first).then(|| format!("{act:?} got two different answers")),
        (Outcome::Refused(status, code), _) => {
            let due = *code == Code::TokenExpired || (!is_same && reused && *status == 400);
            (!due).then(|| {
                format!("{act:?} was carried out, but {:?} was refused with {status} {code:?}", event.act)
            })
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
