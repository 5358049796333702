//! Access codes let in as many people as they have uses, and nobody gets in without one.

use std::collections::HashMap;

use crate::history::{Act, Code, Event, Micros, Outcome, PromiseId, Story};

use super::case::Case;
use super::facts::status;
use super::findings::Book;

/// Who may have used a code.
#[derive(Default)]
struct Used {
    /// When each person who certainly used it learned of it, and which fan it was.
    certain: Vec<(Micros, u32)>,
    /// When each person who may have used it first tried to.
    possible: Vec<(Micros, u32)>,
}

/// Checks every join.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let Some(allowed) = case.reading.history.sale.code_uses else {
        return book.note(PromiseId::Admittance, "nobody needed an access code");
    };
    let allowed = usize::try_from(allowed).unwrap_or(usize::MAX);
    let used = used(&case.reading.history.stories);
    for story in &case.reading.history.stories {
        for event in story.events.iter().filter(|event| event.act == Act::Join) {
            book.checked(PromiseId::Admittance, 1);
            if let Some(what) = wrong(story, event, &used, allowed) {
                let text = format!("fan {} {what}, at {}", story.fan, case.reading.at(event.answered));
                book.broken(PromiseId::Admittance, event.answered, text);
            }
        }
    }
    for (code, used) in &used {
        if used.certain.len() > allowed {
            let fans: Vec<String> = used.certain.iter().map(|(_, fan)| fan.to_string()).collect();
            let (count, fans) = (fans.len(), fans.join(", "));
            let text = format!("code {code} let in {count} people and has {allowed} uses: fans {fans}");
            book.broken(
                PromiseId::Admittance,
                used.certain.iter().map(|(at, _)| *at).max().unwrap_or(0),
                text,
            );
        }
    }
}

fn used(stories: &[Story]) -> HashMap<u32, Used> {
    let mut used: HashMap<u32, Used> = HashMap::new();
    for story in stories {
        let Some(code) = story.code else { continue };
        let of_code = used.entry(code).or_default();
        let mut joins = story.events.iter().filter(|event| event.act == Act::Join);
        if let Some(place) = joins.clone().find(|event| status(&event.outcome).is_some()) {
            of_code.certain.push((place.answered, story.fan));
        }
        // A use is bound before the number is given: even a join that failed may have bound one.
        let may_use = |event: &&Event| !matches!(event.outcome, Outcome::Refused(..) | Outcome::NotSent);
        if let Some(first) = joins.find(may_use) {
            of_code.possible.push((first.sent, story.fan));
        }
    }
    used
}

/// Why the answer to a join cannot be right.
fn wrong(story: &Story, event: &Event, used: &HashMap<u32, Used>, allowed: usize) -> Option<String> {
    let Some(code) = story.code else {
        return status(&event.outcome).map(|_| "got a place without an access code".to_owned());
    };
    let Outcome::Refused(status, refused) = event.outcome else { return None };
    match refused {
        Code::CodeInvalid => {
            Some(format!("was refused with {status} {refused:?}, although code {code} exists"))
        }
        Code::CodeUsedUp => {
            let Used { certain, possible } = used.get(&code)?;
            if certain.iter().any(|(at, fan)| *fan == story.fan && *at <= event.sent) {
                return Some(format!("was refused with {status} {refused:?} after having used code {code}"));
            }
            let others =
                possible.iter().filter(|(at, fan)| *fan != story.fan && *at < event.answered).count();
            (others < allowed).then(|| {
                format!("was refused with {status} {refused:?}, although code {code} had uses left: {others} of {allowed}")
            })
        }
        _ => None,
    }
}
