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

use super::commands::{CONCERT, holder, seconds, start};
use super::fixture::StoreFixture;
use super::sale::Sale;

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
    Command::ChangeSale { sale, changes: Box::new(changes), seen: None, by: None }
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
    Command::AddCodes { sale, codes, uses, key: None, by: None }
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

/// Four sales beside the main one: one that is open since its time, one whose draw awaits its beacon, a
/// draw that is ahead, and one without times. Somebody has redeemed a code of the first.
pub(crate) async fn sales_in_every_state<F: StoreFixture>(sale: &Sale<F>) {
    let opens_at = Some(start() + seconds(60));
    let named =
        |id: u128, name: &str| NewSale { name: name.to_owned(), ..new_sale(SaleId(Uuid::from_u128(id))) };
    let first = NewSale { opens_at, access: Access::Code, ..named(1, "Opened") };
    let beacon_source = Some("round 4242".to_owned());
    let second = NewSale { opens_at, order: drawn(), beacon_source, ..named(2, "Fixed") };
    let closes_at = Some(start() + seconds(9_000));
    let third =
        NewSale { opens_at: Some(start() + seconds(8_000)), closes_at, order: drawn(), ..named(3, "Ahead") };
    for new in [first, second, third, named(4, "Timeless")] {
        sale.ok(create(new)).await;
    }
    sale.fixture.advance(seconds(60));
    for id in [1, 2] {
        sale.ok(open(SaleId(Uuid::from_u128(id)), 5)).await;
    }
    let opened = SaleId(Uuid::from_u128(1));
    sale.ok(add_codes(opened, &[1], 2)).await;
    sale.ok(redeem(holder("alice").user, opened, 1)).await;
    sale.ok(sell(SaleId(Uuid::from_u128(4)), &[CONCERT])).await;
}

/// What no schema takes after [`sales_in_every_state`], in SQL that both stores know. Alice owns seat 1,
/// and bob holds seat 2.
pub(crate) const IMPOSSIBLE_SALES: &[&str] = &[
    // An opening that moves, or is taken back.
    "UPDATE sales SET opened_at = NULL, lobby_tail = NULL WHERE name = 'Opened'",
    "UPDATE sales SET lobby_tail = lobby_tail + 1 WHERE name = 'Opened'",
    "UPDATE sales SET opens_at = lobby_at WHERE name = 'Opened'",
    "UPDATE sales SET lobby_tail = lobby_tail + 1 WHERE name = 'Fixed'",
    "UPDATE sales SET tail_fixed_at = NULL, lobby_tail = NULL WHERE name = 'Fixed'",
    "UPDATE sales SET tail_fixed_at = NULL, lobby_tail = NULL, beacon_source = NULL, commitment = NULL,
        sealed_seed = NULL, \"order\" = 'arrival' WHERE name = 'Fixed'",
    // Before its time, or half.
    "UPDATE sales SET opened_at = lobby_at, lobby_tail = 1, seed = commitment WHERE name = 'Ahead'",
    "UPDATE sales SET opened_at = opens_at, lobby_tail = 1 WHERE name = 'Ahead'",
    "UPDATE sales SET opened_at = opens_at, seed = commitment WHERE name = 'Ahead'",
    "UPDATE sales SET tail_fixed_at = lobby_at, lobby_tail = 1 WHERE name = 'Ahead'",
    "UPDATE sales SET tail_fixed_at = opens_at WHERE name = 'Ahead'",
    "UPDATE sales SET lobby_tail = 1 WHERE name = 'Ahead'",
    "UPDATE sales SET seed = commitment WHERE name = 'Ahead'",
    "UPDATE sales SET tail_fixed_at = opened_at, lobby_tail = -1 WHERE name = 'Timeless'",
    // Orders that are none.
    "UPDATE sales SET \"order\" = 'lottery' WHERE name = 'Ahead'",
    "UPDATE sales SET \"order\" = 'arrival' WHERE name = 'Ahead'",
    "UPDATE sales SET commitment = NULL WHERE name = 'Ahead'",
    "UPDATE sales SET sealed_seed = NULL WHERE name = 'Ahead'",
    "UPDATE sales SET commitment = beacon WHERE name = 'Ahead'",
    "UPDATE sales SET sealed_seed = beacon WHERE name = 'Ahead'",
    "UPDATE sales SET beacon = commitment WHERE name = 'Ahead'",
    "UPDATE sales SET beacon = commitment, beacon_source = 'dice' WHERE name = 'Ahead'",
    "UPDATE sales SET beacon = commitment WHERE name = 'Fixed';
     UPDATE sales SET beacon = sealed_seed WHERE name = 'Fixed'",
    "UPDATE sales SET opens_at = NULL, lobby_at = NULL WHERE name = 'Ahead'",
    "UPDATE sales SET beacon_source = 'dice' WHERE name = 'Opened'",
    // Times in the wrong order.
    "UPDATE sales SET opens_at = NULL WHERE name = 'Ahead'",
    "UPDATE sales SET lobby_at = NULL WHERE name = 'Ahead'",
    "UPDATE sales SET lobby_at = closes_at WHERE name = 'Ahead'",
    "UPDATE sales SET closes_at = opens_at WHERE name = 'Ahead'",
    // Other fields.
    "UPDATE sales SET name = '' WHERE name = 'Ahead'",
    "UPDATE sales SET access = 'nobody' WHERE name = 'Ahead'",
    "UPDATE sales SET access = 'group:' WHERE name = 'Ahead'",
    "UPDATE sales SET seats_per_person = 0 WHERE name = 'Ahead'",
    "UPDATE sales SET revision = 0 WHERE name = 'Ahead'",
    // A second main sale, or one that closes.
    "UPDATE sales SET is_main = true WHERE name = 'Timeless'",
    "UPDATE sales SET closes_at = updated_at WHERE is_main",
    "UPDATE sales SET opened_at = NULL WHERE is_main",
    // Codes that count wrongly, and uses of none.
    "UPDATE sale_codes SET used = uses + 1",
    "UPDATE sale_codes SET used = -1",
    "UPDATE sale_codes SET code_hash = (SELECT beacon FROM sales WHERE name = 'Ahead')",
    "UPDATE code_uses SET code_hash = (SELECT commitment FROM sales WHERE name = 'Ahead')",
    "INSERT INTO code_uses SELECT * FROM code_uses",
    "INSERT INTO sale_codes SELECT * FROM sale_codes",
    // What is owned.
    "UPDATE owned_seats SET owned = -1",
    "INSERT INTO owned_seats SELECT * FROM owned_seats",
    // Members of nothing.
    "INSERT INTO sale_concerts (sale_id, concert_id) SELECT id, id FROM concerts",
    "INSERT INTO sale_concerts (sale_id, concert_id) SELECT id, id FROM sales",
    "INSERT INTO sale_concerts SELECT * FROM sale_concerts",
    "INSERT INTO sales SELECT * FROM sales",
    // Holds by half a pass, and passes of nobody.
    "UPDATE seats SET pass_number = NULL WHERE seat_no = 2",
    "UPDATE seats SET pass_sale_id = NULL WHERE seat_no = 2",
    "UPDATE seats SET pass_number = 0 WHERE seat_no = 2",
    "UPDATE seats SET pass_number = 1 WHERE seat_no = 3",
    // Kept seats that somebody has, and kinds that nobody knows.
    "UPDATE seats SET kept = true WHERE seat_no = 1",
    "UPDATE seats SET kept = true WHERE seat_no = 2",
    "UPDATE seats SET kind = 'sofa' WHERE seat_no = 3",
];
