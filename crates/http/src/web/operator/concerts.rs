//! Concerts with their sales, and the form for a new one.

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
use super::super::notice::NoticeQuery;
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::SignedIn;
use crate::numbers::number;
use crate::site::{Shared, Site};

#[derive(Template)]
#[template(path = "operator/concerts.html")]
struct ConcertsPage<'a> {
    f: PageLayout<'a>,
    rows: Vec<Row>,
}

/// One concert, with the numbers of its free, held and sold seats.
struct Row {
    concert: ConcertCard,
    seats: [String; 3],
}

#[derive(Template)]
#[template(path = "operator/concert_new.html")]
struct NewConcertPage<'a> {
    f: PageLayout<'a>,
    /// Ids and names of invalid fields.
    wrong: Vec<(&'static str, &'static str)>,
    fields: Fields,
    bad_price: String,
    price_max: String,
    price_hint: String,
    step: String,
    times_hint: String,
}

/// The text of a field, and what is wrong with it.
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

/// The fields of the form as the page shows them.
#[derive(Debug, Default)]
struct Fields {
    name: Field,
    capacity: Field,
    price: Field,
    opening_at: Field,
    closing_at: Field,
    event_date: Field,
}

/// The form as browsers send it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ConcertForm {
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
    LenientQuery(notice): LenientQuery<NoticeQuery>,
) -> Response {
    let language = signed_in.language;
    let f = PageLayout::for_operators(&site, language, "/operator/concerts");
    let f = f.with_notice(notice.for_operators(language));
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
    let mut fields = Fields::default();
    "50".clone_into(&mut fields.capacity.text);
    new_concert_page(&site, &signed_in, fields).into_response()
}

/// Puts a concert on sale, or shows the form again with an error beside each invalid field.
pub(super) async fn open(
    State(site): State<Shared>,
    signed_in: SignedIn,
    Form(form): Form<ConcertForm>,
) -> Result<Response, PageError> {
    let o = signed_in.language.operator_words();
    let mut fields = Fields::of(&form);
    let Some(new) = read(&site, &signed_in, &form, &mut fields) else {
        return Ok(new_concert_page(&site, &signed_in, fields).into_response());
    };
    let (field, error) = match site.app.open_concert(new).await {
        Ok(_) => return Ok(see_other("/operator/concerts?notice=opened")),
        Err(AppError::Refused(Refusal::Invalid { field, .. })) => match field {
            "name" => (&mut fields.name, o.bad_name.to_owned()),
            "capacity" => (&mut fields.capacity, o.bad_capacity.to_owned()),
            "price" => (&mut fields.price, bad_price(&site, &signed_in)),
            "closingAt" => (&mut fields.closing_at, o.bad_closing.to_owned()),
            "eventDate" => (&mut fields.event_date, o.bad_event.to_owned()),
            _ => (&mut fields.opening_at, o.bad_time.to_owned()),
        },
        Err(error) => return Err(error.into()),
    };
    field.error = error;
    Ok(new_concert_page(&site, &signed_in, fields).into_response())
}

impl Fields {
    fn of(form: &ConcertForm) -> Self {
        let field = |text: &String| Field { text: text.clone(), error: String::new() };
        Self {
            name: field(&form.name),
            capacity: field(&form.capacity),
            price: field(&form.price),
            opening_at: field(&form.opening_at),
            closing_at: field(&form.closing_at),
            event_date: field(&form.event_date),
        }
    }
}

/// Reads the form, and adds an error to every field that cannot be read. The rules check the values later.
fn read(site: &Site, signed_in: &SignedIn, form: &ConcertForm, fields: &mut Fields) -> Option<NewConcert> {
    let o = signed_in.language.operator_words();
    let capacity = form.capacity.trim().parse().ok();
    if capacity.is_none() {
        o.bad_capacity.clone_into(&mut fields.capacity.error);
    }
    let price = site.currency.read(&form.price);
    if price.is_none() {
        fields.price.error = bad_price(site, signed_in);
    }
    let name = form.name.trim().to_owned();
    if name.is_empty() {
        o.bad_name.clone_into(&mut fields.name.error);
    }
    let time = |text: &str, field: &mut Field| {
        let time = local_time(site, text);
        if time.is_none() {
            o.bad_time.clone_into(&mut field.error);
        }
        time
    };
    let opening_at = time(&form.opening_at, &mut fields.opening_at);
    let closing_at = time(&form.closing_at, &mut fields.closing_at);
    let event_date = time(&form.event_date, &mut fields.event_date);
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

/// Reads a field of date and time (`2026-03-20T19:00`) in the sale's time zone. A time that the clocks skip
/// is moved forward by the skipped time, as in calendars.
fn local_time(site: &Site, text: &str) -> Option<Timestamp> {
    let local: DateTime = text.parse().ok()?;
    Some(local.to_zoned(site.app.config.time_zone.clone()).ok()?.timestamp())
}

fn bad_price(site: &Site, signed_in: &SignedIn) -> String {
    let o = signed_in.language.operator_words();
    fill(o.bad_price, &[("most", &site.currency.amount(PRICE_MAX.0))])
}

fn new_concert_page<'a>(site: &'a Shared, signed_in: &SignedIn, fields: Fields) -> Page<NewConcertPage<'a>> {
    let f = PageLayout::for_operators(site, signed_in.language, "/operator/concerts/new");
    let o = f.o;
    let named = [
        ("name", o.name, &fields.name),
        ("capacity", o.seats, &fields.capacity),
        ("price", o.price, &fields.price),
        ("openingAt", o.opens, &fields.opening_at),
        ("closingAt", o.closes, &fields.closing_at),
        ("eventDate", o.begins, &fields.event_date),
    ];
    let wrong = named.iter().filter(|(_, _, field)| field.is_wrong()).map(|(id, name, _)| (*id, *name));
    Page(NewConcertPage {
        wrong: wrong.collect(),
        bad_price: bad_price(site, signed_in),
        price_max: site.currency.plain(PRICE_MAX.0),
        price_hint: fill(o.price_hint, &[("currency", &site.currency.code())]),
        step: site.currency.step(),
        times_hint: fill(o.times_hint, &[("zone", &f.zone)]),
        fields,
        f,
    })
}
