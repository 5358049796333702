//! The seat map.

use std::fmt::Write;

use askama::Template;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::error::AppError;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_booking::Refusal;
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::refusal::Missing;
use onsale_booking::seat::{Seat, SeatStatus};
use serde::Deserialize;

use super::super::address::address_of;
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
use super::hall::{Part, all_parts, bounded, held_by, is_taken_from, part};
use super::place::{self, Place, Turn, missing};
use super::refused;
use crate::problem::whole_seconds;
use crate::site::Shared;

/// Up to this many parts are shown as buttons; more become a drop-down list.
const BUTTONS_MAX: usize = 12;

#[derive(Template)]
#[template(path = "fan/seats.html")]
struct SeatsPage<'a> {
    f: PageLayout<'a>,
    concert: ConcertCard,
    user: UserId,
    block: u32,
    from: SeatNo,
    to: SeatNo,
    version: u64,
    limit: u32,
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
    blocks: Vec<Part>,
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
    block: u32,
    seat: Vec<SeatNo>,
}

impl Default for SeatsQuery {
    fn default() -> Self {
        Self { block: 1, seat: Vec::new() }
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
    let Some(place) = place::find(&site, &visitor).await? else { return Ok(see_other("/line")) };
    let cookie = AppendHeaders(place.cookie(&site));
    let Place { ticket, status: LineStatus::Admitted { until }, .. } = place else {
        return Ok(see_other("/line"));
    };
    let map =
        site.app.concert(ConcertId(concert)).ok_or(AppError::Refused(Refusal::NotFound(Missing::Concert)))?;
    let turn = Turn::of(&site, &ticket, until).await;
    let language = visitor.language;
    let f = PageLayout::of(&site, &visitor, address_of(&uri));
    let (times, w, now) = (Times::of(&site, language), f.w, site.app.now());
    let (user, snapshot) = (UserId(ticket.user), map.snapshot());
    let chosen = bounded(query.seat, site.app.config.policy.holds_per_user);
    let chosen_seats: Vec<_> = chosen.iter().filter_map(|no| snapshot.seat(*no)).collect();
    let taken = taken_notice(&chosen_seats, user, w, now);
    let notice = notice.for_fans(&site, language);
    let f = f.with_notice(taken.or(notice));
    let (block, from, to) = part(query.block, map.concert.capacity);
    let here = snapshot.seats().iter().skip(from as usize - 1).take((to - from) as usize + 1);
    let elsewhere = chosen_seats.iter().copied().filter(|seat| !(from..=to).contains(&seat.seat_no));
    let held = held_by(user, snapshot.seats(), now);
    let (limit, available) = (site.app.config.policy.holds_per_user, snapshot.available(now));
    let left = limit.saturating_sub(u32::try_from(held.len()).unwrap_or(limit));
    let choosing_is_over = !turn.may_choose;
    let concert = ConcertCard::new(&site, &f, &map.concert, Some(available));
    let mark = |seat| SeatMark::new(seat, user, w, now, &chosen);
    let page = SeatsPage {
        user,
        block,
        from,
        to,
        version: snapshot.version(),
        limit,
        price: map.concert.price.0,
        price_text: fill(w.price_each, &[("price", &site.currency.amount(map.concert.price.0))]),
        decimals: site.currency.decimals(),
        money: site.currency.sentence(),
        limit_text: match left {
            0 => w.limit_hint_zero.to_owned(),
            _ => fill(w.limit_hint, &[("n", &left)]),
        },
        range_text: fill(w.seats_range, &[("from", &from), ("to", &to)]),
        held_elsewhere: joined(held.iter().filter(|no| !(from..=to).contains(no)), " "),
        holds_text: fill(
            if held.len() == 1 { w.you_hold_one } else { w.you_hold },
            &[("seats", &joined(&held, ", "))],
        ),
        has_holds: !held.is_empty(),
        available,
        choosing_is_over,
        is_closed: choosing_is_over || !concert.is_open,
        may_choose: !choosing_is_over && concert.is_open && left > 0 && available > 0,
        turn_seconds: whole_seconds(turn.until.duration_since(now).unsigned_abs()),
        turn_text: fill(w.turn_ends, &[("time", &times.clock(turn.until))]),
        blocks: all_parts(snapshot.seats(), block, w, now),
        seats: here.map(mark).collect(),
        chosen_elsewhere: elsewhere.map(mark).filter(|mark| mark.is_chosen).collect(),
        concert,
        f,
    };
    Ok((cookie, Page(page)).into_response())
}

/// Seat numbers as a text. They are names, not amounts, so that their digits are not grouped.
fn joined<'a>(numbers: impl IntoIterator<Item = &'a SeatNo>, separator: &str) -> String {
    numbers.into_iter().map(SeatNo::to_string).collect::<Vec<_>>().join(separator)
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

/// The seats that the visitor has chosen, and the part of the hall that they were looking at.
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
    let Some(ticket) = place::ticket(&site, &visitor).await? else { return Ok(missing(&site, &visitor)) };
    if form.seat.is_empty() {
        let page = format!("{page}?block={}", form.block);
        return Ok(see_other_with(&page, &NoticeCode::new("no_seat")));
    }
    match site.app.hold_seats(&ticket, ConcertId(concert), form.seat.clone(), None).await {
        Ok(_) => Ok(see_other("/checkout")),
        Err(AppError::Refused(Refusal::NotAdmitted)) => {
            Ok(see_other_with("/line", &NoticeCode::new("not_admitted")))
        }
        // The map says that the time to choose is over.
        Err(AppError::Refused(Refusal::PassEnded)) if is_inside(&site, &ticket).await => {
            Ok(see_other(&format!("/sale/{concert}")))
        }
        Err(AppError::Refused(Refusal::PassEnded)) => {
            Ok(see_other_with("/line", &NoticeCode::new("pass_ended")))
        }
        Err(error) => {
            let mut page = format!("{page}?block={}", form.block);
            for seat in &form.seat {
                let _ = write!(page, "&seat={seat}");
            }
            refused(&page, error)
        }
    }
}

/// Whether somebody may still pay for what they hold.
async fn is_inside(site: &Shared, ticket: &Ticket) -> bool {
    site.app.check_inside(ticket).await.is_ok()
}
