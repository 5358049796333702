//! Invented sales, the same at every run, for tests and for viewing.

mod sale;

use uuid::Uuid;

use crate::disturbance::Disturbance;
use crate::history::sale::{Order, SaleFacts};
use crate::history::{
    Act, Bill, Concert, Event, History, LineReading, Micros, Outcome, PromiseId, SECOND, Story, Waiting,
};

use super::numbers::whole;
use super::{About, Promise, Report, SaleReport, Verdict, measure};

use sale::Sale;

/// What a sample is like.
pub(super) struct Sample {
    pub(super) fans: u32,
    pub(super) seconds: u32,
    pub(super) seats: u32,
    pub(super) capacity: u32,
    /// Whether there was an operator's token, and with it a capacity.
    pub(super) is_watched: bool,
    pub(super) has_estimates: bool,
    /// When answers were lost.
    pub(super) outage: Option<(Micros, Micros)>,
    pub(super) concert: &'static str,
}

/// A long sale that loses an instance in the middle; all promises are kept.
pub(super) fn typical(fans: u32) -> Sample {
    Sample {
        fans,
        seconds: 300,
        seats: fans / 2,
        capacity: (fans / 50).max(1),
        is_watched: true,
        has_estimates: true,
        outage: Some((95 * SECOND, 104 * SECOND)),
        concert: "The Lanterns \u{2014} Harbour Hall",
    }
}

/// A sale so small that almost nothing is known.
pub(super) fn tiny() -> Sample {
    Sample {
        fans: 10,
        seconds: 3,
        seats: 12,
        capacity: 3,
        is_watched: false,
        has_estimates: false,
        outage: None,
        concert: "Chamber Music at Eleven",
    }
}

/// A typical sale with three broken promises, and names that would break a careless page.
pub(super) fn broken() -> Report {
    let sample = Sample { concert: "<script>alert('1')</script> & Friends", ..typical(3_000) };
    let mut report = sample.report();
    let broken = [PromiseId::OneHolder, PromiseId::WholePayments, PromiseId::Calls];
    for promise in report.promises.iter_mut().filter(|promise| broken.contains(&promise.id)) {
        promise.verdict = Verdict::Broken;
        promise.breaches = 27;
        promise.evidence = (1..=20)
            .map(|n| {
                format!(
                    "fan {n} held seat {} from 1:0{} with <b>\"fan {}\"</b> & no end",
                    n * 7,
                    n % 10,
                    n + 1
                )
            })
            .collect();
    }
    report
}

impl Sample {
    /// The report.
    pub(super) fn report(&self) -> Report {
        let disturbances: Vec<Disturbance> = self.disturbances();
        measure::measure(&self.history(), self.about(), &disturbances, promises(self.is_watched))
    }

    fn disturbances(&self) -> Vec<Disturbance> {
        let outage = self.outage.map(|(from, until)| Disturbance {
            from: START + from,
            until: START + until,
            what: "answers lost, 503s, line rebuilt (epoch 1 to 2)".to_owned(),
        });
        let paused = self.outage.map(|(_, until)| Disturbance {
            from: START + until * 2,
            until: START + until * 2 + SECOND,
            what: "3 answers with 503".to_owned(),
        });
        outage.into_iter().chain(paused).collect()
    }

    fn about(&self) -> About {
        About {
            version: "0.1.0".to_owned(),
            url: "http://127.0.0.1:8080".to_owned(),
            started_at: "2026-05-01T18:00:00Z".to_owned(),
            seed: 42,
            fans: self.fans,
            arrivals: "burst:20s".to_owned(),
            options: [
                ("--patience", "4m"),
                ("--streams", "0.25"),
                ("--give-up", "0.1"),
                ("--seats-each", "1-4"),
            ]
            .map(|(option, value)| (option.to_owned(), value.to_owned()))
            .to_vec(),
            concert: self.concert.to_owned(),
            seats: self.seats,
            price: 12_000,
            capacity: self.is_watched.then_some(self.capacity),
            rate_per_minute: self.is_watched.then_some(0),
            sales: if self.is_watched { vec![drawn(self)] } else { Vec::new() },
            ..About::default()
        }
    }

