//! Balances: charges minus payments.
//!
//! A fan does one thing at a time, so the lowest and the highest possible balance are known before each
//! request. They are equal if every outcome is known.

use std::collections::{HashMap, HashSet};

use crate::history::{Act, Bill, Code, Event, Micros, Outcome, PromiseId};

use super::case::Case;
use super::facts::STILL_DONE;
use super::findings::Book;
use super::reading::Reading;

/// Checks every balance in an answer, and the amount of every bill.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let price = case.reading.history.concert.price;
    for sold in &case.sold {
        book.checked(PromiseId::Money, 1);
        if sold.bill.amount != price {
            let (fan, seat, amount) = (case.reading.fan(sold.story), sold.bill.seat, sold.bill.amount);
            let text =
                format!("seat {seat}: the bill of fan {fan} is for {amount}, but the price is {price}");
            book.broken(PromiseId::Money, case.reading.clock.here(sold.bill.created), text);
        }
    }
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        let mut wallet = Wallet::new(&case.reading, index);
        for event in &story.events {
            wallet.step(event, book);
        }
        if let Some((at, text)) = wallet.missing {
            book.broken(PromiseId::Acknowledged, at, text);
        }
    }
}

/// One fan's money.
struct Wallet<'a, 'h> {
    reading: &'a Reading<'h>,
    story: usize,
    /// Charges minus payments that were certainly made.
    certain: i64,
    /// Charges with an unknown outcome.
    charges_max: i64,
    /// How much of them a balance has confirmed.
    charges_min: i64,
    /// Seats whose payment has an unknown outcome, and when its client gave up.
    maybe_paid: HashMap<u32, Micros>,
    owned: HashSet<u32>,
    keys: HashMap<u32, Keyed>,
    /// How often money may have moved.
    moves: usize,
    /// The last balance that was read, when, and how often money may have moved by then.
    last: Option<(i64, Micros, usize)>,
    refused_charges: HashSet<i64>,
    /// If the last balance that was read was too low: when, and the finding.
    missing: Option<(Micros, String)>,
}

/// What is known of a key.
#[derive(Debug, Clone, Copy)]
struct Keyed {
    /// Whether its effect is certain.
    is_done: bool,
    /// How often money may have moved when the key was first used, this use included.
    moves: usize,
}

impl<'a, 'h> Wallet<'a, 'h> {
    fn new(reading: &'a Reading<'h>, story: usize) -> Self {
        Self {
            reading,
            story,
            certain: 0,
            charges_max: 0,
            charges_min: 0,
            maybe_paid: HashMap::new(),
            owned: HashSet::new(),
            keys: HashMap::new(),
            moves: 0,
            last: None,
            refused_charges: HashSet::new(),
            missing: None,
        }
    }

    fn price(&self) -> i64 {
        self.reading.history.concert.price
    }

    fn least(&self) -> i64 {
        let paid_max = i64::try_from(self.maybe_paid.len()).unwrap_or(i64::MAX).saturating_mul(self.price());
        self.certain + self.charges_min - paid_max
    }

    fn most(&self) -> i64 {
        self.certain + self.charges_max
    }

    fn step(&mut self, event: &Event, book: &mut Book) {
        match (&event.act, &event.outcome) {
            (Act::Charge(amount), Outcome::Money(balance, _)) => {
                let is_now = self.charged(event, *amount);
                self.balance(event, *balance, is_now, book);
            }
            (Act::Charge(amount), Outcome::Unknown(_)) => {
                self.may_have_charged(event, *amount);
            }
            (Act::Charge(amount), Outcome::Refused(..) | Outcome::Busy | Outcome::NotSent) => {
                self.refused_charges.insert(*amount);
            }
            (Act::Pay(_), Outcome::Paid(bills, balance, _)) => {
                let is_now = self.paid(event, bills);
                self.balance(event, *balance, is_now, book);
            }
            (Act::Pay(seats), Outcome::Unknown(_)) => self.may_have_paid(event, seats),
            (Act::Pay(seats), Outcome::Refused(_, Code::InsufficientBalance)) => {
                self.too_poor(event, seats, book);
            }
            (Act::Balance, Outcome::Money(balance, _)) => {
                self.missing = None;
                self.judge(event, *balance, book);
                self.last = Some((*balance, event.sent, self.moves));
                if self.maybe_paid.is_empty() {
                    self.charges_min = self.charges_min.max(balance - self.certain).min(self.charges_max);
                }
            }
            (Act::Bills, Outcome::Bills(bills)) => self.bills(event, bills, book),
            _ => (),
        }
    }

