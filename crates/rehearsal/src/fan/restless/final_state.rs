//! The end of a restless fan: what became of the last request, what they own, and what has ended.

use std::time::Duration;

use super::super::Ticket;
use super::{Done, Restless};
use crate::client::{Call, Reply};
use crate::history::{Act, Lost, Outcome, PromiseId};

/// How often a fan tries to find out an unknown outcome at the end.
const TRIES_MAX: u32 = 60;

impl Restless {
    /// Finds out the unknown outcome, reads what the fan owns, repeats some of the requests that succeeded,
    /// and reads once more.
    pub(crate) async fn read_final_state(mut self) -> Self {
        for _ in 0..TRIES_MAX {
            let Some(open) = self.open.take() else { break };
            self.find_out(open).await;
            self.pause(50..51).await;
        }
        if let Some(open) = &self.open {
            self.complain(PromiseId::WellFormed, format!("the outcome of {:?} stayed unknown", open.act));
        }
        self.read_own_persistently().await;
        let current = self.fan.ticket.take();
        for Done { act, key, ticket } in std::mem::take(&mut self.repeatable) {
            self.fan.ticket = ticket;
            self.fan.persist(act, key).await;
        }
        self.check_older().await;
        self.fan.ticket = current;
        if self.fan.ticket.is_some() {
            let status = self.fan.persist(Act::Poll, 0).await;
            self.apply_status(&status).await;
        }
        if self.fan.ticket.is_some() {
            let before = self.fan.ticket.clone();
            let status = self.fan.persist(Act::Join, 0).await;
            self.follow(before);
            self.is_inside = matches!(status, Outcome::Admitted { .. });
        }
        self.read_own_persistently().await;
        self
    }

    async fn read_own_persistently(&mut self) {
        for act in [Act::Balance, Act::Bills, Act::Mine] {
            match self.fan.persist(act.clone(), 0).await {
                Outcome::Money(balance, _) => self.balance = balance,
                Outcome::Mine(held, _) => self.held = held.iter().map(|held| held.seat).collect(),
                Outcome::Bills(_) => (),
                outcome => self.complain(PromiseId::WellFormed, format!("{act:?} at the end: {outcome:?}")),
            }
        }
    }

    /// Checks that places that have ended keep their numbers and stay ended.
    async fn check_older(&mut self) {
        for ticket in std::mem::take(&mut self.older) {
            self.fan.ticket = Some(ticket.clone());
            let status = self.status_of(&ticket).await;
            if status != Ok(Outcome::Ended { number: ticket.number }) {
                let text = format!("number {} had ended, and is now {status:?}", ticket.number);
                self.complain(PromiseId::Places, text);
            }
            self.older.push(ticket);
        }
    }

    /// Not recorded in the story, where every answer is about the current place.
    async fn status_of(&self, ticket: &Ticket) -> Result<Outcome, String> {
        for _ in 0..TRIES_MAX {
            let call = Call::get("/v1/enqueues", &ticket.token);
            if let Reply::Answer(answer) = self.fan.stage.client(self.fan.instance).send(call, || ()).await {
                if answer.status == 200 {
                    return self.fan.understand_place(&answer.body).map_err(|wrong| format!("{wrong:?}"));
                }
                match self.fan.refused(&answer) {
                    Outcome::Busy | Outcome::Unknown(Lost::SaidSo | Lost::Connection) => (),
                    refused => return Ok(refused),
                }
            }
            // Before the next try.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("no answer".to_owned())
    }
}
