//! Concerts: how they sell, and putting one on sale.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::DateTime;
use onsale_app::error::AppError;
use onsale_app::statistics::SeatCounts;
use onsale_booking::Refusal;
use onsale_booking::command::NewConcert;
use onsale_booking::ids::ConcertId;
use onsale_booking::money::Money;
use onsale_booking::policy::PRICE_MAX;
use serde::Deserialize;
use uuid::Uuid;

use super::super::concert::ConcertCard;
use super::super::form::{Form, LenientQuery};
use super::super::format::fill;
use super::super::layout::PageLayout;
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::{NoticeQuery, SignedIn};
use crate::numbers::number;
use crate::site::{Shared, Site};

#[derive(Template)]
#[template(path = "operator/concerts.html")]
struct ConcertsPage<'a> {
    f: PageLayout<'a>,
    rows: Vec<Row>,
}

/// One concert, with its free, held and sold seats.
struct Row {
    concert: ConcertCard,
    seats: [String; 3],
}

#[derive(Template)]
#[template(path = "operator/concert_new.html")]
struct NewConcertPage<'a> {
    f: PageLayout<'a>,
    /// Fields to mend: their ids and names.
    wrong: Vec<(&'static str, &'static str)>,
    typed: Typed,
    bad_price: String,
    price_max: String,
    price_hint: String,
    step: String,
    times_hint: String,
}

/// A field as somebody filled it in, and what is wrong with it.
#[derive(Debug, Default)]
struct Field {
    text: String,
    error: String,
}

impl Field {
    fn is_wrong(&self) -> bool {
        !self.error.is_empty()
    }
}

/// The form as somebody filled it in.
#[derive(Debug, Default)]
struct Typed {
    name: Field,
    capacity: Field,
    price: Field,
    opening_at: Field,
    closing_at: Field,
    event_date: Field,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Sent {
    name: String,
    capacity: String,
    price: String,
    opening_at: String,
    closing_at: String,
    event_date: String,
}

/// The page at `/operator/concerts`.
pub(super) async fn page(
    State(site): State<Shared>,
    signed_in: SignedIn,
    LenientQuery(said): LenientQuery<NoticeQuery>,
) -> Response {
    let language = signed_in.language;
    let f = PageLayout::for_operators(&site, language, "/operator/concerts").with(said.notice(language));
    let now = site.app.now();
    let maps = site.app.concerts();
    let rows = maps.iter().map(|map| Row {
        concert: ConcertCard::new(&site, &f, &map.concert, None),
        seats: seat_counts(SeatCounts::of(map.snapshot().seats(), now)),
    });
    Page(ConcertsPage { rows: rows.collect(), f }).into_response()
}

/// The empty form.
pub(super) async fn form(State(site): State<Shared>, signed_in: SignedIn) -> Response {
    let mut typed = Typed::default();
    "50".clone_into(&mut typed.capacity.text);
    new_concert_page(&site, &signed_in, typed).into_response()
}

/// Puts a concert on sale, or shows the form again with what is wrong beside each field.
pub(super) async fn open(
    State(site): State<Shared>,
    signed_in: SignedIn,
    Form(sent): Form<Sent>,
) -> Result<Response, PageError> {
    let o = signed_in.language.operator_words();
    let mut typed = Typed::of(&sent);
    let Some(new) = read(&site, &signed_in, &sent, &mut typed) else {
        return Ok(new_concert_page(&site, &signed_in, typed).into_response());
    };
    let (field, error) = match site.app.open_concert(new).await {
        Ok(_) => return Ok(see_other("/operator/concerts?said=opened")),
        Err(AppError::Refused(Refusal::Invalid { field, .. })) => match field {
            "name" => (&mut typed.name, o.bad_name.to_owned()),
            "capacity" => (&mut typed.capacity, o.bad_capacity.to_owned()),
            "price" => (&mut typed.price, bad_price(&site, &signed_in)),
            "closingAt" => (&mut typed.closing_at, o.bad_closing.to_owned()),
            "eventDate" => (&mut typed.event_date, o.bad_event.to_owned()),
            _ => (&mut typed.opening_at, o.bad_time.to_owned()),
        },
        Err(error) => return Err(error.into()),
    };
    field.error = error;
    Ok(new_concert_page(&site, &signed_in, typed).into_response())
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        let field = |text: &String| Field { text: text.clone(), error: String::new() };
        Self {
            name: field(&sent.name),
            capacity: field(&sent.capacity),
            price: field(&sent.price),
            opening_at: field(&sent.opening_at),
            closing_at: field(&sent.closing_at),
            event_date: field(&sent.event_date),
        }
    }
}

