//! Inside: look at seats, hold, charge and pay, or leave without a ticket.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::{Fan, held_seats};
use crate::answers::{self, FullConcert};
use crate::client::{Call, Reply};
use crate::history::{Act, Code, Concert, Outcome, Seats};
use crate::intent::Mischief;
use crate::options::Taste;

/// How often a fan looks for seats before giving up.
const SEARCHES_MAX: u32 = 5;
/// A fan who wants the best seats picks one of this many.
const BEST: usize = 20;
/// What a fan charges without knowing the price.
const POCKET_MONEY: i64 = 100_000;

impl Fan {
    /// Everything that a fan does inside; true if it ended with a payment.
    pub(super) async fn shop(&mut self) -> bool {
        self.persist(Act::Dates, 0).await;
        self.learn_concert().await;
        if self.intent.mischief == Some(Mischief::Strays) && self.stage.sale.elsewhere.is_some() {
            let due = self.now();
            self.ask(Act::Stray, 0, 0, due).await;
        }
        let Some(mut seats) = self.find_seats().await else {
            // Fans who find nothing leave, as people do by the page's button.
            self.leave().await;
            return false;
        };
        if self.intent.changes_mind {
            seats = self.change_mind(seats).await;
        }
        if !self.think().await || self.intent.abandons || seats.is_empty() {
            self.go().await;
            return false;
        }
        self.fill_wallet(&seats).await;
        if !self.think().await {
            self.go().await;
            return false;
        }
        self.pay(seats).await
    }

    /// The first fan inside learns what is sold, for all others.
    async fn learn_concert(&self) {
        let Some(ticket) = self.ticket.as_ref().filter(|_| self.stage.concert().is_none()) else { return };
        let reply =
            self.stage.client(self.instance).send(Call::get("/v1/concerts", &ticket.token), || {}).await;
        let Reply::Answer(answer) = reply else { return };
        let Ok(concerts) = answers::read::<Vec<FullConcert>>(&answer.body) else { return };
        let own = concerts.into_iter().find(|concert| concert.id == self.stage.concert_id());
        if let Some(FullConcert { id, name, capacity, price, event_date }) = own {
            self.stage.guess_date(Some(event_date.strftime("%Y-%m-%d").to_string().into()));
            self.stage.learn_concert(Concert { id, name, seats: capacity, price });
        }
    }

    /// Looks at seats and tries until some are held; none if there are none left.
    async fn find_seats(&mut self) -> Option<Seats> {
        for _ in 0..SEARCHES_MAX {
            if !self.think().await {
                return None;
            }
            self.date = self.stage.date().filter(|_| self.intent.searches_by_date);
            let Outcome::Seen { .. } = self.persist(Act::Map, 0).await else { return None };
            let wanted = std::mem::take(&mut self.wanted);
            if wanted.is_empty() {
                if self.stage.is_sold_out() {
                    return None;
                }
                continue;
            }
            if !self.think().await {
                return None;
            }
            let key = self.new_key();
            let outcome = self.persist(Act::Hold(wanted), key).await;
            match &outcome {
                Outcome::Held(..) => return held_seats(&outcome),
                // Somebody was faster: try again.
                Outcome::Refused(_, Code::SeatHeld | Code::SeatSold) => {}
                // Greedy fans learn of the limit: fewer will do.
                Outcome::Refused(_, Code::SeatLimit) => {
                    let limit = self.stage.sale.limit.unwrap_or(self.intent.party);
                    self.intent.party = limit.saturating_sub(self.bought).min(self.intent.party);
                    if self.intent.party == 0 {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        None
    }

    /// Picks from the free seats, which come in order.
    pub(super) fn choose(&mut self, free: impl Iterator<Item = u32>) {
        let mut free: Vec<u32> = free.collect();
        let party = usize::try_from(self.intent.party).unwrap_or(1);
        if self.stage.crowd.taste == Taste::Hot {
            free.truncate(BEST.max(party));
        }
        let Some(first) = (0..free.len()).collect::<Vec<_>>().choose(&mut self.dice).copied() else { return };
        // Friends sit side by side if there are enough seats.
        let first = first.min(free.len().saturating_sub(party));
        self.wanted = free[first..free.len().min(first + party)].into();
    }

    /// Releases a seat, and tries to hold the same or another one.
    async fn change_mind(&mut self, seats: Seats) -> Seats {
        let mut seats = seats.into_vec();
        let Some(unloved) = seats.pop() else { return Seats::default() };
        if !matches!(self.persist(Act::Release(unloved), 0).await, Outcome::Released) {
            return seats.into();
        }
        let last = self.stage.concert().map_or(unloved, |concert| concert.seats);
        let other = self.dice.random_range(1..=last.max(1));
        if !seats.contains(&other)
            && let Some(more) = held_seats(&self.persist(Act::Hold([other].into()), 0).await)
        {
            seats.extend(more);
        }
        seats.into()
    }

    /// Charges what the seats cost, and usually more.
    async fn fill_wallet(&mut self, seats: &Seats) {
        if self.intent.mischief == Some(Mischief::PaysBroke) {
            let due = self.now();
            self.ask(Act::Pay(seats.clone()), 0, 0, due).await;
        }
        let Outcome::Money(balance, _) = self.persist(Act::Balance, 0).await else { return };
        let price = self.stage.concert().map_or(POCKET_MONEY, |concert| concert.price);
        let count = i64::try_from(seats.len()).unwrap_or(1);
        let missing = (price * count - balance).max(0) + self.dice.random_range(0..=price.max(1));
        if missing == 0 {
            return;
        }
        let key = self.new_key();
        self.persist(Act::Charge(missing), key).await;
        if self.intent.mischief == Some(Mischief::ReusesKey) {
            let due = self.now();
            self.ask(Act::Charge(missing + 1), key, 0, due).await;
        }
    }

    async fn pay(&mut self, seats: Seats) -> bool {
        if self.intent.mischief == Some(Mischief::PaysUnheld) {
            let last = self.stage.concert().map_or(1, |concert| concert.seats);
            let (due, other) = (self.now(), self.dice.random_range(1..=last.max(1)));
            if !seats.contains(&other) {
                self.ask(Act::Pay([other].into()), 0, 0, due).await;
            }
        }
        let key = self.new_key();
        let outcome = self.persist(Act::Pay(seats), key).await;
        let Outcome::Paid(bills, ..) = outcome else {
            self.go().await;
            return false;
        };
        let at = self.now();
        for bill in &bills {
            self.stage.say_sold(bill.seat, at);
            self.bought += 1;
        }
        self.ask_elsewhere().await;
        if self.intent.mischief == Some(Mischief::HoldsAfter) {
            self.ask(Act::Hold([1].into()), 0, 0, at).await;
        }
        true
    }
}
