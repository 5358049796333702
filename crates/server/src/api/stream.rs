//! What every stream of server-sent events has in common: it says that it still is there, its first event says when to come
//! back if it breaks, and whoever follows a number lets go of it in the end.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use futures_util::Stream;
use onsale_line::Number;
use tokio::sync::watch;

use crate::app::Shared;

/// An open stream costs a comment this often, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A stream as it is answered.
pub(crate) fn answer<S>(events: S) -> Sse<KeepAliveStream<S>>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// The first event of a stream. Streams that break together must not come back together.
pub(super) fn first(event: Event) -> Event {
    event.retry(Duration::from_millis(rand::random_range(1_000..=5_000)))
}

/// Wakes when something becomes of a number, for as long as it is kept.
pub(super) struct Wake {
    app: Shared,
    number: Number,
    /// `None` only while it is dropped.
    receiver: Option<watch::Receiver<()>>,
}

impl Wake {
    pub(super) fn of(app: &Shared, number: Number) -> Self {
        Self { app: app.clone(), number, receiver: Some(app.desk.stream(number)) }
    }

    /// Waits until something becomes of it.
    pub(super) async fn changed(&mut self) {
        if let Some(receiver) = &mut self.receiver {
            // The desk keeps the other end for as long as this is open.
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
