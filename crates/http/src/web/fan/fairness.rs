//! How anybody can check the order of a sale.

use askama::Template;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use onsale_app::line_status::LineStatus;
use onsale_booking::ids::SaleId;
use onsale_booking::sale::{Opening, Sale, SalePhase};

use super::super::format::fill;
use super::super::layout::PageLayout;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::page_path::PageId;
use super::super::visitor::Visitor;
use super::super::words::SaleWords;
use super::here::Here;
use super::place;
use super::titles;
use crate::forwarding::Arrival;
use crate::numbers::number;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "fan/fairness.html")]
struct FairnessPage<'a> {
    f: PageLayout<'a>,
    title_end: String,
    sale_name: String,
    sale_path: String,
    lede: &'static str,
    /// Where the visitor's number has come.
    place: Option<String>,
    /// What is public of the order, by name.
    facts: Vec<(&'static str, String)>,
    /// What one who does not trust the operator should know.
    caveat: Option<&'static str>,
    /// The command that checks the draw.
    command: Option<String>,
}

/// The page at `/sales/{id}/fairness`, for everybody.
pub(super) async fn page(
    State(site): State<Shared>,
    Extension(arrival): Extension<Arrival>,
    visitor: Visitor,
    PageId(sale): PageId,
) -> Result<Response, PageError> {
    let here = Here::find(&site, SaleId(sale)).await?;
    let fairness = site.app.fairness(here.sale.id).await?;
    let address = here.fairness_path();
    let f = PageLayout::of(&site, &visitor, &address);
    let (s, sale) = (f.s, &fairness.sale);
    let (draw, opening) = (sale.draw(), &sale.opening);
    let (lobby_tail, seed, opened) = (opening.lobby_tail(), opening.seed(), sale.is_opened());
    // A ticket without a line that answers is no reason to show nothing.
    let place = place::find(&site, &visitor, here.sale.id).await.unwrap_or_default();
    let mine = place.as_ref().map(|place| place.ticket.number);
    let mut facts = Vec::new();
    if let Some(draw) = draw {
        facts.push((s.commitment, HEXLOWER.encode(&draw.commitment)));
        facts.extend(draw.beacon_source.clone().map(|source| (s.beacon_source, source)));
        facts.extend((!draw.beacon.is_empty()).then(|| (s.beacon, HEXLOWER.encode(&draw.beacon))));
        facts.extend(seed.map(|seed| (s.seed, HEXLOWER.encode(seed.bytes()))));
    }
    facts.extend(lobby_tail.map(|tail| (s.lobby_tail, number(tail))));
    // Before the opening nobody is called.
    facts.extend(opened.then(|| (s.head, number(fairness.head))));
    facts.push((s.tail, number(fairness.tail)));
    let command = seed.map(|_| {
        let of = mine.map(|number| format!(" --number {number}")).unwrap_or_default();
        format!("onsale verify-draw {}/v1/sales/{}/fairness{of}", arrival.base_url(), here.sale.id)
    });
    let page = FairnessPage {
        title_end: titles::end(&site, &here),
        sale_name: here.sale.name.clone(),
        sale_path: here.path.clone(),
        lede: lede(sale, s, site.app.now()),
        place: place.as_ref().filter(|_| seed.is_some()).and_then(|place| drawn_place(&site, &f, place)),
        facts,
        caveat: draw.map(|draw| match (draw.beacon_source.is_some(), opened) {
            (false, false) => s.no_beacon_ahead,
            (false, true) => s.no_beacon,
            (true, false) => s.with_beacon_ahead,
            (true, true) => s.with_beacon,
        }),
        command,
        f,
    };
    Ok(Page(page).into_response())
}

/// How the order of a sale is decided, or was.
fn lede(sale: &Sale, s: &SaleWords, now: Timestamp) -> &'static str {
    match (sale.draw(), &sale.opening) {
        (None, _) => s.fair_arrival,
        (Some(_), Opening::Open { .. }) => s.fair_drawn,
        (Some(_), _) if sale.phase(now) == SalePhase::Over => s.fair_never,
        (Some(_), Opening::TailFixed { .. }) => s.fair_settled,
        (Some(_), Opening::Ahead) => s.fair_ahead,
    }
}

/// The sentence about the visitor's own number.
fn drawn_place(site: &Shared, f: &PageLayout<'_>, found: &place::Place) -> Option<String> {
    let place = match found.status {
        LineStatus::Waiting { place, .. } => place,
        LineStatus::Admitted { .. } | LineStatus::Ended => site.app.place(&found.ticket),
    };
    let values: [(_, &dyn std::fmt::Display); 2] =
        [("n", &number(found.ticket.number)), ("place", &number(place?))];
    Some(fill(f.s.your_draw, &values))
}
