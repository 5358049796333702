//! Concerts with their sales, and the form for a new one.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use onsale_app::error::AppError;
use onsale_app::statistics::SeatCounts;
use onsale_booking::Refusal;
use onsale_booking::command::NewConcert;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, SaleId};
use onsale_booking::money::Money;
use onsale_booking::name;
use onsale_booking::policy::PRICE_MAX;
use onsale_booking::sale::Sale;
use onsale_booking::window::Window;
use serde::Deserialize;
use uuid::Uuid;

use super::super::concert::ConcertCard;
use super::super::form::Form;
use super::super::format::{Times, fill};
use super::super::language::Language;
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, PendingNotice, see_other_with};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::words::OperatorWords;
use super::SignedIn;
use super::fields::{Field, bad_time, field_time, read_time};
use crate::numbers::{number, read_whole};
use crate::site::{Shared, Site};

#[derive(Template)]
#[template(path = "operator/concerts.html")]
struct ConcertsPage<'a> {
    f: PageLayout<'a>,
    rows: Vec<Row>,
}

/// A question about a sale that is over before it can begin.
struct Question {
    text: String,
    /// The closing time that a yes is about. With another one, the question is asked again.
    closing: String,
}

/// One concert, with the numbers of its free, held and sold seats.
struct Row {
    concert: ConcertCard,
    sale: String,
    seats: [String; 3],
}

#[derive(Template)]
#[template(path = "operator/concert_new.html")]
struct NewConcertPage<'a> {
    f: PageLayout<'a>,
    /// What to confirm before the concert is listed, if its sale is over.
    question: Option<Question>,
    /// The concert's identity: sent twice, the form opens one concert.
    id: Uuid,
    /// Why the form was not accepted, if no field is invalid.
    alert: Option<&'static str>,
    /// Ids and names of invalid fields.
    wrong: Vec<(&'static str, &'static str)>,
    fields: Fields,
    /// The sales that can sell it, if there are any besides the main one.
    sales: Vec<SaleChoice>,
    bad_price: String,
    bad_time: String,
    price_hint: String,
    times_hint: String,
}

/// A sale that may sell the concert.
struct SaleChoice {
    id: Uuid,
    name: String,
    is_chosen: bool,
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
    sales: Vec<Uuid>,
}

/// The form as browsers send it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ConcertForm {
    id: String,
    name: String,
    capacity: String,
    price: String,
    opening_at: String,
    closing_at: String,
    event_date: String,
    /// The sales that are to sell it.
    sale: Vec<Uuid>,
    /// The closing time of a sale that is over, if the operator wants it all the same.
    confirmed: String,
}

/// The page at `/operator/concerts`.
pub(super) async fn page(State(site): State<Shared>, signed_in: SignedIn, notice: PendingNotice) -> Response {
    let language = signed_in.language;
    let f = PageLayout::for_operators(&site, language, "/operator/concerts");
    let f = f.with_notice(notice.for_operators(language));
    let now = site.app.now();
    let maps = site.app.concerts();
    let rows = maps.iter().map(|map| Row {
        concert: ConcertCard::new(&site, &f, &map.concert, None),
        sale: sale_text(&site, f.o, language, &map.concert),
        seats: seat_counts(map.snapshot().counts(now)),
    });
    Page(ConcertsPage { rows: rows.collect(), f }).into_response()
}

/// The empty form.
pub(super) async fn form(State(site): State<Shared>, signed_in: SignedIn) -> Response {
    let mut fields = Fields::default();
    "50".clone_into(&mut fields.capacity.text);
    new_concert_page(&site, &signed_in, Uuid::now_v7(), fields).into_response()
}

/// Puts the concert of this form on sale, or shows the form again: with an error beside each invalid field,
/// or with a question if the sale is over already.
pub(super) async fn open(
    State(site): State<Shared>,
    signed_in: SignedIn,
    Form(form): Form<ConcertForm>,
) -> Result<Response, PageError> {
    let o = signed_in.language.operator_words();
    let mut fields = Fields::of(&form);
    let again = |alert, fields| {
        let mut page = new_concert_page(&site, &signed_in, Uuid::now_v7(), fields);
        page.0.alert = Some(alert);
        Ok(page.into_response())
    };
    let Some(id) = Uuid::parse_str(&form.id).ok().filter(|id| id.get_version_num() == 7) else {
        return again(o.form_incomplete, fields);
    };
    let Some(new) = read(&site, &signed_in, id, &form, &mut fields) else {
        return Ok(new_concert_page(&site, &signed_in, id, fields).into_response());
    };
    let checked = site.app.check_concert(&new);
    if let Some(question) = checked.as_ref().ok().and_then(|it| ask(&site, &signed_in, it, &fields, &form)) {
        let mut page = new_concert_page(&site, &signed_in, id, fields);
        page.0.question = Some(question);
        return Ok(page.into_response());
    }
    let opened = match checked {
        Ok(concert) => match site.app.open_concert(new).await {
            // The form was sent twice.
            Ok(_) | Err(AppError::Refused(Refusal::ConcertExists { is_same: true })) => Ok(concert),
            Err(error) => Err(error),
        },
        refused => refused,
    };
    let (field, error) = match opened {
        Ok(concert) => {
            return Ok(see_other_with("/operator/concerts", &NoticeCode::new(listed(&site, &concert))));
        }
        Err(AppError::Refused(Refusal::ConcertExists { is_same: false })) => {
            return again(o.concert_exists, fields);
        }
        Err(AppError::Refused(Refusal::Invalid { field, .. })) => match field {
            "name" => (&mut fields.name, o.bad_name.to_owned()),
            "capacity" => (&mut fields.capacity, o.bad_capacity.to_owned()),
            "price" => (&mut fields.price, bad_price(&site, &signed_in)),
            "closingAt" => (&mut fields.closing_at, o.bad_closing.to_owned()),
            "eventDate" => (&mut fields.event_date, o.bad_event.to_owned()),
            _ => (&mut fields.opening_at, bad_time(&signed_in)),
        },
        Err(error) => return Err(error.into()),
    };
    field.error = error;
    Ok(new_concert_page(&site, &signed_in, id, fields).into_response())
}

