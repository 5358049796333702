//! A concert's seat map.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use onsale_app::error::AppError;
use onsale_booking::ids::UserId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Query, Queued};
use super::model::seats::{SeatAnswer, SeatStatusName, SeatsAnswer};
use crate::error::HttpError;
use crate::path::ConcertPath;
use crate::problem::Problem;
use crate::site::Shared;

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
/// Lists every seat with its price and status. It does not say who has a seat; `mine` marks your own.
#[utoipa::path(get, path = "/v1/concerts/{id}/seats", tag = "concerts", security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), SeatQuery),
    responses((status = 200, description = "The seats, by number", body = SeatsAnswer),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `invalid_request`", body = Problem)))]
pub(super) async fn list(
    State(site): State<Shared>,
    Queued(ticket): Queued,
    ConcertPath(concert): ConcertPath,
    Query(query): Query<SeatQuery>,
) -> Result<Response, HttpError> {
    let wanted = query.status.map(|text| status(&text)).transpose()?;
    let map = site.app.seat_map(&ticket, concert).await?;
    let (now, user) = (site.app.now(), UserId(ticket.user));
    let snapshot = map.snapshot();
    let render = || {
        let seats = snapshot.seats().iter().map(|seat| SeatAnswer::new(seat, user, now));
        serde_json::to_vec(&SeatsAnswer {
            concert_id: concert.0,
            event_date: map.concert.event_date,
            version: snapshot.version().to_string(),
            seats: seats.filter(|seat| wanted.is_none_or(|wanted| wanted == seat.status)).collect(),
        })
        .map_err(|error| {
            tracing::error!(%error, "cannot serialise a seat map");
            AppError::Unavailable
        })
    };
    let is_shared = wanted.is_none() && !snapshot.seats().iter().any(|seat| seat.holder() == Some(user));
    let body = if is_shared {
        let render = || Ok::<_, AppError>((render()?, snapshot.next_deadline(now)));
        site.seat_map_cache.body(concert, snapshot.version(), now, render)?
    } else {
        render()?.into()
    };
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

fn status(text: &str) -> Result<SeatStatusName, HttpError> {
    match text {
        "available" => Ok(SeatStatusName::Available),
        "held" => Ok(SeatStatusName::Held),
        "sold" => Ok(SeatStatusName::Sold),
        _ => Err(HttpError::invalid("status", "must be available, held or sold")),
    }
}
