//! Tickets and receipts.

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use onsale_app::paging::Cursor;
use onsale_booking::bill::Bill;
use onsale_booking::ids::BillId;
use serde::Deserialize;
use uuid::Uuid;

use super::super::address::address_of;
use super::super::form::LenientQuery;
use super::super::format::{Times, fill};
use super::super::layout::PageLayout;
use super::super::notice::PendingNotice;
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::page_path::PageId;
use super::super::visitor::Visitor;
use crate::error::HttpError;
use crate::site::{Shared, Site};

#[derive(Template)]
#[template(path = "fan/tickets.html")]
struct TicketsPage<'a> {
    f: PageLayout<'a>,
    tickets: Vec<TicketCard>,
    next: Option<Cursor>,
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
    f: PageLayout<'a>,
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

/// Which tickets to show: those after a cursor.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TicketsQuery {
    after: Option<String>,
}

/// The page at `/tickets`.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    LenientQuery(TicketsQuery { after }): LenientQuery<TicketsQuery>,
    uri: Uri,
) -> Result<Response, PageError> {
    let f = PageLayout::of(&site, &visitor, address_of(&uri));
    let Some(user) = visitor.user(&site) else {
        return Ok(Page(TicketsPage { f, tickets: Vec::new(), next: None }).into_response());
    };
    let after = after.map(|text| text.parse::<Cursor>()).transpose();
    let after = after.map_err(|error| HttpError::invalid("after", error.to_string()))?;
    let bills = site.app.bills(user, after).await?;
    let times = Times::of(&site, visitor.language);
    let card = |bill: &Bill| {
        let (concert, when) = concert_of(&site, bill, &times);
        TicketCard {
            bill: bill.id.0,
            // The end of the id: it begins with the time, which bills of one payment share.
            short_bill: bill.id.0.simple().to_string().split_off(24),
            when,
            concert,
            seat: bill.seat_no.to_string(),
        }
    };
    Ok(Page(TicketsPage { f, tickets: bills.items.iter().map(card).collect(), next: bills.next })
        .into_response())
}

/// The name and time of a bill's concert.
fn concert_of(site: &Site, bill: &Bill, times: &Times) -> (String, String) {
    let map = site.app.concert(bill.concert);
    map.map(|map| (map.concert.name.clone(), times.moment(map.concert.event_date))).unwrap_or_default()
}

/// The receipt of a payment. The path names any bill of it.
pub(super) async fn receipt(
    State(site): State<Shared>,
    visitor: Visitor,
    PageId(bill): PageId,
    notice: PendingNotice,
    uri: Uri,
) -> Result<Response, PageError> {
    let Some(user) = visitor.user(&site) else { return Ok(see_other("/tickets")) };
    let bills = site.app.payment_with(user, BillId(bill)).await?.unwrap_or_default();
    let first = bills.first().ok_or(HttpError::NotFound)?;
    let f = PageLayout::of(&site, &visitor, address_of(&uri));
    let f = f.with_notice(notice.for_fans(&site, visitor.language));
    let (times, amount) = (Times::of(&site, visitor.language), |minor| site.currency.amount(minor));
    let (concert, when) = concert_of(&site, first, &times);
    let balance = site.app.balance(user).await?;
    let line = |bill: &Bill| ReceiptLine {
        seat: fill(f.w.seat_n, &[("n", &bill.seat_no)]),
        bill: bill.id.0,
        amount: amount(bill.amount.0),
    };
    let page = ReceiptPage {
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
