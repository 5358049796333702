//! The page of the operator log.

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use onsale_app::operators::{LogAction, SaleTerms, StoredLogEntry};
use serde::Deserialize;

use super::super::address::address_of;
use super::super::form::LenientQuery;
use super::super::format::{Times, fill, isolated};
use super::super::layout::PageLayout;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::words::OperatorWords;
use super::SignedIn;
use crate::numbers::number;
use crate::site::Shared;

/// How many entries a page shows.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "operator/log.html")]
struct LogPage<'a> {
    f: PageLayout<'a>,
    rows: Vec<Row>,
    next: Option<u64>,
}

/// One change.
struct Row {
    at: String,
    who: String,
    /// Whether `who` is an operator's id.
    is_known: bool,
    what: &'static str,
    before: Option<String>,
    after: String,
}

/// Which entries to show: those after the entry with this id.
#[derive(Debug, Default, Deserialize)]
pub(super) struct LogQuery {
    after: Option<u64>,
}

/// The page at `/operator/log`.
pub(super) async fn page(
    State(site): State<Shared>,
    signed_in: SignedIn,
    LenientQuery(LogQuery { after }): LenientQuery<LogQuery>,
    uri: Uri,
) -> Result<Response, PageError> {
    let f = PageLayout::for_operators(&site, signed_in.language, address_of(&uri));
    let times = Times::of(&site, f.language);
    let mut entries = site.app.operator_log(after, PAGE + 1).await?;
    let next = (entries.len() > PAGE).then(|| entries.truncate(PAGE));
    let next = next.and_then(|()| entries.last()).map(|entry| entry.id);
    let price = |minor| site.currency.amount(minor);
    let rows = entries.iter().flat_map(|entry| rows_of(entry, f.o, &times, price)).collect();
    Ok(Page(LogPage { f, rows, next }).into_response())
}

/// The rows of an entry, one per change.
fn rows_of(
    stored: &StoredLogEntry,
    o: &'static OperatorWords,
    times: &Times,
    price: impl Fn(i64) -> String,
) -> Vec<Row> {
    let entry = &stored.entry;
    let who = entry.operator.map_or_else(|| o.log_nobody.to_owned(), |operator| operator.0.to_string());
    let is_known = entry.operator.is_some();
    let row = |what, before, after| Row {
        at: times.exact(entry.at),
        who: who.clone(),
        is_known,
        what,
        before,
        after,
    };
    match &entry.action {
        LogAction::ConcertOpened { name, capacity, price: minor, .. } => {
            let values = [
                ("name", &isolated(name) as &dyn std::fmt::Display),
                ("n", &number(*capacity)),
                ("price", &price(*minor)),
            ];
            let sentence = if *capacity == 1 { o.log_seats_one } else { o.log_seats };
            vec![row(o.log_opened, None, fill(sentence, &values))]
        }
        LogAction::SaleCreated { terms, .. } => vec![row(o.log_sale_created, None, isolated(&terms.name))],
        LogAction::SaleChanged { before, after, concerts, .. } => {
            let named = concerts
                .iter()
                .map(|concerts| (None, fill(o.log_concerts, &[("n", &number(concerts.len() as u64))])));
            let changed = changed_terms(before, after, times).map(|(before, after)| (Some(before), after));
            changed.chain(named).map(|(before, after)| row(o.log_sale_changed, before, after)).collect()
        }
        LogAction::LobbyFixed { name, .. } => vec![row(o.log_lobby_fixed, None, isolated(name))],
        LogAction::SaleOpened { name, .. } => vec![row(o.log_sale_opened, None, isolated(name))],
        LogAction::CodesMade { count, uses, .. } => {
            let values = [("n", &number(*count) as &dyn std::fmt::Display), ("uses", &number(*uses))];
            vec![row(o.log_codes, None, fill(o.log_code_counts, &values))]
        }
        LogAction::DialsSet { before, changes, .. } => {
            let rate = |rate: u32| if rate == 0 { o.no_limit.to_owned() } else { number(rate) };
            let state = |paused: bool| if paused { o.log_paused } else { o.log_running }.to_owned();
            // The cockpit's form sends every dial.
            let mut rows = Vec::new();
            rows.extend(
                changes
                    .capacity
                    .filter(|to| *to != before.capacity)
                    .map(|to| row(o.capacity, Some(number(before.capacity.get())), number(to.get()))),
            );
            rows.extend(
                changes
                    .rate_per_minute
                    .filter(|to| *to != before.rate_per_minute)
                    .map(|to| row(o.rate, Some(rate(before.rate_per_minute)), rate(to))),
            );
            rows.extend(
                changes
                    .paused
                    .filter(|to| *to != before.paused)
                    .map(|to| row(o.log_line, Some(state(before.paused)), state(to))),
            );
            rows
        }
    }
}

/// What differs in the terms of a sale, before and after, with the names that the API has for them.
fn changed_terms(
    before: &SaleTerms,
    after: &SaleTerms,
    times: &Times,
) -> impl Iterator<Item = (String, String)> {
    let of = |terms: &SaleTerms| {
        let time = |at: Option<jiff::Timestamp>| at.map_or_else(String::new, |at| times.exact(at));
        let seats = terms.seats_per_person.map_or_else(String::new, number);
        let order = if terms.is_draw { "draw" } else { "arrival" };
        [
            ("name", isolated(&terms.name)),
            ("listed", terms.listed.to_string()),
            ("order", order.to_owned()),
            ("lobbyAt", time(terms.lobby_at)),
            ("opensAt", time(terms.opens_at)),
            ("closesAt", time(terms.closes_at)),
            ("seatsPerPerson", seats),
            ("access", isolated(&terms.access)),
            ("beaconSource", terms.beacon_source.as_deref().map(isolated).unwrap_or_default()),
            ("beacon", terms.beacon.clone()),
        ]
    };
    let changed = of(before).into_iter().zip(of(after)).filter(|(before, after)| before != after);
    changed.map(|((field, before), (_, after))| (format!("{field}: {before}"), format!("{field}: {after}")))
}
