//! Sends a request once, or until its outcome is known.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use rand::RngExt;
use serde_json::json;

use super::{Fan, Ticket};
use crate::answers::place::{self, Placed};
use crate::answers::{self, Asker, SeatStatus, Wrong};
use crate::client::{Answer, Call, Reply};
use crate::history::{Act, Event, Lost, Micros, Outcome, PromiseId};
use crate::stage::micros;

/// How often a request is repeated while no answer arrives: for more than a minute.
const TRIES_MAX: u16 = 60;
/// An answer that takes longer than this is a breach.
const SLOW: Micros = 30_000_000;

impl Fan {
    /// Sends a request until an answer shows its outcome, with the same key each time. Returns the last
    /// outcome if none does.
    pub(super) async fn persist(&mut self, act: Act, key: u32) -> Outcome {
        let due = self.now();
        self.persist_due(act, key, due).await
    }

    /// The same for a request that was due earlier than now.
    pub(super) async fn persist_due(&mut self, act: Act, key: u32, due: Micros) -> Outcome {
        let mut due = due;
        for attempt in 0.. {
            let outcome = self.ask(act.clone(), key, attempt, due).await;
            let pause = match &outcome {
                Outcome::Busy | Outcome::Unknown(Lost::SaidSo) => self.dice.random_range(500..1_500),
                Outcome::Unknown(_) | Outcome::NotSent => self.dice.random_range(100..500),
                _ => return self.remember(act, key, outcome),
            };
            if attempt == TRIES_MAX {
                return outcome;
            }
            due = self.now() + micros(Duration::from_millis(pause));
            // Before the next try, at the time that its latency counts from.
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        Outcome::NotSent
    }

    fn remember(&mut self, act: Act, key: u32, outcome: Outcome) -> Outcome {
        if key != 0 && !matches!(outcome, Outcome::Refused(..)) {
            self.repeatable = Some((act, key, self.ticket.as_ref().map(|ticket| ticket.token.clone())));
        }
        outcome
    }

    /// Sends a request once and records it. On the heap, because there are many fans and most of them wait.
    pub(super) fn ask(
        &mut self,
        act: Act,
        key: u32,
        attempt: u16,
        due: Micros,
    ) -> Pin<Box<impl Future<Output = Outcome> + Send>> {
        Box::pin(async move {
            let (mut sent, instance) = (due, self.instance);
            let reply = {
                let stage = &self.stage;
                let path = self.path(&act);
                let key = (key != 0).then(|| format!("fan-{}-{key}", self.story.fan));
                let call = Call {
                    method: method(&act),
                    path: &path,
                    token: Some(self.token(&act)),
                    key: key.as_deref(),
                    body: self.body(&act),
                };
                stage.client(instance).send(call, || sent = stage.clock.now()).await
            };
            let outcome = self.read_reply(&act, reply, sent).await;
            if matches!(outcome, Outcome::NotSent | Outcome::Unknown(Lost::Connection)) {
                self.instance = self.stage.next_instance(instance);
            }
            self.write(Event {
                due,
                sent,
                answered: self.now(),
                attempt,
                key,
                instance,
                act,
                outcome: outcome.clone(),
            });
            outcome
        })
    }

    /// Records an event and counts it.
    pub(super) fn write(&mut self, event: Event) {
        let tally = &self.stage.tally;
        match &event.outcome {
            Outcome::Busy | Outcome::Unknown(_) | Outcome::NotSent => {
                tally.troubles.fetch_add(1, Ordering::Relaxed)
            }
            Outcome::Refused(..) => tally.refused.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
        if !matches!(event.outcome, Outcome::NotSent) {
            tally.answers.fetch_add(1, Ordering::Relaxed);
        }
        if event.answered - event.sent > SLOW && !matches!(event.outcome, Outcome::Unknown(_)) {
            self.complain(PromiseId::WellFormed, format!("an answer took over 30 s: {:?}", event.act));
        }
        self.stage.show(self.story.fan, &event);
        self.story.events.push(event);
    }

    fn complain(&self, promise: PromiseId, text: String) {
        self.stage.complain(self.story.fan, promise, text);
    }

    fn token(&self, act: &Act) -> &str {
        let is_users = matches!(act, Act::Join | Act::Charge(_) | Act::Balance | Act::Bills | Act::Mine);
        match &self.ticket {
            Some(ticket) if !is_users => &ticket.token,
            _ => &self.identity.token,
        }
    }

    fn path(&self, act: &Act) -> String {
        let concert = self.stage.concert_id();
        let many = |seats: &[u32], what: &str| match seats {
            [seat] => format!("/v1/concerts/{concert}/seats/{seat}/{what}"),
            _ => format!("/v1/concerts/{concert}/{what}"),
        };
        match act {
            Act::Join | Act::Poll | Act::Leave => "/v1/enqueues".to_owned(),
            Act::Hear => "/v1/enqueues/events".to_owned(),
            Act::Dates => "/v1/dates".to_owned(),
            Act::Map => match &self.date {
                Some(date) => format!("/v1/dates/{date}/seats"),
                None => format!("/v1/concerts/{concert}/seats"),
            },
            Act::Hold(seats) => many(seats, "reservations"),
            Act::Release(seat) => format!("/v1/concerts/{concert}/seats/{seat}/reservations"),
            Act::Pay(seats) => many(seats, "payments"),
            Act::Charge(_) | Act::Balance => "/v1/charges".to_owned(),
            Act::Bills => "/v1/bills".to_owned(),
            Act::Mine => "/v1/reservations".to_owned(),
            Act::Stray => {
                let elsewhere = self.stage.sale.elsewhere.unwrap_or(concert);
                format!("/v1/concerts/{elsewhere}/seats/1/reservations")
            }
        }
    }

    fn body(&self, act: &Act) -> Option<Bytes> {
        let body = match act {
            Act::Join => {
                let sale = self.stage.sale.id?;
                match &self.code {
                    Some(code) => json!({ "saleId": sale, "code": code }),
                    None => json!({ "saleId": sale }),
                }
            }
            Act::Charge(amount) => json!({ "amount": amount }),
            Act::Hold(seats) | Act::Pay(seats) if seats.len() != 1 => json!({ "seatNos": seats }),
            _ => return None,
        };
        Some(body.to_string().into())
    }

    async fn read_reply(&mut self, act: &Act, reply: Reply, sent: Micros) -> Outcome {
        let answer = match reply {
            Reply::Answer(answer) => answer,
            Reply::Lost(lost) => return Outcome::Unknown(lost),
            Reply::NotSent(_) => return Outcome::NotSent,
        };
        if answer.status != 200 {
            return self.refused(&answer);
        }
        let understood = match act {
            Act::Bills => self.all_bills(&answer.body).await,
            Act::Mine => self.all_mine(&answer.body).await,
            _ => self.understand(act, &answer.body, sent),
        };
        understood.unwrap_or_else(|wrong| {
            self.complain_of(wrong);
            Outcome::Unknown(Lost::SaidSo)
        })
    }

    /// Reads an answer that reports no success.
    pub(super) fn refused(&self, answer: &Answer) -> Outcome {
        let (outcome, wrong) = answers::refusal(answer);
        if let Some(wrong) = wrong {
            self.complain_of(wrong);
        }
        outcome
    }

    pub(super) fn complain_of(&self, wrong: Wrong) {
        match wrong {
            Wrong::Form(text) => self.complain(PromiseId::WellFormed, text),
            Wrong::Privacy(text) => self.complain(PromiseId::Privacy, text),
        }
    }

    fn asker(&self) -> Asker {
        Asker { user: self.identity.user, concert: self.stage.concert_id() }
    }

    fn understand(&mut self, act: &Act, body: &[u8], sent: Micros) -> Result<Outcome, Wrong> {
        let asker = self.asker();
        match act {
            Act::Join => {
                let placed = self.read_place(body)?;
                let token = placed.token.ok_or_else(|| Wrong::Form("a join without a token".to_owned()))?;
                let number = number(&placed.outcome);
                self.ticket = Some(Ticket { token: token.into(), number });
                Ok(placed.outcome)
            }
            Act::Poll | Act::Leave | Act::Hear => self.understand_place(body),
            Act::Dates => answers::dates(body),
            Act::Map if self.date.is_some() => self.understand_free_seats(body, sent),
            Act::Map => self.understand_map(body, sent),
            Act::Hold(seats) => answers::holds(body, asker, seats),
            Act::Release(given) => answers::released(body, *given),
            Act::Charge(_) | Act::Balance => answers::money(body, asker),
            Act::Pay(seats) => answers::payments(body, asker, seats),
            // The auditor judges it.
            Act::Stray => Ok(Outcome::Seen { available: 1 }),
            Act::Bills | Act::Mine => Err(Wrong::Form("a list is read elsewhere".to_owned())),
        }
    }

    /// Reads a place in line, which must be in the fan's sale.
    fn read_place(&self, body: &[u8]) -> Result<Placed, Wrong> {
        let placed = place::place(body)?;
        let sale = &self.stage.sale;
        if sale.id.is_some_and(|id| id != placed.sale || sale.opens_at != placed.opens_at) {
            let text = format!(
                "joined sale {:?}, which opens at {:?}; the answer is about {placed:?}",
                sale.id, sale.opens_at
            );
            return Err(Wrong::Form(text));
        }
        Ok(placed)
    }

    /// Reads an answer about the fan's own ticket.
    pub(super) fn understand_place(&self, body: &[u8]) -> Result<Outcome, Wrong> {
        let outcome = self.read_place(body)?.outcome;
        let own = self.ticket.as_ref().map(|ticket| ticket.number);
        if own == Some(number(&outcome)) {
            return Ok(outcome);
        }
        Err(Wrong::Form(format!("requested number {own:?}, the answer is about {outcome:?}")))
    }

    fn understand_map(&mut self, body: &[u8], sent: Micros) -> Result<Outcome, Wrong> {
        let seats = answers::seat_map(body, self.stage.concert_id())?;
        let is = |status: SeatStatus| seats.iter().filter(move |seat| seat.status == status);
        let unsold = seats.iter().filter(|seat| seat.status != SeatStatus::Sold);
        if let Some(seat) = unsold.clone().find(|seat| self.stage.must_be_sold(seat.number, sent)) {
            let text = format!("seat {} is sold, but shown as {:?}", seat.number, seat.status);
            self.complain(PromiseId::HoldsLast, text);
        }
        let available = u32::try_from(is(SeatStatus::Available).count()).unwrap_or(u32::MAX);
        let mut for_sale = unsold.filter(|seat| seat.status != SeatStatus::Unavailable);
        if !seats.is_empty() && for_sale.next().is_none() {
            self.stage.say_sold_out();
        }
        self.choose(is(SeatStatus::Available).map(|seat| seat.number));
        Ok(Outcome::Seen { available })
    }

    fn understand_free_seats(&mut self, body: &[u8], sent: Micros) -> Result<Outcome, Wrong> {
        let Some(free) = answers::free_seats(body, self.stage.concert_id())? else {
            // The server uses another calendar: from now on everybody uses the concert's map.
            self.stage.guess_date(None);
            return Ok(Outcome::Seen { available: 0 });
        };
        if let Some(seat) = free.iter().find(|seat| self.stage.must_be_sold(**seat, sent)) {
            self.complain(PromiseId::HoldsLast, format!("seat {seat} is sold, but listed as free"));
        }
        let available = u32::try_from(free.len()).unwrap_or(u32::MAX);
        self.choose(free.into_iter());
        Ok(Outcome::Seen { available })
    }

    async fn all_bills(&self, first: &[u8]) -> Result<Outcome, Wrong> {
        let (mut all, mut next) = answers::bills(first, self.asker())?;
        while let Some(after) = next {
            let Some(body) = self.page(&format!("/v1/bills?after={after}")).await else {
                return Ok(Outcome::Unknown(Lost::Connection));
            };
            let (more, then) = answers::bills(&body, self.asker())?;
            all.extend(more);
            next = then;
        }
        Ok(Outcome::Bills(all.into()))
    }

    async fn all_mine(&self, first: &[u8]) -> Result<Outcome, Wrong> {
        let (mut held, mut paid, mut next) = answers::mine(first, self.asker())?;
        while let Some(after) = next {
            let Some(body) = self.page(&format!("/v1/reservations?after={after}")).await else {
                return Ok(Outcome::Unknown(Lost::Connection));
            };
            let (more_held, more_paid, then) = answers::mine(&body, self.asker())?;
            held.extend(more_held);
            paid.extend(more_paid);
            next = then;
        }
        Ok(Outcome::Mine(held.into(), paid.into()))
    }

    async fn page(&self, path: &str) -> Option<Bytes> {
        match self.stage.client(self.instance).send(Call::get(path, &self.identity.token), || {}).await {
            Reply::Answer(answer) if answer.status == 200 => Some(answer.body),
            _ => None,
        }
    }
}

fn method(act: &Act) -> Method {
    match act {
        Act::Join | Act::Hold(_) | Act::Pay(_) | Act::Stray => Method::POST,
        Act::Leave | Act::Release(_) => Method::DELETE,
        Act::Charge(_) => Method::PATCH,
        Act::Poll | Act::Hear | Act::Dates | Act::Map | Act::Balance | Act::Bills | Act::Mine => Method::GET,
    }
}

/// The number that an answer is about; 0 if there is none.
fn number(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Waiting(waiting) => waiting.number,
        Outcome::Admitted { number, .. } | Outcome::Ended { number } => *number,
        _ => 0,
    }
}
