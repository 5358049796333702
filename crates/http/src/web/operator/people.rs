//! Finding a person who called for help: their place, holds, bills and wallet.

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::paging::PAGE_ITEMS;
use onsale_app::people::Person;
use onsale_booking::ids::UserId;
use serde::Deserialize;
use uuid::Uuid;

use super::super::address::address_of;
use super::super::form::LenientQuery;
use super::super::format::{Times, fill, isolated};
use super::super::layout::PageLayout;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::page_path::PageId;
use super::SignedIn;
use super::place_card::PlaceCard;
use crate::site::{Shared, Site};

/// How many people are listed at most.
const FOUND_MAX: usize = 20;

#[derive(Template)]
#[template(path = "operator/people.html")]
struct PeoplePage<'a> {
    f: PageLayout<'a>,
    find: String,
    found_text: Option<String>,
    people: Vec<PersonCard>,
}

struct PersonCard {
    id: Uuid,
    name: String,
    known_since: Option<Timestamp>,
    /// One for each sale that they are or were in; one that says so if there is none.
    places: Vec<PlaceCard>,
}

#[derive(Template)]
#[template(path = "operator/person.html")]
struct PersonPage<'a> {
    f: PageLayout<'a>,
    known_since: Option<String>,
    person: PersonCard,
    balance: String,
    holds: Vec<HoldRow>,
    bills: Vec<BillRow>,
    bills_text: Option<String>,
}

struct HoldRow {
    concert: String,
    seat: String,
    price: String,
    until: String,
}

struct BillRow {
    concert: String,
    seat: String,
    amount: String,
    paid_at: String,
    id: Uuid,
}

/// The text to search for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PeopleQuery {
    #[serde(default)]
    find: String,
}

/// The page at `/operator/people`.
pub(super) async fn page(
    State(site): State<Shared>,
    signed_in: SignedIn,
    LenientQuery(PeopleQuery { find }): LenientQuery<PeopleQuery>,
    uri: Uri,
) -> Result<Response, PageError> {
    let f = PageLayout::for_operators(&site, signed_in.language, address_of(&uri));
    let (find, o) = (find.trim().to_owned(), f.o);
    let users = if find.is_empty() { Vec::new() } else { site.app.find_people(&find, FOUND_MAX).await? };
    let found_text = match users.len() {
        _ if find.is_empty() => None,
        0 => Some(o.found_nobody.to_owned()),
        FOUND_MAX => Some(fill(o.found_first, &[("n", &FOUND_MAX)])),
        n => Some(fill(o.found_n, &[("n", &n)])),
    };
    let mut people = Vec::with_capacity(users.len());
    for user in users {
        people.push(PersonCard::of(&site, &f, site.app.person(user).await?));
    }
    Ok(Page(PeoplePage { f, find, found_text, people }).into_response())
}

impl PersonCard {
    /// The name for the page's title, where no markup can be.
    fn isolated_name(&self) -> String {
        isolated(&self.name)
    }

    fn of(site: &Site, f: &PageLayout<'_>, person: Person) -> Self {
        let places = PlaceCard::all(site, f, &person);
        let (name, known_since) = match person.user {
            Some(user) => (user.name, Some(user.created_at)),
            None => (String::new(), None),
        };
        let name = if name.is_empty() { f.o.no_name.to_owned() } else { name };
        Self { id: person.id.0, name, known_since, places }
    }
}

/// The page of one person.
pub(super) async fn person(
    State(site): State<Shared>,
    signed_in: SignedIn,
    PageId(user): PageId,
    uri: Uri,
) -> Result<Response, PageError> {
    let user = UserId(user);
    let f = PageLayout::for_operators(&site, signed_in.language, address_of(&uri));
    let (o, times, now) = (f.o, Times::of(&site, f.language), site.app.now());
    let person = PersonCard::of(&site, &f, site.app.person_in_every_line(user).await?);
    let held = site.app.live_holds(user).await?;
    let bills = site.app.bills(user, None).await?.items;
    let amount = |minor| site.currency.amount(minor);
    let concert = |id| site.app.concert(id).map(|map| map.concert.name.clone()).unwrap_or_default();
    let holds = held.iter().filter_map(|seat| {
        Some(HoldRow {
            concert: concert(seat.concert),
            seat: seat.seat_no.to_string(),
            price: amount(seat.price.0),
            until: times.exact(seat.live_hold_of(user, now)?.deadline),
        })
    });
    let page = PersonPage {
        known_since: person.known_since.map(|since| times.exact(since)),
        person,
        balance: amount(site.app.balance(user).await?.0),
        holds: holds.collect(),
        bills_text: (bills.len() == PAGE_ITEMS).then(|| fill(o.newest_bills, &[("n", &PAGE_ITEMS)])),
        bills: bills
            .iter()
            .map(|bill| BillRow {
                concert: concert(bill.concert),
                seat: bill.seat_no.to_string(),
                amount: amount(bill.amount.0),
                paid_at: times.exact(bill.created_at),
                id: bill.id.0,
            })
            .collect(),
        f,
    };
    Ok(Page(page).into_response())
}
