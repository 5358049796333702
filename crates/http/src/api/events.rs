//! Streams the status in line (server-sent events).

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::sse::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use onsale_app::queue_feed::QueueFeed;

use super::extract::Queued;
use super::model::line::QueueStatus;
use crate::error::HttpError;
use crate::event_stream::{self, EventStream};
use crate::problem::Problem;
use crate::site::Shared;

/// Follow my status in line
///
/// Sends the event `status` with the same JSON as `GET /v1/enqueues`: at once, when the status, the phase
/// or the opening changes, and about every `pollAfterMs`. An open stream is a sign of life. The stream ends
/// after `ended`.
#[utoipa::path(get, path = "/v1/enqueues/events", tag = "line", security(("queueToken" = [])),
    responses((status = 200, description = "Events named `status`", body = QueueStatus, content_type = "text/event-stream",
            example = "retry: 3120\nevent: status\ndata: {\"status\":\"waiting\",\"saleId\":\"0199d6a0-0000-7000-8000-0000000000d0\",\"phase\":\"open\",\"opensAt\":null,\"number\":1284,\"place\":1284,\"ahead\":310,\"position\":311,\"estimatedWait\":null,\"outlook\":null,\"pollAfterMs\":1000,\"waitSupported\":false,\"admittedUntil\":null}\n\n"),
        (status = "4XX", description = "`token_*`, `too_many_streams`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn follow(
    State(site): State<Shared>,
    Queued(ticket): Queued,
) -> Result<EventStream<impl Stream<Item = Result<Event, Infallible>>>, HttpError> {
    let permit = site.tickets.stream(ticket.key())?;
    let feed = QueueFeed::open(Arc::clone(&site.app), ticket).await?;
    Ok(event_stream::answer_with_retry(unfold((site, feed, permit), async |(site, mut feed, permit)| {
        let status = feed.next().await?;
        let status = QueueStatus::new(&site.app, feed.ticket(), status);
        let event = Event::default().event("status").json_data(&status).ok()?;
        Some((event, (site, feed, permit)))
    })))
}
