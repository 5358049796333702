//! What one has bought.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use onsale_booking::bill::Bill;
use onsale_booking::ids::{BillId, UserId};
use onsale_storage::port::After;
use serde::Deserialize;
use uuid::Uuid;

use super::super::door::{Page, Sorry};
use super::super::form::Asked;
use super::super::format::{Times, fill, number};
use super::super::frame::Frame;
use super::super::see_other;
use super::super::visitor::Visitor;
use crate::api::error::ApiError;
use crate::api::mine::{PAGE, bills_page, place_after};
use crate::app::{App, Shared};

/// How far back a receipt is looked for.
const PAGES_SEARCHED: usize = 200;

#[derive(Template)]
#[template(path = "fan/tickets.html")]
struct TicketsPage<'a> {
    f: Frame<'a>,
    tickets: Vec<TicketCard>,
    next: Option<String>,
}

struct TicketCard {
    bill: Uuid,
    short_bill: String,
    when: String,
    concert: String,
    seat: String,
}

#[derive(Template)]
#[template(path = "fan/receipt.html")]
struct ReceiptPage<'a> {
    f: Frame<'a>,
    is_new: bool,
    paid_at: String,
    concert: String,
    when: String,
    lines: Vec<ReceiptLine>,
    total: String,
    balance: String,
}

struct ReceiptLine {
    seat: String,
    bill: Uuid,
    amount: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Older {
    after: Option<String>,
}

/// The page at `/tickets`.
pub(super) async fn page(
    State(app): State<Shared>,
    visitor: Visitor,
    Asked(Older { after }): Asked<Older>,
) -> Result<Response, Sorry> {
    let f = Frame::of(&app, visitor.language, "/tickets");
    let Some(user) = visitor.user(&app) else {
        return Ok(Page(TicketsPage { f, tickets: Vec::new(), next: None }).into_response());
    };
    let (bills, next) = bills_page(&app, user, place_after(after)?).await?;
    let times = Times::of(&app, visitor.language);
    let card = |bill: &Bill| {
        let (concert, when) = concert_of(&app, bill, &times);
        TicketCard {
            bill: bill.id.0,
            // The end of it: the beginning is the time, which bills of one moment share.
            short_bill: bill.id.0.simple().to_string().split_off(24),
            when,
            concert,
            seat: number(bill.seat_no),
        }
    };
    Ok(Page(TicketsPage { f, tickets: bills.iter().map(card).collect(), next }).into_response())
}

/// What a bill is for, and when that takes place.
fn concert_of(app: &App, bill: &Bill, times: &Times) -> (String, String) {
    let map = app.store.maps.get(bill.concert);
    map.map(|map| (map.concert.name.clone(), times.moment(map.concert.event_date))).unwrap_or_default()
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct JustPaid {
    said: Option<String>,
}

/// The receipt of one payment: all of its bills, by any of them.
pub(super) async fn receipt(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(bill): Path<String>,
    Asked(JustPaid { said }): Asked<JustPaid>,
    uri: axum::http::Uri,
) -> Result<Response, Sorry> {
    let Some(user) = visitor.user(&app) else { return Ok(see_other("/tickets")) };
    let bill = Uuid::try_parse(&bill).map_err(|_| ApiError::NotFound)?;
    let bills = payment_of(&app, user, BillId(bill)).await?;
    let first = bills.first().ok_or(ApiError::NotFound)?;
    let f = Frame::of(&app, visitor.language, uri.path());
    let (times, amount) = (Times::of(&app, visitor.language), |minor| app.currency.amount(minor));
    let (concert, when) = concert_of(&app, first, &times);
    let balance = app.store.reads.balance(user).await?;
    let line = |bill: &Bill| ReceiptLine {
        seat: fill(f.w.seat_n, &[("n", &number(bill.seat_no))]),
        bill: bill.id.0,
        amount: amount(bill.amount.0),
    };
    let page = ReceiptPage {
        is_new: said.as_deref() == Some("paid"),
        paid_at: times.moment(first.created_at),
        concert,
        when,
        lines: bills.iter().map(line).collect(),
        total: amount(bills.iter().map(|bill| bill.amount.0).sum()),
        balance: fill(f.w.paid_from_wallet, &[("amount", &amount(balance.0))]),
        f,
    };
    Ok(Page(page).into_response())
}

/// A user's bills that were written in one payment with this one, by seat: they share their moment and concert.
async fn payment_of(app: &Shared, user: UserId, wanted: BillId) -> Result<Vec<Bill>, ApiError> {
    let mut after: Option<After<BillId>> = None;
    let mut known = Vec::<Bill>::new();
    for _ in 0..PAGES_SEARCHED {
        let page = app.store.reads.bills(user, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|bill| After { time: bill.created_at, id: bill.id });
        known.extend(page);
        let found = known.iter().find(|bill| bill.id == wanted).map(|bill| (bill.created_at, bill.concert));
        if let Some((paid_at, concert)) = found {
            // The payment may go on on the next page.
            if is_last || known.last().is_some_and(|last| last.created_at < paid_at) {
                known.retain(|bill| bill.created_at == paid_at && bill.concert == concert);
                known.sort_by_key(|bill| bill.seat_no);
                return Ok(known);
            }
        } else if is_last {
            break;
        }
    }
    Err(ApiError::NotFound)
}
