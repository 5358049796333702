//! A user's own live holds, owned seats and bills.

use axum::Json;
use axum::extract::State;
use onsale_app::paging::Cursor;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Caller, Query};
use super::model::seats::{ReservationAnswer, ReservationPage};
use super::model::wallet::{BillAnswer, BillPage};
use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// Which page to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The `next` of the previous page.
    #[param(pattern = "^(0|-?[1-9][0-9]{0,15})-[0-9a-f]{32}$")]
    after: Option<String>,
}

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
    State(site): State<Shared>,
    Caller(user): Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<ReservationPage>, HttpError> {
    let page = site.app.reservations(user, after(query)?).await?;
    let items = page.items.iter().map(ReservationAnswer::from).collect();
    Ok(Json(ReservationPage { items, next: page.next.map(|next| next.to_string()) }))
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
    State(site): State<Shared>,
    Caller(user): Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<BillPage>, HttpError> {
    let page = site.app.bills(user, after(query)?).await?;
    let items = page.items.iter().map(BillAnswer::from).collect();
    Ok(Json(BillPage { items, next: page.next.map(|next| next.to_string()) }))
}

fn after(query: PageQuery) -> Result<Option<Cursor>, HttpError> {
    let cursor = query.after.map(|text| text.parse::<Cursor>()).transpose();
    cursor.map_err(|error| HttpError::invalid("after", error.to_string()))
}
