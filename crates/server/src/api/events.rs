//! Where do I stand, told as it changes (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::watch;

use super::enqueues::status;
use super::error::{ApiError, Problem};
use super::extract::Queued;
use super::model::line::{QueueStatus, StatusName};
use crate::app::Shared;
use crate::tokens::Ticket;

/// An open stream costs a comment this often, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Follow where I stand
///
/// Sends event `status` with the same JSON as `GET /v1/enqueues`: at once, whenever the standing changes for
/// good, and about as often as `pollAfterMs` says. An open stream is a sign of life. The stream ends after
/// `ended`.
#[utoipa::path(get, path = "/v1/enqueues/events", tag = "line", security(("queueToken" = [])),
    responses((status = 200, description = "Events named `status`", body = QueueStatus, content_type = "text/event-stream",
            example = "retry: 3120\nevent: status\ndata: {\"status\":\"waiting\",\"number\":1284,\"ahead\":310,\"position\":311,\"estimatedWait\":null,\"pollAfterMs\":1000,\"admittedUntil\":null}\n\n"),
        (status = "4XX", description = "`token_*`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn follow(
    State(app): State<Shared>,
    Queued(ticket): Queued,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    // A token that was never given out is refused before a stream begins.
    app.desk.look(&ticket).await?;
    let stream = Follower::new(app, ticket);
    Ok(Sse::new(unfold(stream, Follower::next)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Follower {
    app: Shared,
    ticket: Ticket,
    /// `None` only while it is dropped.
    wake: Option<watch::Receiver<()>>,
    /// How long to wait before the next event; `None` after the last.
    pause: Option<Duration>,
    is_first: bool,
}

impl Follower {
    fn new(app: Shared, ticket: Ticket) -> Self {
        let wake = Some(app.desk.stream(ticket.number));
        Self { app, ticket, wake, pause: Some(Duration::ZERO), is_first: true }
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let pause = self.pause?;
        let wake = self.wake.as_mut()?;
        if !pause.is_zero() {
            tokio::select! {
                _ = wake.changed() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.app.stopping.cancelled() => return None,
            }
        }
        // A store that does not answer ends the stream; the client comes back on its own.
        let standing = self.app.desk.look(&self.ticket).await.ok()?;
        let status = status(self.ticket.number, standing, self.app.now());
        let is_last = status.status == StatusName::Ended;
        self.pause =
            status.poll_after_ms.filter(|_| !is_last).map(|after| Duration::from_millis(after.max(1)));
        let mut event = Event::default().event("status").json_data(&status).ok()?;
        if std::mem::take(&mut self.is_first) {
            // Streams that break together must not come back together.
            event = event.retry(Duration::from_millis(rand::random_range(1_000..=5_000)));
        }
        Some((Ok(event), self))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.wake = None;
        self.app.desk.close_stream(self.ticket.number);
    }
}
