//! The demo sale: three concerts, and shell commands that walk through the sale.

use jiff::{SignedDuration, ToSpan, Unit};
use onsale_app::app::App;
use onsale_app::error::AppError;
use onsale_app::tokens::Role;
use onsale_booking::Refusal;
use onsale_booking::command::NewConcert;
use onsale_booking::ids::{ConcertId, SeatNo};
use onsale_booking::money::Money;
use onsale_booking::seat::SeatStatus;
use uuid::Uuid;

/// Name, days from now, price in minor units.
const CONCERTS: [(&str, i64, i64); 3] =
    [("Spring Night", 7, 50_000), ("Quartet by Candlelight", 14, 35_000), ("Last Train Home", 21, 70_000)];

/// Opens three concerts of 50 seats, 7, 14 and 21 days from now at 19:00, unless there are concerts already.
/// Returns the concert for the walk.
///
/// # Errors
/// When the store does not accept them.
pub async fn open(app: &App) -> Result<ConcertId, AppError> {
    let maps = app.concerts();
    let bookable = maps.iter().find(|map| {
        let now = app.now();
        map.concert.closing_at > now && map.snapshot().available(now) > 0
    });
    if let Some(map) = bookable.or(maps.first()) {
        return Ok(map.concert.id);
    }
    let mut first = None;
    for (name, days, price) in CONCERTS {
        let now = app.now();
        let evening =
            now.to_zoned(app.config.time_zone.clone()).date().saturating_add(days.days()).at(19, 0, 0, 0);
        let event_date =
            evening.to_zoned(app.config.time_zone.clone()).map_or(now, |zoned| zoned.timestamp());
        let opening_at = now.round(Unit::Second).unwrap_or(now) - SignedDuration::from_secs(1);
        // Every instance derives the same id: two that start together open each concert once.
        let id = ConcertId(Uuid::new_v5(&app.main_sale().0, name.as_bytes()));
        let new = NewConcert {
            id,
            name: name.to_owned(),
            capacity: 50,
            price: Money(price),
            opening_at,
            closing_at: event_date - SignedDuration::from_hours(1),
            event_date,
            sales: Vec::new(),
            opened_by: None,
        };
        match app.open_concert(new).await {
            Ok(concert) => {
                first.get_or_insert(concert.id);
            }
            Err(AppError::Refused(Refusal::Invalid { field: "id", .. })) => {
                first.get_or_insert(id);
            }
            Err(error) => return Err(error),
        }
    }
    first.ok_or(AppError::Unavailable)
}

/// Shell commands that walk through the whole sale, with a valid user token; `base` is the server's URL.
pub fn walk(app: &App, concert: ConcertId, base: &str) -> String {
    let seat = free_seat(app, concert);
    let token = app.keys.sign_user(Uuid::now_v7(), Role::User, app.now());
    format!(
        r#"
  Try the whole sale. Paste this into another terminal:

    USER_TOKEN={token}
    QUEUE_TOKEN=$(curl -s -X POST {base}/v1/enqueues -H "Authorization: Bearer $USER_TOKEN" \
      | sed 's/.*"token":"\([^"]*\)".*/\1/')
    curl -s {base}/v1/enqueues -H "Authorization: Bearer $QUEUE_TOKEN"; echo
    curl -s {base}/v1/dates -H "Authorization: Bearer $QUEUE_TOKEN"; echo
    curl -s "{base}/v1/concerts/{concert}/seats?status=available" -H "Authorization: Bearer $QUEUE_TOKEN"; echo
    curl -s -X POST {base}/v1/concerts/{concert}/seats/{seat}/reservations -H "Authorization: Bearer $QUEUE_TOKEN"; echo
    curl -s -X PATCH {base}/v1/charges -H "Authorization: Bearer $USER_TOKEN" \
      -H "Content-Type: application/json" -H "Idempotency-Key: my-first-charge" -d '{{"amount": 100000}}'; echo
    curl -s -X POST {base}/v1/concerts/{concert}/seats/{seat}/payments -H "Authorization: Bearer $QUEUE_TOKEN"; echo
    curl -s {base}/v1/bills -H "Authorization: Bearer $USER_TOKEN"; echo
"#
    )
}

/// The first free seat: seats of earlier walks are sold.
fn free_seat(app: &App, concert: ConcertId) -> SeatNo {
    let Some(map) = app.concert(concert) else { return 1 };
    let now = app.now();
    let snapshot = map.snapshot();
    let free = snapshot.seats().iter().find(|seat| seat.status(now) == SeatStatus::Available);
    free.map_or(1, |seat| seat.seat_no)
}
