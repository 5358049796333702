//! A fan who never rests: joins, charges, holds, releases, pays and leaves at random, and comes back.
//!
//! The fan sends the next request only when the outcome of the last one is known. After an unknown outcome
//! they read their balance, bills and holds, and send the same request with the same key.

mod final_state;

use std::collections::BTreeSet;
use std::time::Duration;

use rand::RngExt;

use super::{Fan, Ticket};
use crate::history::{Act, Bill, Code, Held, Outcome, PromiseId, Seats, Story};
use crate::stage::micros;

/// How many keyed requests are repeated at the end.
const REPEATED: usize = 5;
/// How many past places are polled at the end.
const OLDER: usize = 2;

/// How all fans of a crowd behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) seats: u32,
    pub(crate) price: i64,
    /// How many unsold seats the fan picks from.
    pub(crate) wanted: u32,
    /// The share of keyed requests, of those that may have a key.
    pub(crate) keyed: f64,
    /// Probability that a fan with held seats pays next.
    pub(crate) pays: f64,
}

/// What became of requests with an unknown outcome, as their fans found out before they sent them again.
#[derive(Debug, Clone, Default)]
pub struct Fates {
    /// Requests that had been carried out.
    pub done: Vec<Act>,
    /// Requests that had not.
    pub not_done: Vec<Act>,
}

/// A request that can be sent again.
#[derive(Debug, Clone)]
struct Request {
    act: Act,
    key: u32,
    /// How often it has been sent.
    sent: u16,
}

/// A keyed request that succeeded, and the ticket that it used.
#[derive(Debug)]
struct Done {
    act: Act,
    key: u32,
    ticket: Option<Ticket>,
}

/// The fan's balance, bills and holds.
struct Own {
    balance: i64,
    bills: Box<[Bill]>,
    held: Box<[Held]>,
}

/// One restless fan.
pub(crate) struct Restless {
    fan: Fan,
    manner: Manner,
    lingers: bool,
    is_inside: bool,
    balance: i64,
    held: BTreeSet<u32>,
    /// The request whose outcome is unknown.
    open: Option<Request>,
    repeatable: Vec<Done>,
    /// Places that have ended, the newest last.
    older: Vec<Ticket>,
    fates: Fates,
}

impl Restless {
    pub(crate) fn new(fan: Fan, manner: Manner, lingers: bool) -> Self {
        Self {
            fan,
            manner,
            lingers,
            is_inside: false,
            balance: 0,
            held: BTreeSet::new(),
            open: None,
            repeatable: Vec::new(),
            older: Vec::new(),
            fates: Fates::default(),
        }
    }

    pub(crate) fn number(&self) -> u32 {
        self.fan.story.fan
    }

    pub(crate) fn story(&self) -> &Story {
        &self.fan.story
    }

    pub(crate) fn fates(&self) -> &Fates {
        &self.fates
    }

    /// Plays until everybody is sent home.
    pub(crate) async fn play(mut self) -> Self {
        while !self.fan.stage.is_over() {
            self.step().await;
            self.pause(5..25).await;
        }
        self
    }

    async fn step(&mut self) {
        match self.open.take() {
            Some(open) => self.find_out(open).await,
            None if self.fan.ticket.is_none() => self.join().await,
            None if !self.is_inside => self.poll().await,
            None => {
                let request = self.next_request();
                self.send(request).await;
            }
        }
    }

    async fn join(&mut self) {
        let outcome = self.ask(&Act::Join, 0, 0).await;
        self.apply_status(&outcome).await;
        self.rest_after(&Act::Join, &outcome).await;
    }

    async fn poll(&mut self) {
        let outcome = self.ask(&Act::Poll, 0, 0).await;
        self.apply_status(&outcome).await;
        self.rest_after(&Act::Poll, &outcome).await;
    }

