//! What a sale cannot have yet: lobbies, openings, ends and draws.

use onsale_booking::Refusal;
use onsale_booking::new_sale::{NewOrder, NewSale, SaleChanges};

/// Refuses a new sale with any of it.
pub(super) fn check_new(new: &NewSale) -> Result<(), Refusal> {
    refuse_first([
        ("opensAt", new.opens_at.is_some()),
        ("lobbyAt", new.lobby_at.is_some()),
        ("closesAt", new.closes_at.is_some()),
        ("order", new.order != NewOrder::Arrival),
        ("beaconSource", new.beacon_source.is_some()),
    ])
}

/// Refuses changes that would give a sale any of it.
pub(super) fn check_changes(changes: &SaleChanges) -> Result<(), Refusal> {
    refuse_first([
        ("opensAt", matches!(changes.opens_at, Some(Some(_)))),
        ("lobbyAt", matches!(changes.lobby_at, Some(Some(_)))),
        ("closesAt", matches!(changes.closes_at, Some(Some(_)))),
        ("order", matches!(changes.order, Some(NewOrder::Draw { .. }))),
        ("beaconSource", matches!(changes.beacon_source, Some(Some(_)))),
        ("beacon", changes.beacon.is_some()),
    ])
}

fn refuse_first<const N: usize>(fields: [(&'static str, bool); N]) -> Result<(), Refusal> {
    match fields.iter().find(|(_, is_set)| *is_set) {
        Some((field, _)) => Err(Refusal::invalid(field, "is not supported yet")),
        None => Ok(()),
    }
}