    fn remember(&mut self, key: u32, is_done: bool) {
        if key != 0 {
            let moves = self.moves;
            self.keys.entry(key).or_insert(Keyed { is_done, moves }).is_done |= is_done;
        }
    }

    /// The repeated answer to an older request has an older balance.
    fn balance(&mut self, event: &Event, balance: i64, is_now: bool, book: &mut Book) {
        if is_now {
            self.judge(event, balance, book);
        }
    }

    fn may_have_charged(&mut self, event: &Event, amount: i64) {
        if event.key == 0 || !self.keys.contains_key(&event.key) {
            self.moves += 1;
            self.charges_max += amount;
            self.remember(event.key, false);
        }
    }

    /// Applies a charge; returns whether the balance in its answer is current.
    fn charged(&mut self, event: &Event, amount: i64) -> bool {
        let keyed = self.keys.get(&event.key).copied();
        match keyed {
            Some(Keyed { is_done: true, .. }) => return false,
            Some(_) => {
                self.charges_max -= amount;
                self.charges_min = (self.charges_min - amount).max(0);
            }
            None => self.moves += 1,
        }
        self.certain += amount;
        self.remember(event.key, true);
        keyed.is_none_or(|keyed| keyed.moves == self.moves)
    }

    fn may_have_paid(&mut self, event: &Event, seats: &[u32]) {
        self.moves += 1;
        self.remember(event.key, false);
        for seat in seats.iter().filter(|seat| !self.owned.contains(seat)) {
            let given_up = self.maybe_paid.entry(*seat).or_insert(event.answered);
            *given_up = event.answered.max(*given_up);
        }
    }

    /// Applies a payment; returns whether the balance in its answer is current.
    fn paid(&mut self, event: &Event, bills: &[Bill]) -> bool {
        let keyed = self.keys.get(&event.key).copied();
        if keyed.is_none() {
            self.moves += 1;
        }
        self.own(bills);
        self.remember(event.key, true);
        keyed.is_none_or(|keyed| !keyed.is_done && keyed.moves == self.moves)
    }

    fn own(&mut self, bills: &[Bill]) {
        for bill in bills {
            self.maybe_paid.remove(&bill.seat);
            if self.owned.insert(bill.seat) {
                self.certain -= bill.amount;
            }
        }
    }

    /// Bills show which payments were made; a balance that was read earlier must agree with them.
    fn bills(&mut self, event: &Event, bills: &[Bill], book: &mut Book) {
        let open = self.maybe_paid.values().copied().max();
        self.own(bills);
        self.maybe_paid.retain(|_, given_up| event.sent <= *given_up + STILL_DONE);
        if let (Some(given_up), Some((balance, at, moves))) = (open, self.last)
            && moves == self.moves
            && at > given_up + STILL_DONE
        {
            self.judge(event, balance, book);
        }
    }

    fn judge(&mut self, event: &Event, balance: i64, book: &mut Book) {
        book.checked(PromiseId::Money, 1);
        let (least, most) = (self.least(), self.most());
        if balance >= least.max(0) && balance <= most {
            return;
        }
        let (fan, at) = (self.reading.fan(self.story), self.reading.at(event.answered));
        let due = if least == most { format!("{most}") } else { format!("{least} to {most}") };
        let text = format!("fan {fan} had {balance} at {at}, but must have had {due}");
        if balance < least && event.act == Act::Balance {
            self.missing = Some((event.answered, text.clone()));
        }
        if self.refused_charges.contains(&(balance - most)) {
            let text = format!("{text}: a charge that failed was made");
            book.broken(PromiseId::Refusals, event.answered, text);
        }
        book.broken(PromiseId::Money, event.answered, text);
    }

    fn too_poor(&self, event: &Event, seats: &[u32], book: &mut Book) {
        let missing = seats.iter().filter(|seat| !self.owned.contains(seat)).count();
        let cost = i64::try_from(missing).unwrap_or(i64::MAX).saturating_mul(self.price());
        if self.least() >= cost {
            let (fan, at) = (self.reading.fan(self.story), self.reading.at(event.answered));
            let least = self.least();
            let text = format!("fan {fan} had at least {least}, but could not pay {cost} at {at}");
            book.broken(PromiseId::Refusals, event.answered, text);
        }
    }
}