/// What to ask before a concert is listed whose sale is over, unless the operator has confirmed it.
fn ask(
    site: &Site,
    signed_in: &SignedIn,
    concert: &Concert,
    fields: &Fields,
    form: &ConcertForm,
) -> Option<Question> {
    let (now, closing) = (site.app.now(), &fields.closing_at.text);
    if concert.window(now) != Window::Closed || form.confirmed == *closing {
        return None;
    }
    let (o, times) = (signed_in.language.operator_words(), Times::of(site, signed_in.language));
    let [from, to, now] = [concert.opening_at, concert.closing_at, now].map(|time| times.moment(time));
    let text = fill(o.sale_is_past, &[("from", &from), ("to", &to), ("now", &now)]);
    Some(Question { text, closing: closing.clone() })
}

/// The notice that says where a new concert's sale stands.
fn listed(site: &Site, concert: &Concert) -> &'static str {
    match concert.window(site.app.now()) {
        Window::Ahead => "opened_ahead",
        Window::Open => "opened",
        Window::Closed => "opened_closed",
    }
}

/// Where a concert's sale stands, with its times.
fn sale_text(site: &Site, o: &OperatorWords, language: Language, concert: &Concert) -> String {
    let sentence = match concert.window(site.app.now()) {
        Window::Ahead => o.sale_ahead,
        Window::Open => o.sale_open,
        Window::Closed => o.sale_closed,
    };
    let times = Times::of(site, language);
    let [from, to] = [concert.opening_at, concert.closing_at].map(|time| times.moment(time));
    fill(sentence, &[("from", &from), ("to", &to)])
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
            sales: form.sale.clone(),
        }
    }
}

/// Reads the form, and adds an error to every field that cannot be read. The rules check the values later.
fn read(
    site: &Site,
    signed_in: &SignedIn,
    id: Uuid,
    form: &ConcertForm,
    fields: &mut Fields,
) -> Option<NewConcert> {
    let o = signed_in.language.operator_words();
    let capacity = read_whole(&form.capacity);
    if capacity.is_none() {
        o.bad_capacity.clone_into(&mut fields.capacity.error);
    }
    let price = site.currency.read(&form.price);
    if price.is_none() {
        fields.price.error = bad_price(site, signed_in);
    }
    let name = name::accept(&form.name).ok();
    if name.is_none() {
        o.bad_name.clone_into(&mut fields.name.error);
    }
    let time = |text: &str, field: &mut Field| {
        let zone = &site.app.config.time_zone;
        let time = read_time(zone, text);
        match time {
            Some(time) => field.text = field_time(zone, time),
            None => field.error = bad_time(signed_in),
        }
        time
    };
    let opening_at = time(&form.opening_at, &mut fields.opening_at);
    let closing_at = time(&form.closing_at, &mut fields.closing_at);
    let event_date = time(&form.event_date, &mut fields.event_date);
    Some(NewConcert {
        id: ConcertId(id),
        name: name?,
        capacity: capacity?,
        price: Money(price?),
        opening_at: opening_at?,
        closing_at: closing_at?,
        event_date: event_date?,
        sales: form.sale.iter().copied().map(SaleId).collect(),
        opened_by: Some(signed_in.user),
    })
}

fn seat_counts(SeatCounts { free, held, sold }: SeatCounts) -> [String; 3] {
    [free, held, sold].map(|count| number(count as u64))
}

fn bad_price(site: &Site, signed_in: &SignedIn) -> String {
    let o = signed_in.language.operator_words();
    let (most, example) = (site.currency.amount(PRICE_MAX.0), site.currency.example());
    fill(o.bad_price, &[("most", &most), ("example", &example)])
}

/// The sales to choose from. Without any besides the main one there is nothing to choose.
fn sales(site: &Site, chosen: &[Uuid]) -> Vec<SaleChoice> {
    let all = site.app.every_sale();
    if all.len() < 2 {
        return Vec::new();
    }
    let choice = |sale: &std::sync::Arc<Sale>| SaleChoice {
        id: sale.id.0,
        name: sale.name.clone(),
        is_chosen: chosen.contains(&sale.id.0),
    };
    all.iter().map(choice).collect()
}

fn new_concert_page<'a>(
    site: &'a Shared,
    signed_in: &SignedIn,
    id: Uuid,
    fields: Fields,
) -> Page<NewConcertPage<'a>> {
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
        id,
        alert: None,
        wrong: wrong.collect(),
        question: None,
        sales: sales(site, &fields.sales),
        bad_price: bad_price(site, signed_in),
        bad_time: bad_time(signed_in),
        price_hint: fill(o.price_hint, &[("currency", &site.currency.code())]),
        times_hint: fill(o.times_hint, &[("zone", &f.zone)]),
        fields,
        f,
    })
}
