//! What requests and answers look like on the wire: camelCase JSON, RFC 3339 times, money in minor units.

use jiff::Timestamp;
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::seat::{Seat, SeatState, SeatStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A stranger's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Kim"}))]
pub struct NewUser {
    /// 1 to 200 characters, no control characters.
    pub name: String,
}

/// A user and the token that stands for them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-000000000001", "name": "Kim",
    "createdAt": "2026-03-01T09:00:00Z", "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"}))]
pub struct UserAnswer {
    /// The user's identity.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// When they were made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The user token. It lives 30 days.
    pub token: String,
}

/// Where somebody stands in line.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"status": "waiting", "number": 1284, "ahead": 310, "position": 311,
    "estimatedWait": {"p10": 170, "p50": 186, "p90": 204}, "pollAfterMs": 21400, "admittedUntil": null}))]
pub struct QueueStatus {
    /// `waiting`, `admitted` or `ended`.
    pub status: StatusName,
    /// The order in which the request to join was taken, from 1; never reused.
    pub number: u64,
    /// Live people ahead. May rise when somebody returns.
    pub ahead: u64,
    /// `ahead` + 1 while waiting, 0 once admitted.
    pub position: u64,
    /// Seconds, or null when not honestly known.
    pub estimated_wait: Option<EstimatedWait>,
    /// When to ask again; null once ended.
    pub poll_after_ms: Option<u64>,
    /// Until when the pass lasts; null unless admitted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub admitted_until: Option<Timestamp>,
}

/// A place in line, with the token that stands for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
    "status": "admitted", "number": 1, "ahead": 0, "position": 0, "estimatedWait": null,
    "pollAfterMs": 30000, "admittedUntil": "2026-03-01T09:10:00Z"}))]
pub struct Joined {
    /// The queue token. It lives 24 hours.
    pub token: String,
    /// Where it stands.
    #[serde(flatten)]
    pub status: QueueStatus,
}

/// The three things a queue token can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum StatusName {
    /// In line.
    Waiting,
    /// Inside: may look, hold and pay.
    Admitted,
    /// Over: paid, left, or its time ran out.
    Ended,
}

/// A range for the wait, in seconds.
#[derive(Debug, Serialize, ToSchema)]
pub struct EstimatedWait {
    /// One in ten waits less.
    pub p10: u64,
    /// Half wait less.
    pub p50: u64,
    /// Nine in ten wait less.
    pub p90: u64,
}

/// A date with something on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"date": "2026-03-20", "concerts": 1, "available": 48}))]
pub struct DateAnswer {
    /// The date in the sale's time zone.
    #[schema(value_type = String, format = Date)]
    pub date: jiff::civil::Date,
    /// How many concerts take place on it.
    pub concerts: usize,
    /// How many seats of them can be held now.
    pub available: usize,
}

/// A concert's free seats.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"concertId": "0199d6a0-0000-7000-8000-0000000000c1", "name": "Spring Night",
    "price": 50000, "seats": [1, 2, 4, 5]}))]
pub struct FreeSeats {
    /// The concert.
    pub concert_id: Uuid,
    /// What it is called.
    pub name: String,
    /// What a seat costs.
    pub price: i64,
    /// Numbers of the seats that can be held now.
    pub seats: Vec<u32>,
}

/// What an operator says of a new concert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Spring Night", "capacity": 50, "price": 50000,
    "openingAt": "2026-03-01T09:00:00Z", "closingAt": "2026-03-20T09:00:00Z", "eventDate": "2026-03-20T19:00:00Z"}))]
pub struct NewConcertBody {
    /// 1 to 200 characters.
    pub name: String,
    /// 1 to 50,000 seats.
    #[serde(default = "fifty")]
    #[schema(default = 50, minimum = 1, maximum = 50000)]
    pub capacity: i64,
    /// 0 to 1,000,000,000.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub price: i64,
    /// From when seats may be held.
    #[schema(value_type = String, format = DateTime)]
    pub opening_at: Timestamp,
    /// Until when seats may be held; after openingAt.
    #[schema(value_type = String, format = DateTime)]
    pub closing_at: Timestamp,
    /// When it takes place; not before closingAt.
    #[schema(value_type = String, format = DateTime)]
    pub event_date: Timestamp,
}

fn fifty() -> i64 {
    50
}

