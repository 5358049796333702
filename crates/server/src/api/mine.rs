//! A user's own live holds, owned seats and bills.

use axum::Json;
use axum::extract::{Query, State};
use jiff::Timestamp;
use onsale_booking::bill::Bill;
use onsale_booking::ids::{BillId, SeatId, UserId};
use onsale_storage::port::After;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::error::{ApiError, Problem};
use super::extract::Caller;
use super::model::seats::{ReservationAnswer, ReservationPage};
use super::model::wallet::{BillAnswer, BillPage};
use crate::app::Shared;

/// Items per page.
pub(crate) const PAGE: usize = 50;

/// Where the page starts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The `next` of the previous page.
    after: Option<String>,
}

type Asked = Result<Query<PageQuery>, axum::extract::rejection::QueryRejection>;

/// List my reservations
///
/// Live holds and owned seats, newest first.
#[utoipa::path(get, path = "/v1/reservations", tag = "wallet", params(PageQuery), security(("userToken" = [])),
    responses((status = 200, description = "A page of 50", body = ReservationPage,
            example = json!({"items": [{"id": "0199d6a0-0000-5000-8000-0000000000a1",
                "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatNo": 7,
                "holderId": "0199d6a0-0000-7000-8000-000000000001", "price": 50000, "status": "held",
                "reservedAt": "2026-03-01T09:00:00Z", "deadline": "2026-03-01T09:05:00Z", "paidAt": null}], "next": null})),
        (status = "4XX", description = "`token_*`, `invalid_request`", body = Problem)))]
pub(super) async fn reservations(
    State(app): State<Shared>,
    Caller(user): Caller,
    query: Asked,
) -> Result<Json<ReservationPage>, ApiError> {
    let after = after(query)?.map(|(time, id)| After { time, id: SeatId(id) });
    let mut seats = app.store.reads.reservations(user, after, PAGE + 1).await?;
    let next =
        (seats.len() > PAGE).then(|| seats.truncate(PAGE)).and_then(|()| seats.last()).and_then(|seat| {
            let reserved_at = ReservationAnswer::from(seat).reserved_at?;
            Some(cursor(reserved_at, seat.id.0))
        });
    Ok(Json(ReservationPage { items: seats.iter().map(ReservationAnswer::from).collect(), next }))
}

/// List my bills
///
/// Newest first.
#[utoipa::path(get, path = "/v1/bills", tag = "wallet", params(PageQuery), security(("userToken" = [])),
    responses((status = 200, description = "A page of 50", body = BillPage,
            example = json!({"items": [{"id": "0199d6a0-0000-7000-8000-0000000000b1",
                "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatId": "0199d6a0-0000-5000-8000-0000000000a1",
                "seatNo": 7, "holderId": "0199d6a0-0000-7000-8000-000000000001", "amount": 50000,
                "createdAt": "2026-03-01T09:02:00Z"}], "next": null})),
        (status = "4XX", description = "`token_*`, `invalid_request`", body = Problem)))]
pub(super) async fn bills(
    State(app): State<Shared>,
    Caller(user): Caller,
    query: Asked,
) -> Result<Json<BillPage>, ApiError> {
    let (bills, next) = bills_page(&app, user, after(query)?).await?;
    Ok(Json(BillPage { items: bills.iter().map(BillAnswer::from).collect(), next }))
}

/// A page of a user's bills after a place in the list, and where the next page starts.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn bills_page(
    app: &Shared,
    user: UserId,
    after: Option<(Timestamp, Uuid)>,
) -> Result<(Vec<Bill>, Option<String>), ApiError> {
    let after = after.map(|(time, id)| After { time, id: BillId(id) });
    let mut bills = app.store.reads.bills(user, after, PAGE + 1).await?;
    let next = (bills.len() > PAGE)
        .then(|| bills.truncate(PAGE))
        .and_then(|()| bills.last())
        .map(|bill| cursor(bill.created_at, bill.id.0));
    Ok((bills, next))
}

/// A place in a list, opaque to clients: the last item's time and id.
fn cursor(time: Timestamp, id: Uuid) -> String {
    format!("{}-{}", time.as_microsecond(), id.simple())
}

fn after(query: Asked) -> Result<Option<(Timestamp, Uuid)>, ApiError> {
    let Query(query) = query.map_err(|_| ApiError::invalid("query", "cannot be read"))?;
    place_after(query.after)
}

/// The place in a list that a `next` encodes.
///
/// # Errors
/// `invalid_request` for anything else.
pub(crate) fn place_after(next: Option<String>) -> Result<Option<(Timestamp, Uuid)>, ApiError> {
    let Some(text) = next else { return Ok(None) };
    let parsed = text.rsplit_once('-').and_then(|(time, id)| {
        let time = Timestamp::from_microsecond(time.parse().ok()?).ok()?;
        Some((time, Uuid::try_parse(id).ok()?))
    });
    parsed.map(Some).ok_or_else(|| ApiError::invalid("after", "must be the `next` of a page"))
}
