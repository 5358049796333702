//! Responses that stream server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{iter, unfold};
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;

/// How often a stream without events sends a comment, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The size up to which the pieces of an event are joined.
const JOINED_BYTES_MAX: usize = 8 * 1024;

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
        0 => event.retry(retry()),
        _ => event,
    }))
}

/// Streams events that are given as pieces of text, without their empty last line. The first one says when to
/// reconnect.
pub(crate) fn answer_in_pieces(events: impl Stream<Item = Vec<Bytes>> + Send + 'static) -> Response {
    let retry = Bytes::from(format!("retry: {}\n", retry().as_millis()));
    let end = Bytes::from_static(b"\n\n");
    let pieces = events.enumerate().flat_map(move |(index, event)| {
        let start = (index == 0).then(|| retry.clone());
        iter(joined_if_small(start.into_iter().chain(event).chain([end.clone()]).collect()))
    });
    // The pieces of an event come without a pause, so a comment never comes between them.
    let with_comments = unfold(Box::pin(pieces), async |mut pieces| {
        let piece = match timeout(KEEP_ALIVE, pieces.next()).await {
            Ok(piece) => piece?,
            Err(_) => Bytes::from_static(b":\n\n"),
        };
        Some((Ok::<_, Infallible>(piece), pieces))
    });
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(with_comments)).into_response()
}

/// Joins pieces if that is cheaper than sending each with the frame of a chunk.
fn joined_if_small(pieces: Vec<Bytes>) -> Vec<Bytes> {
    let bytes: usize = pieces.iter().map(Bytes::len).sum();
    if bytes > JOINED_BYTES_MAX { pieces } else { vec![pieces.concat().into()] }
}

/// When to reconnect.
fn retry() -> Duration {
    Duration::from_millis(rand::random_range(1_000..=5_000))
}
