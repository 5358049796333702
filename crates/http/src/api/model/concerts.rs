//! Concerts and dates, as the API sends them.

use jiff::Timestamp;
use onsale_app::concerts::BookableDate;
use onsale_booking::command::NewConcert;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, SaleId, UserId};
use onsale_booking::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::read::timestamp;

/// A date with concerts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"date": "2026-03-20", "concerts": 1, "available": 48}))]
pub struct DateAnswer {
    /// The date in the sale's time zone.
    #[schema(value_type = String, format = Date)]
    pub date: jiff::civil::Date,
    /// How many concerts take place on that date.
    pub concerts: usize,
    /// How many of their seats can be held now.
    pub available: usize,
}

impl From<BookableDate> for DateAnswer {
    fn from(date: BookableDate) -> Self {
        let BookableDate { date, concerts, available } = date;
        Self { date, concerts, available }
    }
}

/// A concert's free seats.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"concertId": "0199d6a0-0000-7000-8000-0000000000c1", "name": "Spring Night",
    "price": 50000, "seats": [1, 2, 4, 5]}))]
pub struct FreeSeats {
    /// The concert.
    pub concert_id: Uuid,
    /// Its name.
    pub name: String,
    /// The price of a seat, in minor units.
    pub price: i64,
    /// The numbers of the seats that can be held now.
    pub seats: Vec<u32>,
}

/// A new concert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Spring Night", "capacity": 50, "price": 50000,
    "openingAt": "2026-03-01T09:00:00Z", "closingAt": "2026-03-20T09:00:00Z", "eventDate": "2026-03-20T19:00:00Z"}))]
pub struct NewConcertBody {
    /// 1 to 200 characters (code points in NFC), at least one of them visible. Control characters, line and
    /// direction controls, and code points for private use or without a character are refused; invisible
    /// characters may only join parts of a word or an emoji. Stored in NFC, without blanks at its ends.
    #[schema(min_length = 1, max_length = 200, format = "display-name")]
    pub name: String,
    /// 1 to 50,000 seats.
    #[serde(default = "fifty")]
    #[schema(default = 50, minimum = 1, maximum = 50000)]
    pub capacity: i64,
    /// 0 to 1,000,000,000 minor units.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub price: i64,
    /// When the sale opens: seats may be held from then on.
    #[serde(deserialize_with = "timestamp")]
    #[schema(value_type = String, format = DateTime)]
    pub opening_at: Timestamp,
    /// When the sale closes; after `openingAt`.
    #[serde(deserialize_with = "timestamp")]
    #[schema(value_type = String, format = DateTime)]
    pub closing_at: Timestamp,
    /// When the concert takes place; not before `closingAt`.
    #[serde(deserialize_with = "timestamp")]
    #[schema(value_type = String, format = DateTime)]
    pub event_date: Timestamp,
    /// The sales that sell it: at most 100, none twice. By default the main sale.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub sale_ids: Option<Vec<Uuid>>,
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
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// How many seats it has.
    pub capacity: u32,
    /// The price of a seat, in minor units.
    pub price: i64,
    /// When the sale opens: seats may be held from then on.
    #[schema(value_type = String, format = DateTime)]
    pub opening_at: Timestamp,
    /// When the sale closes.
    #[schema(value_type = String, format = DateTime)]
    pub closing_at: Timestamp,
    /// When the concert takes place.
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

impl NewConcertBody {
    /// The new concert, opened by this operator.
    pub(in crate::api) fn for_operator(self, operator: UserId) -> NewConcert {
        NewConcert {
            id: ConcertId(Uuid::now_v7()),
            name: self.name,
            // The rule refuses 0, so a capacity that does not fit becomes 0.
            capacity: u32::try_from(self.capacity).unwrap_or(0),
            price: Money(self.price),
            opening_at: self.opening_at,
            closing_at: self.closing_at,
            event_date: self.event_date,
            sales: self.sale_ids.unwrap_or_default().into_iter().map(SaleId).collect(),
            opened_by: Some(operator),
        }
    }
}

impl ConcertAnswer {
    /// The concert, with the number of seats that can be held now.
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

/// A concert as people who are not inside see it. It has no other fields, so that nobody takes a complete
/// concert for one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConcertTitle {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// When the sale opens: seats may be held from then on.
    #[schema(value_type = String, format = DateTime)]
    pub opening_at: Timestamp,
}

/// A concert on the list: complete for people inside, a title for everybody else.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ListedConcert {
    /// For people inside.
    Full(ConcertAnswer),
    /// For everybody else.
    Title(ConcertTitle),
}
