//! What a fault may do to a sale, and what it did.

use std::collections::{BTreeMap, BTreeSet};

use onsale_rehearsal::history::{Act, Complaint, Event, History, Micros, Outcome, PromiseId, SECOND};

use crate::watch::Probe;

/// Two seconds are promised. Everything runs on one machine here, which has other work.
const ANSWERED_WITHIN: Micros = 3 * SECOND;
const BACK_WITHIN: Micros = 5 * SECOND;
/// What must be done again once the fault is over.
const ALL_KINDS: [&str; 8] = ["join", "poll", "charge", "hold", "release", "pay", "balance", "map"];

/// What is expected while the fault lasts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Expected {
    /// What still succeeds.
    pub(crate) works: &'static [&'static str],
    /// What is answered with 503.
    pub(crate) is_refused: &'static [&'static str],
    /// Whether `/readyz` says so, on every instance.
    pub(crate) is_unready: bool,
}

/// What a trial came to.
pub(crate) struct Verdict<'a> {
    pub(crate) expected: Expected,
    /// The instance that is itself broken: what it answers, and when, proves nothing.
    pub(crate) broken: Option<u16>,
    /// The fault.
    pub(crate) began: Micros,
    pub(crate) ended: Micros,
    pub(crate) history: &'a History,
    pub(crate) readings: &'a [Probe],
}

impl Verdict<'_> {
    fn events(&self) -> impl Iterator<Item = &Event> {
        let events = self.history.stories.iter().flat_map(|story| &story.events);
        events.filter(|event| Some(event.instance) != self.broken)
    }

    fn probes(&self) -> impl Iterator<Item = &Probe> {
        self.readings.iter().filter(|probe| Some(probe.instance) != self.broken)
    }

    fn during(&self) -> impl Iterator<Item = &Event> {
        self.events().filter(|event| event.sent > self.began && event.answered < self.ended)
    }

    /// Everything that is not as it should be.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(slow) = self.slowest().filter(|slow| took(slow) > ANSWERED_WITHIN) {
            wrong.push(format!("answered after {}: {slow:?}", seconds(took(slow))));
        }
        for probe in self.probes().filter(|probe| !probe.is_ready) {
            let wait = probe.answered - probe.sent;
            if probe.status != 200 || wait > ANSWERED_WITHIN {
                wrong.push(format!("/livez: {} after {}", probe.status, seconds(wait)));
            }
        }
        for probe in self.probes().filter(|probe| probe.is_ready) {
            let wait = probe.answered - probe.sent;
            if !matches!(probe.status, 200 | 503) || wait > ANSWERED_WITHIN {
                wrong.push(format!("/readyz: {} after {}", probe.status, seconds(wait)));
            }
        }
        let back = self.back_after();
        if back > BACK_WITHIN {
            wrong.push(format!("back after {}", seconds(back)));
        }
        wrong.extend(self.unexpected());
        wrong
    }

    fn unexpected(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let worked = kinds(self.during().filter(|event| event.succeeded()));
        let was_refused = kinds(self.during().filter(|event| event.is_trouble()));
        let works_after = kinds(self.events().filter(|it| it.sent > self.ended && it.succeeded()));
        for (list, found, what) in [
            (self.expected.works, &worked, "works during the fault"),
            (self.expected.is_refused, &was_refused, "is answered with 503 during the fault"),
            (&ALL_KINDS, &works_after, "works after the fault"),
        ] {
            let missing = list.iter().filter(|kind| !found.contains_key(*kind));
            wrong.extend(missing.map(|kind| format!("no {kind} {what}: {found:?}")));
        }
        if self.expected.is_unready {
            let instances: BTreeSet<u16> = self.probes().map(|probe| probe.instance).collect();
            for instance in instances {
                let mut during =
                    self.probes().filter(|it| it.instance == instance && it.is_ready && it.sent > self.began);
                if !during.any(|probe| probe.status == 503 && probe.sent < self.ended) {
                    wrong.push(format!("instance {instance} says it is ready though it is not"));
                }
            }
        }
        wrong
    }

    /// How long after the cause was gone the last request was sent that did not work for it, or the last
    /// probe that found an instance not ready.
    fn back_after(&self) -> Micros {
        let troubles = self.events().filter(|event| event.is_trouble()).map(|event| event.sent);
        let unready = self.probes().filter(|probe| probe.status != 200).map(|probe| probe.sent);
        troubles.chain(unready).max().map_or(0, |last| (last - self.ended).max(0))
    }

    /// Who got their number after the fault, and whether they have come in.
    fn newcomers(&self) -> BTreeMap<u64, bool> {
        let (mut before, mut newcomers) = (BTreeSet::new(), BTreeMap::new());
        let mut events: Vec<_> = self.events().collect();
        events.sort_by_key(|event| event.sent);
        for event in events {
            let (number, came_in) = match &event.outcome {
                Outcome::Waiting(waiting) => (waiting.number, false),
                Outcome::Admitted { number, .. } => (*number, true),
                _ => continue,
            };
            if event.sent < self.ended {
                before.insert(number);
            } else if !before.contains(&number) {
                *newcomers.entry(number).or_insert(false) |= came_in;
            }
        }
        newcomers
    }

    fn slowest(&self) -> Option<&Event> {
        self.events().max_by_key(|event| took(event))
    }

    /// What happened, in a line.
    pub(crate) fn summary(&self) -> String {
        let slowest = self.slowest().map(|slow| (seconds(took(slow)), slow.act.kind()));
        let slow_503 = self.events().filter(|event| event.is_trouble()).map(took).max().unwrap_or(0);
        let ready =
            self.probes().filter(|probe| probe.is_ready).map(|probe| probe.answered - probe.sent).max();
        let kinds_of = |is_it: fn(&Event) -> bool| kinds(self.during().filter(|event| is_it(event)));
        let first_after = |kind: &str| {
            let done = self.events().filter(|it| it.act.kind() == kind && it.succeeded());
            let first = done.filter(|it| it.sent > self.ended).map(|it| it.answered).min();
            first.map_or_else(|| "never".to_owned(), |at| seconds(at - self.ended))
        };
        let newcomers = self.newcomers();
        let firsts: Vec<_> = ALL_KINDS.iter().map(|kind| format!("{kind} {}", first_after(kind))).collect();
        format!(
            "{} requests; fault {}; worst answer {slowest:?}, worst 503 {}, worst readyz {}; during: done {:?}, busy {:?}, \
             unknown {:?}; last trouble {} after; first {}; of {} numbers given after it {} came in",
            self.events().count(),
            seconds(self.ended - self.began),
            seconds(slow_503),
            seconds(ready.unwrap_or(0)),
            kinds_of(Event::succeeded),
            kinds_of(|event| event.outcome == Outcome::Busy),
            kinds_of(|event| matches!(event.outcome, Outcome::Unknown(_))),
            seconds(self.back_after()),
            firsts.join(", "),
            newcomers.len(),
            newcomers.iter().filter(|(_, came_in)| **came_in).count(),
        )
    }
}

