//! Responses that stream server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use futures_util::{Stream, StreamExt};

/// How often a stream without events sends a comment, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A response with a stream of events.
pub(crate) type EventStream<S> = Sse<KeepAliveStream<S>>;

/// Streams events, with comments that keep the connection open.
pub(crate) fn answer(
    events: impl Stream<Item = Event> + Send + 'static,
) -> EventStream<impl Stream<Item = Result<Event, Infallible>> + Send + 'static> {
    Sse::new(events.map(Ok)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// Streams events; the first one says when to reconnect. That time is random, so that streams that break
/// together do not return together.
pub(crate) fn answer_with_retry(
    events: impl Stream<Item = Event> + Send + 'static,
) -> EventStream<impl Stream<Item = Result<Event, Infallible>> + Send + 'static> {
    answer(events.enumerate().map(|(index, event)| match index {
        0 => event.retry(Duration::from_millis(rand::random_range(1_000..=5_000))),
        _ => event,
    }))
}
