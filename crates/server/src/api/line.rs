//! Steering the line.

use axum::Json;
use axum::extract::State;
use onsale_booking::ids::UserId;
use onsale_line::Capacity;
use onsale_storage::port::DialChanges;

use super::error::{ApiError, Problem};
use super::extract::{Body, Operator};
use super::model::line::{LineAnswer, LinePatch};
use crate::app::{App, Shared};

/// The line
///
/// Operators only. Figures are at most 0.1 s old.
#[utoipa::path(get, path = "/v1/line", tag = "operators", security(("operatorToken" = [])),
    responses((status = 200, description = "Dials and figures", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`", body = Problem)))]
pub(super) async fn show(State(app): State<Shared>, _: Operator) -> Json<LineAnswer> {
    Json(answer(&app))
}

/// Turn dials
///
/// Operators only. What is left out stays as it is; what is set outlives a restart and outranks the settings.
#[utoipa::path(patch, path = "/v1/line", tag = "operators", request_body = LinePatch, security(("operatorToken" = [])),
    responses((status = 200, description = "Dials and figures", body = LineAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn steer(
    State(app): State<Shared>,
    Operator(operator): Operator,
    Body(patch): Body<LinePatch>,
) -> Result<Json<LineAnswer>, ApiError> {
    turn_dials(&app, patch, operator).await.map(Json)
}

/// Turns dials on an operator's behalf, and gives them as they are then.
///
/// # Errors
/// A capacity that cannot be, or that the line or the store does not answer.
pub(crate) async fn turn_dials(
    app: &Shared,
    patch: LinePatch,
    operator: UserId,
) -> Result<LineAnswer, ApiError> {
    let too_many = || ApiError::invalid("capacity", format!("must be 0 to {}", Capacity::MAX));
    let capacity = patch.capacity.map(|people| Capacity::new(people).ok_or_else(too_many)).transpose()?;
    let turned = DialChanges { capacity, rate_per_minute: patch.rate_per_minute, paused: patch.paused };
    tracing::info!(?turned, %operator, "an operator turns dials");
    app.desk.turn_dials(turned, Some(operator)).await?;
    Ok(answer(app))
}

fn answer(app: &App) -> LineAnswer {
    let (dials, tallies) = (app.desk.dials(), app.desk.tallies());
    LineAnswer {
        capacity: dials.capacity.get(),
        rate_per_minute: dials.rate_per_minute,
        paused: dials.paused,
        waiting: tallies.waiting,
        inside: tallies.inside,
        head: tallies.head,
        tail: tallies.tail,
        epoch: tallies.epoch,
    }
}