/// Whether a map was only behind because a fault kept updates of seats away. Once all is back, every map must
/// be fresh.
pub(crate) fn may_be_behind(complaint: &Complaint, began: Micros, ended: Micros) -> bool {
    complaint.promise == PromiseId::HoldsLast && (began..=ended + BACK_WITHIN).contains(&complaint.at)
}

/// Forgets the maps that a broken instance showed until it had to be back: one that was frozen answers what
/// had come before it reads the updates that it missed.
pub(crate) fn forget_maps_of(history: &mut History, broken: u16, began: Micros, ended: Micros) {
    let was_behind = |event: &Event| {
        event.act == Act::Map
            && event.instance == broken
            && (began..=ended + BACK_WITHIN).contains(&event.answered)
    };
    for story in &mut history.stories {
        story.events.retain(|event| !was_behind(event));
    }
}

fn took(event: &Event) -> Micros {
    event.answered - event.sent
}

fn kinds<'a>(events: impl Iterator<Item = &'a Event>) -> BTreeMap<&'static str, u32> {
    let mut kinds = BTreeMap::new();
    for event in events {
        *kinds.entry(event.act.kind()).or_insert(0) += 1;
    }
    kinds
}

fn seconds(micros: Micros) -> String {
    format!("{}.{:03} s", micros / SECOND, micros % SECOND / 1_000)
}
