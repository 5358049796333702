//! A budget of memory for answers in flight.
//!
//! Clients decide how fast they read, so they decide how long an answer stays in memory. Every large answer
//! is counted from before it is made until its last byte is given to the system. What many answers share,
//! such as a seat map, is counted once.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use crate::error::HttpError;

/// The size from which an answer is counted. The limit on connections bounds the smaller ones: each
/// connection takes about as much memory anyway.
const COUNTED_FROM: usize = 16 * 1024;

/// See the module.
#[derive(Debug)]
pub(crate) struct AnswerBudget {
    bytes_max: usize,
    used: Arc<AtomicUsize>,
    refused: AtomicU64,
}

/// Bytes of the budget. They are free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    bytes: usize,
    used: Arc<AtomicUsize>,
}

/// Marks a response whose bytes are already counted, or are part of the program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted;

impl AnswerBudget {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, used: Arc::default(), refused: AtomicU64::new(0) }
    }

    /// How many bytes there are.
    pub(crate) fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// How many bytes are in use.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// How many answers were refused because the budget was used up.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Reserves bytes for something that is many times larger than a page. It gets at most three quarters of
    /// the budget, so that unread seat maps leave room for pages.
    ///
    /// # Errors
    /// [`HttpError::Busy`] if there is no room.
    pub(crate) fn reserve_large(&self, bytes: usize) -> Result<Reservation, HttpError> {
        self.reserve_up_to(self.bytes_max / 4 * 3, bytes)
    }

    /// Reserves bytes.
    ///
    /// # Errors
    /// [`HttpError::Busy`] if there is no room.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<Reservation, HttpError> {
        self.reserve_up_to(self.bytes_max, bytes)
    }

    fn reserve_up_to(&self, max: usize, bytes: usize) -> Result<Reservation, HttpError> {
        let add = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= max);
        if self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(HttpError::Busy);
        }
        Ok(Reservation { bytes, used: Arc::clone(&self.used) })
    }

    /// Counts a response if it is large and not yet counted. One that reports a change is sent in any case:
    /// a refusal would say that nothing was changed.
    ///
    /// # Errors
    /// [`HttpError::Busy`] if there is no room.
    pub(crate) fn count(&self, response: &mut Response, is_safe: bool) -> Result<(), HttpError> {
        let bytes = response.body().size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
        let is_counted = response.extensions().get::<Counted>().is_some();
        let Some(bytes) = bytes.filter(|bytes| *bytes >= COUNTED_FROM && !is_counted) else { return Ok(()) };
        let reservation = match self.reserve(bytes) {
            Ok(reservation) => reservation,
            Err(error) if is_safe => return Err(error),
            Err(_) => {
                self.used.fetch_add(bytes, Ordering::Relaxed);
                Reservation { bytes, used: Arc::clone(&self.used) }
            }
        };
        let body = std::mem::take(response.body_mut());
        *response.body_mut() = Body::new(CountedBody { body, reservation: Some(reservation) });
        response.extensions_mut().insert(Counted);
        Ok(())
    }
}

impl Reservation {
    /// Bytes that keep their reservation until the last of their clones and slices is dropped.
    pub(crate) fn hold(mut self, bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        self.resize(bytes.as_ref().len());
        Bytes::from_owner(Held { bytes, _reservation: self })
    }

    /// Changes the number of bytes to what it turned out to be.
    fn resize(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.used.fetch_add(bytes - self.bytes, Ordering::Relaxed);
        } else {
            self.used.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

struct Held<T> {
    bytes: T,
    _reservation: Reservation,
}

impl<T: AsRef<[u8]>> AsRef<[u8]> for Held<T> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

/// A body of one frame, which carries the reservation to the socket: hyper drops a body when it has taken its
/// last frame, long before a slow client has read that.
struct CountedBody {
    body: Body,
    reservation: Option<Reservation>,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        let reservation = if frame.is_some() { self.reservation.take() } else { None };
        let Some(reservation) = reservation else { return Poll::Ready(frame) };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(|data| reservation.hold(data)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn bytes_are_used_until_their_last_slice_is_dropped() {
        let budget = AnswerBudget::new(1_000);
        let bytes = budget.reserve(300).unwrap().hold(vec![0; 200]);
        assert_eq!(budget.used(), 200, "the reservation was an estimate");
        let slice = bytes.slice(50..60);
        drop(bytes);
        assert_eq!(budget.used(), 200);
        drop(slice);
        assert_eq!(budget.used(), 0);
        assert_eq!(budget.reserve(100).unwrap().hold(vec![0; 150]).len(), 150);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_full_budget_refuses_and_large_answers_leave_a_quarter() {
        let budget = AnswerBudget::new(1_000);
        let large = budget.reserve_large(750).unwrap();
        assert_eq!(budget.reserve_large(1).unwrap_err(), HttpError::Busy);
        let page = budget.reserve(250).unwrap();
        assert_eq!(budget.reserve(1).unwrap_err(), HttpError::Busy);
        assert_eq!(budget.reserve(usize::MAX).unwrap_err(), HttpError::Busy);
        drop(large);
        drop(page);
        assert!(budget.reserve_large(750).is_ok());
    }

    #[tokio::test]
    async fn large_responses_are_counted_until_their_bytes_are_sent() {
        let budget = AnswerBudget::new(2 * COUNTED_FROM);
        let count = |bytes, is_safe| {
            let mut response = Response::new(Body::from(vec![b'x'; bytes]));
            budget.count(&mut response, is_safe).map(|()| response)
        };
        let small = count(COUNTED_FROM - 1, true).unwrap();
        assert_eq!(budget.used(), 0);
        let mut large = count(COUNTED_FROM, true).unwrap();
        assert_eq!(budget.used(), COUNTED_FROM);
        budget.count(&mut large, true).unwrap();
        assert_eq!(budget.used(), COUNTED_FROM, "once");
        assert_eq!(count(COUNTED_FROM + 1, true).unwrap_err(), HttpError::Busy);
        assert_eq!(budget.refused(), 1);
        let change = count(COUNTED_FROM + 1, false).unwrap();
        assert_eq!(budget.used(), 2 * COUNTED_FROM + 1, "a change is reported in any case");
        let sent = large.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(budget.used(), 2 * COUNTED_FROM + 1, "the socket still has them");
        drop((sent, change, small));
        assert_eq!(budget.used(), 0);
    }
}
