//! Changing a sale. What people rely on once they can join, its order and its times, is fixed from then on.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::book::Book;
use crate::ids::{ConcertId, SaleId};
use crate::name;
use crate::new_sale::{NewOrder, SaleChanges};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::rules::sale_fields::{accept_source, check_concerts, check_future, lobby_before, order_of};
use crate::rules::seen::check_seen_sale;
use crate::sale::{Draw, Opening, Sale, SaleOrder, SalePhase, SaleTimes};
use crate::seen::SeenSale;

/// Changes what may be changed now, all or nothing. A change to the values that a sale has is none.
pub(crate) fn change_sale(
    book: &mut Book,
    id: SaleId,
    changes: &SaleChanges,
    seen: Option<&SeenSale>,
) -> Result<Outcome, Refusal> {
    let (now, before) = (book.now(), book.sale(id)?.clone());
    check_seen_sale(seen, book, &before)?;
    let mut after = before.changed(changes, now)?;
    let mut moved = Vec::new();
    if let Some(concerts) = &changes.concerts {
        check_concerts(book, concerts)?;
        let members = book.members_of(id);
        let wanted: BTreeSet<ConcertId> = concerts.iter().copied().collect();
        moved.extend(members.difference(&wanted).map(|concert| (*concert, false)));
        moved.extend(wanted.difference(&members).map(|concert| (*concert, true)));
    }

    if after != before || !moved.is_empty() {
        after.updated_at = now;
        after.revision += 1;
        book.set_sale(after.clone());
    }
    for (concert, sells) in moved {
        book.set_membership(id, concert, sells);
    }
    Ok(Outcome::SaleChanged { before: Box::new(before), after: Box::new(after) })
}

impl Sale {
    /// The sale with `changes` made at `now`.
    fn changed(&self, changes: &SaleChanges, now: Timestamp) -> Result<Self, Refusal> {
        let mut after = self.clone();
        if let Some(name) = &changes.name {
            after.name = name::accept(name)?;
        }
        after.listed = changes.listed.unwrap_or(self.listed);
        after.order = self.changed_order(changes)?;
        after.times = self.changed_times(changes);
        self.check_fixed(&after, now)?;
        if after.times.opens_at != self.times.opens_at {
            check_future("opensAt", after.times.opens_at, now)?;
        }
        if after.times.closes_at != self.times.closes_at {
            check_future("closesAt", after.times.closes_at, now)?;
        }
        if after.times.opens_at.is_none() && !self.is_opened() {
            after.opening = Opening::Open { at: now, lobby_tail: None, seed: None };
        }
        if let Some(seats) = changes.seats_per_person {
            after.seats_per_person = seats;
        }
        if let Some(access) = &changes.access {
            after.access = access.clone();
        }
        after.check()?;
        if let Some(beacon) = &changes.beacon {
            after.enter_beacon(beacon, now)?;
        }
        Ok(after)
    }

    /// A draw keeps its seed, so that nobody draws again until they like the order.
    fn changed_order(&self, changes: &SaleChanges) -> Result<SaleOrder, Refusal> {
        let source = match &changes.beacon_source {
            Some(source) => Some(accept_source(source.as_deref())?),
            None => None,
        };
        let order = match (&self.order, &changes.order) {
            (SaleOrder::Draw(draw), None | Some(NewOrder::Draw { .. })) => {
                let kept = || draw.beacon_source.clone();
                return Ok(SaleOrder::Draw(Draw {
                    beacon_source: source.unwrap_or_else(kept),
                    ..draw.clone()
                }));
            }
            (SaleOrder::Arrival, None) => SaleOrder::Arrival,
            (_, Some(new)) => order_of(new, source.clone().flatten()),
        };
        if order == SaleOrder::Arrival && source.flatten().is_some() {
            return Err(Refusal::invalid("beaconSource", "is only for a draw"));
        }
        Ok(order)
    }

    fn changed_times(&self, changes: &SaleChanges) -> SaleTimes {
        let opens_at = changes.opens_at.unwrap_or(self.times.opens_at);
        let lobby_at = match changes.lobby_at {
            Some(lobby_at) => lobby_at.or_else(|| lobby_before(opens_at)),
            // Without an opening there is no lobby.
            None => self.times.lobby_at.filter(|_| opens_at.is_some()),
        };
        SaleTimes { lobby_at, opens_at, closes_at: changes.closes_at.unwrap_or(self.times.closes_at) }
    }

    /// What may not change any more does not differ in `after`.
    fn check_fixed(&self, after: &Self, now: Timestamp) -> Result<(), Refusal> {
        let (was, is) = (self.times, after.times);
        if is.closes_at != was.closes_at && self.phase(now) == SalePhase::Over {
            return Err(Refusal::invalid("closesAt", "is fixed, because the sale is over"));
        }
        if self.is_main && is.closes_at.is_some() {
            return Err(Refusal::invalid("closesAt", "must be null, because the main sale never closes"));
        }
        let Some(why) = self.why_fixed(now) else { return Ok(()) };
        let fixed = |field| Err(Refusal::invalid(field, format!("is fixed, because {why}")));
        if after.order != self.order {
            let is_source = after.draw().is_some() == self.draw().is_some();
            return fixed(if is_source { "beaconSource" } else { "order" });
        }
        // Only until the opening is due: from then on its tail may be fixed already.
        let may_be_put_off = self.opening == Opening::Ahead && was.opens_at.is_some_and(|at| now < at);
        if is.opens_at != was.opens_at {
            if !may_be_put_off {
                return fixed("opensAt");
            }
            if is.opens_at < was.opens_at {
                let detail = "may only be moved later, because the lobby is open";
                return Err(Refusal::invalid("opensAt", detail));
            }
        }
        if is.lobby_at == was.lobby_at { Ok(()) } else { fixed("lobbyAt") }
    }

    /// Why order and opening are fixed at `now`; `None` if they are not.
    fn why_fixed(&self, now: Timestamp) -> Option<&'static str> {
        let has_lobby_begun = self.times.lobby_at.is_some_and(|lobby_at| now >= lobby_at);
        match &self.opening {
            _ if self.is_main => Some("the main sale is always open"),
            _ if self.phase(now) == SalePhase::Over => Some("the sale is over"),
            Opening::Open { .. } => Some("the sale is open"),
            Opening::TailFixed { .. } => Some("it is settled who takes part in the draw"),
            Opening::Ahead if has_lobby_begun => Some("the lobby is open"),
            Opening::Ahead => None,
        }
    }

    /// Enters a draw's beacon, once.
    fn enter_beacon(&mut self, beacon: &[u8], now: Timestamp) -> Result<(), Refusal> {
        self.check_beacon(beacon, now).map_err(|why| Refusal::invalid("beacon", why.to_string()))?;
        if let SaleOrder::Draw(draw) = &mut self.order {
            draw.beacon = beacon.to_vec();
        }
        Ok(())
    }
}
