//! The export of bills as CSV.

use std::fmt::Write;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use onsale_app::error::AppError;
use onsale_booking::bill::Bill;
use onsale_booking::ids::{ConcertId, SeatKey};
use serde::Deserialize;
use uuid::Uuid;

use super::super::concert::ConcertCard;
use super::super::form::LenientQuery;
use super::super::layout::PageLayout;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::SignedIn;
use crate::error::HttpError;
use crate::site::{Shared, Site};

/// How many bills are read at once, so that the export is never in memory as a whole.
const PAGE: usize = 2_000;
/// Spreadsheets read a file without a byte order mark in the encoding of their system.
const HEAD: &str = "\u{feff}bill_id,created_at,concert_id,concert,event_date,seat_no,holder_id,amount\r\n";

#[derive(Template)]
#[template(path = "operator/bills.html")]
struct BillsPage<'a> {
    f: PageLayout<'a>,
    concerts: Vec<ConcertCard>,
}

/// The page at `/operator/bills`.
pub(super) async fn page(State(site): State<Shared>, signed_in: SignedIn) -> Response {
    let f = PageLayout::for_operators(&site, signed_in.language, "/operator/bills");
    let maps = site.app.concerts();
    let concerts = maps.iter().map(|map| ConcertCard::new(&site, &f, &map.concert, None)).collect();
    Page(BillsPage { f, concerts }).into_response()
}

/// Which bills to export: those of a concert, or all if it is empty.
#[derive(Debug, Default, Deserialize)]
pub(super) struct BillsQuery {
    #[serde(default)]
    concert: String,
}

/// Exports bills as CSV (RFC 4180), in order of concert and seat; times in UTC, amounts in minor units.
pub(super) async fn csv(
    State(site): State<Shared>,
    _: SignedIn,
    LenientQuery(query): LenientQuery<BillsQuery>,
) -> Result<Response, PageError> {
    let concert = match query.concert.as_str() {
        "" => None,
        id => Some(ConcertId(Uuid::try_parse(id).map_err(|_| HttpError::NotFound)?)),
    };
    // The first bills are read before the response begins, so that an unavailable store gives an error, not
    // an empty file.
    let first = site.app.bills_of_sale(concert, None, PAGE).await?;
    let state = Some((site, first, HEAD.to_owned()));
    let pages = unfold(state, move |state| async move {
        let (site, bills, mut text) = state?;
        for bill in &bills {
            write_line(&site, bill, &mut text);
        }
        let is_last = bills.len() < PAGE;
        let last = bills.last().map(|bill| SeatKey { concert: bill.concert, seat_no: bill.seat_no });
        if is_last {
            return Some((Ok(Bytes::from(text)), None));
        }
        // An error here aborts the response, which browsers show as a failed download.
        match site.app.bills_of_sale(concert, last, PAGE).await {
            Ok(next) => Some((Ok(Bytes::from(text)), Some((site, next, String::new())))),
            Err(error) => Some((Err::<_, AppError>(error), None)),
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"bills.csv\""),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

fn write_line(site: &Site, bill: &Bill, text: &mut String) {
    let map = site.app.concert(bill.concert);
    let (name, date) =
        map.map(|map| (map.concert.name.clone(), map.concert.event_date.to_string())).unwrap_or_default();
    let Bill { id, created_at, concert, seat_no, holder, amount, .. } = bill;
    let name = field(&name);
    let _ = write!(text, "{id},{created_at},{concert},{name},{date},{seat_no},{holder},{amount}\r\n");
}

/// A text as a CSV field. An apostrophe keeps spreadsheets from reading it as a formula (OWASP, CSV
/// injection).
fn field(text: &str) -> String {
    let guard = if may_be_formula(text) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// Whether a spreadsheet may read a text as a formula: after any blanks, it begins with a sign of formulas or
/// with a look-alike, which some spreadsheets and input methods turn into that sign. A tab or a line break at
/// the beginning counts, too, because it can begin another cell.
fn may_be_formula(text: &str) -> bool {
    let begins_cell = text.starts_with(['\t', '\r', '\n']);
    let first = text.chars().find(|character| !is_blank(*character));
    begins_cell || first.is_some_and(is_formula_sign)
}

fn is_formula_sign(character: char) -> bool {
    let mut bytes = [0; 4];
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(character.encode_utf8(&mut bytes));
    // Full-width, small, superscript and other forms have one of these plain forms.
    plain.starts_with(['=', '+', '-', '@', '|', '%'])
        // Signs and dashes that only look like them.
        || plain.starts_with(['\u{2212}', '\u{2795}', '\u{2796}'])
        || CodePointMapData::<GeneralCategory>::new().get(character) == GeneralCategory::DashPunctuation
}

/// Whether a character leaves no mark: blanks, controls, and invisible characters.
fn is_blank(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    // The pattern of Braille without dots is a symbol to Unicode, and a blank to everybody.
    character.is_whitespace()
        || matches!(category, GeneralCategory::Control | GeneralCategory::Format)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || character == '\u{2800}'
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

    #[test]
    fn a_formula_is_guarded_behind_any_blank_and_in_any_form() {
        let blanks =
            ["", " ", "  ", "\t", "\r", "\n", "\u{a0}", "\u{2009}", "\u{3000}", "\u{200b}", "\u{feff}"];
        let unseen =
            ["\u{3164}", "\u{202e}", "\u{2060}", "\u{ad}", "\u{0}", "\u{2800}", "\u{fff9}", " \u{200b}\t "];
        let signs = ["=", "＝", "﹦", "⁼", "₌", "⩵", "⩶", "+", "＋", "﹢", "⁺", "₊", "\u{fb29}", "\u{2795}"];
        let dashes = ["-", "－", "﹣", "⁻", "₋", "−", "\u{2796}", "‐", "–", "—", "﹘", "@", "＠", "﹫"];
        for blank in blanks.iter().chain(&unseen) {
            for sign in signs.iter().chain(&dashes) {
                let text = format!("{blank}{sign}1+1");
                assert_eq!(field(&text), format!("\"'{text}\""), "{text:?}");
            }
        }
        for text in ["\tNight", "\rNight", "\nNight"] {
            assert!(field(text).starts_with("\"'"), "{text:?}");
        }
        for text in ["", " ", "Spring = Night", " 1-2", "é", "봄밤", "'=1"] {
            assert!(!may_be_formula(text), "{text:?}");
        }
    }

    #[test]
    fn the_file_begins_with_a_byte_order_mark() {
        assert_eq!(HEAD.as_bytes().get(..3), Some(&[0xef, 0xbb, 0xbf][..]));
    }
}
