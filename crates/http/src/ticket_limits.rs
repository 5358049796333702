//! Limits on what one ticket may have in flight at once, so that no single person takes the memory and the
//! connections of all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use onsale_booking::ids::PassKey;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::HttpError;

/// How long a request over the limit waits for an earlier one to end, before it is refused. Requests take
/// milliseconds, so this refuses only those of a client that leaves answers unread.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug)]
pub(crate) struct TicketLimits {
    requests_max: usize,
    streams_max: usize,
    wait_max: Duration,
    /// Tickets with something in flight, by their place.
    tickets: Mutex<HashMap<PassKey, Arc<InFlight>>>,
}

#[derive(Debug)]
struct InFlight {
    requests: Semaphore,
    streams: Semaphore,
}

/// One thing in flight, until it is dropped.
#[derive(Debug)]
struct Permit {
    limits: Arc<TicketLimits>,
    place: PassKey,
    /// `None` only while it is dropped.
    in_flight: Option<Arc<InFlight>>,
    /// What to release; `None` before it is granted.
    granted: Option<fn(&InFlight) -> &Semaphore>,
}

/// A request in flight.
#[derive(Debug)]
pub(crate) struct RequestPermit(#[expect(dead_code, reason = "dropped with this")] Permit);

/// An open event stream.
#[derive(Debug)]
pub(crate) struct StreamPermit(#[expect(dead_code, reason = "dropped with this")] Permit);

impl TicketLimits {
    pub(crate) fn new(requests_max: usize, streams_max: usize) -> Self {
        Self { requests_max, streams_max, wait_max: WAIT_MAX, tickets: Mutex::default() }
    }

    /// A permit for one more request of this ticket.
    ///
    /// # Errors
    /// [`HttpError::TooManyRequests`] if as many as allowed stay in flight.
    pub(crate) async fn request(self: &Arc<Self>, place: PassKey) -> Result<RequestPermit, HttpError> {
        let (mut permit, in_flight) = self.find(place);
        match in_flight.requests.try_acquire() {
            Ok(granted) => granted.forget(),
            Err(_) => match timeout(self.wait_max, in_flight.requests.acquire()).await {
                Ok(Ok(granted)) => granted.forget(),
                _ => return Err(HttpError::TooManyRequests),
            },
        }
        permit.granted = Some(|in_flight| &in_flight.requests);
        Ok(RequestPermit(permit))
    }

    /// A permit for one more event stream of this ticket.
    ///
    /// # Errors
    /// [`HttpError::TooManyStreams`] if as many as allowed are open.
    pub(crate) fn stream(self: &Arc<Self>, place: PassKey) -> Result<StreamPermit, HttpError> {
        let (mut permit, in_flight) = self.find(place);
        in_flight.streams.try_acquire().map_err(|_| HttpError::TooManyStreams)?.forget();
        permit.granted = Some(|in_flight| &in_flight.streams);
        Ok(StreamPermit(permit))
    }

    /// What a ticket has in flight, and a permit that is not granted yet.
    fn find(self: &Arc<Self>, place: PassKey) -> (Permit, Arc<InFlight>) {
        let new = || {
            let (requests, streams) = (Semaphore::new(self.requests_max), Semaphore::new(self.streams_max));
            Arc::new(InFlight { requests, streams })
        };
        let in_flight = Arc::clone(self.lock().entry(place).or_insert_with(new));
        let limits = Arc::clone(self);
        (Permit { limits, place, in_flight: Some(Arc::clone(&in_flight)), granted: None }, in_flight)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PassKey, Arc<InFlight>>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(in_flight) = self.in_flight.take() else { return };
        if let Some(of) = self.granted {
            of(&in_flight).add_permits(1);
        }
        drop(in_flight);
        let mut tickets = self.limits.lock();
        // Every permit has a clone, granted or not, and clones are made only under the lock.
        if tickets.get(&self.place).is_some_and(|in_flight| Arc::strong_count(in_flight) == 1) {
            tickets.remove(&self.place);
        }
    }
}

#[cfg(test)]
mod tests {
    use onsale_booking::ids::SaleId;
    use uuid::Uuid;

    use super::*;

    fn place(number: u64) -> PassKey {
        PassKey { sale: SaleId(Uuid::nil()), number }
    }

    #[tokio::test]
    async fn a_request_over_the_limit_waits_and_is_refused_in_the_end() {
        let limits = TicketLimits { wait_max: Duration::from_millis(50), ..TicketLimits::new(2, 1) };
        let limits = Arc::new(limits);
        let (first, _second) =
            (limits.request(place(7)).await.unwrap(), limits.request(place(7)).await.unwrap());
        assert!(limits.request(place(8)).await.is_ok(), "another ticket");
        let elsewhere = PassKey { sale: SaleId(Uuid::max()), number: 7 };
        assert!(limits.request(elsewhere).await.is_ok(), "the same number in another sale");
        assert_eq!(limits.request(place(7)).await.unwrap_err(), HttpError::TooManyRequests);
        let (third, ()) = tokio::join!(limits.request(place(7)), async { drop(first) });
        assert!(third.is_ok(), "it waited for the first");
    }

    #[tokio::test]
    async fn streams_and_requests_have_limits_of_their_own_and_leave_nothing_behind() {
        let limits = Arc::new(TicketLimits::new(1, 2));
        let (one, two, request) = (
            limits.stream(place(7)).unwrap(),
            limits.stream(place(7)).unwrap(),
            limits.request(place(7)).await.unwrap(),
        );
        assert_eq!(limits.stream(place(7)).unwrap_err(), HttpError::TooManyStreams);
        drop(one);
        let three = limits.stream(place(7)).unwrap();
        drop((two, three, request));
        assert!(limits.lock().is_empty());
    }
}
