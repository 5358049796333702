//! Joining the line, polling, and leaving.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use onsale_app::held_polls::HeldAnswer;
use onsale_app::joining::JoinRequest;
use onsale_booking::ids::{SaleId, UserId};
use uuid::Uuid;

use super::extract::{CallerToken, OptionalBody, PreferHeader, Queued, Wait};
use super::model::line::{JoinBody, Joined, PhaseName, QueueStatus};
use crate::error::HttpError;
use crate::prefer::{HeldFor, PREFERENCE_APPLIED};
use crate::problem::{Problem, whole_seconds};
use crate::site::{Shared, Site};

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
) -> Result<Joined, HttpError> {
    let request = JoinRequest {
        user: UserId(token.user),
        groups: &token.groups,
        sale: body.sale_id.map(SaleId),
        code: body.code.as_deref(),
    };
    joined(&site, request).await
}

/// Gives somebody a place, and the token for it.
pub(super) async fn joined(site: &Site, request: JoinRequest<'_>) -> Result<Joined, HttpError> {
    let (ticket, status) = site.app.join(request).await?;
    let token = site.app.keys.sign_queue(&ticket, Uuid::now_v7(), site.app.now());
    Ok(Joined { token, status: QueueStatus::new(&site.app, &ticket, status) })
}

/// Get my status in line
///
/// Poll again after `pollAfterMs`; while waiting, a much earlier poll gets 429. A token whose place has ended
/// gets the status `ended`, not an error.
///
/// If the last status says `waitSupported`, a poll with `Prefer: wait=20` is never too early, and its answer
/// is held until the status or the phase changes, or for 20 s. `Preference-Applied` says that it was: then
/// you may poll again as soon as `pollAfterMs` have passed since you asked. Add the phase that you know
/// (`wait=20; phase=open`): then a change between two polls is not missed. A ticket has one such poll at a
/// time; a newer one ends the older.
#[utoipa::path(get, path = "/v1/enqueues", tag = "line", security(("queueToken" = [])), params(PreferHeader),
    responses((status = 200, description = "The status of the token; `Retry-After` says when to poll again", body = QueueStatus,
            headers(("Preference-Applied" = Option<String>, description = "`wait=N` if the answer was held; `N` is at most 25"))),
        (status = "4XX", description = "`token_*`, `too_many_requests`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn poll(
    State(site): State<Shared>,
    Queued(ticket): Queued,
    Wait(wait): Wait,
) -> Result<Response, HttpError> {
    let Some(wait) = wait else {
        let status = site.app.poll(&ticket).await?;
        return Ok(poll_response(QueueStatus::new(&site.app, &ticket, status)));
    };
    let known = wait.phase.as_deref().and_then(PhaseName::phase_of);
    let HeldAnswer { status, held_for } = site.app.poll_held(&ticket, wait.long, known).await?;
    let mut response = poll_response(QueueStatus::new(&site.app, &ticket, status));
    if let Some(time) = held_for {
        response.extensions_mut().insert(HeldFor(time));
        // Digits and ASCII letters are always a header's value.
        if let Ok(applied) = HeaderValue::try_from(format!("wait={}", wait.long.as_secs())) {
            response.headers_mut().insert(PREFERENCE_APPLIED, applied);
        }
    }
    Ok(response)
}

/// The response to a poll, with its `Retry-After`.
pub(super) fn poll_response(status: QueueStatus) -> Response {
    let retry_after = status.poll_after_ms.map(|after_ms| whole_seconds(Duration::from_millis(after_ms)));
    let mut response = Json(status).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
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
