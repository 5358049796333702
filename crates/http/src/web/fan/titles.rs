//! The titles of tabs about a sale. Of several tabs one sees only the first words: where one has a place that
//! is how it stands, elsewhere the name of the sale.

use onsale_booking::sale::SalePhase;
use onsale_line::Phase;

use super::super::format::{Times, fill, isolated};
use super::super::sale::is_alone;
use super::super::words::SaleWords;
use super::here::Here;
use crate::site::Shared;

/// What ends every title.
const END: &str = " · onsale";

/// What follows how a place stands: the sale, unless there is no other, and the site.
pub(super) fn end(site: &Shared, here: &Here) -> String {
    let is_named = !is_alone(site, &here.sale);
    let name = if is_named { format!(" · {}", isolated(&here.sale.name)) } else { String::new() };
    name + END
}

/// The title of the page of a sale in which one has no place.
pub(super) fn of_sale(site: &Shared, here: &Here, s: &SaleWords, times: &Times) -> String {
    let (sale, now) = (&here.sale, site.app.now());
    let opens_at = sale.times.opens_at.filter(|at| now < *at);
    let state = match (sale.phase(now), opens_at) {
        (SalePhase::Over, _) => s.over_waiting.to_owned(),
        (SalePhase::Open, _) if site.app.phase(sale.id) == Phase::Paused => s.phase_paused.to_owned(),
        (SalePhase::Open, _) => s.state_open.to_owned(),
        (SalePhase::Lobby, Some(at)) => fill(s.opens_at, &[("time", &times.moment(at))]),
        (SalePhase::Lobby, None) if sale.awaits_beacon() => s.beacon_awaited.to_owned(),
        (SalePhase::Lobby, None) => s.opening_now.to_owned(),
    };
    format!("{} · {state}{END}", isolated(&sale.name))
}
