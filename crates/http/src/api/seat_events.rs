//! Streams changes to a concert's seat map (server-sent events).

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use onsale_app::seat_feed::SeatFeed;
use onsale_booking::ids::SeatNo;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Query, Queued};
use super::model::seats::SeatsChanged;
use crate::error::HttpError;
use crate::event_stream::{self, EventStream};
use crate::path::ConcertPath;
use crate::problem::Problem;
use crate::site::Shared;

/// Which seats to follow, and the version that the client has.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FollowQuery {
    /// The `version` of the seat map that you have. If it is current, the stream does not begin with every
    /// seat.
    version: Option<String>,
    /// Only seats with this number or a higher one.
    #[param(value_type = Option<u32>)]
    from: Option<SeatNo>,
    /// Only seats with this number or a lower one.
    #[param(value_type = Option<u32>)]
    to: Option<SeatNo>,
}

/// Follow a concert's seats
///
/// Sends the event `seats` with the changed seats, at most five times a second. The first event has every
/// seat, unless `version`, or the `Last-Event-ID` of a broken stream, matches the current map. The stream
/// ends when the pass ends.
#[utoipa::path(get, path = "/v1/concerts/{id}/seats/events", tag = "concerts", security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), FollowQuery),
    responses((status = 200, description = "Events named `seats`", body = SeatsChanged, content_type = "text/event-stream",
            example = "retry: 3120\nid: 1844674407370955\nevent: seats\ndata: {\"version\":\"1844674407370955\",\"available\":48,\"seats\":[{\"seatNo\":7,\"price\":50000,\"status\":\"held\",\"deadline\":\"2026-03-01T09:05:00Z\",\"mine\":false}]}\n\n"),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn follow(
    State(site): State<Shared>,
    Queued(ticket): Queued,
    ConcertPath(concert): ConcertPath,
    Query(query): Query<FollowQuery>,
    headers: HeaderMap,
) -> Result<EventStream<impl Stream<Item = Result<Event, Infallible>>>, HttpError> {
    let seats = query.from.unwrap_or(1)..=query.to.unwrap_or(SeatNo::MAX);
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok().map(str::to_owned));
    let known = last_seen.or(query.version).and_then(|version| version.parse().ok());
    let feed = SeatFeed::open(Arc::clone(&site.app), ticket, concert, seats, known).await?;
    Ok(event_stream::answer_with_retry(unfold(feed, async |mut feed| {
        let changes = SeatsChanged::new(&feed.next().await?, feed.user());
        let event = Event::default().event("seats").id(&changes.version).json_data(&changes).ok()?;
        Some((event, feed))
    })))
}
