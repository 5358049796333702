//! The demo: three concerts on sale, a sale that is about to open, and shell commands that walk through
//! buying a ticket.

use jiff::{SignedDuration, Timestamp, ToSpan, Unit};
use onsale_app::app::App;
use onsale_app::error::AppError;
use onsale_app::sales::OrderChoice;
use onsale_app::tokens::Role;
use onsale_booking::Refusal;
use onsale_booking::access::Access;
use onsale_booking::command::NewConcert;
use onsale_booking::ids::{ConcertId, SaleId, SeatNo};
use onsale_booking::money::Money;
use onsale_booking::new_sale::{NewDials, NewOrder, NewSale};
use onsale_booking::seat::SeatStatus;
use uuid::Uuid;

/// Name, days from now, price in minor units.
const CONCERTS: [(&str, i64, i64); 3] =
    [("Spring Night", 7, 50_000), ("Quartet by Candlelight", 14, 35_000), ("Last Train Home", 21, 70_000)];

/// A sale beside the main one, and the one concert that it sells.
const OPENING_SALE: &str = "Opening in two minutes";
const OPENING_CONCERT: (&str, i64, i64) = ("A Small Hall", 28, 40_000);
const OPENS_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// Opens three concerts of 50 seats, 7, 14 and 21 days from now at 19:00, and makes a sale that opens in two
/// minutes with a draw, unless there are concerts already. Returns the concert for the walk.
///
/// # Errors
/// When the store does not accept them.
pub async fn open(app: &App) -> Result<ConcertId, AppError> {
    // The walk joins the main sale, so it buys what that sells.
    let (maps, all) = (app.concerts_of(app.main_sale()), app.concerts());
    let bookable = maps.iter().find(|map| {
        let now = app.now();
        map.concert.closing_at > now && map.snapshot().available(now) > 0
    });
    if let Some(map) = bookable.or(maps.first()).or(all.first()) {
        return Ok(map.concert.id);
    }
    let mut first = None;
    for concert in CONCERTS {
        let opened = open_concert(app, concert, Vec::new()).await?;
        first.get_or_insert(opened);
    }
    let sale = make_sale(app).await?;
    open_concert(app, OPENING_CONCERT, vec![sale]).await?;
    first.ok_or(AppError::Unavailable)
}

/// Opens a concert that these sales sell. Every instance derives the same id: two that start together open
/// each concert once.
async fn open_concert(
    app: &App,
    (name, days, price): (&str, i64, i64),
    sales: Vec<SaleId>,
) -> Result<ConcertId, AppError> {
    let (now, time_zone) = (app.now(), &app.config.time_zone);
    let evening = now.to_zoned(time_zone.clone()).date().saturating_add(days.days()).at(19, 0, 0, 0);
    let event_date = evening.to_zoned(time_zone.clone()).map_or(now, |zoned| zoned.timestamp());
    let id = ConcertId(derived_id(app, name));
    let new = NewConcert {
        id,
        name: name.to_owned(),
        capacity: 50,
        price: Money(price),
        opening_at: whole_second(now) - SignedDuration::from_secs(1),
        closing_at: event_date - SignedDuration::from_hours(1),
        event_date,
        sales,
        opened_by: None,
    };
    match app.open_concert(new).await {
        Ok(_) | Err(AppError::Refused(Refusal::Invalid { field: "id", .. })) => Ok(id),
        Err(error) => Err(error),
    }
}

/// Makes the sale with a draw. Its lobby is open from now on.
async fn make_sale(app: &App) -> Result<SaleId, AppError> {
    let (id, lobby_at) = (SaleId(derived_id(app, OPENING_SALE)), whole_second(app.now()));
    let new = NewSale {
        id,
        name: OPENING_SALE.to_owned(),
        listed: true,
        order: NewOrder::Arrival,
        beacon_source: None,
        lobby_at: Some(lobby_at),
        opens_at: Some(lobby_at + OPENS_AFTER),
        closes_at: None,
        seats_per_person: None,
        access: Access::Everyone,
        concerts: Vec::new(),
        dials: NewDials::default(),
        created_by: None,
    };
    match app.create_sale(new, OrderChoice::Draw).await {
        Ok(_) | Err(AppError::Refused(Refusal::SaleExists { .. })) => Ok(id),
        Err(error) => Err(error),
    }
}

fn derived_id(app: &App, name: &str) -> Uuid {
    Uuid::new_v5(&app.main_sale().0, name.as_bytes())
}

fn whole_second(time: Timestamp) -> Timestamp {
    time.round(Unit::Second).unwrap_or(time)
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
