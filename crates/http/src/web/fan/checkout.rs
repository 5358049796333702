//! The checkout: held seats, the time left, and payment. Each hold ends by itself: at its deadline the page
//! loads again, names what has expired, and offers the rest.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::error::AppError;
use onsale_booking::Refusal;
use onsale_booking::ids::{ConcertId, PassKey, SaleId, SeatKey, SeatNo, UserId};
use onsale_booking::money::Money;
use onsale_booking::seat::{Hold, Seat};
use onsale_booking::seen::SeenHolds;
use serde::Deserialize;
use uuid::Uuid;

use super::super::concert::ConcertCard;
use super::super::form::Form;
use super::super::format::{Times, countdown, fill, isolated};
use super::super::held::{self, SeenHold, ShownHolds, forget_holds};
use super::super::layout::PageLayout;
use super::super::notice::{Notice, NoticeCode, PendingNotice, Tone, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::sale_address::path_of;
use super::super::visitor::Visitor;
use super::super::words::Words;
use super::place::{self, missing};
use super::refused;
use crate::cookies;
use crate::forwarding::Arrival;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "fan/checkout.html")]
struct CheckoutPage<'a> {
    f: PageLayout<'a>,
    user: UserId,
    clock: Clock,
    balance: Money,
    balance_text: String,
    carts: Vec<Cart>,
    expired: Vec<Expired>,
    /// All holds that the page shows. Its forms act on no other.
    held: Vec<String>,
}

/// The time left for the seats with the first deadline.
struct Clock {
    until: Timestamp,
    until_text: String,
    label: &'static str,
    /// With a fraction, so that the page never says too early that the time is up.
    seconds: String,
    countdown: String,
    /// What the page does then: it loads again for the seats that are left, or it closes.
    at_end: &'static str,
    /// When a page without a script loads again.
    reload_seconds: i64,
}

/// Seats of one concert whose holds have just expired.
struct Expired {
    concert: ConcertId,
    /// The concert's name, if the page is about several.
    name: Option<String>,
    text: String,
}

/// The seats that a fan holds for one concert by one pass. Paying ends the turn, so of each pass only one
/// concert can be paid.
struct Cart {
    sale: SaleId,
    pass: PassKey,
    /// The sale's name, if it is not the main one.
    sale_name: Option<String>,
    pay_note: &'static str,
    concert: ConcertCard,
    seats: Vec<HeldSeat>,
    count_text: String,
    total_text: String,
    pay_text: String,
    /// The balance left after paying, if the wallet has enough.
    left_text: String,
    missing: Option<Missing>,
    /// What adding money has led to, if that was the last form. It stands beside the next button and has
    /// the focus: on a phone, what is above is out of sight. The button has not: a key that is still held
    /// down would pay.
    charged: Option<Notice>,
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
    Extension(arrival): Extension<Arrival>,
    visitor: Visitor,
    notice: PendingNotice,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let Some(user) = visitor.user(&site) else { return Ok(see_other("/line")) };
    let language = visitor.language;
    let held = site.app.live_holds(user).await?;
    let balance = site.app.balance(user).await?;
    let (times, now, w) = (Times::of(&site, language), site.app.now(), language.words());
    let mut held: Vec<_> =
        held.iter().filter_map(|seat| Some((seat, seat.live_hold_of(user, now)?))).collect();
    // A payment is by one pass for one concert. The main sale's come first.
    held.sort_by_key(|(seat, hold)| (hold.pass.sale != site.app.main_sale(), hold.pass, seat.key()));
    let tickets = tickets(&site, &visitor, &held).await?;
    let seen = SeenHolds(held.iter().map(|(seat, hold)| (seat.key(), hold.deadline)).collect());
    let cookie = cookies::find(&headers, arrival.is_https(), cookies::HELD).ok().flatten();
    let had_cookie = cookie.is_some();
    let shown = ShownHolds::read(cookie, user, now, |key| is_over(&site, user, key, now));
    let named = notice.seat_of("hold_expired");
    let was_charged = notice.has("charged");
    let f = PageLayout::of(&site, &visitor, "/checkout").with_notice(notice.for_fans(&site, language));
    let of_one_payment =
        held.chunk_by(|one, next| (one.1.pass, one.0.concert) == (next.1.pass, next.0.concert));
    let mut carts: Vec<_> = of_one_payment.filter_map(|held| Cart::new(&site, &f, held, balance)).collect();
    note_others(&mut carts, w);
    let f = if was_charged && Cart::note_charge(&mut carts, w) { f.with_notice(None) } else { f };
    let page = CheckoutPage {
        user,
        clock: Clock::new(&held, &times, now),
        balance,
        balance_text: site.currency.amount(balance.0),
        expired: expired(&site, &shown.expired, &carts, named, w),
        held: seen.0.iter().map(held::written).collect(),
        carts,
        f,
    };
    // What was released is not to be called expired later.
    let cookie = shown.cookie(&seen, now).or_else(|| had_cookie.then(forget_holds));
    let cookie = cookie.map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(tickets.into_iter().chain(cookie)), Page(page)).into_response())
}

