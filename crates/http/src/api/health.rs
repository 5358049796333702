//! For those who watch the server.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// Is the process alive?
#[utoipa::path(get, path = "/livez", tag = "watching", security(()),
    responses((status = 200, description = "It is", body = String, content_type = "text/plain", example = "ok")))]
pub(super) async fn live() -> &'static str {
    "ok"
}

/// Can it serve?
#[utoipa::path(get, path = "/readyz", tag = "watching", security(()),
    responses((status = 200, description = "It takes reads and writes", body = String, content_type = "text/plain", example = "ok"),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn ready(State(site): State<Shared>) -> Result<&'static str, HttpError> {
    site.app.check_ready().await?;
    Ok("ok")
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "watching", security(()),
    responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain",
        example = "onsale_line_waiting 1200\n")))]
pub(super) async fn metrics(State(site): State<Shared>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], site.metrics.render())
}
