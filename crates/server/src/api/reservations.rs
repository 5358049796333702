//! Holding and releasing seats.

use axum::Json;
use axum::extract::State;
use onsale_booking::ids::{ConcertId, SeatKey, SeatNo};
use onsale_booking::request::RequestKey;
use onsale_booking::{Command, Outcome, Refusal};

use super::error::{ApiError, Problem};
use super::extract::{Body, ConcertPath, IdempotencyKey, Queued, SeatPath};
use super::model::seats::{ReservationAnswer, SeatNos};
use crate::app::Shared;

/// Hold a seat
///
/// Keeps the seat from others until `deadline`. Holding a seat again that you already hold returns the same hold.
#[utoipa::path(post, path = "/v1/concerts/{id}/seats/{seatNo}/reservations", tag = "seats",
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), ("seatNo" = u32, Path, description = "1 to capacity", example = 7),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies this intent: 1 to 255 visible ASCII characters")),
    responses((status = 200, description = "The held seat", body = ReservationAnswer),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `invalid_request`, `seat_no_out_of_range`, `seat_sold`, `seat_held`, `sale_not_open`, `sale_closed`, `hold_limit`, `idempotency_key_reused`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn hold(
    State(app): State<Shared>,
    queued: Queued,
    SeatPath(concert, seat_no): SeatPath,
    key: IdempotencyKey,
) -> Result<Json<ReservationAnswer>, ApiError> {
    let mut held = reserve(&app, &queued, concert, vec![seat_no], key.0).await?;
    held.pop().map(Json).ok_or(ApiError::Unknown)
}

/// Hold several seats
///
/// All or none, in the order of the request.
#[utoipa::path(post, path = "/v1/concerts/{id}/reservations", tag = "seats", request_body = SeatNos,
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies this intent: 1 to 255 visible ASCII characters")),
    responses((status = 200, description = "The held seats", body = Vec<ReservationAnswer>,
            example = json!([{"id": "0199d6a0-0000-5000-8000-0000000000a1",
                "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatNo": 7,
                "holderId": "0199d6a0-0000-7000-8000-000000000001", "price": 50000, "status": "held",
                "reservedAt": "2026-03-01T09:00:00Z", "deadline": "2026-03-01T09:05:00Z", "paidAt": null}])),
        (status = "4XX", description = "The same as for one seat", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn hold_several(
    State(app): State<Shared>,
    queued: Queued,
    ConcertPath(concert): ConcertPath,
    key: IdempotencyKey,
    Body(SeatNos { seat_nos }): Body<SeatNos>,
) -> Result<Json<Vec<ReservationAnswer>>, ApiError> {
    reserve(&app, &queued, concert, seat_nos, key.0).await.map(Json)
}

/// Holds seats, all or none.
///
/// # Errors
/// The refusal, or a store that cannot take it.
pub(crate) async fn reserve(
    app: &Shared,
    queued: &Queued,
    concert: ConcertId,
    seat_nos: Vec<SeatNo>,
    key: Option<RequestKey>,
) -> Result<Vec<ReservationAnswer>, ApiError> {
    let by = queued.guest();
    if key.is_none() {
        refuse_early(app, queued, concert, &seat_nos).await?;
    }
    match app.submit(Command::Reserve { by, concert, seat_nos, key }).await? {
        Outcome::Reserved(seats) => Ok(seats.iter().map(ReservationAnswer::from).collect()),
        other => Err(super::unexpected(&other)),
    }
}

/// Refuses without the store what can never succeed: a person inside who wants a single seat that is sold to somebody else, and
/// anything from a waiting person. The store decides everything else.
async fn refuse_early(
    app: &Shared,
    queued: &Queued,
    concert: ConcertId,
    seat_nos: &[SeatNo],
) -> Result<(), ApiError> {
    if app.desk.is_waiting(&queued.0).await {
        return Err(Refusal::NotAdmitted.into());
    }
    let &[seat_no] = seat_nos else { return Ok(()) };
    let Some(map) = app.store.maps.get(concert) else { return Ok(()) };
    let is_gone = map.view().is_sold_to_another(seat_no, queued.guest().user);
    if is_gone && app.desk.check_inside(&queued.0).await.is_ok() {
        return Err(Refusal::SeatSold { seat_no }.into());
    }
    Ok(())
}

/// Release a held seat
#[utoipa::path(delete, path = "/v1/concerts/{id}/seats/{seatNo}/reservations", tag = "seats",
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), ("seatNo" = u32, Path, description = "1 to capacity", example = 7)),
    responses((status = 200, description = "The seat, available again", body = ReservationAnswer,
            example = json!({"id": "0199d6a0-0000-5000-8000-0000000000a1",
                "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatNo": 7, "holderId": null,
                "price": 50000, "status": "available", "reservedAt": null, "deadline": null, "paidAt": null})),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `seat_no_out_of_range`, `seat_sold`, `not_holder`, `seat_not_held`, `hold_expired`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn give_back(
    State(app): State<Shared>,
    queued: Queued,
    SeatPath(concert, seat_no): SeatPath,
) -> Result<Json<ReservationAnswer>, ApiError> {
    release(&app, &queued, SeatKey { concert, seat_no }).await.map(Json)
}

/// Releases a held seat.
///
/// # Errors
/// The refusal, or a store that cannot take it.
pub(crate) async fn release(
    app: &Shared,
    queued: &Queued,
    seat: SeatKey,
) -> Result<ReservationAnswer, ApiError> {
    match app.submit(Command::Release { by: queued.guest(), seat }).await? {
        Outcome::Released(seat) => Ok(ReservationAnswer::from(&seat)),
        other => Err(super::unexpected(&other)),
    }
}
