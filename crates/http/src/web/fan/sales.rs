//! The page of a sale for somebody who has no place in it, and the list of sales on the first page.

use std::sync::Arc;

use askama::Template;
use onsale_app::line_status::LineStatus;
use onsale_booking::concert::Concert;
use onsale_booking::on_sale::OnSale;
use onsale_booking::sale::{Sale, SalePhase};

use super::super::concert::ConcertCard;
use super::super::format::{Times, fill};
use super::super::layout::PageLayout;
use super::super::sale::{SaleCard, other_sales, times_of};
use super::here::{FairnessLink, Here};
use super::join_form::{Barrier, JoinCard};
use super::place::Place;
use crate::numbers::number;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "fan/sale.html")]
pub(super) struct SalePage<'a> {
    f: PageLayout<'a>,
    title: String,
    sale: SaleCard,
    times: Vec<(&'static str, String)>,
    concerts: Vec<SoldHere>,
    fairness: Option<FairnessLink>,
    join: JoinCard,
}

/// A concert that the sale sells.
struct SoldHere {
    card: ConcertCard,
    /// Whether it goes on sale, or ends to be, at another time than the sale itself.
    has_own_times: bool,
}

impl SoldHere {
    fn of(site: &Shared, f: &PageLayout<'_>, concert: &Concert, sale: &Arc<Sale>) -> Self {
        let own = match OnSale::of(concert, [&**sale], site.app.now()) {
            OnSale::Ahead { from } => from.is_some() && from != sale.times.opens_at,
            OnSale::Open { until } => Some(until) != sale.times.closes_at,
            OnSale::Closed => sale.phase(site.app.now()) != SalePhase::Over,
        };
        let card = ConcertCard::sold_by(site, f, concert, std::slice::from_ref(sale), None);
        Self { card, has_own_times: own }
    }
}

impl<'a> SalePage<'a> {
    pub(super) fn new(site: &Shared, f: PageLayout<'a>, here: &Here, title: String, join: JoinCard) -> Self {
        let maps = site.app.concerts_of(here.sale.id);
        Self {
            sale: SaleCard::new(site, &f, &here.sale),
            times: times_of(site, &f, &here.sale),
            concerts: maps.iter().map(|map| SoldHere::of(site, &f, &map.concert, &here.sale)).collect(),
            fairness: here.fairness_link(f.s),
            title,
            join,
            f,
        }
    }
}

/// One sale in a list.
pub(super) struct SaleRow {
    pub(super) sale: SaleCard,
    /// The visitor's place in it.
    pub(super) place: Option<String>,
}

/// The sales besides the main one that are not over, and those in which the visitor has one of these places.
pub(super) fn rows(site: &Shared, f: &PageLayout<'_>, places: &[Place]) -> Vec<SaleRow> {
    let times = Times::of(site, f.language);
    let live = |place: &&Place| place.status != LineStatus::Ended;
    let is_mine = |sale| places.iter().filter(live).find(|place| place.ticket.sale == sale);
    let mut sales = other_sales(site);
    let unlisted = places.iter().filter(live).filter_map(|place| site.app.known(place.ticket.sale));
    for sale in unlisted {
        if sales.iter().all(|known| known.id != sale.id) {
            sales.push(sale);
        }
    }
    let row = |sale: &Arc<Sale>| SaleRow {
        place: is_mine(sale.id).map(|place| match place.status {
            LineStatus::Admitted { until } => fill(f.s.your_turn_until, &[("time", &times.clock(until))]),
            _ => fill(f.s.your_number_is, &[("n", &number(place.ticket.number))]),
        }),
        sale: SaleCard::new(site, f, sale),
    };
    sales.iter().map(row).collect()
}
