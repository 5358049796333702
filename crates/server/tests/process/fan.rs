//! Somebody who joins, charges, holds and pays as fast as they are answered, and remembers every answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use crate::api::{Api, Ask, Told, money, number, text};

pub(crate) const PRICE: i64 = 300;
pub(crate) const SEATS: u32 = 4_000;

/// Something that a fan wants done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Deed {
    Charge(i64),
    Hold(Vec<u32>),
    Release(u32),
    Pay(Vec<u32>),
    Leave,
}

/// One request, as it can be sent again.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    pub(crate) deed: Deed,
    pub(crate) key: Option<String>,
}

/// A place in line.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) token: String,
    pub(crate) number: u64,
    pub(crate) is_ended: bool,
}

/// What a fan was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) charged: i64,
    /// By seat number: the bill's id.
    pub(crate) bills: BTreeMap<u32, String>,
    /// By seat number: the deadline.
    pub(crate) holds: BTreeMap<u32, String>,
    /// The newest last; older ones are ended.
    pub(crate) tickets: Vec<Ticket>,
    /// The one request whose outcome nobody told.
    pub(crate) pending: Option<Intent>,
    /// The last request with a key that succeeded, and its answer.
    pub(crate) repeatable: Option<(Intent, serde_json::Value)>,
}

/// What there is to see of one fan: money, seats and whether the newest ticket has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) balance: i64,
    pub(crate) owned: BTreeSet<u32>,
    pub(crate) held: BTreeSet<u32>,
    pub(crate) is_ended: Option<bool>,
}

impl Picture {
    pub(crate) fn after(mut self, deed: &Deed) -> Self {
        match deed {
            Deed::Charge(amount) => self.balance += amount,
            Deed::Hold(seats) => self.held.extend(seats),
            Deed::Release(seat) => _ = self.held.remove(seat),
            Deed::Pay(seats) => {
                for seat in seats {
                    self.balance -= PRICE;
                    self.owned.insert(*seat);
                }
                (self.held, self.is_ended) = (BTreeSet::new(), Some(true));
            }
            Deed::Leave => (self.held, self.is_ended) = (BTreeSet::new(), Some(true)),
        }
        self
    }
}

impl Known {
    pub(crate) fn picture(&self) -> Picture {
        Picture {
            balance: self.charged - PRICE * i64::try_from(self.bills.len()).expect("few bills"),
            owned: self.bills.keys().copied().collect(),
            held: self.holds.keys().copied().collect(),
            is_ended: self.tickets.last().map(|ticket| ticket.is_ended),
        }
    }

    /// Takes up an answer.
    pub(crate) fn learn(&mut self, intent: &Intent, answer: &serde_json::Value) {
        let each = |answer: &serde_json::Value| match answer.as_array() {
            Some(list) => list.clone(),
            None => vec![answer.clone()],
        };
        let seat_no =
            |item: &serde_json::Value| u32::try_from(number(&item["seatNo"])).expect("a seat number");
        match &intent.deed {
            Deed::Charge(amount) => self.charged += amount,
            Deed::Hold(_) => {
                self.holds.extend(each(answer).iter().map(|seat| (seat_no(seat), text(&seat["deadline"]))));
            }
            Deed::Release(seat) => _ = self.holds.remove(seat),
            Deed::Pay(_) => {
                for bill in each(answer) {
                    assert_eq!(money(&bill["amount"]), PRICE);
                    self.bills.insert(seat_no(&bill), text(&bill["id"]));
                }
                self.end_ticket();
            }
            Deed::Leave => self.end_ticket(),
        }
        if intent.key.is_some() {
            self.repeatable = Some((intent.clone(), answer.clone()));
        }
    }

    fn end_ticket(&mut self) {
        self.holds.clear();
        self.tickets.last_mut().expect("a ticket").is_ended = true;
    }
}

/// How a crowd's work is counted while it runs.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) done: AtomicU64,
    pub(crate) paid: AtomicU64,
    /// Requests that the server answered with 503.
    pub(crate) unavailable: AtomicU64,
}

pub(crate) struct Fan {
    pub(crate) token: String,
    pub(crate) known: Known,
    concert: String,
    dice: StdRng,
    keys: u64,
}

impl Fan {
    pub(crate) fn new(seed: u64, token: String, concert: &str) -> Self {
        let dice = StdRng::seed_from_u64(seed);
        Self { token, known: Known::default(), concert: concert.to_owned(), dice, keys: 0 }
    }

    /// Goes on until the server no longer answers.
    pub(crate) async fn play(mut self, api: Api, counts: Arc<Counts>) -> Self {
        while self.step(&api, &counts).await {}
        self
    }

