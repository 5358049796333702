//! Reads the final state, to check what was acknowledged.

use super::{Fan, Ticket};
use crate::history::Act;

impl Fan {
    /// Reads wallet, bills and holds once everything is over, repeats the last keyed request that succeeded,
    /// and asks for the fan's own line status.
    pub(crate) async fn read_final_state(mut self) -> Self {
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
