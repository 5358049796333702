//! Finding somebody who called for help: their place, holds, bills and wallet.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use onsale_booking::ids::UserId;
use onsale_booking::pass::{Pass, PassEnd, PassState};
use onsale_line::Place;
use serde::Deserialize;
use uuid::Uuid;

use super::super::door::{Page, Sorry};
use super::super::form::Asked;
use super::super::format::{Times, fill, number};
use super::super::frame::Frame;
use super::SignedIn;
use crate::api::error::ApiError;
use crate::app::{App, Shared};

/// How many are listed at once.
const FOUND_MAX: usize = 20;
/// How many of a person's rows are shown.
const ROWS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "operator/people.html")]
struct PeoplePage<'a> {
    f: Frame<'a>,
    find: String,
    found_text: Option<String>,
    people: Vec<Person>,
}

struct Person {
    id: Uuid,
    name: String,
    known_since: Option<Timestamp>,
    place: PlaceCard,
}

/// Where somebody stands, in words.
struct PlaceCard {
    class: &'static str,
    state: &'static str,
    number: String,
    facts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "operator/person.html")]
struct PersonPage<'a> {
    f: Frame<'a>,
    known_since: Option<String>,
    person: Person,
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

#[derive(Debug, Default, Deserialize)]
pub(super) struct Find {
    #[serde(default)]
    find: String,
}

/// The page at `/operator/people`.
pub(super) async fn page(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Asked(Find { find }): Asked<Find>,
) -> Result<Response, Sorry> {
    let f = Frame::for_operators(&app, signed_in.language, "/operator/people");
    let (find, o) = (find.trim().to_owned(), f.o);
    let users = if find.is_empty() { Vec::new() } else { found(&app, &find).await? };
    let found_text = match users.len() {
        _ if find.is_empty() => None,
        0 => Some(o.found_nobody.to_owned()),
        FOUND_MAX => Some(fill(o.found_first, &[("n", &FOUND_MAX)])),
        n => Some(fill(o.found_n, &[("n", &n)])),
    };
    let mut people = Vec::with_capacity(users.len());
    for user in users {
        people.push(person_of(&app, &f, user).await?);
    }
    Ok(Page(PeoplePage { f, find, found_text, people }).into_response())
}

/// Whom a text means: a user by their id, whoever has that number, or everybody with it in their name.
async fn found(app: &App, find: &str) -> Result<Vec<UserId>, ApiError> {
    if let Ok(id) = Uuid::try_parse(find) {
        return Ok(vec![UserId(id)]);
    }
    let mut found = Vec::new();
    if let Ok(number) = find.replace(',', "").parse() {
        found.extend(app.store.reads.passes(vec![number]).await?.iter().map(|pass| pass.user));
    }
    let named = app.store.reads.users_named(find.to_owned(), FOUND_MAX).await?;
    found.extend(named.iter().map(|user| user.id));
    let mut seen = std::collections::HashSet::new();
    found.retain(|user| seen.insert(*user));
    found.truncate(FOUND_MAX);
    Ok(found)
}

async fn person_of(app: &App, f: &Frame<'_>, user: UserId) -> Result<Person, ApiError> {
    let (name, known_since) = match app.store.reads.user(user).await? {
        Some(user) => (user.name, Some(user.created_at)),
        None => (String::new(), None),
    };
    let name = if name.is_empty() { f.o.no_name.to_owned() } else { name };
    Ok(Person { id: user.0, name, known_since, place: PlaceCard::of(app, f, user).await? })
}

