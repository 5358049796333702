//! Streams changes to a concert's seat map (server-sent events).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::{iter, unfold};
use jiff::Timestamp;
use onsale_app::seat_feed::{SeatChanges, SeatFeed};
use onsale_booking::Refusal;
use onsale_booking::ids::{ConcertId, SeatNo};
use onsale_booking::seat::Seat;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::extract::{Query, Queued};
use super::model::seats::{LIST_END, SeatsChanged, list_start, write_seat};
use crate::error::HttpError;
use crate::event_stream;
use crate::path::ConcertPath;
use crate::problem::Problem;
use crate::seat_map_cache::Selection;
use crate::site::Shared;

/// If more seats than this have changed at once, the event has every seat, which all followers share.
const CHANGES_MAX: usize = 1_000;

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
/// seat, unless `version`, or the `Last-Event-ID` of a broken stream, matches the current map. A later event
/// has every seat if more than 1,000 have changed at once. When the pass ends, or its sale no longer sells
/// the concert, the event `ended` comes with the code of that refusal, and the stream ends.
#[utoipa::path(get, path = "/v1/concerts/{id}/seats/events", tag = "concerts", security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), FollowQuery),
    responses((status = 200, description = "Events named `seats`", body = SeatsChanged, content_type = "text/event-stream",
            example = "retry: 3120\nid: 1844674407370955\nevent: seats\ndata: {\"version\":\"1844674407370955\",\"available\":48,\"seats\":[{\"seatNo\":7,\"price\":50000,\"status\":\"held\",\"deadline\":\"2026-03-01T09:05:00Z\",\"mine\":false}]}\n\n"),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `other_sale`, `invalid_request`, `too_many_streams`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn follow(
    State(site): State<Shared>,
    Queued(ticket): Queued,
    ConcertPath(concert): ConcertPath,
    Query(query): Query<FollowQuery>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let seats = query.from.unwrap_or(1)..=query.to.unwrap_or(SeatNo::MAX);
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok().map(str::to_owned));
    let known = last_seen.or(query.version).and_then(|version| version.parse().ok());
    let permit = site.tickets.stream(ticket.key())?;
    let mut feed = SeatFeed::open(Arc::clone(&site.app), ticket, concert, seats, known).await?;
    let follower = Follower::of(&feed);
    // The first event is rendered before the response begins, so that there can still be a refusal.
    let first = feed.read(|changes| follower.event(&site, &changes)).transpose()?;
    let state = (site, feed, follower, permit);
    let later = unfold(Some(state), async |state| {
        let (site, mut feed, follower, permit) = state?;
        match feed.next(|changes| follower.event(&site, &changes)).await {
            Some(event) => Some((event.ok()?, Some((site, feed, follower, permit)))),
            None => feed.ended_by().map(|refusal| (ended(refusal), None)),
        }
    });
    Ok(event_stream::answer_in_pieces(iter(first).chain(later)))
}

/// The last event of a stream that may not go on: the code with which it would be refused now.
fn ended(refusal: &Refusal) -> Vec<Bytes> {
    vec![Bytes::from(format!("event: ended\ndata: {}", json!({ "code": refusal.code() })))]
}

/// Who follows which seats.
struct Follower {
    concert: ConcertId,
    selection: Selection,
}

impl Follower {
    fn of(feed: &SeatFeed) -> Self {
        let selection = Selection { seats: feed.seats().clone(), status: None, reader: feed.user() };
        Self { concert: feed.concert(), selection }
    }

    /// An event in pieces, without its end.
    fn event(&self, site: &Shared, changes: &SeatChanges<'_>) -> Result<Vec<Bytes>, HttpError> {
        let version = changes.map.version().to_string();
        let mut start = format!("id: {version}\nevent: seats\ndata: ").into_bytes();
        let available = changes.map.available(changes.at);
        start.extend(list_start(&SeatsChanged { version, available, seats: Vec::new() }));
        let seats = match &changes.seats {
            Some(seats) if seats.len() <= CHANGES_MAX => vec![self.changed(site, seats, changes.at)?],
            _ => {
                let (cache, at) = (&site.seat_map_cache, changes.at);
                cache.pieces(self.concert, changes.map, at, &self.selection, write_seat)?
            }
        };
        let end = Bytes::from_static(LIST_END.as_bytes());
        Ok([Bytes::from(start)].into_iter().chain(seats).chain([end]).collect())
    }

    /// The changed seats as the elements of a JSON array.
    fn changed(&self, site: &Shared, seats: &[&Seat], at: Timestamp) -> Result<Bytes, HttpError> {
        let mut text = Vec::new();
        for seat in seats {
            if !text.is_empty() {
                text.push(b',');
            }
            write_seat(seat, Some(self.selection.reader), at, &mut text);
        }
        Ok(site.answers.reserve(text.len())?.hold(text))
    }
}
