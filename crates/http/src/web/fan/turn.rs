//! The page of somebody whose turn it is.

use askama::Template;
use jiff::Timestamp;
use onsale_app::tokens::Ticket;
use onsale_booking::sale::SalePhase;

use super::super::format::{Times, countdown, fill};
use super::super::held::{self, SeenHold};
use super::super::layout::PageLayout;
use super::super::words::Words;
use super::here::{FairnessLink, Here};
use super::place::Turn;
use super::titles;
use crate::numbers::number;
use crate::site::Shared;

/// What the form for leaving says of somebody inside. Everybody else waits.
pub(super) const INSIDE: &str = "inside";

#[derive(Template)]
#[template(path = "fan/line_turn.html")]
pub(super) struct TurnPage<'a> {
    f: PageLayout<'a>,
    title_end: String,
    sale_name: Option<String>,
    leave_path: String,
    heading: &'static str,
    turn: Turn,
    /// What the clock counts down to, unless the turn is over.
    until: Timestamp,
    until_text: String,
    seconds: i64,
    countdown: String,
    seats_link: String,
    /// The place that the form for giving it up shows.
    number: u64,
    /// Where a drawn number has come; empty by arrival.
    place_text: String,
    fairness: Option<FairnessLink>,
    /// Whether no seat of the sale is left.
    is_sold_out: bool,
    holds: Vec<ConcertHolds>,
    /// The same holds as the form sends them.
    seen: Vec<String>,
    note: String,
}

/// The seats that a fan holds for one concert.
struct ConcertHolds {
    concert: String,
    seats: String,
}

impl<'a> TurnPage<'a> {
    pub(super) fn new(site: &Shared, f: PageLayout<'a>, here: &Here, ticket: &Ticket, turn: Turn) -> Self {
        let (times, now) = (Times::of(site, f.language), site.app.now());
        let until = turn.until.unwrap_or(now);
        let seconds = until.duration_since(now).as_secs().max(0);
        let is_over = turn.is_over();
        let is_sale_over = here.sale.phase(now) == SalePhase::Over;
        let (pass, hold) = (ticket.key(), site.app.config.policy.hold.as_secs().unsigned_abs());
        let (mut holds, mut seen) = (Vec::new(), Vec::new());
        for map in site.app.concerts() {
            // A pass pays and releases only what it holds itself.
            let mine = held::by_pass(map.snapshot().seats(), pass, now);
            seen.extend(mine.iter().map(held::written));
            holds.extend(ConcertHolds::of(&map.concert.name, &mine, f.w));
        }
        Self {
            title_end: titles::end(site, here),
            sale_name: here.name(),
            leave_path: here.leave_path(),
            heading: match (is_over, is_sale_over) {
                (false, _) => f.w.your_turn,
                (true, false) => f.w.over_title,
                (true, true) => f.s.over_waiting,
            },
            turn,
            until,
            until_text: times.clock(until),
            seconds,
            countdown: countdown(seconds),
            seats_link: match site.app.concerts_of(ticket.sale).as_slice() {
                [only] => format!("/sale/{}", only.concert.id),
                _ => "/".to_owned(),
            },
            number: ticket.number,
            place_text: match site.app.place(ticket).filter(|_| here.sale.draw().is_some()) {
                Some(place) => fill(f.s.drawn_place, &[("n", &number(place))]),
                None => String::new(),
            },
            fairness: here.fairness_link(f.s),
            is_sold_out: site.app.supply(ticket.sale).is_some_and(|supply| supply.free + supply.held == 0),
            holds,
            seen,
            note: fill(f.w.turn_note, &[("wait", &times.wait(hold))]),
            f,
        }
    }
}

impl ConcertHolds {
    fn of(concert: &str, holds: &[SeenHold], w: &'static Words) -> Option<Self> {
        let seats: Vec<_> = holds.iter().map(|(key, _)| key.seat_no.to_string()).collect();
        let sentence = if seats.len() == 1 { w.which_one } else { w.which };
        let seats = (!seats.is_empty()).then(|| fill(sentence, &[("seats", &seats.join(", "))]))?;
        Some(Self { concert: concert.to_owned(), seats })
    }
}