/// A concert.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-0000000000c1", "name": "Spring Night", "capacity": 50,
    "price": 50000, "openingAt": "2026-03-01T09:00:00Z", "closingAt": "2026-03-20T09:00:00Z",
    "eventDate": "2026-03-20T19:00:00Z", "createdAt": "2026-02-01T09:00:00Z",
    "updatedAt": "2026-02-01T09:00:00Z", "available": 48}))]
pub struct ConcertAnswer {
    /// Its identity.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// How many seats it has.
    pub capacity: u32,
    /// What a seat costs.
    pub price: i64,
    /// From when seats may be held.
    #[schema(value_type = String, format = DateTime)]
    pub opening_at: Timestamp,
    /// Until when seats may be held.
    #[schema(value_type = String, format = DateTime)]
    pub closing_at: Timestamp,
    /// When it takes place.
    #[schema(value_type = String, format = DateTime)]
    pub event_date: Timestamp,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// How many seats can be held now.
    pub available: usize,
}

impl ConcertAnswer {
    /// The concert as it is told.
    pub fn new(concert: &Concert, available: usize) -> Self {
        Self {
            id: concert.id.0,
            name: concert.name.clone(),
            capacity: concert.capacity,
            price: concert.price.0,
            opening_at: concert.opening_at,
            closing_at: concert.closing_at,
            event_date: concert.event_date,
            created_at: concert.created_at,
            updated_at: concert.updated_at,
            available,
        }
    }
}

/// What one queues for, told to those who are not inside.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConcertTitle {
    /// Its identity.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// From when seats may be held.
    #[schema(value_type = String, format = DateTime)]
    pub opening_at: Timestamp,
}

/// Concerts: in full for those inside, titles for everybody else.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Concerts {
    /// For those inside.
    Full(Vec<ConcertAnswer>),
    /// For everybody else.
    Titles(Vec<ConcertTitle>),
}

/// A concert's seats.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"concertId": "0199d6a0-0000-7000-8000-0000000000c1", "eventDate": "2026-03-20T19:00:00Z",
    "version": "5f3a-7", "seats": [{"seatNo": 1, "price": 50000, "status": "held",
    "deadline": "2026-03-01T09:05:00Z", "mine": true}]}))]
pub struct SeatsAnswer {
    /// The concert.
    pub concert_id: Uuid,
    /// When it takes place.
    #[schema(value_type = String, format = DateTime)]
    pub event_date: Timestamp,
    /// Differs whenever a seat has changed. Opaque.
    pub version: String,
    /// The seats, by number.
    pub seats: Vec<SeatAnswer>,
}

/// A seat on the map. Whose it is remains untold, unless it is the asker's own.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeatAnswer {
    /// Its number.
    pub seat_no: u32,
    /// What it costs.
    pub price: i64,
    /// `available`, `held` or `sold`.
    pub status: SeatStatusName,
    /// When the hold ends; null unless held.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
    /// Whether the asker holds or owns it.
    pub mine: bool,
}

/// What a seat can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SeatStatusName {
    /// Can be held.
    Available,
    /// Kept for somebody, for now.
    Held,
    /// Gone.
    Sold,
}

impl From<SeatStatus> for SeatStatusName {
    fn from(status: SeatStatus) -> Self {
        match status {
            SeatStatus::Available => Self::Available,
            SeatStatus::Held => Self::Held,
            SeatStatus::Sold => Self::Sold,
        }
    }
}

/// A seat as its holder or owner sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-5000-8000-0000000000a1",
    "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatNo": 7,
    "holderId": "0199d6a0-0000-7000-8000-000000000001", "price": 50000, "status": "held",
    "reservedAt": "2026-03-01T09:00:00Z", "deadline": "2026-03-01T09:05:00Z", "paidAt": null}))]
pub struct ReservationAnswer {
    /// The seat's identity.
    pub id: Uuid,
    /// Its concert.
    pub concert_id: Uuid,
    /// Its number there.
    pub seat_no: u32,
    /// The asker, while they hold or own it; null once given back.
    pub holder_id: Option<Uuid>,
    /// What it costs.
    pub price: i64,
    /// `held`, `paid`, or `available` once given back.
    pub status: ReservationStatus,
    /// Since when it is held.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reserved_at: Option<Timestamp>,
    /// When the hold ends, to the microsecond.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
    /// When it was paid.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paid_at: Option<Timestamp>,
}

/// What became of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReservationStatus {
    /// Kept for the asker until the deadline.
    Held,
    /// The asker's own.
    Paid,
    /// Given back.
    Available,
}

