//! Every bill, as a table for other programs.

use std::fmt::Write;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use onsale_booking::bill::Bill;
use onsale_booking::ids::{ConcertId, SeatKey};
use onsale_storage::error::StoreError;
use serde::Deserialize;
use uuid::Uuid;

use super::super::concert::ConcertCard;
use super::super::door::{Page, Sorry};
use super::super::form::Asked;
use super::super::frame::Frame;
use super::SignedIn;
use crate::api::error::ApiError;
use crate::app::{App, Shared};

/// Bills read at once: the table is never whole in memory.
const PAGE: usize = 2_000;
const HEAD: &str = "bill_id,created_at,concert_id,concert,event_date,seat_no,holder_id,amount\r\n";

#[derive(Template)]
#[template(path = "operator/bills.html")]
struct BillsPage<'a> {
    f: Frame<'a>,
    concerts: Vec<ConcertCard>,
}

/// The page at `/operator/bills`.
pub(super) async fn page(State(app): State<Shared>, signed_in: SignedIn) -> Response {
    let f = Frame::for_operators(&app, signed_in.language, "/operator/bills");
    let maps = app.store.maps.all();
    let concerts = maps.iter().map(|map| ConcertCard::new(&app, &f, &map.concert, None)).collect();
    Page(BillsPage { f, concerts }).into_response()
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    concert: String,
}

/// Bills of one concert or of all, in order of concert and seat, as CSV (RFC 4180); times in UTC, amounts in the smallest
/// unit.
pub(super) async fn csv(
    State(app): State<Shared>,
    _: SignedIn,
    Asked(which): Asked<Which>,
) -> Result<Response, Sorry> {
    let concert = match which.concert.as_str() {
        "" => None,
        id => Some(ConcertId(Uuid::try_parse(id).map_err(|_| ApiError::NotFound)?)),
    };
    // The first page is read before anything is said, so that a store that is away is not a table without bills.
    let first = app.store.reads.bills_of_sale(concert, None, PAGE).await?;
    let state = Some((app, first, HEAD.to_owned()));
    let pages = unfold(state, move |state| async move {
        let (app, bills, mut text) = state?;
        for bill in &bills {
            line(&app, bill, &mut text);
        }
        let is_last = bills.len() < PAGE;
        let last = bills.last().map(|bill| SeatKey { concert: bill.concert, seat_no: bill.seat_no });
        if is_last {
            return Some((Ok(Bytes::from(text)), None));
        }
        // What fails here breaks the answer off, which a browser shows as a failed download.
        match app.store.reads.bills_of_sale(concert, last, PAGE).await {
            Ok(next) => Some((Ok(Bytes::from(text)), Some((app, next, String::new())))),
            Err(error) => Some((Err::<_, StoreError>(error), None)),
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"bills.csv\""),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

fn line(app: &App, bill: &Bill, text: &mut String) {
    let map = app.store.maps.get(bill.concert);
    let (name, date) =
        map.map(|map| (map.concert.name.clone(), map.concert.event_date.to_string())).unwrap_or_default();
    let Bill { id, created_at, concert, seat_no, holder, amount, .. } = bill;
    let name = field(&name);
    let _ = write!(text, "{id},{created_at},{concert},{name},{date},{seat_no},{holder},{amount}\r\n");
}

/// A text as one field. What a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection).
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_field_and_never_a_formula() {
        assert_eq!(field("Spring Night"), "\"Spring Night\"");
        assert_eq!(field("\"Best of\", live"), "\"\"\"Best of\"\", live\"");
        assert_eq!(field("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
    }
}
