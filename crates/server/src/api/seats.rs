//! A concert's seat map.

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use onsale_booking::Refusal;
use onsale_booking::ids::UserId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::error::{ApiError, Problem};
use super::extract::{ConcertPath, Queued};
use super::model::seats::{SeatAnswer, SeatStatusName, SeatsAnswer};
use crate::app::Shared;

/// Which seats to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SeatQuery {
    /// Only seats with this status: `available`, `held` or `sold`.
    #[param(value_type = Option<SeatStatusName>)]
    status: Option<String>,
}

/// List a concert's seats
///
/// Every seat with its price and status. The answer does not say who has a seat; `mine` marks your own.
#[utoipa::path(get, path = "/v1/concerts/{id}/seats", tag = "concerts", security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), SeatQuery),
    responses((status = 200, description = "The seats, by number", body = SeatsAnswer),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `invalid_request`", body = Problem)))]
pub(super) async fn list(
    State(app): State<Shared>,
    Queued(ticket): Queued,
    ConcertPath(concert): ConcertPath,
    query: Result<Query<SeatQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(query) = query.map_err(|_| ApiError::invalid("query", "cannot be read"))?;
    let wanted = query.status.map(|text| status(&text)).transpose()?;
    app.desk.check_inside(&ticket).await?;
    let map = app.store.maps.get(concert).ok_or(Refusal::ConcertNotFound)?;
    let (now, user) = (app.now(), UserId(ticket.user));
    let view = map.view();
    let say = || {
        let seats = view.seats().iter().map(|seat| SeatAnswer::new(seat, user, now));
        serde_json::to_vec(&SeatsAnswer {
            concert_id: concert.0,
            event_date: map.concert.event_date,
            version: view.version().to_string(),
            seats: seats.filter(|seat| wanted.is_none_or(|wanted| wanted == seat.status)).collect(),
        })
        .map_err(|error| {
            tracing::error!(%error, "a map of seats cannot be said");
            ApiError::Unavailable
        })
    };
    let is_as_for_all = wanted.is_none() && !view.seats().iter().any(|seat| seat.holder() == Some(user));
    let body = if is_as_for_all { app.seat_bodies.of(concert, &view, now, say)? } else { say()?.into() };
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

fn status(text: &str) -> Result<SeatStatusName, ApiError> {
    match text {
        "available" => Ok(SeatStatusName::Available),
        "held" => Ok(SeatStatusName::Held),
        "sold" => Ok(SeatStatusName::Sold),
        _ => Err(ApiError::invalid("status", "must be available, held or sold")),
    }
}
