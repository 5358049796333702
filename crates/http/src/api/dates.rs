//! Dates that can still be booked, and the free seats on one.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use onsale_app::seats::{SeatMap, SeatSnapshot};
use onsale_booking::seat::SeatStatus;

use super::extract::{DatePath, Permitted, Queued};
use super::model::concerts::{DateAnswer, FreeSeats};
use crate::error::HttpError;
use crate::pieces::JsonPieces;
use crate::problem::Problem;
use crate::site::Shared;

/// About what the number of a free seat takes.
const FREE_SEAT_BYTES: usize = 6;

/// List dates
///
/// Lists the dates of concerts that your sale sells and that have not closed, with the number of seats that
/// can be held now.
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
/// Lists every concert on that date that your sale sells and that has not closed, with the seats that can be
/// held now.
#[utoipa::path(get, path = "/v1/dates/{date}/seats", tag = "concerts", security(("queueToken" = [])),
    params(("date" = String, Path, description = "YYYY-MM-DD in the sale's time zone", format = Date, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-03-20")),
    responses((status = 200, description = "Free seats, one list per concert", body = Vec<FreeSeats>,
            example = json!([{"concertId": "0199d6a0-0000-7000-8000-0000000000c1", "name": "Spring Night",
                "price": 50000, "seats": [1, 2, 4, 5]}])),
        (status = "4XX", description = "`token_*`, `pass_ended`, `not_admitted`, `invalid_request`, `too_many_requests`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn seats(
    State(site): State<Shared>,
    Permitted(ticket, permit): Permitted,
    DatePath(date): DatePath,
) -> Result<JsonPieces, HttpError> {
    let maps = site.app.bookable_on(&ticket, date).await?;
    let now = site.app.now();
    let snapshots: Vec<_> = maps.iter().map(|map| (map, map.snapshot())).collect();
    let mut version = DefaultHasher::new();
    for (map, snapshot) in &snapshots {
        (map.concert.id, snapshot.version()).hash(&mut version);
    }
    let text = site.free_seats_cache.text((ticket.sale, date), version.finish(), now, || {
        let capacity: usize = maps.iter().map(|map| map.concert.capacity as usize).sum();
        let reserved = site.answers.reserve_large(capacity * FREE_SEAT_BYTES)?;
        let answers: Vec<_> =
            snapshots.iter().map(|(map, snapshot)| free_seats(map, snapshot, now)).collect();
        let until = snapshots.iter().filter_map(|(_, snapshot)| snapshot.next_deadline(now)).min();
        Ok((reserved.hold(serde_json::to_vec(&answers).unwrap_or_default()), until))
    })?;
    Ok(JsonPieces::new([text], permit))
}

fn free_seats(map: &SeatMap, snapshot: &SeatSnapshot<'_>, now: Timestamp) -> FreeSeats {
    let free = snapshot.seats().iter().filter(|seat| seat.status(now) == SeatStatus::Available);
    FreeSeats {
        concert_id: map.concert.id.0,
        name: map.concert.name.clone(),
        price: map.concert.price.0,
        seats: free.map(|seat| seat.seat_no).collect(),
    }
}
