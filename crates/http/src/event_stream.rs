//! Settings of all streams of server-sent events: comments that keep them open, and the time to reconnect.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use futures_util::Stream;

/// How often a stream without events sends a comment, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Answers with a stream of events.
pub(crate) fn answer<S>(events: S) -> Sse<KeepAliveStream<S>>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// Adds a time to reconnect to an event. It is random, so that streams that break together do not return
/// together.
pub(crate) fn with_retry(event: Event) -> Event {
    event.retry(Duration::from_millis(rand::random_range(1_000..=5_000)))
}
