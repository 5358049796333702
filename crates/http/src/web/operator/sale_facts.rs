//! What a cockpit says of its sale besides numbers. It follows the sale while the page is open.

use data_encoding::HEXLOWER;
use onsale_booking::access::Access;
use onsale_booking::sale::{Draw, MAIN_SALE_NAME, Sale};
use onsale_booking::seed::SeedProblem;

use super::super::format::{fill, isolated};
use super::super::layout::PageLayout;
use super::super::sale::times_of;
use super::super::sale_address::path_of;
use super::super::words::SaleWords;
use super::sale_phase::ShownPhase;
use super::steered::cockpit_of;
use crate::numbers::number;
use crate::site::Site;

/// See the module.
pub(super) struct SaleFacts {
    pub(super) is_main: bool,
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) phase: &'static str,
    /// Differs whenever something here may differ.
    pub(super) state: String,
    /// Its times and what is known of its draw, each with its name.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Where what belongs to it is.
    pub(super) address: String,
    /// The page that fans see.
    pub(super) path: String,
    pub(super) has_codes: bool,
    /// Why its draw cannot be opened.
    pub(super) seed_alert: Option<&'static str>,
    /// What its beacon is to be, if it is to be entered now.
    pub(super) awaited_beacon: Option<String>,
}

impl SaleFacts {
    pub(super) fn of(site: &Site, f: &PageLayout<'_>, sale: &Sale) -> Self {
        let phase = ShownPhase::of(site, sale);
        let source = sale.draw().filter(|_| phase == ShownPhase::Beacon);
        let source = source.and_then(|draw| draw.beacon_source.as_ref());
        Self {
            is_main: sale.is_main,
            name: name_of(f.s, sale),
            class: phase.class(),
            phase: phase.word(f.s),
            state: state_of(site, sale),
            facts: times_of(site, f, sale).into_iter().chain(draw_of(f, sale)).collect(),
            address: cockpit_of(sale.id),
            path: path_of(site, sale.id),
            has_codes: sale.access == Access::Code,
            seed_alert: site.app.seed_problem(sale).map(|problem| match problem {
                SeedProblem::Unreadable => f.s.seed_unreadable,
                SeedProblem::NotCommittedTo => f.s.seed_not_committed,
            }),
            awaited_beacon: source.map(|source| fill(f.s.beacon_text, &[("source", &isolated(source))])),
        }
    }
}

/// What a sale is called. Nobody has named the main sale until an operator renames it.
pub(super) fn name_of(s: &SaleWords, sale: &Sale) -> String {
    let is_unnamed = sale.is_main && sale.name == MAIN_SALE_NAME;
    if is_unnamed { s.main_sale.to_owned() } else { sale.name.clone() }
}

/// Differs whenever the facts of the sale may differ: where it stands, and its revision.
pub(super) fn state_of(site: &Site, sale: &Sale) -> String {
    format!("{} {:?}", sale.revision, ShownPhase::of(site, sale))
}

/// A beacon as its text, if it is one, beside its bytes.
pub(super) fn beacon_text(s: &SaleWords, beacon: &[u8]) -> String {
    let hex = HEXLOWER.encode(beacon);
    match str::from_utf8(beacon) {
        Ok(text) => fill(s.beacon_with_hex, &[("text", &isolated(text)), ("hex", &hex)]),
        Err(_) => hex,
    }
}

/// What is known of a sale's draw, with its names.
fn draw_of(f: &PageLayout<'_>, sale: &Sale) -> impl Iterator<Item = (&'static str, String)> {
    let of = |draw: &Draw| {
        let order = Some((f.s.order, f.s.by_draw.to_owned()));
        let tail = sale.opening.lobby_tail().map(|tail| (f.s.lobby_tail, number(tail)));
        let source = draw.beacon_source.as_deref().map(|source| (f.s.beacon_source, isolated(source)));
        let beacon = (!draw.beacon.is_empty()).then(|| (f.s.beacon, beacon_text(f.s, &draw.beacon)));
        [order, tail, source, beacon]
    };
    sale.draw().map(of).into_iter().flatten().flatten()
}
