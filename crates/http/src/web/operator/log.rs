//! The page of the operator log.

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use onsale_app::operators::{LogAction, SaleTerms, StoredLogEntry};
use onsale_booking::access::Access;
use onsale_booking::ids::SaleId;
use serde::Deserialize;

use super::super::address::address_of;
use super::super::form::LenientQuery;
use super::super::format::{Times, fill, isolated};
use super::super::layout::PageLayout;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::words::{OperatorWords, SaleWords};
use super::SignedIn;
use super::sale_facts::beacon_text;
use crate::numbers::number;
use crate::site::{Shared, Site};

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
    /// The sale that it is about, if it is not the main one and `after` does not say so.
    of: Option<String>,
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
    let rows = entries.iter().flat_map(|entry| rows_of(&site, entry, &f, &times, price)).collect();
    Ok(Page(LogPage { f, rows, next }).into_response())
}

/// The rows of an entry, one per change.
fn rows_of(
    site: &Site,
    stored: &StoredLogEntry,
    f: &PageLayout<'_>,
    times: &Times,
    price: impl Fn(i64) -> String,
) -> Vec<Row> {
    let (entry, o) = (&stored.entry, f.o);
    let of = sale_of(&entry.action).and_then(|sale| site.app.known(sale)).filter(|sale| !sale.is_main);
    let of = of.map(|sale| sale.name.clone());
    let who = entry.operator.map_or_else(|| o.log_server.to_owned(), |operator| operator.0.to_string());
    let is_known = entry.operator.is_some();
    let row = |what, before, after| Row {
        at: times.exact(entry.at),
        who: who.clone(),
        is_known,
        what,
        of: of.clone(),
        before,
        after,
    };
    match &entry.action {
        LogAction::ConcertOpened { name, capacity, price: minor, .. } => {
            vec![row(o.log_opened, None, concert_text(name, *capacity, &price(*minor), o))]
        }
        LogAction::PlanAdded { name, seats, .. } => {
            let (name, n) = (isolated(name), number(u64::from(*seats)));
            vec![row(o.log_plan, None, fill(o.log_plan_seats, &[("name", &name), ("n", &n)]))]
        }
        LogAction::SaleCreated { terms, .. } => vec![row(o.log_sale_created, None, isolated(&terms.name))],
        LogAction::SaleChanged { before, after, concerts, .. } => {
            let named = concerts
                .iter()
                .map(|concerts| (None, fill(f.s.n_concerts, &[("n", &number(concerts.len() as u64))])));
            let changed = changed_terms(before, after, f, times).map(|(before, after)| (Some(before), after));
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

/// What was put on sale.
fn concert_text(name: &str, capacity: u32, price: &str, o: &OperatorWords) -> String {
    let values: [(_, &dyn std::fmt::Display); 3] =
        [("name", &isolated(name)), ("n", &number(capacity)), ("price", &price)];
    fill(if capacity == 1 { o.log_seats_one } else { o.log_seats }, &values)
}

/// The sale whose name a row needs beside it.
fn sale_of(action: &LogAction) -> Option<SaleId> {
    match action {
        LogAction::DialsSet { sale, .. }
        | LogAction::CodesMade { sale, .. }
        | LogAction::SaleChanged { sale, .. } => Some(*sale),
        _ => None,
    }
}

/// What differs in the terms of a sale, before and after.
fn changed_terms(
    before: &SaleTerms,
    after: &SaleTerms,
    f: &PageLayout<'_>,
    times: &Times,
) -> impl Iterator<Item = (String, String)> {
    let s = f.s;
    let of = |terms: &SaleTerms| {
        let time = |at: Option<jiff::Timestamp>| at.map_or_else(|| "–".to_owned(), |at| times.exact(at));
        let seats = terms.seats_per_person.map_or_else(|| "–".to_owned(), number);
        let order = if terms.is_draw { s.by_draw } else { s.by_arrival };
        let yes_or_no = if terms.listed { s.yes } else { s.no };
        [
            (f.o.name, isolated(&terms.name)),
            (s.listed, yes_or_no.to_owned()),
            (s.order, order.to_owned()),
            (s.lobby_at, time(terms.lobby_at)),
            (s.opens, time(terms.opens_at)),
            (s.closes, time(terms.closes_at)),
            (s.limit, seats),
            (s.access, access(&terms.access, s)),
            (s.beacon_source, terms.beacon_source.as_deref().map(isolated).unwrap_or_default()),
            (s.beacon, beacon(&terms.beacon, s)),
        ]
    };
    let changed = of(before).into_iter().zip(of(after)).filter(|(before, after)| before != after);
    changed.map(|((field, before), (_, after))| (format!("{field}: {before}"), format!("{field}: {after}")))
}

/// A beacon in hexadecimal, beside its text.
fn beacon(hex: &str, s: &SaleWords) -> String {
    let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap_or_default();
    if bytes.is_empty() { hex.to_owned() } else { beacon_text(s, &bytes) }
}

/// Who may join, in words.
fn access(text: &str, s: &SaleWords) -> String {
    match Access::parse(text) {
        Some(Access::Everyone) => s.everyone.to_owned(),
        Some(Access::Code) => s.by_code.to_owned(),
        Some(Access::Group(group)) => format!("{} {}", s.by_group, isolated(group.as_str())),
        None => isolated(text),
    }
}
