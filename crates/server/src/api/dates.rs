//! Dates that can still be booked, and the free seats on one.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use onsale_booking::seat::SeatStatus;

use super::error::{ApiError, Problem};
use super::extract::{DatePath, Queued};
use super::model::concerts::{DateAnswer, FreeSeats};
use crate::app::{App, Shared};

/// List dates
///
/// Dates of concerts whose sale has not closed, with the number of seats that can be held now.
#[utoipa::path(get, path = "/v1/dates", tag = "concerts", security(("queueToken" = [])),
    responses((status = 200, description = "Dates, earliest first", body = Vec<DateAnswer>,
            example = json!([{"date": "2026-03-20", "concerts": 1, "available": 48}])),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`", body = Problem)))]
pub(super) async fn list(
    State(app): State<Shared>,
    Queued(ticket): Queued,
) -> Result<Json<Vec<DateAnswer>>, ApiError> {
    app.desk.check_inside(&ticket).await?;
    let now = app.now();
    let mut dates = BTreeMap::<Date, DateAnswer>::new();
    for map in app.store.maps.all().iter().filter(|map| now < map.concert.closing_at) {
        let date = date_of(&app, map.concert.event_date);
        let entry = dates.entry(date).or_insert(DateAnswer { date, concerts: 0, available: 0 });
        entry.concerts += 1;
        entry.available += map.view().available(now);
    }
    Ok(Json(dates.into_values().collect()))
}

/// List free seats on a date
///
/// Every concert on that date whose sale has not closed, with the seats that can be held now.
#[utoipa::path(get, path = "/v1/dates/{date}/seats", tag = "concerts", security(("queueToken" = [])),
    params(("date" = String, Path, description = "YYYY-MM-DD in the sale's time zone", example = "2026-03-20")),
    responses((status = 200, description = "Free seats, one list per concert", body = Vec<FreeSeats>,
            example = json!([{"concertId": "0199d6a0-0000-7000-8000-0000000000c1", "name": "Spring Night",
                "price": 50000, "seats": [1, 2, 4, 5]}])),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `invalid_request`", body = Problem)))]
pub(super) async fn seats(
    State(app): State<Shared>,
    Queued(ticket): Queued,
    DatePath(date): DatePath,
) -> Result<Json<Vec<FreeSeats>>, ApiError> {
    app.desk.check_inside(&ticket).await?;
    let now = app.now();
    let maps = app.store.maps.all();
    let on_date = maps
        .iter()
        .filter(|map| now < map.concert.closing_at && date_of(&app, map.concert.event_date) == date);
    let answers = on_date.map(|map| {
        let view = map.view();
        let free = view.seats().iter().filter(|seat| seat.status(now) == SeatStatus::Available);
        FreeSeats {
            concert_id: map.concert.id.0,
            name: map.concert.name.clone(),
            price: map.concert.price.0,
            seats: free.map(|seat| seat.seat_no).collect(),
        }
    });
    Ok(Json(answers.collect()))
}

/// The calendar date of a time, in the sale's time zone.
pub(super) fn date_of(app: &App, time: Timestamp) -> Date {
    time.to_zoned(app.time_zone.clone()).date()
}
