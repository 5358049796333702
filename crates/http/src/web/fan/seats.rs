//! The seat map.

use std::fmt::Write;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::error::AppError;
use onsale_app::line_status::LineStatus;
use onsale_booking::Refusal;
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::seat::{Seat, SeatStatus};
use serde::Deserialize;

use super::super::concert::ConcertCard;
use super::super::form::{Form, LenientQuery};
use super::super::format::{Times, fill};
use super::super::layout::PageLayout;
use super::super::notice::{Notice, NoticeCode, PendingNotice, Tone, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::page_path::PageId;
use super::super::visitor::Visitor;
use super::super::words::Words;
use super::{line, refused};
use crate::numbers::number;
use crate::site::Shared;

/// How many seats a page shows: few enough to read, and for a phone to load. Larger halls are shown in parts.
const BLOCK: u32 = 200;
/// Up to this many parts are shown as links; more become a drop-down list.
const LINKS_MAX: usize = 12;

#[derive(Template)]
#[template(path = "fan/seats.html")]
struct SeatsPage<'a> {
    f: PageLayout<'a>,
    concert: ConcertCard,
    block: u32,
    from: SeatNo,
    to: SeatNo,
    version: u64,
    limit: u32,
    held: usize,
    price: i64,
    price_text: String,
    /// The decimals and the format of amounts, for the script.
    decimals: u32,
    money: String,
    limit_text: String,
    range_text: String,
    holds_text: Option<String>,
    blocks: Vec<Block>,
    seats: Vec<SeatMark>,
}

/// One part of a large hall.
struct Block {
    number: u32,
    range: String,
    free: String,
    is_current: bool,
}

/// One seat on the map.
struct SeatMark {
    number: SeatNo,
    state: &'static str,
    /// The text before and after its number.
    label: (&'static str, &'static str),
    /// Where a seat of the visitor leads.
    link: Option<&'static str>,
    is_chosen: bool,
}

/// The key of the map: states and their names.
fn legend(w: &Words) -> [(&'static str, &'static str); 5] {
    [
        ("free", w.legend_free),
        ("chosen", w.legend_chosen),
        ("held", w.legend_held),
        ("sold", w.legend_sold),
        ("mine", w.legend_mine),
    ]
}

/// Which part of the hall to show, and the seats that the visitor had chosen in a refused form.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct SeatsQuery {
    block: u32,
    chosen: Vec<SeatNo>,
}

impl Default for SeatsQuery {
    fn default() -> Self {
        Self { block: 1, chosen: Vec::new() }
    }
}

/// The page of one concert's seats, for people inside.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    PageId(concert): PageId,
    notice: PendingNotice,
    LenientQuery(query): LenientQuery<SeatsQuery>,
    uri: axum::http::Uri,
) -> Result<Response, PageError> {
    let Some((ticket, LineStatus::Admitted { .. })) = line::status(&site, &visitor).await? else {
        return Ok(see_other("/line"));
    };
    let map = site.app.concert(ConcertId(concert)).ok_or(AppError::Refused(Refusal::ConcertNotFound))?;
    let language = visitor.language;
    let f = PageLayout::of(&site, language, uri.path_and_query().map_or("/", |path| path.as_str()));
    let (times, w, now) = (Times::of(&site, language), f.w, site.app.now());
    let (user, snapshot) = (UserId(ticket.user), map.snapshot());
    let taken = taken_notice(snapshot.seats(), &query.chosen, user, w, now);
    let notice = notice.for_fans(&site, language);
    let f = f.with_notice(taken.or(notice));
    let capacity = map.concert.capacity;
    let (block, from, to) = part(query.block, capacity);
    let holds: Vec<_> =
        snapshot.seats().iter().filter_map(|seat| Some((seat, seat.live_hold_of(user, now)?))).collect();
    let holds_text = holds.iter().map(|(_, hold)| hold.deadline).min().map(|deadline| {
        let seats: Vec<_> = holds.iter().map(|(seat, _)| number(seat.seat_no)).collect();
        let sentence = if holds.len() == 1 { w.you_hold_one } else { w.you_hold };
        fill(sentence, &[("seats", &seats.join(", ")), ("time", &times.clock(deadline))])
    });
    let limit = site.app.config.policy.holds_per_user;
    let left = limit.saturating_sub(u32::try_from(holds.len()).unwrap_or(limit));
    let seats = snapshot.seats().iter().skip(from as usize - 1).take((to - from) as usize + 1);
    let page = SeatsPage {
        concert: ConcertCard::new(&site, &f, &map.concert, Some(snapshot.available(now))),
        block,
        from,
        to,
        version: snapshot.version(),
        limit,
        held: holds.len(),
        price: map.concert.price.0,
        price_text: fill(w.price_each, &[("price", &site.currency.amount(map.concert.price.0))]),
        decimals: site.currency.decimals(),
        money: site.currency.sentence(),
        limit_text: fill(w.limit_hint, &[("n", &left)]),
        range_text: fill(w.seats_range, &[("from", &number(from)), ("to", &number(to))]),
        holds_text,
        blocks: blocks(snapshot.seats(), capacity, block, w, now),
        seats: seats.map(|seat| SeatMark::new(seat, user, w, now, &query.chosen)).collect(),
        f,
    };
    Ok(Page(page).into_response())
}

