//! How pages show a sale.

use std::fmt::Display;
use std::sync::Arc;

use jiff::Timestamp;
use onsale_booking::access::Access;
use onsale_booking::sale::{Sale, SalePhase};
use onsale_line::Phase;

use super::format::{Times, fill, isolated};
use super::layout::PageLayout;
use super::sale_address::path_of;
use super::words::SaleWords;
use crate::problem::whole_seconds;
use crate::site::Site;

/// A sale, formatted in the visitor's language.
pub(super) struct SaleCard {
    pub(super) path: String,
    pub(super) name: String,
    /// The CSS class of where it stands.
    pub(super) state_class: &'static str,
    /// Where it stands, and until when.
    pub(super) state_text: String,
    /// The same sentence with `{wait}` for the time that is left, while something is ahead.
    pub(super) ahead_text: String,
    /// The seconds until it changes by time alone, if it does.
    pub(super) changes_in: Option<u64>,
    /// The lowest price, the order, and what one person may buy.
    pub(super) facts: Vec<String>,
    /// Who may join, if not everybody.
    pub(super) access_text: Option<String>,
}

impl SaleCard {
    /// Its name for a label, where no markup can be.
    pub(super) fn isolated_name(&self) -> String {
        isolated(&self.name)
    }

    /// Formats a sale.
    pub(super) fn new(site: &Site, layout: &PageLayout<'_>, sale: &Sale) -> Self {
        let (s, times, now) = (layout.s, Times::of(site, layout.language), site.app.now());
        let is_paused = site.app.phase(sale.id) == Phase::Paused;
        let (state_class, sentence, time) = state(sale, is_paused, s, now);
        let time_text = time.map(|time| times.moment(time)).unwrap_or_default();
        let left = time.map_or(0, |time| time.duration_since(now).as_secs().max(0).unsigned_abs());
        let opens = sale.times.opens_at.map(|time| times.moment(time)).unwrap_or_default();
        let filled = |wait: &dyn Display| {
            let values: [(_, &dyn Display); 3] = [("time", &time_text), ("opens", &opens), ("wait", wait)];
            fill(sentence, &values)
        };
        let price = site.app.lowest_price(sale.id).map(|price| match price.0 {
            0 => layout.w.price_free.to_owned(),
            minor => fill(s.from_price, &[("price", &site.currency.amount(minor))]),
        });
        let order = if sale.draw().is_some() { s.order_draw } else { s.order_arrival };
        let limit = sale.seats_per_person.map(|limit| match limit {
            1 => s.seats_each_one.to_owned(),
            _ => fill(s.seats_each, &[("n", &limit)]),
        });
        Self {
            path: path_of(site, sale.id),
            name: sale.name.clone(),
            state_class,
            state_text: filled(&times.wait(left)),
            ahead_text: if sentence.contains("{wait}") { filled(&"{wait}") } else { String::new() },
            changes_in: sale
                .changes_at(now)
                .filter(|at| *at > now)
                .map(|at| whole_seconds(at.duration_since(now).unsigned_abs())),
            facts: price.into_iter().chain([order.to_owned()]).chain(limit).collect(),
            access_text: access_text(sale, s),
        }
    }
}

/// Who may join a sale, if not everybody.
pub(super) fn access_text(sale: &Sale, s: &SaleWords) -> Option<String> {
    match &sale.access {
        Access::Everyone => None,
        Access::Code => Some(s.access_code.to_owned()),
        Access::Group(group) => Some(fill(s.access_group, &[("group", &isolated(group.as_str()))])),
    }
}

/// The times of a sale that it has, with their names.
pub(super) fn times_of(site: &Site, f: &PageLayout<'_>, sale: &Sale) -> Vec<(&'static str, String)> {
    let (times, at) = (Times::of(site, f.language), sale.times);
    let all = [(f.s.lobby_at, at.lobby_at), (f.s.opens, at.opens_at), (f.s.closes, at.closes_at)];
    all.into_iter().filter_map(|(name, at)| Some((name, times.moment(at?)))).collect()
}

/// Whether there is no other sale for which this one could be mistaken.
pub(super) fn is_alone(site: &Site, sale: &Sale) -> bool {
    sale.is_main && other_sales(site).is_empty()
}

/// The public sales besides the main one that are not over.
pub(super) fn other_sales(site: &Site) -> Vec<Arc<Sale>> {
    let (mut sales, now) = (site.app.listed_sales(), site.app.now());
    sales.retain(|sale| !sale.is_main && sale.phase(now) != SalePhase::Over);
    sales
}

/// The CSS class of where a sale stands, the sentence about it, and the time in that sentence.
fn state(
    sale: &Sale,
    is_paused: bool,
    s: &SaleWords,
    now: Timestamp,
) -> (&'static str, &'static str, Option<Timestamp>) {
    let times = sale.times;
    match sale.phase(now) {
        SalePhase::Over => ("state-over", s.state_over, times.closes_at),
        SalePhase::Open if is_paused => ("state-soon", s.state_paused, None),
        SalePhase::Open => match times.closes_at {
            Some(closes_at) => ("state-open", s.state_open_until, Some(closes_at)),
            None => ("state-open", s.state_open, None),
        },
        SalePhase::Lobby => match (times.lobby_at, times.opens_at) {
            (Some(lobby_at), _) if now < lobby_at => ("state-soon", s.state_ahead, Some(lobby_at)),
            _ if sale.awaits_beacon() => ("state-soon", s.state_beacon, None),
            (_, Some(opens_at)) if now < opens_at => ("state-soon", s.state_lobby, Some(opens_at)),
            _ => ("state-soon", s.state_opening, None),
        },
    }
}