/// The cookies of places by which the visitor holds these seats and of which the browser had no ticket. The
/// forms act with them.
async fn tickets(
    site: &Shared,
    visitor: &Visitor,
    held: &[(&Seat, Hold)],
) -> Result<Vec<(HeaderName, String)>, AppError> {
    let main = site.app.main_sale();
    let sales: BTreeSet<_> = held.iter().map(|(_, hold)| hold.pass.sale).chain([main]).collect();
    let mut cookies = Vec::new();
    for sale in sales {
        let place = place::find(site, visitor, sale).await?;
        cookies.extend(place.map(|place| place.cookies(site, visitor)).unwrap_or_default());
    }
    Ok(cookies)
}

/// Says of carts of one pass that paying one ends the others.
fn note_others(carts: &mut [Cart], w: &'static Words) {
    let passes: Vec<_> = carts.iter().map(|cart| cart.pass).collect();
    for cart in carts {
        if passes.iter().filter(|pass| **pass == cart.pass).count() > 1 {
            cart.pay_note = w.pay_note_others;
        }
    }
}

/// Whether somebody's hold on a seat is over, and has become neither a sale nor another hold of theirs.
fn is_over(site: &Shared, user: UserId, key: SeatKey, now: Timestamp) -> bool {
    let Some(map) = site.app.concert(key.concert) else { return false };
    let snapshot = map.snapshot();
    let seat = snapshot.seat(key.seat_no);
    seat.is_some_and(|seat| !seat.is_sold_to(user) && seat.live_hold_of(user, now).is_none())
}

/// What has just expired, by concert. The notice of a refused payment has named one seat already.
fn expired(
    site: &Shared,
    holds: &BTreeSet<SeenHold>,
    carts: &[Cart],
    named: Option<SeatNo>,
    w: &'static Words,
) -> Vec<Expired> {
    let keys: Vec<_> = holds.iter().map(|(key, _)| *key).filter(|key| Some(key.seat_no) != named).collect();
    let mut concerts: BTreeSet<_> = carts.iter().map(|cart| cart.concert.id).collect();
    concerts.extend(keys.iter().map(|key| key.concert.0));
    let of_one_concert = keys.chunk_by(|one, next| one.concert == next.concert);
    let expired = of_one_concert.filter_map(|keys| {
        let concert = keys.first()?.concert;
        let seats: Vec<_> = keys.iter().map(|key| key.seat_no.to_string()).collect();
        let sentence = if seats.len() == 1 { w.expired_one } else { w.expired };
        let map = site.app.concert(concert).filter(|_| concerts.len() > 1);
        Some(Expired {
            concert,
            name: map.map(|map| map.concert.name.clone()),
            text: fill(sentence, &[("seats", &seats.join(", "))]),
        })
    });
    expired.collect()
}

impl Clock {
    fn new(held: &[(&Seat, Hold)], times: &Times, now: Timestamp) -> Self {
        let w = times.language.words();
        let deadlines: BTreeSet<_> = held.iter().map(|(_, hold)| hold.deadline).collect();
        let until = deadlines.first().copied().unwrap_or(now);
        let left = until.duration_since(now);
        let is_last = deadlines.len() <= 1;
        Self {
            until,
            until_text: fill(w.nobody_else, &[("time", &times.clock(until))]),
            label: if is_last { w.yours_for } else { w.yours_for_first },
            seconds: format!("{}.{:03}", left.as_secs(), left.subsec_millis()),
            countdown: countdown(left.as_secs()),
            at_end: if is_last { "close" } else { "reload" },
            reload_seconds: left.as_secs() + 1,
        }
    }
}