impl PlaceCard {
    async fn of(app: &App, f: &Frame<'_>, user: UserId) -> Result<Self, ApiError> {
        let (o, times) = (f.o, Times::of(app, f.language));
        let passes = app.store.reads.passes_of(user, 1).await?;
        let place = app.store.line.place_of(user).await.unwrap_or_default();
        let Some((line_number, look)) = place else {
            return Ok(Self::without_place(passes.first(), f, &times));
        };
        let (class, state) = match look.place {
            Place::Waiting => ("state-soon", o.state_waiting),
            Place::Late | Place::Skipped => ("state-over", o.state_away),
            Place::Called { .. } => ("state-soon", o.state_called),
            Place::Inside { .. } => ("state-open", o.state_inside),
            Place::Ended | Place::Unknown => ("state-over", o.state_ended),
        };
        let mut facts = Vec::new();
        match look.place {
            Place::Waiting => facts.push((o.ahead, number(app.desk.ahead(line_number, look.head)))),
            Place::Called { until } | Place::Inside { until } => facts.push((o.until, times.exact(until))),
            _ => {}
        }
        if let Some(stay) = passes.first().filter(|pass| pass.key.number == line_number).and_then(stay_of) {
            facts.insert(0, (o.came_in, times.exact(stay.admitted_at)));
        }
        Ok(Self { class, state, number: number(line_number), facts })
    }

    /// Of somebody who is not in line: what became of their last pass.
    fn without_place(pass: Option<&Pass>, f: &Frame<'_>, times: &Times) -> Self {
        let o = f.o;
        let Some(pass) = pass else {
            return Self { class: "", state: o.state_nowhere, number: "–".to_owned(), facts: Vec::new() };
        };
        let mut facts = Vec::new();
        facts.extend(stay_of(pass).map(|stay| (o.came_in, times.exact(stay.admitted_at))));
        let state = match pass.state {
            PassState::Ended { ended_at, cause, .. } => {
                facts.push((o.ended, times.exact(ended_at)));
                match cause {
                    PassEnd::Paid => o.state_paid,
                    PassEnd::Left => o.state_left,
                }
            }
            PassState::Inside(stay) => {
                facts.push((o.ended, times.exact(stay.lasts_until)));
                o.state_ended
            }
        };
        Self { class: "state-over", state, number: number(pass.key.number), facts }
    }
}

fn stay_of(pass: &Pass) -> Option<onsale_booking::pass::Stay> {
    match pass.state {
        PassState::Inside(stay) => Some(stay),
        PassState::Ended { stay, .. } => stay,
    }
}

/// The page of one person.
pub(super) async fn person(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Path(user): Path<String>,
    uri: axum::http::Uri,
) -> Result<Response, Sorry> {
    let user = UserId(Uuid::try_parse(&user).map_err(|_| ApiError::NotFound)?);
    let f = Frame::for_operators(&app, signed_in.language, uri.path());
    let (o, times, now) = (f.o, Times::of(&app, f.language), app.now());
    let reads = &app.store.reads;
    let person = person_of(&app, &f, user).await?;
    let held = reads.reservations(user, None, ROWS_MAX).await?;
    let bills = reads.bills(user, None, ROWS_MAX).await?;
    let amount = |minor| app.currency.amount(minor);
    let concert = |id| app.store.maps.get(id).map(|map| map.concert.name.clone()).unwrap_or_default();
    let holds = held.iter().filter_map(|seat| {
        Some(HoldRow {
            concert: concert(seat.concert),
            seat: number(seat.seat_no),
            price: amount(seat.price.0),
            until: times.exact(seat.live_hold_of(user, now)?.deadline),
        })
    });
    let page = PersonPage {
        known_since: person.known_since.map(|since| times.exact(since)),
        person,
        balance: amount(reads.balance(user).await?.0),
        holds: holds.collect(),
        bills_text: (bills.len() == ROWS_MAX).then(|| fill(o.newest_bills, &[("n", &ROWS_MAX)])),
        bills: bills
            .iter()
            .map(|bill| BillRow {
                concert: concert(bill.concert),
                seat: number(bill.seat_no),
                amount: amount(bill.amount.0),
                paid_at: times.exact(bill.created_at),
                id: bill.id.0,
            })
            .collect(),
        f,
    };
    Ok(Page(page).into_response())
}
