//! Paying for held seats.

use axum::Json;
use axum::extract::State;
use onsale_app::error::AppError;

use super::extract::{Body, IdempotencyHeader, IdempotencyKey, Permitted, SeatPath};
use super::model::seats::{SeatNos, SeatNumber};
use super::model::wallet::PaymentAnswer;
use crate::error::HttpError;
use crate::path::ConcertPath;
use crate::problem::Problem;
use crate::site::Shared;

/// Pay for a seat
///
/// Takes the price from the wallet, writes the bill, sells the seat, releases all your other holds and ends
/// the queue token: all of it or nothing. Repeating a successful payment returns its bill.
#[utoipa::path(post, path = "/v1/concerts/{id}/seats/{seatNo}/payments", tag = "seats",
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), ("seatNo" = SeatNumber, Path, description = "1 to the concert's capacity", example = 7),
        IdempotencyHeader),
    responses((status = 200, description = "The bill and the balance left in the wallet", body = PaymentAnswer),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `invalid_request`, `seat_no_out_of_range`, `seat_sold`, `not_holder`, `seat_not_held`, `hold_expired`, `insufficient_balance`, `idempotency_key_reused`, `too_many_requests`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn pay(
    State(site): State<Shared>,
    Permitted(ticket, _permit): Permitted,
    SeatPath(concert, seat_no): SeatPath,
    IdempotencyKey(key): IdempotencyKey,
) -> Result<Json<PaymentAnswer>, HttpError> {
    let payment = site.app.pay(&ticket, concert, vec![seat_no], key, None).await?;
    let mut answers = PaymentAnswer::all(&payment);
    Ok(answers.pop().map(Json).ok_or(AppError::Unknown)?)
}

/// Pay for several seats
///
/// All or none, in the order of the request.
#[utoipa::path(post, path = "/v1/concerts/{id}/payments", tag = "seats", request_body = SeatNos,
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"),
        IdempotencyHeader),
    responses((status = 200, description = "The bills", body = Vec<PaymentAnswer>,
            example = json!([{"id": "0199d6a0-0000-7000-8000-0000000000b1",
                "concertId": "0199d6a0-0000-7000-8000-0000000000c1",
                "seatId": "0199d6a0-0000-5000-8000-0000000000a1", "seatNo": 7,
                "holderId": "0199d6a0-0000-7000-8000-000000000001", "amount": 50000,
                "createdAt": "2026-03-01T09:02:00Z", "balance": 50000}])),
        (status = "4XX", description = "The same as for one seat", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn pay_several(
    State(site): State<Shared>,
    Permitted(ticket, _permit): Permitted,
    ConcertPath(concert): ConcertPath,
    IdempotencyKey(key): IdempotencyKey,
    Body(SeatNos { seat_nos }): Body<SeatNos>,
) -> Result<Json<Vec<PaymentAnswer>>, HttpError> {
    let payment = site.app.pay(&ticket, concert, seat_nos, key, None).await?;
    Ok(Json(PaymentAnswer::all(&payment)))
}
