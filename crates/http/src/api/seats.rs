//! A concert's seat map.

use axum::body::Bytes;
use axum::extract::State;
use onsale_booking::ids::{SeatNo, UserId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Permitted, Query};
use super::model::seats::{LIST_END, SeatStatusName, SeatsAnswer, list_start, write_seat};
use crate::error::HttpError;
use crate::path::ConcertPath;
use crate::pieces::JsonPieces;
use crate::problem::Problem;
use crate::seat_map_cache::Selection;
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
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `other_sale`, `invalid_request`, `too_many_requests`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn list(
    State(site): State<Shared>,
    Permitted(ticket, permit): Permitted,
    ConcertPath(concert): ConcertPath,
    Query(query): Query<SeatQuery>,
) -> Result<JsonPieces, HttpError> {
    let wanted = query.status.map(|text| status(&text)).transpose()?;
    let map = site.app.seat_map(&ticket, concert).await?;
    let (now, reader) = (site.app.now(), UserId(ticket.user));
    let snapshot = map.snapshot();
    let selection = Selection { seats: 1..=SeatNo::MAX, status: wanted.map(Into::into), reader };
    let seats = site.seat_map_cache.pieces(concert, &snapshot, now, &selection, write_seat)?;
    let start = list_start(&SeatsAnswer {
        concert_id: concert.0,
        event_date: map.concert.event_date,
        version: snapshot.version().to_string(),
        seats: Vec::new(),
    });
    let (start, end) = (Bytes::from(start), Bytes::from_static(LIST_END.as_bytes()));
    Ok(JsonPieces::new([start].into_iter().chain(seats).chain([end]), permit))
}

fn status(text: &str) -> Result<SeatStatusName, HttpError> {
    match text {
        "available" => Ok(SeatStatusName::Available),
        "held" => Ok(SeatStatusName::Held),
        "sold" => Ok(SeatStatusName::Sold),
        "unavailable" => Ok(SeatStatusName::Unavailable),
        _ => Err(HttpError::invalid("status", "must be available, held, sold or unavailable")),
    }
}
