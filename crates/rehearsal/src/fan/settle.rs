//! The end: what is there of what was acknowledged.

use super::{Fan, Ticket};
use crate::history::Act;

impl Fan {
    /// Looks up wallet, bills and holds once everything is over, sends what last succeeded with a key once
    /// more, and asks how the own place stands.
    pub(crate) async fn settle(mut self) -> Self {
        let number = self.ticket.as_ref().map_or(0, |ticket| ticket.number);
        if let Some((act, key, token)) = self.repeatable.take() {
            let own = self.ticket.take();
            self.ticket = token.map(|token| Ticket { token, number });
            self.persist(act, key).await;
            self.ticket = own;
        }
        if self.ticket.is_some() {
            self.persist(Act::Poll, 0).await;
        }
        self.persist(Act::Balance, 0).await;
        self.persist(Act::Bills, 0).await;
        self.persist(Act::Mine, 0).await;
        self
    }
}