impl Cart {
    fn new(site: &Shared, f: &PageLayout<'_>, held: &[(&Seat, Hold)], balance: Money) -> Option<Self> {
        let (w, times) = (f.w, Times::of(site, f.language));
        let (first, Hold { pass, .. }) = *held.first()?;
        let (map, sale) = (site.app.concert(first.concert)?, site.app.known(pass.sale));
        let total: i64 = held.iter().map(|(seat, _)| seat.price.0).sum();
        let amount = |minor| site.currency.amount(minor);
        let left = balance.0 - total;
        let seats = held.iter().map(|(seat, hold)| HeldSeat {
            number: seat.seat_no,
            name: fill(w.seat_n, &[("n", &seat.seat_no)]),
            until: fill(w.held_until, &[("time", &times.clock(hold.deadline))]),
            price: amount(seat.price.0),
            release_label: fill(w.release_seat, &[("n", &seat.seat_no)]),
        });
        let count_text = if held.len() == 1 { w.n_seats_one } else { w.n_seats };
        Some(Self {
            sale: pass.sale,
            pass,
            sale_name: sale.filter(|sale| !sale.is_main).map(|sale| sale.name.clone()),
            pay_note: w.pay_note,
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
            charged: None,
        })
    }

    /// The names of its concert and, if it is not the main one, of its sale, for a label.
    fn isolated_name(&self) -> String {
        let sale = self.sale_name.as_deref().map(|name| format!(", {}", isolated(name)));
        self.concert.isolated_name() + &sale.unwrap_or_default()
    }

    /// Says beside the next button, to pay or to add more, that money was added. Returns whether there is
    /// one.
    fn note_charge(carts: &mut [Self], w: &'static Words) -> bool {
        let payable = carts.iter().position(|cart| cart.missing.is_none());
        let (tone, text) = match payable {
            Some(_) => (Tone::Good, w.notice_charged_to_pay),
            None => (Tone::Bad, w.notice_charged_too_little),
        };
        let Some(cart) = carts.get_mut(payable.unwrap_or(0)) else { return false };
        cart.charged = Some(Notice { tone, text: text.to_owned() });
        true
    }
}

/// Seats of one concert, as a form sends them, and the holds that its page showed.
#[derive(Debug, Deserialize)]
pub(super) struct SeatsForm {
    concert: Uuid,
    /// The sale by whose pass they are held; without it the main one.
    #[serde(default)]
    sale: Option<Uuid>,
    #[serde(default)]
    seat: Vec<SeatNo>,
    #[serde(default)]
    held: Vec<String>,
}

/// Releases a seat.
pub(super) async fn release(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<SeatsForm>,
) -> Result<Response, PageError> {
    let sale = form.sale.map_or(site.app.main_sale(), SaleId);
    let Some(ticket) = place::ticket(&site, &visitor, sale).await? else {
        return Ok(missing(&site, &visitor, sale));
    };
    let [seat_no] = form.seat[..] else { return Ok(see_other("/checkout")) };
    let seat = SeatKey { concert: ConcertId(form.concert), seat_no };
    match site.app.release_seat(&ticket, seat, Some(held::read_all(&form.held))).await {
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
    let sale = form.sale.map_or(site.app.main_sale(), SaleId);
    let Some(ticket) = place::ticket(&site, &visitor, sale).await? else {
        return Ok(missing(&site, &visitor, sale));
    };
    let seen = Some(held::read_all(&form.held));
    match site.app.pay(&ticket, ConcertId(form.concert), form.seat, None, seen).await {
        Ok(payment) => {
            let bill = payment.bills.first().ok_or(AppError::Unknown)?;
            let receipt = see_other_with(&format!("/tickets/{}", bill.id), &NoticeCode::new("paid"));
            Ok((AppendHeaders([(SET_COOKIE, forget_holds())]), receipt).into_response())
        }
        Err(AppError::Refused(Refusal::PassEnded)) => {
            Ok(see_other_with(&path_of(&site, sale), &NoticeCode::new("pass_ended")))
        }
        Err(error) => refused("/checkout", error),
    }
}
