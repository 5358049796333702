//! Health and metrics.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::extract::MetricsReader;
use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// Check that the process is alive
#[utoipa::path(get, path = "/livez", tag = "watching", security(()),
    responses((status = 200, description = "The process is alive", body = String, content_type = "text/plain", example = "ok")))]
pub(super) async fn live() -> &'static str {
    "ok"
}

/// Check that the server is ready
#[utoipa::path(get, path = "/readyz", tag = "watching", security(()),
    responses((status = 200, description = "The server can read, write and reach the line", body = String, content_type = "text/plain", example = "ok"),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn ready(State(site): State<Shared>) -> Result<&'static str, HttpError> {
    site.app.check_ready().await?;
    Ok("ok")
}

/// Get metrics for Prometheus
///
/// Needs the token of the setting `metrics_token`, or an operator token.
#[utoipa::path(get, path = "/metrics", tag = "watching", security(("metricsToken" = []), ("operatorToken" = [])),
    responses((status = 200, description = "Metrics in the Prometheus text format", body = String, content_type = "text/plain",
        example = "onsale_line_waiting 1200\n"),
        (status = "4XX", description = "`token_missing`, `token_invalid`, `token_expired`, `token_kind`, `operator_only`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn metrics(_: MetricsReader, State(site): State<Shared>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], site.metrics.render())
}