    /// Everybody's story.
    pub(super) fn history(&self) -> History {
        let mut sale = Sale::new(self);
        let mut arrivals: Vec<Micros> = (0..self.fans).map(|_| sale.arrival()).collect();
        arrivals.sort_unstable();
        let stories = (0..).zip(arrivals).map(|(fan, arrives)| sale.story(fan, arrives)).collect();
        let readings = (0..if self.is_watched { self.seconds } else { 0 }).map(|second| self.reading(second));
        History {
            sale: SaleFacts::default(),
            concert: Concert {
                name: self.concert.to_owned(),
                seats: self.seats,
                price: 12_000,
                ..Concert::default()
            },
            stories,
            readings: readings.collect(),
            complaints: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn reading(&self, second: u32) -> LineReading {
        let sent = START + i64::from(second) * SECOND - SECOND;
        // Raised once, to show a step.
        let capacity = if second < self.seconds / 6 { self.capacity * 2 / 3 } else { self.capacity };
        LineReading {
            sent,
            answered: sent + 1_000,
            capacity,
            rate_per_minute: 0,
            paused: false,
            waiting: 0,
            inside: 0,
            tail: 0,
            epoch: 1,
        }
    }
}

/// A sale with everything that a sale can have.
fn drawn(sample: &Sample) -> SaleReport {
    SaleReport {
        id: Uuid::from_u128(7),
        name: sample.concert.to_owned(),
        order: Order::Draw,
        opens_at_s: Some(5.0),
        first_admitted_s: Some(5.21),
        limit: Some(4),
        code_uses: Some(1),
        fans: sample.fans.into(),
        admitted: u64::from(sample.fans) / 2,
        lobby_tail: Some(u64::from(sample.fans) * 3 / 4),
        commitment: Some("630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd".to_owned()),
        seed: Some("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f".to_owned()),
        beacon: None,
    }
}

/// Any time will do.
pub(super) const START: Micros = 1_777_658_400 * SECOND;

fn promises(is_watched: bool) -> Vec<Promise> {
    let all = [
        (PromiseId::OneHolder, "No seat is held or owned by two people at once.", "holds"),
        (
            PromiseId::HoldsLast,
            "A hold ends exactly once and never early, and a sold seat stays sold.",
            "holds",
        ),
        (PromiseId::Deadlines, "Nobody holds or pays for a seat after its deadline.", "payments"),
        (PromiseId::Money, "A balance is charges minus payments, and never below zero.", "balances"),
        (PromiseId::WholePayments, "A payment has all of its effects, or none.", "payments"),
        (PromiseId::Acknowledged, "Whatever was acknowledged is still there at the end.", "acknowledgements"),
        (PromiseId::OneEffect, "One Idempotency-Key has one effect and one answer.", "repeated requests"),
        (PromiseId::Refusals, "Refusals change nothing and are justified.", "refusals"),
        (
            PromiseId::Order,
            "Numbers follow the order of joins, and none is given out twice.",
            "pairs of joins",
        ),
        (
            PromiseId::Calls,
            "Of two people who are present throughout, the lower place is called no later.",
            "pairs of calls",
        ),
        (PromiseId::Places, "Nobody loses their place in line.", "places"),
        (PromiseId::Capacity, "People inside never exceed the capacity.", "moments"),
        (PromiseId::Rate, "Calls in any minute never exceed the rate.", "minutes"),
        (PromiseId::NoIdleSlots, "No slot stays empty while somebody present waits.", "moments"),
        (PromiseId::Turn, "Only people whose turn it is get past the line.", "actions"),
        (
            PromiseId::Opening,
            "Nobody is let in before the opening, and the first soon after it.",
            "answers about the phase",
        ),
        (
            PromiseId::Draw,
            "Everybody's place is the one that the published order gives their number.",
            "places",
        ),
        (
            PromiseId::Admittance,
            "Access codes let in as many people as they have uses, and nobody gets in without one.",
            "joins",
        ),
        (PromiseId::SeatLimit, "Nobody holds and owns more seats than the sale allows.", "holds and bills"),
        (PromiseId::Privacy, "Nobody learns who anybody else is.", "answers"),
        (
            PromiseId::Honesty,
            "People ahead, estimates and free seats agree with what outsiders can know.",
            "answers",
        ),
        (PromiseId::WellFormed, "Every answer has the documented format and arrives in time.", "answers"),
    ];
    all.into_iter()
        .enumerate()
        .map(|(place, (id, statement, of))| promise(place, id, statement, of, is_watched))
        .collect()
}

fn promise(
    place: usize,
    id: PromiseId,
    statement: &'static str,
    of: &'static str,
    is_watched: bool,
) -> Promise {
    let needs_a_token = matches!(id, PromiseId::Capacity | PromiseId::Rate | PromiseId::NoIdleSlots);
    let is_of_a_sale = matches!(id, PromiseId::Opening | PromiseId::Admittance | PromiseId::SeatLimit);
    let is_checked = is_watched || !(needs_a_token || is_of_a_sale);
    let note = match id {
        _ if !is_checked && is_of_a_sale => Some("The sale had nothing of the kind.".to_owned()),
        _ if !is_checked => Some("Needs an operator's token, which shows the capacity.".to_owned()),
        PromiseId::Calls => Some("Not compared across the rebuild of the line.".to_owned()),
        _ => None,
    };
    let checked = [41_022, 20_511, 1_234_567, 999, 12].get(place % 5).copied().unwrap_or_default();
    Promise {
        id,
        statement,
        verdict: if is_checked { Verdict::Kept } else { Verdict::NotChecked },
        checked: if is_checked { checked } else { 0 },
        of,
        note,
        breaches: 0,
        evidence: Vec::new(),
    }
}

/// A request of one fan, `due` and answered at these seconds after the start.
pub(super) fn event(act: Act, due_s: f64, answered_s: f64, outcome: Outcome) -> Event {
    let at = |s: f64| START + i64::try_from(whole(s * 1e6)).unwrap_or_default();
    Event {
        due: at(due_s),
        sent: at(due_s),
        answered: at(answered_s),
        attempt: 0,
        key: 0,
        instance: 0,
        act,
        outcome,
    }
}

/// One story for each list of events; everybody arrives at the start.
pub(super) fn history(stories: Vec<Vec<Event>>) -> History {
    let story = |(fan, events)| Story { fan, arrives: START, events, ..Story::default() };
    History { stories: (0..).zip(stories).map(story).collect(), ..History::default() }
}

/// Still waiting, with this number and an estimate.
pub(super) fn waiting(number: u64, estimate: Option<[u32; 3]>) -> Outcome {
    Outcome::Waiting(Waiting {
        number,
        place: Some(number),
        ahead: Some(0),
        poll_after_ms: 1_000,
        estimate,
        ..Waiting::default()
    })
}

/// Inside for two minutes from the start.
pub(super) fn admitted(number: u64) -> Outcome {
    Outcome::Admitted { number, until: START + 120 * SECOND, place: Some(number) }
}

/// A bill for 100 for a seat.
pub(super) fn bill(seat: u32) -> Box<[Bill]> {
    [Bill { id: Uuid::from_u128(seat.into()), seat, amount: 100, created: START }].into()
}

/// An operator's reading of the line.
pub(super) fn reading(at_s: i64, capacity: u32) -> LineReading {
    let at = START + at_s * SECOND;
    LineReading {
        sent: at,
        answered: at,
        capacity,
        rate_per_minute: 0,
        paused: false,
        waiting: 0,
        inside: 0,
        tail: 0,
        epoch: 1,
    }
}
