//! Checks of a sale's fields, for a new sale and for a change alike.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::book::Book;
use crate::ids::ConcertId;
use crate::name;
use crate::new_sale::NewOrder;
use crate::policy::{CONCERTS_PER_SALE_MAX, SEATS_PER_PERSON_MAX};
use crate::refusal::Refusal;
use crate::sale::{Draw, LOBBY_DEFAULT, Sale, SaleOrder, SaleTimes};
use crate::window::check_time;

impl Sale {
    /// Whether its fields make sense together, whatever the time is.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let SaleTimes { lobby_at, opens_at, closes_at } = self.times;
        // The lobby comes last, because it may follow from the opening.
        for (field, time) in [("opensAt", opens_at), ("closesAt", closes_at), ("lobbyAt", lobby_at)] {
            time.map_or(Ok(()), |time| check_time(field, time))?;
        }
        match (lobby_at, opens_at) {
            (Some(_), None) => return Err(Refusal::invalid("lobbyAt", "needs opensAt")),
            (Some(lobby_at), Some(opens_at)) if lobby_at > opens_at => {
                return Err(Refusal::invalid("lobbyAt", "must not be after opensAt"));
            }
            _ => {}
        }
        if let (Some(opens_at), Some(closes_at)) = (opens_at, closes_at)
            && closes_at <= opens_at
        {
            return Err(Refusal::invalid("closesAt", "must be after opensAt"));
        }
        if self.draw().is_some() && opens_at.is_none() {
            return Err(Refusal::invalid("order", "can be a draw only with opensAt"));
        }
        if self.seats_per_person.is_some_and(|seats| !(1..=SEATS_PER_PERSON_MAX).contains(&seats)) {
            return Err(Refusal::invalid("seatsPerPerson", format!("must be 1 to {SEATS_PER_PERSON_MAX}")));
        }
        Ok(())
    }
}

/// A time to come.
pub(super) fn check_future(
    field: &'static str,
    time: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Refusal> {
    match time {
        Some(time) if time <= now => Err(Refusal::invalid(field, "must be in the future")),
        _ => Ok(()),
    }
}

/// The start of the lobby, unless the operator says otherwise.
pub(super) fn lobby_before(opens_at: Option<Timestamp>) -> Option<Timestamp> {
    opens_at.map(|opens_at| opens_at.checked_sub(LOBBY_DEFAULT).unwrap_or(opens_at))
}

/// The source of a beacon as it is stored: a text as names are.
pub(super) fn accept_source(source: Option<&str>) -> Result<Option<String>, Refusal> {
    source.map(name::accept).transpose().map_err(|refusal| match refusal {
        Refusal::Invalid { detail, .. } => Refusal::Invalid { field: "beaconSource", detail },
        other => other,
    })
}

/// The order that `new` asks for. By arrival there is no beacon.
pub(super) fn order_of(new: &NewOrder, beacon_source: Option<String>) -> SaleOrder {
    match new {
        NewOrder::Arrival => SaleOrder::Arrival,
        NewOrder::Draw { commitment, sealed_seed } => SaleOrder::Draw(Draw {
            commitment: *commitment,
            sealed_seed: sealed_seed.clone(),
            beacon_source,
            beacon: Vec::new(),
        }),
    }
}

/// A list of concerts that all exist, none twice.
pub(super) fn check_concerts(book: &Book, concerts: &[ConcertId]) -> Result<(), Refusal> {
    if concerts.len() > CONCERTS_PER_SALE_MAX {
        let detail = format!("must name at most {CONCERTS_PER_SALE_MAX} concerts");
        return Err(Refusal::invalid("concertIds", detail));
    }
    let mut seen = BTreeSet::new();
    for concert in concerts {
        if !seen.insert(concert) {
            return Err(Refusal::invalid("concertIds", format!("names concert {concert} twice")));
        }
        if book.concert(*concert).is_err() {
            return Err(Refusal::invalid(
                "concertIds",
                format!("names concert {concert}, which does not exist"),
            ));
        }
    }
    Ok(())
}
