//! What a held poll needs of its line.

use std::sync::PoisonError;
use std::time::Duration;

use onsale_line::Sign;

use super::Admission;
use crate::error::AppError;
use crate::line_status::LineStatus;
use crate::tokens::Ticket;

impl Admission {
    /// Whether a ticket's holder waits and may soon be called.
    pub(crate) async fn is_near_turn(&self, ticket: &Ticket) -> bool {
        let (seen, now) = (self.view.load_full(), self.store.now());
        let is_near = |head| seen.view.is_near_turn(seen.view.ahead(ticket.number, head), now);
        if ticket.admitted {
            return false;
        }
        if seen.view.is_waiting(ticket.number, now) && is_near(0) {
            return true;
        }
        // A join or a stream may have said so a moment ago, by what the view does not know yet.
        let is_early = matches!(self.throttle.check(ticket.number, now), Some(Err(_)));
        is_early
            && self
                .line
                .lookup(ticket.number)
                .await
                .is_ok_and(|lookup| lookup.state.waits() && is_near(lookup.head))
    }

    /// A ticket's status, however short ago the last one was given: that of a waiting person from memory if a
    /// poll may be answered from it.
    ///
    /// # Errors
    /// An unknown ticket; the line or the store does not answer.
    pub(crate) async fn present_status(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        match self.status_from_memory(ticket) {
            Some(status) => Ok(status),
            None => self.status(ticket).await,
        }
    }

    fn status_from_memory(&self, ticket: &Ticket) -> Option<LineStatus> {
        let (seen, now) = (self.view.load(), self.store.now());
        let waits = self.is_view_enough(&seen, ticket, now) && !self.throttle.is_looked_up(ticket.number);
        waits.then(|| self.waiting(&seen, ticket, 0, now))
    }

    /// Notes that a ticket's holder is here, and back after `interval` at the latest.
    pub(crate) fn sign_of_life(&self, ticket: &Ticket, interval: Duration) {
        let due = self.view.load().view.due_after(self.store.now(), interval);
        let sign = Sign { number: ticket.number, user: ticket.user, due };
        self.signs.lock().unwrap_or_else(PoisonError::into_inner).push(sign);
    }
}
