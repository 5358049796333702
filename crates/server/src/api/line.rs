//! Steering the line.

use axum::Json;
use axum::extract::State;
use onsale_booking::ids::UserId;
use onsale_storage::port::DialChanges;

use super::error::{ApiError, Problem};
use super::extract::{Body, Operator};
use super::model::line::{LineAnswer, LinePatch};
use crate::app::{App, Shared};

/// The most people that may be inside at once.
const CAPACITY_MAX: u32 = 1_000_000;

/// Get the line
///
/// Operators only. The numbers are at most 0.1 s old.
#[utoipa::path(get, path = "/v1/line", tag = "operators", security(("operatorToken" = [])),
    responses((status = 200, description = "Dials and statistics", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`", body = Problem)))]
pub(super) async fn show(State(app): State<Shared>, _: Operator) -> Json<LineAnswer> {
    Json(answer(&app))
}

/// Set dials
///
/// Operators only. A dial that is left out keeps its value. What is set survives a restart and outranks the settings.
#[utoipa::path(patch, path = "/v1/line", tag = "operators", request_body = LinePatch, security(("operatorToken" = [])),
    responses((status = 200, description = "Dials and statistics", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn steer(
    State(app): State<Shared>,
    Operator(operator): Operator,
    Body(patch): Body<LinePatch>,
) -> Result<Json<LineAnswer>, ApiError> {
    turn_dials(&app, patch, operator).await.map(Json)
}

/// Sets dials on an operator's behalf, and returns all of them.
///
/// # Errors
/// An invalid capacity, or a line or store that does not answer.
pub(crate) async fn turn_dials(
    app: &Shared,
    patch: LinePatch,
    operator: UserId,
) -> Result<LineAnswer, ApiError> {
    if patch.capacity.is_some_and(|capacity| capacity > CAPACITY_MAX) {
        return Err(ApiError::invalid("capacity", format!("must be 0 to {CAPACITY_MAX}")));
    }
    let turned = DialChanges {
        capacity: patch.capacity,
        rate_per_minute: patch.rate_per_minute,
        paused: patch.paused,
    };
    tracing::info!(?turned, %operator, "an operator turns dials");
    app.desk.turn_dials(turned, Some(operator)).await?;
    Ok(answer(app))
}

fn answer(app: &App) -> LineAnswer {
    let (dials, tallies) = (app.desk.dials(), app.desk.tallies());
    LineAnswer {
        capacity: dials.capacity,
        rate_per_minute: dials.rate_per_minute,
        paused: dials.paused,
        waiting: tallies.waiting,
        inside: tallies.inside,
        head: tallies.head,
        tail: tallies.tail,
        epoch: tallies.epoch,
    }
}
