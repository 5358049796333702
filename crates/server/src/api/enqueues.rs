//! Joining the line, polling, and leaving.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::HttpBody;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use uuid::Uuid;

use super::error::{ApiError, Problem, whole_seconds};
use super::extract::{Caller, Queued};
use super::model::line::{EstimatedWait, Joined, QueueStatus, StatusName};
use crate::app::Shared;
use crate::connection::AtOnce;
use crate::desk::Standing;
use crate::tokens::bearer;

/// People inside do not have to poll, but may do so this often to learn that their time is over.
const INSIDE_POLL: Duration = Duration::from_secs(30);

/// Join the line
///
/// Returns a queue token. A user has one place: joining again returns it. If there is room inside and nobody is ahead,
/// the answer already says `admitted`.
#[utoipa::path(post, path = "/v1/enqueues", tag = "line", security(("userToken" = [])),
    responses((status = 200, description = "The queue token and its status", body = Joined),
        (status = "4XX", description = "`token_missing`, `token_invalid`, `token_expired`, `token_kind`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn join(State(app): State<Shared>, Caller(user): Caller) -> Result<Json<Joined>, ApiError> {
    let (ticket, standing) = app.desk.join(user).await?;
    let token = app.keys.sign_queue(&ticket, Uuid::now_v7(), app.now());
    Ok(Json(Joined { token, status: status(ticket.number, standing, app.now()) }))
}

/// Get my status in line
///
/// Poll as often as `pollAfterMs` says; while waiting, a much earlier poll is refused with 429. An ended token gets status
/// `ended`, not a refusal.
#[utoipa::path(get, path = "/v1/enqueues", tag = "line", security(("queueToken" = [])),
    responses((status = 200, description = "The status of the token; `Retry-After` says when to poll again", body = QueueStatus),
        (status = "4XX", description = "`token_*`, `too_many_requests`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn poll(State(app): State<Shared>, Queued(ticket): Queued) -> Result<Response, ApiError> {
    let standing = app.desk.poll(&ticket).await?;
    Ok(told(status(ticket.number, standing, app.now())))
}

/// The answer to a poll.
fn told(status: QueueStatus) -> Response {
    let retry_after = status.poll_after_ms.map(|after_ms| whole_seconds(Duration::from_millis(after_ms)));
    let mut response = Json(status).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Answers polls of waiting people, by far the most frequent request, without the router and its layers. It only gives answers
/// that [`poll`] would give, and leaves anything unusual to it.
pub(crate) fn polls_at_once(app: Shared) -> AtOnce {
    let routes = ["/v1/enqueues", "/enqueues"].map(|path| (path, app.metrics.route(path)));
    Arc::new(move |request| {
        let (path, route) = routes.iter().find(|(path, _)| *path == request.uri().path())?;
        if request.method() != Method::GET || !request.body().is_end_stream() {
            return None;
        }
        let (started, now) = (Instant::now(), app.now());
        let ticket = app.keys.read_queue(bearer(request.headers()).ok()?, now).ok()?;
        let standing = app.desk.poll_at_once(&ticket)?;
        let response = told(status(ticket.number, standing, now));
        let (answered, took) = (response.status().as_u16(), started.elapsed());
        app.metrics.request(*route, answered, took);
        tracing::debug!(path, status = answered, took_us = took.as_micros(), "answered");
        Some(response)
    })
}

/// Leave the line
///
/// Gives up the place for good and releases every held seat.
#[utoipa::path(delete, path = "/v1/enqueues", tag = "line", security(("queueToken" = [])),
    responses((status = 200, description = "The ended place", body = QueueStatus,
            example = json!({"status": "ended", "number": 1284, "ahead": 0, "position": 0, "estimatedWait": null,
                "pollAfterMs": null, "admittedUntil": null})),
        (status = "4XX", description = "`token_*`, `pass_ended`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn leave(
    State(app): State<Shared>,
    Queued(ticket): Queued,
) -> Result<Json<QueueStatus>, ApiError> {
    let standing = app.desk.leave(&ticket).await?;
    Ok(Json(status(ticket.number, standing, app.now())))
}

/// A line status as the API returns it.
pub(super) fn status(number: u64, standing: Standing, now: Timestamp) -> QueueStatus {
    let ended = QueueStatus {
        status: StatusName::Ended,
        number,
        ahead: 0,
        position: 0,
        estimated_wait: None,
        poll_after_ms: None,
        admitted_until: None,
    };
    match standing {
        Standing::Waiting { ahead, estimate, poll_after } => QueueStatus {
            status: StatusName::Waiting,
            ahead,
            position: ahead + 1,
            estimated_wait: estimate.map(EstimatedWait::from),
            poll_after_ms: Some(millis(poll_after)),
            ..ended
        },
        Standing::Admitted { until } => {
            let left = until.duration_since(now).max(jiff::SignedDuration::ZERO).unsigned_abs();
            QueueStatus {
                status: StatusName::Admitted,
                poll_after_ms: Some(millis(left.min(INSIDE_POLL))),
                admitted_until: Some(until),
                ..ended
            }
        }
        Standing::Ended => ended,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
