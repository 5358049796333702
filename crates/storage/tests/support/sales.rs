//! Short names for the commands of a test about sales.

use std::collections::BTreeSet;

use jiff::Timestamp;
use onsale_booking::Command;
use onsale_booking::access::{Access, CodeHash};
use onsale_booking::command::{Call, PassHolder};
use onsale_booking::ids::{ConcertId, PassKey, SaleId, SeatNo, UserId};
use onsale_booking::new_sale::{NewDials, NewOrder, NewSale, SaleChanges};
use onsale_booking::seed::{SealedSeed, Seed};
use uuid::Uuid;

/// A sale beside the main one.
pub(crate) const CLUB: SaleId = SaleId(Uuid::from_u128(0x5A));
pub(crate) const PRESALE: SaleId = SaleId(Uuid::from_u128(0x5B));

pub(crate) const SEED: [u8; 32] = [7; 32];

/// A sale by arrival that is open from the beginning and sells nothing.
pub(crate) fn new_sale(id: SaleId) -> NewSale {
    NewSale {
        id,
        name: "Club".to_owned(),
        listed: true,
        order: NewOrder::Arrival,
        beacon_source: None,
        lobby_at: None,
        opens_at: None,
        closes_at: None,
        seats_per_person: None,
        access: Access::Everyone,
        concerts: vec![],
        dials: NewDials::default(),
        created_by: None,
    }
}

pub(crate) fn drawn() -> NewOrder {
    let commitment = Seed::new(SEED).commitment();
    NewOrder::Draw { commitment, sealed_seed: SealedSeed::new(vec![9; 64]) }
}

pub(crate) fn create(new: NewSale) -> Command {
    Command::CreateSale(Box::new(new))
}

/// A sale that is open from the beginning and sells these concerts.
pub(crate) fn create_selling(id: SaleId, concerts: &[ConcertId]) -> Command {
    create(NewSale { concerts: concerts.to_vec(), ..new_sale(id) })
}

/// A sale by arrival that opens then.
pub(crate) fn create_opening(id: SaleId, opens_at: Timestamp) -> Command {
    create(NewSale { opens_at: Some(opens_at), ..new_sale(id) })
}

pub(crate) fn change(sale: SaleId, changes: SaleChanges) -> Command {
    Command::ChangeSale { sale, changes: Box::new(changes), by: None }
}

pub(crate) fn rename(sale: SaleId, name: &str) -> Command {
    change(sale, SaleChanges { name: Some(name.to_owned()), ..SaleChanges::default() })
}

pub(crate) fn sell(sale: SaleId, concerts: &[ConcertId]) -> Command {
    change(sale, SaleChanges { concerts: Some(concerts.to_vec()), ..SaleChanges::default() })
}

/// Opens a sale whose line is in its first epoch.
pub(crate) fn open(sale: SaleId, lobby_tail: u64) -> Command {
    Command::OpenSale { sale, epoch: 1, lobby_tail, seed: None }
}

pub(crate) fn code(number: u8) -> CodeHash {
    CodeHash([number; 32])
}

pub(crate) fn add_codes(sale: SaleId, numbers: &[u8], uses: u32) -> Command {
    let codes: BTreeSet<CodeHash> = numbers.iter().copied().map(code).collect();
    Command::AddCodes { sale, codes, uses, by: None }
}

pub(crate) fn redeem(user: UserId, sale: SaleId, number: u8) -> Command {
    Command::RedeemCode { user, sale, code: code(number) }
}

/// The user with a number in the line of `sale`.
pub(crate) fn in_sale(by: PassHolder, sale: SaleId) -> PassHolder {
    PassHolder { user: by.user, pass: PassKey { sale, number: by.pass.number } }
}

/// Admits somebody whom a line in its first epoch has called.
pub(crate) fn admit_first(by: PassHolder) -> Command {
    Command::Admit { user: by.user, pass: by.pass, call: Call { epoch: 1, until: Timestamp::MAX } }
}

pub(crate) fn hold_in(by: PassHolder, concert: ConcertId, seat_nos: &[SeatNo]) -> Command {
    Command::Hold { by, concert, seat_nos: seat_nos.to_vec(), key: None }
}
