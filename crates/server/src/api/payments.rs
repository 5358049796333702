//! Paying for held seats.

use axum::Json;
use axum::extract::State;
use onsale_booking::ids::{BillId, ConcertId, SeatNo};
use onsale_booking::request::RequestKey;
use onsale_booking::{Command, Outcome};
use uuid::Uuid;

use super::error::{ApiError, Problem};
use super::extract::{Body, ConcertPath, IdempotencyKey, Queued, SeatPath};
use super::model::seats::SeatNos;
use super::model::wallet::{BillAnswer, PaymentAnswer};
use crate::app::Shared;

/// Pay for a seat
///
/// Takes the price from the wallet, writes the bill, sells the seat, releases every other hold and ends the queue token: all
/// of it or nothing. Repeating a successful payment returns its bill.
#[utoipa::path(post, path = "/v1/concerts/{id}/seats/{seatNo}/payments", tag = "seats",
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"), ("seatNo" = u32, Path, description = "1 to capacity", example = 7),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies this intent: 1 to 255 visible ASCII characters")),
    responses((status = 200, description = "The bill and what is left in the wallet", body = PaymentAnswer),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `not_found`, `invalid_request`, `seat_no_out_of_range`, `seat_sold`, `not_holder`, `seat_not_held`, `hold_expired`, `insufficient_balance`, `idempotency_key_reused`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn pay(
    State(app): State<Shared>,
    queued: Queued,
    SeatPath(concert, seat_no): SeatPath,
    key: IdempotencyKey,
) -> Result<Json<PaymentAnswer>, ApiError> {
    let mut paid = pay_all(&app, &queued, concert, vec![seat_no], key.0).await?;
    paid.pop().map(Json).ok_or(ApiError::Unknown)
}

/// Pay for several seats
///
/// All or none, in the order of the request.
#[utoipa::path(post, path = "/v1/concerts/{id}/payments", tag = "seats", request_body = SeatNos,
    security(("queueToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The concert"),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies this intent: 1 to 255 visible ASCII characters")),
    responses((status = 200, description = "The bills", body = Vec<PaymentAnswer>,
            example = json!([{"id": "0199d6a0-0000-7000-8000-0000000000b1",
                "concertId": "0199d6a0-0000-7000-8000-0000000000c1",
                "seatId": "0199d6a0-0000-5000-8000-0000000000a1", "seatNo": 7,
                "holderId": "0199d6a0-0000-7000-8000-000000000001", "amount": 50000,
                "createdAt": "2026-03-01T09:02:00Z", "balance": 50000}])),
        (status = "4XX", description = "The same as for one seat", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn pay_several(
    State(app): State<Shared>,
    queued: Queued,
    ConcertPath(concert): ConcertPath,
    key: IdempotencyKey,
    Body(SeatNos { seat_nos }): Body<SeatNos>,
) -> Result<Json<Vec<PaymentAnswer>>, ApiError> {
    pay_all(&app, &queued, concert, seat_nos, key.0).await.map(Json)
}

/// Pays for held seats, all or none.
///
/// # Errors
/// The refusal, or a store that cannot take it.
pub(crate) async fn pay_all(
    app: &Shared,
    queued: &Queued,
    concert: ConcertId,
    seat_nos: Vec<SeatNo>,
    key: Option<RequestKey>,
) -> Result<Vec<PaymentAnswer>, ApiError> {
    let seats = seat_nos.into_iter().map(|seat_no| (seat_no, BillId(Uuid::now_v7()))).collect();
    match app.submit(Command::Pay { by: queued.guest(), concert, seats, key }).await? {
        Outcome::Paid { bills, balance } => {
            app.desk.ended(&queued.0);
            let answer = |bill| PaymentAnswer { bill: BillAnswer::from(bill), balance: balance.0 };
            Ok(bills.iter().map(answer).collect())
        }
        other => Err(super::unexpected(&other)),
    }
}
