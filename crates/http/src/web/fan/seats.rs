//! The seat map.

use std::fmt::Write;

use askama::Template;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::error::AppError;
use onsale_app::selling::SeatLimit;
use onsale_app::tokens::Ticket;
use onsale_booking::Refusal;
use onsale_booking::ids::{ConcertId, SaleId, SeatNo, UserId};
use onsale_booking::refusal::Missing;
use onsale_booking::sale::SalePhase;
use onsale_booking::seat::{Seat, SeatStatus};
use serde::Deserialize;
use uuid::Uuid;

use super::super::address::address_of;
use super::super::concert::ConcertCard;
use super::super::form::{Form, LenientQuery};
use super::super::format::{Times, fill};
use super::super::layout::PageLayout;
use super::super::notice::{Notice, NoticeCode, PendingNotice, Tone, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::page_path::PageId;
use super::super::sale_address::{path_of, query_of};
use super::super::visitor::Visitor;
use super::super::words::Words;
use super::here::Here;
use super::parts::{Part, all_parts, held_by, is_taken_from, joined, part_of};
use super::place::{self, Entrance, missing};
use super::refused;
use super::seat_limit::Choice;
use super::titles;
use crate::problem::whole_seconds;
use crate::site::Shared;

/// Up to this many parts are shown as buttons; more become a drop-down list.
const BUTTONS_MAX: usize = 12;

#[derive(Template)]
#[template(path = "fan/seats.html")]
struct SeatsPage<'a> {
    f: PageLayout<'a>,
    title_end: String,
    concert: ConcertCard,
    user: UserId,
    /// The sale by whose pass seats are held, if it is not the main one.
    sale: Option<SaleId>,
    line_path: String,
    /// The query by which scripts ask about that sale.
    query: String,
    part: u32,
    from: SeatNo,
    to: SeatNo,
    version: u64,
    /// How many seats of this concert the visitor may hold at once.
    limit: SeatLimit,
    price: i64,
    price_text: String,
    /// The decimals and the format of amounts, for the script.
    decimals: u32,
    money: String,
    limit_text: String,
    range_text: String,
    /// The seats that the visitor holds outside this part of the hall, separated by blanks.
    held_elsewhere: String,
    holds_text: String,
    has_holds: bool,
    /// How many seats of the hall can be held now.
    available: usize,
    /// Whether the visitor may hold no more seats, and may only pay for those that they hold.
    choosing_is_over: bool,
    /// Whether nobody, or not this visitor any more, may choose seats.
    is_closed: bool,
    /// Whether the visitor may hold another seat now.
    may_choose: bool,
    turn_seconds: u64,
    turn_text: String,
    parts: Vec<Part>,
    seats: Vec<SeatMark>,
    /// Chosen seats in other parts of the hall.
    chosen_elsewhere: Vec<SeatMark>,
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

/// Which part of the hall to show, and the seats that the visitor has chosen in any part.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct SeatsQuery {
    part: u32,
    seat: Vec<SeatNo>,
}

