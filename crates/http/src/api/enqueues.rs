//! Joining the line, polling, and leaving.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::HttpBody;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use onsale_app::joining::JoinRequest;
use onsale_booking::ids::{SaleId, UserId};
use uuid::Uuid;

use super::extract::{CallerToken, OptionalBody, Queued};
use super::model::line::{JoinBody, Joined, QueueStatus};
use crate::bearer::bearer;
use crate::connection::FastPath;
use crate::error::HttpError;
use crate::head;
use crate::problem::{Problem, whole_seconds};
use crate::response_headers::protect;
use crate::site::Shared;

/// Join the line
///
/// Returns a queue token. A user has one place in each sale: joining again returns the same place. If there
/// is room inside and nobody is ahead, the status is `admitted` at once. Without a body you join the main
/// sale.
#[utoipa::path(post, path = "/v1/enqueues", tag = "line", request_body = Option<JoinBody>, security(("userToken" = [])),
    responses((status = 200, description = "The queue token and its status", body = Joined),
        (status = "4XX", description = "`token_missing`, `token_invalid`, `token_expired`, `token_kind`, `not_found`, `group_required`, `sale_not_open`, `sale_closed`, `code_invalid`, `code_used_up`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn join(
    State(site): State<Shared>,
    CallerToken(token): CallerToken,
    OptionalBody(body): OptionalBody<JoinBody>,
) -> Result<Json<Joined>, HttpError> {
    let request = JoinRequest {
        user: UserId(token.user),
        groups: &token.groups,
        sale: body.sale_id.map(SaleId),
        code: body.code.as_deref(),
    };
    let (ticket, status) = site.app.join(request).await?;
    let token = site.app.keys.sign_queue(&ticket, Uuid::now_v7(), site.app.now());
    Ok(Json(Joined { token, status: QueueStatus::new(&site.app, &ticket, status) }))
}

/// Get my status in line
///
/// Poll again after `pollAfterMs`; while waiting, a much earlier poll gets 429. A token whose place has ended
/// gets the status `ended`, not an error.
#[utoipa::path(get, path = "/v1/enqueues", tag = "line", security(("queueToken" = [])),
    responses((status = 200, description = "The status of the token; `Retry-After` says when to poll again", body = QueueStatus),
        (status = "4XX", description = "`token_*`, `too_many_requests`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn poll(State(site): State<Shared>, Queued(ticket): Queued) -> Result<Response, HttpError> {
    let status = site.app.poll(&ticket).await?;
    Ok(poll_response(QueueStatus::new(&site.app, &ticket, status)))
}

/// The response to a poll, with its `Retry-After`.
fn poll_response(status: QueueStatus) -> Response {
    let retry_after = status.poll_after_ms.map(|after_ms| whole_seconds(Duration::from_millis(after_ms)));
    let mut response = Json(status).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Answers polls of waiting people, which are most of all requests, before the router and its layers. Its
/// responses are those of [`poll`]; it leaves every unusual request to the router.
pub(crate) fn poll_fast_path(site: Shared) -> FastPath {
    let routes = ["/v1/enqueues", "/enqueues"].map(|path| (path, site.metrics.route(path)));
    Arc::new(move |request| {
        let (path, route) = routes.iter().find(|(path, _)| *path == request.uri().path())?;
        if request.method() != Method::GET || !request.body().is_end_stream() {
            return None;
        }
        head::check(request, 0).ok()?;
        let (started, now) = (Instant::now(), site.app.now());
        let ticket = site.app.keys.read_queue(bearer(request.headers()).ok()?, now).ok()?;
        let status = site.app.poll_from_memory(&ticket)?;
        let mut response = poll_response(QueueStatus::new(&site.app, &ticket, status));
        protect(response.headers_mut());
        let (code, took) = (response.status().as_u16(), started.elapsed());
        site.metrics.request(*route, code, took);
        tracing::debug!(path, status = code, took_us = took.as_micros(), "answered");
        Some(response)
    })
}

/// Leave the line
///
/// Gives up the place for good and releases every seat you hold.
#[utoipa::path(delete, path = "/v1/enqueues", tag = "line", security(("queueToken" = [])),
    responses((status = 200, description = "The ended place", body = QueueStatus,
            example = json!({"status": "ended", "saleId": "0199d6a0-0000-7000-8000-0000000000d0", "phase": "open", "opensAt": null,
                "number": 1284, "place": 1284, "ahead": 0, "position": 0, "estimatedWait": null, "outlook": null,
                "pollAfterMs": null, "waitSupported": false, "admittedUntil": null})),
        (status = "4XX", description = "`token_*`, `pass_ended`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn leave(
    State(site): State<Shared>,
    Queued(ticket): Queued,
) -> Result<Json<QueueStatus>, HttpError> {
    let status = site.app.leave(&ticket, None).await?;
    Ok(Json(QueueStatus::new(&site.app, &ticket, status)))
}
