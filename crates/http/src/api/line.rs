//! The line's dials and statistics, for operators.

use axum::Json;
use axum::extract::State;

use super::extract::{Body, Operator};
use super::model::line::{LineAnswer, LinePatch};
use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// Get the line
///
/// Operators only. The numbers are at most 0.1 s old.
#[utoipa::path(get, path = "/v1/line", tag = "operators", security(("operatorToken" = [])),
    responses((status = 200, description = "Dials and statistics", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`", body = Problem)))]
pub(super) async fn show(State(site): State<Shared>, _: Operator) -> Json<LineAnswer> {
    Json(LineAnswer::of(&site.app.main_line()))
}

/// Set dials
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
    site.app.set_dials(patch.changes()?, None, operator).await?;
    Ok(Json(LineAnswer::of(&site.app.main_line())))
}