    async fn step(&mut self, api: &Api, counts: &Counts) -> bool {
        if self.known.tickets.last().is_none_or(|ticket| ticket.is_ended) {
            return self.join(api).await;
        }
        let intent = self.next_intent();
        match self.send(api, &intent).await {
            Told::Yes(answer) => {
                self.known.learn(&intent, &answer);
                counts.done.fetch_add(1, Ordering::Relaxed);
                if matches!(intent.deed, Deed::Pay(_)) {
                    counts.paid.fetch_add(1, Ordering::Relaxed);
                }
                true
            }
            Told::No(400, code) => {
                // Others want the same seats; everything else that a fan asks for is theirs to have.
                let is_fair = matches!(code.as_str(), "seat_sold" | "seat_held" | "hold_limit");
                assert!(is_fair && matches!(intent.deed, Deed::Hold(_)), "{intent:?}: {code}");
                true
            }
            Told::No(0, _) => false,
            Told::No(503, _) => {
                counts.unavailable.fetch_add(1, Ordering::Relaxed);
                false
            }
            Told::No(status, code) => panic!("{intent:?}: {status} {code}"),
            Told::Unknown(why) => {
                let is_answer = why.contains("the outcome is unknown");
                counts.unavailable.fetch_add(is_answer.into(), Ordering::Relaxed);
                self.known.pending = Some(intent);
                false
            }
        }
    }

    async fn join(&mut self, api: &Api) -> bool {
        match api.ask("POST", "/v1/enqueues").token(&self.token).send().await {
            Told::Yes(status) => {
                let ticket = Ticket {
                    token: text(&status["token"]),
                    number: number(&status["number"]),
                    is_ended: false,
                };
                if status["status"] == "waiting" {
                    self.known.tickets.push(ticket);
                    return self.wait(api, number(&status["pollAfterMs"])).await;
                }
                assert_eq!(status["status"], "admitted", "{status}");
                self.known.tickets.push(ticket);
                true
            }
            Told::No(0 | 503, _) | Told::Unknown(_) => false,
            Told::No(status, code) => panic!("joining: {status} {code}"),
        }
    }

    async fn wait(&mut self, api: &Api, mut poll_after_ms: u64) -> bool {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(poll_after_ms)).await;
            let ticket = &self.known.tickets.last().expect("a ticket").token;
            match api.ask("GET", "/v1/enqueues").token(ticket).send().await {
                Told::Yes(status) if status["status"] == "waiting" => {
                    poll_after_ms = number(&status["pollAfterMs"]);
                }
                Told::Yes(_) => return true,
                _ => return false,
            }
        }
    }

    fn next_intent(&mut self) -> Intent {
        let held: Vec<u32> = self.known.holds.keys().copied().collect();
        let can_pay = self.known.picture().balance >= PRICE * 4;
        let deed = match self.dice.random_range(0..20) {
            _ if !can_pay => Deed::Charge(self.dice.random_range(1..=3_000)),
            0..=3 => Deed::Charge(self.dice.random_range(1..=1_000)),
            4..=6 if !held.is_empty() => Deed::Hold(self.some_seats(2)),
            7 if !held.is_empty() => Deed::Release(held[0]),
            8 => Deed::Leave,
            _ if held.is_empty() => {
                let count = self.dice.random_range(1..=2);
                Deed::Hold(self.some_seats(count))
            }
            9..=12 => Deed::Pay(vec![held[0]]),
            _ => Deed::Pay(held),
        };
        let has_key = !matches!(deed, Deed::Release(_) | Deed::Leave) && self.dice.random();
        self.keys += 1;
        Intent { deed, key: has_key.then(|| format!("intent-{}", self.keys)) }
    }

    fn some_seats(&mut self, count: usize) -> Vec<u32> {
        let seats: BTreeSet<u32> = (0..count).map(|_| self.dice.random_range(1..=SEATS)).collect();
        seats.into_iter().collect()
    }

    /// Sends a request, for the first time or again.
    pub(crate) async fn send(&self, api: &Api, intent: &Intent) -> Told {
        let path = format!("/v1/concerts/{}", self.concert);
        let ticket = self.known.tickets.last().map_or("", |ticket| ticket.token.as_str());
        let several = |what, seats: &[u32]| -> Ask {
            match seats {
                [seat] => api.ask("POST", &format!("{path}/seats/{seat}/{what}")),
                _ => api.ask("POST", &format!("{path}/{what}")).json(&json!({ "seatNos": seats })),
            }
        };
        let ask = match &intent.deed {
            Deed::Charge(amount) => {
                api.ask("PATCH", "/v1/charges").token(&self.token).json(&json!({ "amount": amount }))
            }
            Deed::Hold(seats) => several("reservations", seats).token(ticket),
            Deed::Pay(seats) => several("payments", seats).token(ticket),
            Deed::Release(seat) => {
                api.ask("DELETE", &format!("{path}/seats/{seat}/reservations")).token(ticket)
            }
            Deed::Leave => api.ask("DELETE", "/v1/enqueues").token(ticket),
        };
        ask.key(intent.key.as_deref()).send().await
    }
}
