//! A concert's seat map as it changes (server-sent events).

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use jiff::Timestamp;
use onsale_booking::Refusal;
use onsale_booking::ids::{SeatNo, UserId};
use onsale_storage::seat_map::{SeatMap, SeatView};
use serde::Deserialize;
use tokio::sync::watch;
use utoipa::IntoParams;

use super::error::{ApiError, Problem};
use super::extract::{ConcertPath, Queued};
use super::model::seats::{SeatAnswer, SeatsChanged};
use super::stream::{self, Wake};
use crate::app::Shared;
use crate::tokens::Ticket;

/// The least time between two events of a stream, so that a burst of commits is one event.
const TOLD_EVERY: Duration = Duration::from_millis(200);
/// The longest time between two checks that the follower is still inside.
const CHECKED_EVERY: Duration = Duration::from_secs(10);

/// Which seats to follow, and what the client knows already.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FollowQuery {
    /// The `version` of the seat map that the client has. If it is current, the stream does not begin with every seat.
    version: Option<String>,
    /// Only seats with this number or a higher one.
    from: Option<SeatNo>,
    /// Only seats with this number or a lower one.
    to: Option<SeatNo>,
}

/// Follow a concert's seats
///
/// Sends the event `seats` with the seats that have changed, at most five times a second. Begins with every seat, unless
/// `version`, or the `Last-Event-ID` of a broken stream, matches the current map. Ends when the pass ends.
#[utoipa::path(get, path = "/v1/concerts/{id}/seats/events", tag = "concerts", security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), FollowQuery),
    responses((status = 200, description = "Events named `seats`", body = SeatsChanged, content_type = "text/event-stream",
            example = "retry: 3120\nid: 1844674407370955\nevent: seats\ndata: {\"version\":\"1844674407370955\",\"available\":48,\"seats\":[{\"seatNo\":7,\"price\":50000,\"status\":\"held\",\"deadline\":\"2026-03-01T09:05:00Z\",\"mine\":false}]}\n\n"),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn follow(
    State(app): State<Shared>,
    Queued(ticket): Queued,
    ConcertPath(concert): ConcertPath,
    query: Result<Query<FollowQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let Query(query) = query.map_err(|_| ApiError::invalid("query", "cannot be read"))?;
    app.desk.check_inside(&ticket).await?;
    let map = app.store.maps.get(concert).ok_or(Refusal::ConcertNotFound)?;
    let seats = query.from.unwrap_or(1)..=query.to.unwrap_or(SeatNo::MAX);
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok().map(str::to_owned));
    let known = last_seen.or(query.version);
    let stream = Follower::new(app, ticket, map, seats, known);
    Ok(stream::answer(unfold(stream, Follower::next)))
}

struct Follower {
    app: Shared,
    ticket: Ticket,
    map: Arc<SeatMap>,
    seats: RangeInclusive<SeatNo>,
    changes: watch::Receiver<u64>,
    /// Wakes when the state of the ticket changes.
    wake: Wake,
    /// The map that was sent last: its revision and its time.
    told: Option<(u64, Timestamp)>,
    /// What the follower knew at the start.
    known: Option<String>,
    is_first: bool,
}

impl Follower {
    fn new(
        app: Shared,
        ticket: Ticket,
        map: Arc<SeatMap>,
        seats: RangeInclusive<SeatNo>,
        known: Option<String>,
    ) -> Self {
        // Before the first read, so that no change is missed.
        let changes = map.changes();
        let wake = Wake::of(&app, ticket.number);
        Self { app, ticket, map, seats, changes, wake, told: None, known, is_first: true }
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(changed) = self.look() {
                let mut event =
                    Event::default().event("seats").id(&changed.version).json_data(&changed).ok()?;
                if std::mem::take(&mut self.is_first) {
                    event = stream::first(event);
                }
                return Some((Ok(event), self));
            }
            self.wait().await?;
        }
    }

    /// What the follower does not know yet.
    fn look(&mut self) -> Option<SeatsChanged> {
        self.changes.mark_unchanged();
        let now = self.app.now();
        let user = UserId(self.ticket.user);
        let view = self.map.view();
        let told = self.told.replace((view.revision(), now));
        let version = view.version().to_string();
        let answer = |seat| SeatAnswer::new(seat, user, now);
        let is_wanted = |answer: &SeatAnswer| self.seats.contains(&answer.seat_no);
        let seats: Vec<_> = match told {
            Some((revision, since)) => {
                view.changed_since(revision, since, now).map(answer).filter(is_wanted).collect()
            }
            None if self.known.take().is_some_and(|known| is_still(&view, &known, now)) => return None,
            None => view.seats().iter().map(answer).filter(is_wanted).collect(),
        };
        let is_news = !seats.is_empty() || told.is_none();
        is_news.then(|| SeatsChanged { version, available: view.available(now), seats })
    }

    /// Waits until there may be something to send; `None` when there never will be.
    async fn wait(&mut self) -> Option<()> {
        let now = self.app.now();
        let next = self.map.view().next_deadline(now);
        let runs_out = next.map(|deadline| deadline.duration_since(now).unsigned_abs());
        let pause = runs_out.map_or(CHECKED_EVERY, |left| left.min(CHECKED_EVERY));
        let is_change = tokio::select! {
            changed = self.changes.changed() => changed.is_ok(),
            () = self.wake.changed() => false,
            () = tokio::time::sleep(pause) => false,
            () = self.app.stopping.cancelled() => return None,
        };
        if is_change {
            tokio::time::sleep(TOLD_EVERY).await;
        } else {
            self.app.desk.check_inside(&self.ticket).await.ok()?;
        }
        Some(())
    }
}

/// Whether a map of that version is current.
fn is_still(view: &SeatView<'_>, version: &str, now: Timestamp) -> bool {
    view.version().to_string() == version && !view.has_lapsed_holds(now)
}
