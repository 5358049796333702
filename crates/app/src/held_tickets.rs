//! The tickets whose polls an instance holds: one poll each, and so many in all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onsale_booking::ids::PassKey;
use tokio::sync::Notify;

/// See the module.
#[derive(Debug)]
pub(crate) struct HeldTickets {
    pub(crate) max: usize,
    by_ticket: Mutex<HashMap<PassKey, Arc<Notify>>>,
}

impl HeldTickets {
    /// Room for so many.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, by_ticket: Mutex::default() }
    }

    /// How many there are now.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// One more, which ends an older one of this ticket and takes its room. `None` if there is no room.
    pub(crate) fn begin(self: &Arc<Self>, ticket: PassKey) -> Option<HeldTicket> {
        let mut all = self.lock();
        if all.len() >= self.max && !all.contains_key(&ticket) {
            return None;
        }
        let newer = Arc::new(Notify::new());
        if let Some(older) = all.insert(ticket, Arc::clone(&newer)) {
            older.notify_one();
        }
        Some(HeldTicket { all: Arc::clone(self), ticket, newer })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PassKey, Arc<Notify>>> {
        self.by_ticket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A ticket whose poll is held, until this is dropped.
#[derive(Debug)]
pub(crate) struct HeldTicket {
    all: Arc<HeldTickets>,
    ticket: PassKey,
    /// Notified when a newer poll of the ticket begins.
    newer: Arc<Notify>,
}

impl HeldTicket {
    /// Waits until a newer poll of the ticket begins.
    pub(crate) async fn newer_came(&self) {
        self.newer.notified().await;
    }
}

impl Drop for HeldTicket {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        if all.get(&self.ticket).is_some_and(|newest| Arc::ptr_eq(newest, &self.newer)) {
            all.remove(&self.ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use onsale_booking::ids::SaleId;
    use uuid::Uuid;

    use super::*;

    fn ticket(number: u64) -> PassKey {
        PassKey { sale: SaleId(Uuid::nil()), number }
    }

    #[tokio::test]
    async fn a_newer_poll_of_a_ticket_ends_the_older_and_takes_its_room() {
        let polls = Arc::new(HeldTickets::new(1));
        let older = polls.begin(ticket(7)).unwrap();
        let newer = polls.begin(ticket(7)).unwrap();
        older.newer_came().await;
        assert_eq!(polls.count(), 1);
        drop(older);
        assert_eq!(polls.count(), 1, "the room is the newer's now");
        drop(newer);
        assert_eq!(polls.count(), 0);
    }

    #[test]
    fn there_is_room_for_so_many_tickets_of_all_sales_together() {
        let polls = Arc::new(HeldTickets::new(2));
        let (first, second) = (polls.begin(ticket(7)), polls.begin(ticket(8)));
        assert!(first.is_some() && second.is_some());
        let elsewhere = PassKey { sale: SaleId(Uuid::max()), number: 7 };
        assert!(polls.begin(elsewhere).is_none());
        drop(second);
        assert!(polls.begin(elsewhere).is_some());
    }
}