impl From<&Seat> for ReservationAnswer {
    fn from(seat: &Seat) -> Self {
        let (status, reserved_at, deadline, paid_at) = match seat.state {
            SeatState::Free => (ReservationStatus::Available, None, None, None),
            SeatState::Held(hold) => {
                (ReservationStatus::Held, Some(hold.reserved_at), Some(hold.deadline), None)
            }
            SeatState::Sold(sale) => {
                (ReservationStatus::Paid, Some(sale.reserved_at), Some(sale.deadline), Some(sale.paid_at))
            }
        };
        Self {
            id: seat.id.0,
            concert_id: seat.concert.0,
            seat_no: seat.seat_no,
            holder_id: seat.holder().map(|holder| holder.0),
            price: seat.price.0,
            status,
            reserved_at,
            deadline,
            paid_at,
        }
    }
}

/// Several seats at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"seatNos": [7, 8]}))]
pub struct SeatNos {
    /// 1 to 100 seats, none twice.
    pub seat_nos: Vec<u32>,
}

/// The record of a payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-0000000000b1",
    "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatId": "0199d6a0-0000-5000-8000-0000000000a1",
    "seatNo": 7, "holderId": "0199d6a0-0000-7000-8000-000000000001", "amount": 50000,
    "createdAt": "2026-03-01T09:02:00Z", "balance": 50000}))]
pub struct PaymentAnswer {
    /// The bill.
    #[serde(flatten)]
    pub bill: BillAnswer,
    /// What is left in the wallet.
    pub balance: i64,
}

/// A bill.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-0000000000b1",
    "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatId": "0199d6a0-0000-5000-8000-0000000000a1",
    "seatNo": 7, "holderId": "0199d6a0-0000-7000-8000-000000000001", "amount": 50000,
    "createdAt": "2026-03-01T09:02:00Z"}))]
pub struct BillAnswer {
    /// Its identity.
    pub id: Uuid,
    /// The concert.
    pub concert_id: Uuid,
    /// The seat.
    pub seat_id: Uuid,
    /// The seat's number.
    pub seat_no: u32,
    /// Who paid and owns the seat.
    pub holder_id: Uuid,
    /// What was paid.
    pub amount: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<&Bill> for BillAnswer {
    fn from(bill: &Bill) -> Self {
        Self {
            id: bill.id.0,
            concert_id: bill.concert.0,
            seat_id: bill.seat.0,
            seat_no: bill.seat_no,
            holder_id: bill.holder.0,
            amount: bill.amount.0,
            created_at: bill.created_at,
        }
    }
}

/// Money to put into the wallet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 100_000}))]
pub struct ChargeBody {
    /// 1 to 1,000,000,000 minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub amount: i64,
}

/// A wallet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"userId": "0199d6a0-0000-7000-8000-000000000001", "amount": 100_000}))]
pub struct ChargeAnswer {
    /// Whose.
    pub user_id: Uuid,
    /// What is in it.
    pub amount: i64,
}

/// My reservations.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReservationPage {
    /// Newest first.
    pub items: Vec<ReservationAnswer>,
    /// What to give as `after` for the next page; null on the last.
    pub next: Option<String>,
}

/// My bills.
#[derive(Debug, Serialize, ToSchema)]
pub struct BillPage {
    /// Newest first.
    pub items: Vec<BillAnswer>,
    /// What to give as `after` for the next page; null on the last.
    pub next: Option<String>,
}

/// Dials to turn; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"capacity": 200, "ratePerMinute": 600, "paused": false}))]
pub struct LinePatch {
    /// How many people may be inside at once. Lowering it evicts nobody.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub capacity: Option<u32>,
    /// How many may be called in a rolling minute; 0 is no limit.
    pub rate_per_minute: Option<u32>,
    /// Whether calls rest.
    pub paused: Option<bool>,
}

/// The line in figures.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"capacity": 100, "ratePerMinute": 0, "paused": false, "waiting": 1200, "inside": 100,
    "head": 340, "tail": 1540, "epoch": 1}))]
pub struct LineAnswer {
    /// How many people may be inside at once.
    pub capacity: u32,
    /// How many may be called in a rolling minute; 0 is no limit.
    pub rate_per_minute: u32,
    /// Whether calls rest.
    pub paused: bool,
    /// People who wait and are present.
    pub waiting: u64,
    /// People inside.
    pub inside: u64,
    /// The last number considered for a call.
    pub head: u64,
    /// The last number given out.
    pub tail: u64,
    /// Raised whenever the line had to be rebuilt from tickets.
    pub epoch: u32,
}
