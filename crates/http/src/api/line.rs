//! Dials and statistics of lines, for operators.

use axum::Json;
use axum::extract::State;

use super::extract::{Body, Operator};
use super::model::line::{LineAnswer, LinePatch};
use crate::error::HttpError;
use crate::path::SalePath;
use crate::problem::Problem;
use crate::site::Shared;

/// Get the main sale's line
///
/// Operators only. The numbers are at most 0.1 s old.
#[utoipa::path(get, path = "/v1/line", tag = "operators", security(("operatorToken" = [])),
    responses((status = 200, description = "Dials and statistics", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`", body = Problem)))]
pub(super) async fn show(State(site): State<Shared>, _: Operator) -> Json<LineAnswer> {
    Json(LineAnswer::of(&site.app.main_line()))
}

/// Set dials of the main sale's line
///
/// Operators only. A dial that is left out keeps its value. The new values survive a restart and override the
/// settings.
#[utoipa::path(patch, path = "/v1/line", tag = "operators", request_body = LinePatch, security(("operatorToken" = [])),
    responses((status = 200, description = "Dials and statistics", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn set_dials(
    State(site): State<Shared>,
    Operator(operator): Operator,
    Body(patch): Body<LinePatch>,
) -> Result<Json<LineAnswer>, HttpError> {
    site.app.set_dials(site.app.main_sale(), patch.changes()?, None, operator).await?;
    Ok(Json(LineAnswer::of(&site.app.main_line())))
}

/// Get a sale's line
///
/// Operators only. The numbers are at most 0.1 s old.
#[utoipa::path(get, path = "/v1/sales/{id}/line", tag = "operators", security(("operatorToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The sale")),
    responses((status = 200, description = "Dials and statistics", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `not_found`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn show_of_sale(
    State(site): State<Shared>,
    _: Operator,
    SalePath(sale): SalePath,
) -> Result<Json<LineAnswer>, HttpError> {
    Ok(Json(LineAnswer::of(&site.app.line(sale).await?)))
}

/// Set dials of a sale's line
///
/// Operators only. A dial that is left out keeps its value. The new values survive a restart and override the
/// settings.
#[utoipa::path(patch, path = "/v1/sales/{id}/line", tag = "operators", request_body = LinePatch, security(("operatorToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The sale")),
    responses((status = 200, description = "Dials and statistics", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `not_found`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn set_dials_of_sale(
    State(site): State<Shared>,
    Operator(operator): Operator,
    SalePath(sale): SalePath,
    Body(patch): Body<LinePatch>,
) -> Result<Json<LineAnswer>, HttpError> {
    site.app.set_dials(sale, patch.changes()?, None, operator).await?;
    Ok(Json(LineAnswer::of(&site.app.line(sale).await?)))
}
