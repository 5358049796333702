//! What all streams of server-sent events share: keep-alive comments, a first event that says when to reconnect after a break,
//! and a follower that releases its number at the end.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use futures_util::Stream;
use onsale_line::Number;
use tokio::sync::watch;

use crate::app::Shared;

/// How often an open stream sends a comment, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A stream as a response.
pub(crate) fn answer<S>(events: S) -> Sse<KeepAliveStream<S>>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// The first event of a stream. Streams that break together must not reconnect together.
pub(super) fn first(event: Event) -> Event {
    event.retry(Duration::from_millis(rand::random_range(1_000..=5_000)))
}

/// Wakes when the state of a number changes, for as long as this exists.
pub(super) struct Wake {
    app: Shared,
    number: Number,
    /// `None` only during drop.
    receiver: Option<watch::Receiver<()>>,
}

impl Wake {
    pub(super) fn of(app: &Shared, number: Number) -> Self {
        Self { app: app.clone(), number, receiver: Some(app.desk.stream(number)) }
    }

    /// Waits until its state changes.
    pub(super) async fn changed(&mut self) {
        if let Some(receiver) = &mut self.receiver {
            // The admission service keeps the other end while this is open.
            let _ = receiver.changed().await;
        }
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.receiver = None;
        self.app.desk.close_stream(self.number);
    }
}