    /// Applies a line status, and waits as long as the answer asks for.
    async fn apply_status(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Waiting(waiting) => {
                self.is_inside = false;
                let next = self.fan.now() + micros(Duration::from_millis(waiting.poll_after_ms.into()));
                self.fan.stage.sleep_until(next).await;
            }
            Outcome::Admitted { .. } => {
                self.is_inside = true;
                self.fan.ask_elsewhere().await;
            }
            Outcome::Ended { .. } => self.end_place(),
            _ => (),
        }
    }

    async fn send(&mut self, request: Request) {
        let before = self.fan.ticket.clone();
        let outcome = self.ask(&request.act, request.key, request.sent).await;
        let may_be_done = match outcome {
            Outcome::Unknown(_) => is_write(&request.act),
            Outcome::Busy | Outcome::NotSent => request.sent > 0,
            _ => false,
        };
        self.follow(before);
        self.learn(&request, &outcome);
        self.rest_after(&request.act, &outcome).await;
        if may_be_done {
            self.open = Some(Request { sent: request.sent.saturating_add(1), ..request });
        }
    }

    async fn ask(&mut self, act: &Act, key: u32, attempt: u16) -> Outcome {
        let due = self.fan.now();
        self.fan.ask(act.clone(), key, attempt, due).await
    }

    /// If the fan got a new place, everything that belonged to the old one is gone.
    fn follow(&mut self, before: Option<Ticket>) {
        let number = self.fan.ticket.as_ref().map(|ticket| ticket.number);
        let Some(before) = before.filter(|before| Some(before.number) != number) else { return };
        let now = self.fan.ticket.replace(before);
        self.end_place();
        self.fan.ticket = now;
    }

    /// Learns from an answer what the fan owns.
    fn learn(&mut self, request: &Request, outcome: &Outcome) {
        let succeeded =
            !matches!(outcome, Outcome::Refused(..) | Outcome::Busy | Outcome::Unknown(_) | Outcome::NotSent);
        if succeeded && request.key != 0 {
            self.remember(request);
        }
        match outcome {
            Outcome::Money(balance, _) => self.balance = *balance,
            Outcome::Held(held, _) => self.held.extend(held.iter().map(|held| held.seat)),
            Outcome::Paid(bills, balance, _) => {
                self.balance = *balance;
                let at = self.fan.now();
                bills.iter().for_each(|bill| self.fan.stage.say_sold(bill.seat, at));
                self.end_place();
            }
            // A pass that only a hold extends allows no new holds.
            Outcome::Refused(_, Code::PassEnded) if matches!(request.act, Act::Hold(_)) => {
                self.fan.ticket.take_if(|_| self.held.is_empty());
            }
            Outcome::Ended { .. } | Outcome::Refused(_, Code::PassEnded) => self.end_place(),
            Outcome::Waiting(_) => self.is_inside = false,
            Outcome::Admitted { .. } => self.is_inside = true,
            _ => (),
        }
        match (&request.act, outcome) {
            // Released, expired, or somebody else's by now.
            (Act::Release(seat), Outcome::Released | Outcome::Refused(..)) => _ = self.held.remove(seat),
            (Act::Pay(seats), Outcome::Refused(..)) => {
                self.held.retain(|seat| !seats.contains(seat));
            }
            _ => (),
        }
    }

    fn remember(&mut self, request: &Request) {
        let ticket = self.fan.ticket.clone();
        self.repeatable.push(Done { act: request.act.clone(), key: request.key, ticket });
        if self.repeatable.len() > REPEATED {
            self.repeatable.remove(0);
        }
    }

    /// The place has ended, and all holds with it.
    fn end_place(&mut self) {
        self.held.clear();
        self.is_inside = false;
        self.older.extend(self.fan.ticket.take());
        if self.older.len() > OLDER {
            self.older.remove(0);
        }
    }

    async fn rest_after(&mut self, act: &Act, outcome: &Outcome) {
        match outcome {
            Outcome::NotSent => self.pause(20..21).await,
            Outcome::Busy | Outcome::Unknown(_) => self.pause(50..150).await,
            Outcome::Refused(429, _) => self.pause(200..201).await,
            Outcome::Refused(..) if !matches!(act, Act::Hold(_)) => self.pause(100..101).await,
            _ => (),
        }
    }

    async fn pause(&mut self, millis: std::ops::Range<u64>) {
        let pause = Duration::from_millis(self.fan.dice.random_range(millis));
        tokio::time::sleep(pause).await;
    }

    fn next_request(&mut self) -> Request {
        let act = self.next_act();
        let may_have_key = matches!(act, Act::Charge(_) | Act::Hold(_) | Act::Pay(_));
        let has_key = may_have_key && self.fan.dice.random_bool(self.manner.keyed);
        Request { act, key: if has_key { self.fan.new_key() } else { 0 }, sent: 0 }
    }

    fn next_act(&mut self) -> Act {
        let first = self.held.first().copied();
        let dice = &mut self.fan.dice;
        let stays = self.lingers && dice.random_range(0..6) > 0;
        let pays = !stays && dice.random_bool(self.manner.pays);
        match (dice.random_range(0..24), first) {
            _ if self.balance < 4 * self.manner.price => Act::Charge(dice.random_range(600..3_000)),
            (0..=11, Some(seat)) if pays => Act::Pay([seat].into()),
            (12.., Some(_)) if pays => Act::Pay(self.held.iter().copied().collect()),
            (0..=3, _) => Act::Charge(dice.random_range(1..1_000)),
            (4..=6, Some(seat)) => Act::Release(seat),
            (9, _) if !stays && dice.random_range(0..4) == 0 => Act::Leave,
            (10..=11, _) => Act::Map,
            (12..=13, _) => Act::Balance,
            (14, _) => Act::Join,
            _ => Act::Hold(self.some_seats()),
        }
    }

    fn some_seats(&mut self) -> Seats {
        let Manner { seats, wanted, .. } = self.manner;
        let sold = self.fan.stage.seats_sold();
        let count = self.fan.dice.random_range(1..=2);
        let picked: BTreeSet<u32> =
            (0..count).map(|_| (sold + self.fan.dice.random_range(0..wanted.max(1))) % seats + 1).collect();
        picked.into_iter().collect()
    }

    /// Reads what the fan owns, notes whether the open request was carried out, and sends it again if it has
    /// a key.
    async fn find_out(&mut self, open: Request) {
        let Some(own) = self.read_own().await else {
            self.open = Some(open);
            return self.pause(50..150).await;
        };
        let Some(is_done) = self.is_done(&open.act, &own).await else {
            self.open = Some(open);
            return;
        };
        let fates = if is_done { &mut self.fates.done } else { &mut self.fates.not_done };
        // Later attempts are already counted.
        if open.sent == 1 {
            fates.push(open.act.clone());
        }
        self.balance = own.balance;
        self.held = own.held.iter().map(|held| held.seat).collect();
        if open.key != 0 {
            self.send(open).await;
        } else if is_done && matches!(open.act, Act::Pay(_) | Act::Leave) {
            self.end_place();
        }
    }

    async fn read_own(&mut self) -> Option<Own> {
        let Outcome::Money(balance, _) = self.ask(&Act::Balance, 0, 0).await else { return None };
        let Outcome::Bills(bills) = self.ask(&Act::Bills, 0, 0).await else { return None };
        let Outcome::Mine(held, _) = self.ask(&Act::Mine, 0, 0).await else { return None };
        Some(Own { balance, bills, held })
    }

    async fn is_done(&mut self, act: &Act, own: &Own) -> Option<bool> {
        let holds = |seat: &u32| own.held.iter().any(|held| held.seat == *seat);
        match act {
            Act::Charge(amount) => Some(own.balance == self.balance + amount),
            Act::Hold(seats) => Some(seats.iter().all(holds)),
            Act::Release(seat) => Some(!holds(seat)),
            Act::Pay(seats) => Some(seats.iter().all(|seat| own.bills.iter().any(|bill| bill.seat == *seat))),
            Act::Leave => match self.ask(&Act::Poll, 0, 0).await {
                Outcome::Unknown(_) | Outcome::Busy | Outcome::NotSent | Outcome::Refused(..) => None,
                status => Some(matches!(status, Outcome::Ended { .. })),
            },
            _ => Some(false),
        }
    }

    fn complain(&self, promise: PromiseId, text: String) {
        self.fan.stage.complain(self.number(), promise, text);
    }
}

fn is_write(act: &Act) -> bool {
    matches!(act, Act::Charge(_) | Act::Hold(_) | Act::Release(_) | Act::Pay(_) | Act::Leave)
}
