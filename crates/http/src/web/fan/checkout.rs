//! The checkout: held seats, the time left, and payment.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::error::AppError;
use onsale_booking::Refusal;
use onsale_booking::ids::{ConcertId, SeatKey, SeatNo};
use onsale_booking::money::Money;
use onsale_booking::seat::{Hold, Seat};
use serde::Deserialize;
use uuid::Uuid;

use super::super::concert::ConcertCard;
use super::super::form::Form;
use super::super::format::{Times, countdown, fill};
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, PendingNotice, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use super::{line, refused};
use crate::numbers::number;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "fan/checkout.html")]
struct CheckoutPage<'a> {
    f: PageLayout<'a>,
    until: Timestamp,
    until_text: String,
    seconds: i64,
    countdown: String,
    balance_text: String,
    pay_note: &'static str,
    carts: Vec<Cart>,
}

/// The seats that a fan holds for one concert. Paying ends the turn, so only one concert can be paid.
struct Cart {
    concert: ConcertCard,
    seats: Vec<HeldSeat>,
    count_text: String,
    total_text: String,
    pay_text: String,
    /// The balance left after paying, if the wallet has enough.
    left_text: String,
    missing: Option<Missing>,
}

struct HeldSeat {
    number: SeatNo,
    name: String,
    until: String,
    price: String,
    release_label: String,
}

/// The amount that the wallet lacks.
struct Missing {
    text: String,
    needed_text: String,
    /// The amount as the value of a field.
    plain: String,
    /// The idempotency key of the form that adds it.
    key: Uuid,
}

/// The page at `/checkout`.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    notice: PendingNotice,
) -> Result<Response, PageError> {
    let Some(user) = visitor.user(&site) else { return Ok(see_other("/line")) };
    let language = visitor.language;
    let f = PageLayout::of(&site, language, "/checkout").with_notice(notice.for_fans(&site, language));
    let held = site.app.live_holds(user).await?;
    let balance = site.app.balance(user).await?;
    let (times, now, w) = (Times::of(&site, language), site.app.now(), f.w);
    let held: Vec<_> = held.iter().filter_map(|seat| Some((seat, seat.live_hold_of(user, now)?))).collect();
    let until = held.iter().map(|(_, hold)| hold.deadline).min().unwrap_or(now);
    let seconds = until.duration_since(now).as_secs();
    let of_one_concert = held.chunk_by(|one, next| one.0.concert == next.0.concert);
    let carts: Vec<_> = of_one_concert.filter_map(|held| Cart::new(&site, &f, held, balance)).collect();
    let page = CheckoutPage {
        until,
        until_text: fill(w.nobody_else, &[("time", &times.clock(until))]),
        seconds,
        countdown: countdown(seconds),
        balance_text: site.currency.amount(balance.0),
        pay_note: if carts.len() > 1 { w.pay_note_others } else { w.pay_note },
        carts,
        f,
    };
    Ok(Page(page).into_response())
}

impl Cart {
    fn new(site: &Shared, f: &PageLayout<'_>, held: &[(&Seat, Hold)], balance: Money) -> Option<Self> {
        let (w, times) = (f.w, Times::of(site, f.language));
        let map = site.app.concert(held.first()?.0.concert)?;
        let total: i64 = held.iter().map(|(seat, _)| seat.price.0).sum();
        let amount = |minor| site.currency.amount(minor);
        let left = balance.0 - total;
        let seats = held.iter().map(|(seat, hold)| HeldSeat {
            number: seat.seat_no,
            name: fill(w.seat_n, &[("n", &number(seat.seat_no))]),
            until: fill(w.held_until, &[("time", &times.clock(hold.deadline))]),
            price: amount(seat.price.0),
            release_label: fill(w.release_seat, &[("n", &number(seat.seat_no))]),
        });
        let count_text = if held.len() == 1 { w.n_seats_one } else { w.n_seats };
        Some(Self {
            concert: ConcertCard::new(site, f, &map.concert, None),
            seats: seats.collect(),
            count_text: fill(count_text, &[("n", &held.len())]),
            total_text: amount(total),
            pay_text: fill(w.pay_amount, &[("amount", &amount(total))]),
            left_text: amount(left),
            missing: (left < 0).then(|| Missing {
                text: amount(-left),
                needed_text: fill(w.more_needed, &[("amount", &amount(-left))]),
                plain: site.currency.plain(-left),
                key: Uuid::now_v7(),
            }),
        })
    }
}

/// Seats of one concert, as a form sends them.
#[derive(Debug, Deserialize)]
pub(super) struct SeatsForm {
    concert: Uuid,
    #[serde(default)]
    seat: Vec<SeatNo>,
}

/// Releases a seat.
pub(super) async fn release(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<SeatsForm>,
) -> Result<Response, PageError> {
    let Some(ticket) = line::ticket(&site, &visitor).await? else { return Ok(see_other("/line")) };
    let [seat_no] = form.seat[..] else { return Ok(see_other("/checkout")) };
    let seat = SeatKey { concert: ConcertId(form.concert), seat_no };
    match site.app.release_seat(&ticket, seat).await {
        Ok(_) => Ok(see_other_with("/checkout", &NoticeCode::new("released").about(seat_no))),
        Err(error) => refused("/checkout", error),
    }
}

/// Pays for seats of one concert, all or none. A repeated form leads to the same receipt.
pub(super) async fn pay(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<SeatsForm>,
) -> Result<Response, PageError> {
    let Some(ticket) = line::ticket(&site, &visitor).await? else { return Ok(see_other("/line")) };
    match site.app.pay(&ticket, ConcertId(form.concert), form.seat, None).await {
        Ok(payment) => {
            let bill = payment.bills.first().ok_or(AppError::Unknown)?;
            Ok(see_other_with(&format!("/tickets/{}", bill.id), &NoticeCode::new("paid")))
        }
        Err(AppError::Refused(Refusal::PassEnded)) => Ok(see_other_with("/line", &NoticeCode::new("pass_ended"))),
        Err(error) => refused("/checkout", error),
    }
}
