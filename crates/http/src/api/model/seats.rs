//! Seats and reservations, as the API sends them.

use jiff::Timestamp;
use onsale_booking::ids::UserId;
use onsale_booking::seat::{Seat, SeatState, SeatStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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
    /// Changes whenever a seat changes. Opaque.
    pub version: String,
    /// The seats, by number.
    pub seats: Vec<SeatAnswer>,
}

/// A seat on the map. It does not say who has the seat, except when it is the caller's own.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeatAnswer {
    /// Its number.
    pub seat_no: u32,
    /// Its price, in minor units.
    pub price: i64,
    /// `available`, `held`, `sold` or `unavailable`.
    pub status: SeatStatusName,
    /// When the hold ends; null unless held.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
    /// Whether the caller holds or owns it.
    pub mine: bool,
}

impl SeatAnswer {
    /// The seat at `now`, as its holder or owner sees it, or as everybody else does.
    fn new(seat: &Seat, reader: Option<UserId>, now: Timestamp) -> Self {
        let status = seat.status(now);
        Self {
            seat_no: seat.seat_no,
            price: seat.price.0,
            status: status.into(),
            deadline: seat.live_hold(now).map(|hold| hold.deadline),
            mine: status != SeatStatus::Available && reader.is_some() && seat.holder() == reader,
        }
    }
}

/// Writes a seat as JSON; see [`WriteSeat`](crate::seat_map_cache::WriteSeat).
pub(in crate::api) fn write_seat(seat: &Seat, reader: Option<UserId>, now: Timestamp, text: &mut Vec<u8>) {
    // Nothing of it can fail: it has no maps, and a vector takes every byte.
    let _ = serde_json::to_writer(text, &SeatAnswer::new(seat, reader, now));
}

/// The JSON of an answer whose last field is an empty list, up to where the elements of the list belong.
/// [`LIST_END`] comes after them.
pub(in crate::api) fn list_start(answer: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec(answer).unwrap_or_default();
    text.truncate(text.len().saturating_sub(LIST_END.len()));
    text
}

/// The end of an answer whose last field is a list.
pub(in crate::api) const LIST_END: &str = "]}";

/// Seats that have changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeatsChanged {
    /// The version of the map that shows the change; also the event's id.
    pub version: String,
    /// How many seats of the concert can be held now.
    pub available: usize,
    /// The seats as they are now, by number.
    pub seats: Vec<SeatAnswer>,
}

/// The states of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SeatStatusName {
    /// Can be held.
    Available,
    /// Held by somebody until its deadline.
    Held,
    /// Sold for good.
    Sold,
    /// Not for sale.
    Unavailable,
}

impl From<SeatStatus> for SeatStatusName {
    fn from(status: SeatStatus) -> Self {
        match status {
            SeatStatus::Available => Self::Available,
            SeatStatus::Held => Self::Held,
            SeatStatus::Sold => Self::Sold,
            SeatStatus::Unavailable => Self::Unavailable,
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
    /// The seat's id.
    pub id: Uuid,
    /// Its concert.
    pub concert_id: Uuid,
    /// Its number in that concert.
    pub seat_no: u32,
    /// The caller, while they hold or own it; null once released.
    pub holder_id: Option<Uuid>,
    /// Its price, in minor units.
    pub price: i64,
    /// `held`, `paid`, or `available` once released.
    pub status: ReservationStatus,
    /// When the hold began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reserved_at: Option<Timestamp>,
    /// When the hold ends, to the microsecond.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
    /// When it was paid.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paid_at: Option<Timestamp>,
}

impl From<SeatStatusName> for SeatStatus {
    fn from(name: SeatStatusName) -> Self {
        match name {
            SeatStatusName::Available => Self::Available,
            SeatStatusName::Held => Self::Held,
            SeatStatusName::Sold => Self::Sold,
            SeatStatusName::Unavailable => Self::Unavailable,
        }
    }
}

/// The states of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReservationStatus {
    /// Held for the caller until the deadline.
    Held,
    /// Paid: the seat is the caller's.
    Paid,
    /// Released.
    Available,
}

impl From<&Seat> for ReservationAnswer {
    fn from(seat: &Seat) -> Self {
        let (status, reserved_at, deadline, paid_at) = match seat.state {
            // A kept seat is nobody's reservation.
            SeatState::Free | SeatState::Kept => (ReservationStatus::Available, None, None, None),
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

/// A seat's number, as requests name it: 1 to the concert's capacity.
#[derive(ToSchema)]
#[schema(minimum = 1, maximum = 50_000, example = 7)]
#[expect(dead_code, reason = "only its description is used")]
pub struct SeatNumber(u32);

/// Several seats in one request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"seatNos": [7, 8]}))]
pub struct SeatNos {
    /// 1 to 100 seat numbers, none twice.
    #[schema(value_type = BTreeSet<SeatNumber>, min_items = 1, max_items = 100)]
    pub seat_nos: Vec<u32>,
}

/// A page of reservations.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReservationPage {
    /// Newest first.
    pub items: Vec<ReservationAnswer>,
    /// The `after` of the next page; null on the last.
    pub next: Option<String>,
}