/// What was sent as the API takes it; every field that cannot be read is marked. Whether it makes sense is
/// for the rules to say.
fn read(site: &Site, signed_in: &SignedIn, sent: &Sent, typed: &mut Typed) -> Option<NewConcert> {
    let o = signed_in.language.operator_words();
    let capacity = sent.capacity.trim().parse().ok();
    if capacity.is_none() {
        o.bad_capacity.clone_into(&mut typed.capacity.error);
    }
    let price = site.currency.read(&sent.price);
    if price.is_none() {
        typed.price.error = bad_price(site, signed_in);
    }
    let name = sent.name.trim().to_owned();
    if name.is_empty() {
        o.bad_name.clone_into(&mut typed.name.error);
    }
    let time = |text: &str, field: &mut Field| {
        let time = local_time(site, text);
        if time.is_none() {
            o.bad_time.clone_into(&mut field.error);
        }
        time
    };
    let opening_at = time(&sent.opening_at, &mut typed.opening_at);
    let closing_at = time(&sent.closing_at, &mut typed.closing_at);
    let event_date = time(&sent.event_date, &mut typed.event_date);
    if name.is_empty() {
        return None;
    }
    Some(NewConcert {
        id: ConcertId(Uuid::now_v7()),
        name,
        capacity: capacity?,
        price: Money(price?),
        opening_at: opening_at?,
        closing_at: closing_at?,
        event_date: event_date?,
        opened_by: Some(signed_in.user),
    })
}

fn seat_counts(SeatCounts { free, held, sold }: SeatCounts) -> [String; 3] {
    [free, held, sold].map(|count| number(count as u64))
}

/// What a field of date and time says (`2026-03-20T19:00`), in the sale's zone. A time that the clocks skip
/// is the one as long after, as calendars have it.
fn local_time(site: &Site, text: &str) -> Option<Timestamp> {
    let local: DateTime = text.parse().ok()?;
    Some(local.to_zoned(site.app.config.time_zone.clone()).ok()?.timestamp())
}

fn bad_price(site: &Site, signed_in: &SignedIn) -> String {
    let o = signed_in.language.operator_words();
    fill(o.bad_price, &[("most", &site.currency.amount(PRICE_MAX.0))])
}

fn new_concert_page<'a>(site: &'a Shared, signed_in: &SignedIn, typed: Typed) -> Page<NewConcertPage<'a>> {
    let f = PageLayout::for_operators(site, signed_in.language, "/operator/concerts/new");
    let o = f.o;
    let fields = [
        ("name", o.name, &typed.name),
        ("capacity", o.seats, &typed.capacity),
        ("price", o.price, &typed.price),
        ("openingAt", o.opens, &typed.opening_at),
        ("closingAt", o.closes, &typed.closing_at),
        ("eventDate", o.begins, &typed.event_date),
    ];
    let wrong = fields.iter().filter(|(_, _, field)| field.is_wrong()).map(|(id, name, _)| (*id, *name));
    Page(NewConcertPage {
        wrong: wrong.collect(),
        bad_price: bad_price(site, signed_in),
        price_max: site.currency.plain(PRICE_MAX.0),
        price_hint: fill(o.price_hint, &[("currency", &site.currency.code())]),
        step: site.currency.step(),
        times_hint: fill(o.times_hint, &[("zone", &f.zone)]),
        typed,
        f,
    })
}
