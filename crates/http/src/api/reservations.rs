//! Holding and releasing seats.

use axum::Json;
use axum::extract::State;
use onsale_app::error::AppError;
use onsale_booking::ids::SeatKey;

use super::extract::{Body, IdempotencyHeader, IdempotencyKey, Permitted, SeatPath};
use super::model::seats::{ReservationAnswer, SeatNos, SeatNumber};
use crate::error::HttpError;
use crate::path::ConcertPath;
use crate::problem::Problem;
use crate::site::Shared;

/// Hold a seat
///
/// Holds the seat until `deadline`, so that nobody else can have it. Repeating the request returns the same
/// hold.
#[utoipa::path(post, path = "/v1/concerts/{id}/seats/{seatNo}/reservations", tag = "seats",
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), ("seatNo" = SeatNumber, Path, description = "1 to the concert's capacity", example = 7),
        IdempotencyHeader),
    responses((status = 200, description = "The held seat", body = ReservationAnswer),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `invalid_request`, `seat_no_out_of_range`, `seat_unavailable`, `seat_sold`, `seat_held`, `sale_not_open`, `sale_closed`, `hold_limit`, `idempotency_key_reused`, `too_many_requests`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn hold(
    State(site): State<Shared>,
    Permitted(ticket, _permit): Permitted,
    SeatPath(concert, seat_no): SeatPath,
    IdempotencyKey(key): IdempotencyKey,
) -> Result<Json<ReservationAnswer>, HttpError> {
    let held = site.app.hold_seats(&ticket, concert, vec![seat_no], key).await?;
    let seat = held.first().ok_or(AppError::Unknown)?;
    Ok(Json(ReservationAnswer::from(seat)))
}

/// Hold several seats
///
/// All or none, in the order of the request.
#[utoipa::path(post, path = "/v1/concerts/{id}/reservations", tag = "seats", request_body = SeatNos,
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"),
        IdempotencyHeader),
    responses((status = 200, description = "The held seats", body = Vec<ReservationAnswer>,
            example = json!([{"id": "0199d6a0-0000-5000-8000-0000000000a1",
                "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatNo": 7,
                "holderId": "0199d6a0-0000-7000-8000-000000000001", "price": 50000, "status": "held",
                "reservedAt": "2026-03-01T09:00:00Z", "deadline": "2026-03-01T09:05:00Z", "paidAt": null}])),
        (status = "4XX", description = "The same as for one seat", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn hold_several(
    State(site): State<Shared>,
    Permitted(ticket, _permit): Permitted,
    ConcertPath(concert): ConcertPath,
    IdempotencyKey(key): IdempotencyKey,
    Body(SeatNos { seat_nos }): Body<SeatNos>,
) -> Result<Json<Vec<ReservationAnswer>>, HttpError> {
    let held = site.app.hold_seats(&ticket, concert, seat_nos, key).await?;
    Ok(Json(held.iter().map(ReservationAnswer::from).collect()))
}

/// Release a held seat
#[utoipa::path(delete, path = "/v1/concerts/{id}/seats/{seatNo}/reservations", tag = "seats",
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), ("seatNo" = SeatNumber, Path, description = "1 to the concert's capacity", example = 7)),
    responses((status = 200, description = "The seat, available again", body = ReservationAnswer,
            example = json!({"id": "0199d6a0-0000-5000-8000-0000000000a1",
                "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatNo": 7, "holderId": null,
                "price": 50000, "status": "available", "reservedAt": null, "deadline": null, "paidAt": null})),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `seat_no_out_of_range`, `seat_sold`, `not_holder`, `seat_not_held`, `hold_expired`, `too_many_requests`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn release(
    State(site): State<Shared>,
    Permitted(ticket, _permit): Permitted,
    SeatPath(concert, seat_no): SeatPath,
) -> Result<Json<ReservationAnswer>, HttpError> {
    let seat = site.app.release_seat(&ticket, SeatKey { concert, seat_no }, None).await?;
    Ok(Json(ReservationAnswer::from(&seat)))
}
