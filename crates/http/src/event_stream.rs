//! What all streams of server-sent events share: a comment that keeps them open, and a time to reconnect in the first event.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use futures_util::Stream;

/// An open stream sends a comment this often, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Answers with a stream of events.
pub(crate) fn answer<S>(events: S) -> Sse<KeepAliveStream<S>>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// Adds to the first event when to reconnect. The time is random: streams that break together must not come back together.
pub(crate) fn with_retry(event: Event) -> Event {
    event.retry(Duration::from_millis(rand::random_range(1_000..=5_000)))
}
