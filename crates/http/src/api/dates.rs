//! Dates that can still be booked, and the free seats on one.

use axum::Json;
use axum::extract::State;
use onsale_booking::seat::SeatStatus;

use super::extract::{DatePath, Queued};
use super::model::concerts::{DateAnswer, FreeSeats};
use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// List dates
///
/// Lists the dates of concerts whose sale has not closed, with the number of seats that can be held now.
#[utoipa::path(get, path = "/v1/dates", tag = "concerts", security(("queueToken" = [])),
    responses((status = 200, description = "Dates, earliest first", body = Vec<DateAnswer>,
            example = json!([{"date": "2026-03-20", "concerts": 1, "available": 48}])),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`", body = Problem)))]
pub(super) async fn list(
    State(site): State<Shared>,
    Queued(ticket): Queued,
) -> Result<Json<Vec<DateAnswer>>, HttpError> {
    let dates = site.app.bookable_dates(&ticket).await?;
    Ok(Json(dates.into_iter().map(DateAnswer::from).collect()))
}

/// List free seats on a date
///
/// Lists every concert on that date whose sale has not closed, with the seats that can be held now.
#[utoipa::path(get, path = "/v1/dates/{date}/seats", tag = "concerts", security(("queueToken" = [])),
    params(("date" = String, Path, description = "YYYY-MM-DD in the sale's time zone", format = Date, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-03-20")),
    responses((status = 200, description = "Free seats, one list per concert", body = Vec<FreeSeats>,
            example = json!([{"concertId": "0199d6a0-0000-7000-8000-0000000000c1", "name": "Spring Night",
                "price": 50000, "seats": [1, 2, 4, 5]}])),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `invalid_request`", body = Problem)))]
pub(super) async fn seats(
    State(site): State<Shared>,
    Queued(ticket): Queued,
    DatePath(date): DatePath,
) -> Result<Json<Vec<FreeSeats>>, HttpError> {
    let maps = site.app.bookable_on(&ticket, date).await?;
    let now = site.app.now();
    let answers = maps.iter().map(|map| {
        let snapshot = map.snapshot();
        let free = snapshot.seats().iter().filter(|seat| seat.status(now) == SeatStatus::Available);
        FreeSeats {
            concert_id: map.concert.id.0,
            name: map.concert.name.clone(),
            price: map.concert.price.0,
            seats: free.map(|seat| seat.seat_no).collect(),
        }
    });
    Ok(Json(answers.collect()))
}
