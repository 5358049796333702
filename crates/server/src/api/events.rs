//! The status in line as it changes (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;

use super::enqueues::status;
use super::error::{ApiError, Problem};
use super::extract::Queued;
use super::model::line::{QueueStatus, StatusName};
use super::stream::{self, Wake};
use crate::app::Shared;
use crate::tokens::Ticket;

/// Follow my status in line
///
/// Sends the event `status` with the same JSON as `GET /v1/enqueues`: at once, when the person is admitted or ended, and about as
/// often as `pollAfterMs` says. An open stream is a sign of life. The stream ends after `ended`.
#[utoipa::path(get, path = "/v1/enqueues/events", tag = "line", security(("queueToken" = [])),
    responses((status = 200, description = "Events named `status`", body = QueueStatus, content_type = "text/event-stream",
            example = "retry: 3120\nevent: status\ndata: {\"status\":\"waiting\",\"number\":1284,\"ahead\":310,\"position\":311,\"estimatedWait\":null,\"pollAfterMs\":1000,\"admittedUntil\":null}\n\n"),
        (status = "4XX", description = "`token_*`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn follow(
    State(app): State<Shared>,
    Queued(ticket): Queued,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    // A token that was never issued is refused before the stream begins.
    app.desk.look(&ticket).await?;
    let stream = Follower::new(app, ticket);
    Ok(stream::answer(unfold(stream, Follower::next)))
}

struct Follower {
    app: Shared,
    ticket: Ticket,
    wake: Wake,
    /// How long to wait before the next event; `None` after the last.
    pause: Option<Duration>,
    is_first: bool,
}

impl Follower {
    fn new(app: Shared, ticket: Ticket) -> Self {
        let wake = Wake::of(&app, ticket.number);
        Self { app, ticket, wake, pause: Some(Duration::ZERO), is_first: true }
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let pause = self.pause?;
        if !pause.is_zero() {
            tokio::select! {
                () = self.wake.changed() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.app.stopping.cancelled() => return None,
            }
        }
        // A store that does not answer ends the stream; the client reconnects by itself.
        let standing = self.app.desk.look(&self.ticket).await.ok()?;
        let status = status(self.ticket.number, standing, self.app.now());
        let is_last = status.status == StatusName::Ended;
        self.pause =
            status.poll_after_ms.filter(|_| !is_last).map(|after| Duration::from_millis(after.max(1)));
        let mut event = Event::default().event("status").json_data(&status).ok()?;
        if std::mem::take(&mut self.is_first) {
            event = stream::first(event);
        }
        Some((Ok(event), self))
    }
}
