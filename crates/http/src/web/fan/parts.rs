//! The parts of a hall: large halls are shown in parts.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use onsale_booking::ids::{ConcertId, SaleId, SeatNo, UserId};
use onsale_booking::seat::{Seat, SeatStatus};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::concert::free_text;
use super::super::form::LenientQuery;
use super::super::page_error::PageError;
use super::super::page_path::PageId;
use super::super::visitor::Visitor;
use super::super::words::Words;
use super::place;
use crate::error::HttpError;
use crate::numbers::number;
use crate::site::Shared;

/// How many seats a page shows: few enough to read, and for a phone to load.
const PART: u32 = 200;

/// One part of a large hall.
pub(super) struct Part {
    pub(super) number: u32,
    pub(super) range: String,
    /// How many of its seats can be held now, as a number and in words.
    pub(super) free: String,
    pub(super) free_text: String,
    pub(super) is_current: bool,
}

/// The part of a hall with this number, or the nearest one: its number, first and last seat.
pub(super) fn part_of(wanted: u32, capacity: u32) -> (u32, SeatNo, SeatNo) {
    let part = wanted.clamp(1, capacity.div_ceil(PART).max(1));
    let from = (part - 1) * PART + 1;
    (part, from, capacity.min(from + PART - 1))
}

/// Every part of the hall; empty if it has only one.
pub(super) fn all_parts(seats: &[Seat], current: u32, w: &Words, now: Timestamp) -> Vec<Part> {
    let (capacity, free) = (u32::try_from(seats.len()).unwrap_or(u32::MAX), free_by_part(seats, now));
    let part = |(free, wanted): (usize, u32)| {
        let (part, from, to) = part_of(wanted, capacity);
        Part {
            number: part,
            range: format!("{from}–{to}"),
            free: number(free as u64),
            free_text: free_text(w, free),
            is_current: part == current,
        }
    };
    if capacity <= PART { Vec::new() } else { free.zip(1..).map(part).collect() }
}

fn free_by_part(seats: &[Seat], now: Timestamp) -> impl Iterator<Item = usize> {
    let free = move |seat: &&Seat| seat.status(now) == SeatStatus::Available;
    seats.chunks(PART as usize).map(move |seats| seats.iter().filter(free).count())
}

/// The numbers of the seats that a user holds.
pub(super) fn held_by(user: UserId, seats: &[Seat], now: Timestamp) -> Vec<SeatNo> {
    let held = seats.iter().filter(|seat| seat.live_hold_of(user, now).is_some());
    held.map(|seat| seat.seat_no).collect()
}

/// Seat numbers as a text. They are names, not amounts, so that their digits are not grouped.
pub(super) fn joined<'a>(numbers: impl IntoIterator<Item = &'a SeatNo>, separator: &str) -> String {
    numbers.into_iter().map(SeatNo::to_string).collect::<Vec<_>>().join(separator)
}

/// Whether somebody else holds or has bought a seat.
pub(super) fn is_taken_from(user: UserId, seat: &Seat, now: Timestamp) -> bool {
    seat.status(now) != SeatStatus::Available && seat.holder() != Some(user)
}

/// Chosen seats, each once, and not more than anybody may hold: an address can name thousands.
pub(super) fn bounded(mut seats: Vec<SeatNo>, holds_per_user: u32) -> Vec<SeatNo> {
    seats.sort_unstable();
    seats.dedup();
    seats.truncate(holds_per_user as usize);
    seats
}

/// The seats that the visitor has chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChosenQuery {
    seat: Vec<SeatNo>,
    /// The sale by whose pass the visitor is inside; without it the main one.
    #[serde(rename = "saleId")]
    sale: Option<Uuid>,
}

/// What has changed outside the part that a page shows.
#[derive(Serialize)]
pub(super) struct PartsAnswer {
    /// How many seats of the hall can be held now.
    available: usize,
    /// How many can be held, by part.
    parts: Vec<usize>,
    /// The seats that the visitor holds.
    held: Vec<SeatNo>,
    /// How many they may hold, and how many they have besides.
    limit: u32,
    besides: u32,
    /// The chosen seats that somebody else has taken.
    taken: Vec<SeatNo>,
}

/// What the script of the seat map asks for now and then, because its stream covers one part of the hall.
pub(super) async fn changes(
    State(site): State<Shared>,
    visitor: Visitor,
    PageId(concert): PageId,
    LenientQuery(query): LenientQuery<ChosenQuery>,
) -> Result<Json<PartsAnswer>, PageError> {
    let sale = query.sale.map_or(site.app.main_sale(), SaleId);
    let ticket = place::ticket(&site, &visitor, sale).await?.ok_or(HttpError::NotFound)?;
    let _permit = site.tickets.request(ticket.key()).await?;
    let map = site.app.seat_map(&ticket, ConcertId(concert)).await?;
    let chosen = bounded(query.seat, site.app.config.policy.holds_per_user);
    let user = UserId(ticket.user);
    // First, because it looks at seat maps, and nobody may look at one while they look at one.
    let limit = site.app.seat_limit(ticket.sale, user, map.concert.id);
    let (snapshot, now) = (map.snapshot(), site.app.now());
    let is_taken = |no: &SeatNo| snapshot.seat(*no).is_some_and(|seat| is_taken_from(user, seat, now));
    let parts: Vec<_> = free_by_part(snapshot.seats(), now).collect();
    Ok(Json(PartsAnswer {
        available: parts.iter().sum(),
        parts,
        held: held_by(user, snapshot.seats(), now),
        limit: limit.here(),
        besides: limit.besides,
        taken: chosen.into_iter().filter(is_taken).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_seats_are_few() {
        assert_eq!(bounded(vec![9, 7, 7, 9, 8], 4), [7, 8, 9]);
        assert_eq!(bounded((1..5_000).rev().collect(), 4), [1, 2, 3, 4]);
    }

    #[test]
    fn a_hall_has_parts_of_200_seats() {
        assert_eq!(part_of(1, 50), (1, 1, 50));
        assert_eq!(part_of(7, 50), (1, 1, 50), "a missing part is replaced by the nearest");
        assert_eq!(part_of(0, 450), (1, 1, 200));
        assert_eq!(part_of(3, 450), (3, 401, 450));
        assert_eq!(part_of(u32::MAX, 50_000), (250, 49_801, 50_000));
    }
}