impl Default for SeatsQuery {
    fn default() -> Self {
        Self { part: 1, seat: Vec::new() }
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
    let (place, turn) = match place::entrance(&site, &visitor, ConcertId(concert)).await? {
        Entrance::Open(place, turn) => (place, turn),
        Entrance::Shut(sale) => return Ok(see_other(&path_of(&site, sale))),
    };
    let (cookies, ticket) = (AppendHeaders(place.cookies(&site, &visitor)), place.ticket);
    let here = Here::find(&site, ticket.sale).await?;
    let map =
        site.app.concert(ConcertId(concert)).ok_or(AppError::Refused(Refusal::NotFound(Missing::Concert)))?;
    let f = PageLayout::of(&site, &visitor, address_of(&uri));
    let (language, w, now) = (f.language, f.w, site.app.now());
    let (times, user) = (Times::of(&site, language), UserId(ticket.user));
    // First, because it looks at seat maps, and nobody may look at one while they look at one.
    let limit = site.app.seat_limit(ticket.sale, user, map.concert.id);
    let snapshot = map.snapshot();
    let held = held_by(user, snapshot.seats(), now);
    let choice = Choice::of(query.seat, snapshot.seats(), limit, held.len(), now);
    let (chosen, left) = (&choice.seats, choice.left);
    let taken = taken_notice(chosen, user, w, now);
    let f = f.with_notice(taken.or_else(|| choice.notice(w)).or_else(|| notice.for_fans(&site, language)));
    let (part, from, to) = part_of(query.part, map.concert.capacity);
    let shown = snapshot.seats().iter().skip(from as usize - 1).take((to - from) as usize + 1);
    let elsewhere = chosen.iter().copied().filter(|seat| !(from..=to).contains(&seat.seat_no));
    let available = snapshot.available(now);
    let (choosing_is_over, until) = (!turn.may_choose, turn.until.unwrap_or(now));
    let concert =
        ConcertCard::sold_by(&site, &f, &map.concert, std::slice::from_ref(&here.sale), Some(available));
    let mark = |seat| SeatMark::new(seat, user, w, now, chosen);
    let page = SeatsPage {
        user,
        sale: (ticket.sale != site.app.main_sale()).then_some(ticket.sale),
        title_end: titles::end(&site, &here),
        line_path: here.path.clone(),
        query: query_of(&site, ticket.sale),
        part,
        from,
        to,
        version: snapshot.version(),
        limit,
        price: map.concert.price.0,
        price_text: fill(w.price_each, &[("price", &site.currency.amount(map.concert.price.0))]),
        decimals: site.currency.decimals(),
        money: site.currency.sentence(),
        limit_text: limit_text(w, left),
        range_text: fill(w.seats_range, &[("from", &from), ("to", &to)]),
        held_elsewhere: joined(held.iter().filter(|no| !(from..=to).contains(no)), " "),
        holds_text: holds_text(w, &held),
        has_holds: !held.is_empty(),
        available,
        choosing_is_over,
        is_closed: choosing_is_over || !concert.is_open,
        may_choose: !choosing_is_over && concert.is_open && left > 0 && available > 0,
        turn_seconds: whole_seconds(until.duration_since(now).unsigned_abs()),
        turn_text: fill(w.turn_ends, &[("time", &times.clock(until))]),
        parts: all_parts(snapshot.seats(), part, w, now),
        seats: shown.map(mark).collect(),
        chosen_elsewhere: elsewhere.map(mark).filter(|mark| mark.is_chosen).collect(),
        concert,
        f,
    };
    Ok((cookies, Page(page)).into_response())
}

fn limit_text(w: &Words, left: usize) -> String {
    match left {
        0 => w.limit_hint_zero.to_owned(),
        _ => fill(w.limit_hint, &[("n", &left)]),
    }
}

fn holds_text(w: &Words, held: &[SeatNo]) -> String {
    let sentence = if held.len() == 1 { w.you_hold_one } else { w.you_hold };
    fill(sentence, &[("seats", &joined(held, ", "))])
}

/// The notice of chosen seats that somebody else has taken; it also says whether other seats are still
/// chosen.
fn taken_notice(chosen: &[&Seat], user: UserId, w: &Words, now: Timestamp) -> Option<Notice> {
    let has_free = chosen.iter().any(|seat| seat.status(now) == SeatStatus::Available);
    let taken = chosen.iter().filter(|seat| is_taken_from(user, seat, now));
    let taken: Vec<_> = taken.map(|seat| &seat.seat_no).collect();
    let sentence = match (taken.len(), has_free) {
        (0, _) => return None,
        (1, true) => w.taken_one,
        (1, false) => w.taken_last_one,
        (_, true) => w.taken,
        (_, false) => w.taken_last,
    };
    let seats = joined(taken, ", ");
    Some(Notice { tone: Tone::Bad, text: fill(sentence, &[("seats", &seats)]) })
}

impl SeatMark {
    fn new(seat: &Seat, user: UserId, w: &'static Words, now: Timestamp, chosen: &[&Seat]) -> Self {
        let is_mine = seat.holder() == Some(user);
        let (state, label, link) = match seat.status(now) {
            SeatStatus::Available => ("free", w.seat_free, None),
            SeatStatus::Held if is_mine => ("mine", w.seat_mine, Some("/checkout")),
            SeatStatus::Held => ("held", w.seat_held, None),
            SeatStatus::Sold if is_mine => ("paid", w.seat_paid, Some("/tickets")),
            SeatStatus::Sold => ("sold", w.seat_sold, None),
            SeatStatus::Unavailable => ("unavailable", w.seat_unavailable, None),
        };
        Self {
            number: seat.seat_no,
            state,
            label: label.split_once("{n}").unwrap_or((label, "")),
            link,
            is_chosen: state == "free" && chosen.contains(&seat),
        }
    }
}

/// The seats that the visitor has chosen, and the part of the hall that they were looking at.
#[derive(Debug, Deserialize)]
pub(super) struct HoldForm {
    #[serde(default)]
    seat: Vec<SeatNo>,
    #[serde(default)]
    part: u32,
    /// The sale by whose pass they are to be held; without it the main one.
    #[serde(default)]
    sale: Option<Uuid>,
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
    let sale = form.sale.map_or(site.app.main_sale(), SaleId);
    let Some(ticket) = place::ticket(&site, &visitor, sale).await? else {
        return Ok(missing(&site, &visitor, sale));
    };
    let line = path_of(&site, sale);
    if form.seat.is_empty() {
        let page = format!("{page}?part={}", form.part);
        return Ok(see_other_with(&page, &NoticeCode::new("no_seat")));
    }
    match site.app.hold_seats(&ticket, ConcertId(concert), form.seat.clone(), None).await {
        Ok(_) => Ok(see_other("/checkout")),
        // The concert's own time may be left.
        Err(AppError::Refused(Refusal::SaleClosed { .. })) if is_over(&site, sale) => {
            Ok(see_other_with(&line, &NoticeCode::new("sale_over")))
        }
        Err(AppError::Refused(Refusal::NotAdmitted)) => {
            Ok(see_other_with(&line, &NoticeCode::new("not_admitted")))
        }
        // The map says that the time to choose is over.
        Err(AppError::Refused(Refusal::PassEnded)) if is_inside(&site, &ticket).await => {
            Ok(see_other(&format!("/sale/{concert}")))
        }
        Err(AppError::Refused(Refusal::PassEnded)) => {
            Ok(see_other_with(&line, &NoticeCode::new("pass_ended")))
        }
        Err(error) => {
            let mut page = format!("{page}?part={}", form.part);
            for seat in &form.seat {
                let _ = write!(page, "&seat={seat}");
            }
            refused(&page, error)
        }
    }
}

/// Whether a sale has closed, and not only a concert.
fn is_over(site: &Shared, sale: SaleId) -> bool {
    site.app.known(sale).is_some_and(|sale| sale.phase(site.app.now()) == SalePhase::Over)
}

/// Whether somebody may still pay for what they hold.
async fn is_inside(site: &Shared, ticket: &Ticket) -> bool {
    site.app.check_inside(ticket).await.is_ok()
}
