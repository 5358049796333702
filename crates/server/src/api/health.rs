//! Health and metrics.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use onsale_booking::ids::UserId;
use uuid::Uuid;

use super::error::{ApiError, Problem};
use crate::app::Shared;

/// Check that the process is alive
#[utoipa::path(get, path = "/livez", tag = "watching", security(()),
    responses((status = 200, description = "It is alive", body = String, content_type = "text/plain", example = "ok")))]
pub(super) async fn live() -> &'static str {
    "ok"
}

/// Check that the server is ready
#[utoipa::path(get, path = "/readyz", tag = "watching", security(()),
    responses((status = 200, description = "It takes reads and writes and reaches the line", body = String, content_type = "text/plain", example = "ok"),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn ready(State(app): State<Shared>) -> Result<&'static str, ApiError> {
    if app.stopping.is_cancelled() || !app.store.writer.is_working() || !app.desk.is_line_there() {
        return Err(ApiError::Unavailable);
    }
    app.store.reads.balance(UserId(Uuid::nil())).await?;
    Ok("ok")
}

/// Get metrics for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "watching", security(()),
    responses((status = 200, description = "Metrics in the Prometheus text format", body = String, content_type = "text/plain",
        example = "onsale_line_waiting 1200\n")))]
pub(super) async fn metrics(State(app): State<Shared>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render())
}
