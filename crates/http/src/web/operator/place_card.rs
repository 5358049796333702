//! Where a person stands in each sale, as the pages about people show it.

use std::collections::BTreeSet;

use onsale_app::people::{LinePlace, Person};
use onsale_booking::ids::SaleId;
use onsale_booking::pass::{Pass, PassEnd, PassState, Session};
use onsale_line::NumberState;

use super::super::format::Times;
use super::super::layout::PageLayout;
use super::sale_facts::name_of;
use super::steered::home_of;
use crate::numbers::number;
use crate::site::Site;

/// A person's place in a sale, formatted.
pub(super) struct PlaceCard {
    /// The name of the sale and where its cockpit is; `None` where there is but the main sale.
    pub(super) sale: Option<(String, String)>,
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    pub(super) number: String,
    pub(super) facts: Vec<(&'static str, String)>,
}

impl PlaceCard {
    /// One for each sale that the person is or was in: where they stand first, then by their newest pass. One
    /// that says so for a person who was in none.
    pub(super) fn all(site: &Site, f: &PageLayout<'_>, person: &Person) -> Vec<Self> {
        let is_live = |place: &&LinePlace| !matches!(place.state, NumberState::Ended | NumberState::Unknown);
        let places = || person.place.iter().chain(&person.other_places);
        let live = places().filter(is_live).map(|place| place.sale);
        let passes = person.last_passes.iter().map(|pass| pass.key.sale);
        let ended = places().filter(|place| !is_live(place)).map(|place| place.sale);
        let mut seen = BTreeSet::new();
        let sales = live.chain(passes).chain(ended).filter(|sale| seen.insert(*sale));
        let mut cards: Vec<_> = sales.map(|sale| Self::of(site, f, person, sale)).collect();
        if cards.is_empty() {
            let (facts, number) = (Vec::new(), "–".to_owned());
            cards.push(Self { sale: None, class: "", state: f.o.state_nowhere, number, facts });
        }
        cards
    }

    fn of(site: &Site, f: &PageLayout<'_>, person: &Person, sale: SaleId) -> Self {
        let times = Times::of(site, f.language);
        let place = person.place.iter().chain(&person.other_places).find(|place| place.sale == sale);
        let pass = person.last_passes.iter().find(|pass| pass.key.sale == sale);
        let card = match (place, pass) {
            (Some(line), pass) => Self::in_line(line, pass, f, &times),
            (None, Some(pass)) => Self::after_pass(pass, f, &times),
            (None, None) => Self::named(f.o.state_nowhere, "", 0),
        };
        let has_others = site.app.every_sale().len() > 1;
        let known = site.app.known(sale).filter(|_| has_others);
        Self { sale: known.map(|sale| (name_of(f.s, &sale), home_of(&sale))), ..card }
    }

    fn named(state: &'static str, class: &'static str, place: u64) -> Self {
        Self { sale: None, class, state, number: number(place), facts: Vec::new() }
    }

    fn in_line(line: &LinePlace, pass: Option<&Pass>, f: &PageLayout<'_>, times: &Times) -> Self {
        let o = f.o;
        let pass = pass.filter(|pass| pass.key.number == line.number);
        if let (NumberState::Ended | NumberState::Unknown, Some(pass)) = (line.state, pass) {
            return Self::after_pass(pass, f, times);
        }
        let (class, state) = match line.state {
            NumberState::Waiting => ("state-soon", o.state_waiting),
            NumberState::Late | NumberState::Skipped => ("state-over", o.state_away),
            NumberState::Called { .. } => ("state-soon", o.state_called),
            NumberState::Inside { .. } => ("state-open", o.state_inside),
            NumberState::Ended | NumberState::Unknown => ("state-over", o.state_ended),
        };
        let mut card = Self::named(state, class, line.number);
        let came_in = pass.and_then(session_of).map(|session| times.exact(session.admitted_at));
        card.facts.extend(came_in.map(|at| (o.came_in, at)));
        match line.state {
            NumberState::Waiting => card.facts.extend(line.ahead.map(|ahead| (o.ahead, number(ahead)))),
            NumberState::Called { until } | NumberState::Inside { until } => {
                card.facts.push((o.until, times.exact(until)));
            }
            _ => {}
        }
        card
    }

    /// Of a person who is not in line any more: how their last pass ended.
    fn after_pass(pass: &Pass, f: &PageLayout<'_>, times: &Times) -> Self {
        let o = f.o;
        let mut card = Self::named(o.state_ended, "state-over", pass.key.number);
        card.facts.extend(session_of(pass).map(|session| (o.came_in, times.exact(session.admitted_at))));
        match pass.state {
            PassState::Ended { ended_at, cause, .. } => {
                card.facts.push((o.ended, times.exact(ended_at)));
                card.state = match cause {
                    PassEnd::Paid => o.state_paid,
                    PassEnd::Left => o.state_left,
                };
            }
            PassState::Inside(session) => card.facts.push((o.ended, times.exact(session.lasts_until))),
        }
        card
    }
}

/// The session of a pass, if its holder was ever inside.
fn session_of(pass: &Pass) -> Option<Session> {
    match pass.state {
        PassState::Inside(session) => Some(session),
        PassState::Ended { session, .. } => session,
    }
}