/// The notice of chosen seats that somebody else has taken; it also says whether other seats are still
/// chosen.
fn taken_notice(
    seats: &[Seat],
    chosen: &[SeatNo],
    user: UserId,
    w: &Words,
    now: Timestamp,
) -> Option<Notice> {
    let seats = seats.iter().filter(|seat| chosen.contains(&seat.seat_no));
    let (free, taken): (Vec<_>, Vec<_>) = seats
        .filter(|seat| seat.holder() != Some(user) || seat.status(now) == SeatStatus::Available)
        .partition(|seat| seat.status(now) == SeatStatus::Available);
    let sentence = match (taken.len(), free.is_empty()) {
        (0, _) => return None,
        (1, false) => w.taken_one,
        (1, true) => w.taken_last_one,
        (_, false) => w.taken,
        (_, true) => w.taken_last,
    };
    let seats: Vec<_> = taken.iter().map(|seat| seat.seat_no.to_string()).collect();
    Some(Notice { tone: Tone::Bad, text: fill(sentence, &[("seats", &seats.join(", "))]) })
}

/// The part of a hall with this number, or the nearest one: its number, first and last seat.
fn part(wanted: u32, capacity: u32) -> (u32, SeatNo, SeatNo) {
    let block = wanted.clamp(1, capacity.div_ceil(BLOCK).max(1));
    let from = (block - 1) * BLOCK + 1;
    (block, from, capacity.min(from + BLOCK - 1))
}

/// Every part of the hall; empty if it has only one.
fn blocks(seats: &[Seat], capacity: u32, current: u32, w: &Words, now: Timestamp) -> Vec<Block> {
    if capacity <= BLOCK {
        return Vec::new();
    }
    let chunks = seats.chunks(BLOCK as usize).zip(1..);
    let block = |(seats, block): (&[Seat], u32)| {
        let (number, from, to) = part(block, capacity);
        let free = seats.iter().filter(|seat| seat.status(now) == SeatStatus::Available).count();
        let free = fill(w.seats_free, &[("n", &free)]);
        let range = format!("{}–{}", self::number(from), self::number(to));
        Block { number, range, free, is_current: number == current }
    };
    chunks.map(block).collect()
}

impl SeatMark {
    fn new(seat: &Seat, user: UserId, w: &'static Words, now: Timestamp, chosen: &[SeatNo]) -> Self {
        let is_mine = seat.holder() == Some(user);
        let (state, label, link) = match seat.status(now) {
            SeatStatus::Available => ("free", w.seat_free, None),
            SeatStatus::Held if is_mine => ("mine", w.seat_mine, Some("/checkout")),
            SeatStatus::Held => ("held", w.seat_held, None),
            SeatStatus::Sold if is_mine => ("paid", w.seat_paid, Some("/tickets")),
            SeatStatus::Sold => ("sold", w.seat_sold, None),
        };
        Self {
            number: seat.seat_no,
            state,
            label: label.split_once("{n}").unwrap_or((label, "")),
            link,
            is_chosen: state == "free" && chosen.contains(&seat.seat_no),
        }
    }
}

/// The seats that the visitor has chosen, and the part of the hall they are in.
#[derive(Debug, Deserialize)]
pub(super) struct HoldForm {
    #[serde(default)]
    seat: Vec<SeatNo>,
    #[serde(default)]
    block: u32,
}

/// Holds the chosen seats, all or none. If somebody else has taken one, the page says so, and the others stay
/// chosen.
pub(super) async fn hold(
    State(site): State<Shared>,
    visitor: Visitor,
    PageId(concert): PageId,
    Form(form): Form<HoldForm>,
) -> Result<Response, PageError> {
    let page = format!("/sale/{concert}");
    let Some(ticket) = line::ticket(&site, &visitor).await? else { return Ok(see_other("/line")) };
    if form.seat.is_empty() {
        let page = format!("{page}?block={}", form.block);
        return Ok(see_other_with(&page, &NoticeCode::new("no_seat")));
    }
    match site.app.hold_seats(&ticket, ConcertId(concert), form.seat.clone(), None).await {
        Ok(_) => Ok(see_other("/checkout")),
        Err(AppError::Refused(Refusal::NotAdmitted)) => {
            Ok(see_other_with("/line", &NoticeCode::new("not_admitted")))
        }
        Err(AppError::Refused(Refusal::PassEnded)) => {
            Ok(see_other_with("/line", &NoticeCode::new("pass_ended")))
        }
        Err(error) => {
            let mut page = format!("{page}?block={}", form.block);
            for seat in &form.seat {
                let _ = write!(page, "&chosen={seat}");
            }
            refused(&page, error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hall_has_parts_of_200_seats() {
        assert_eq!(part(1, 50), (1, 1, 50));
        assert_eq!(part(7, 50), (1, 1, 50), "a missing part is replaced by the nearest");
        assert_eq!(part(0, 450), (1, 1, 200));
        assert_eq!(part(3, 450), (3, 401, 450));
        assert_eq!(part(u32::MAX, 50_000), (250, 49_801, 50_000));
    }
}
