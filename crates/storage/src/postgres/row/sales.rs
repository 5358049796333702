//! Rows of sales, of their codes, and of what each person owns.

use onsale_booking::access::{AccessCode, CodeHash, CodeUse};
use onsale_booking::ids::{ConcertId, SaleId, UserId};
use onsale_booking::sale::{Sale, SaleTimes};
use onsale_booking::seat::OwnedSeats;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{At, RowResult};
use crate::port::SaleRecord;
use crate::sale_columns::SaleColumns;

/// The columns of a sale, in the order in which [`sale`] reads them.
macro_rules! sale_columns {
    () => {
        "id, name, listed, is_main, \"order\", lobby_at, opens_at, closes_at, seats_per_person, access,
        commitment, sealed_seed, beacon_source, beacon, tail_fixed_at, lobby_tail, opened_at, seed, revision,
        created_at, updated_at"
    };
}
pub(in super::super) use sale_columns;

/// A sale, from its columns.
pub(in super::super) fn sale(row: &Row) -> RowResult<Sale> {
    let at = At::new("sales", row);
    let columns = SaleColumns {
        id: SaleId(at.get(0)?),
        name: at.get(1)?,
        listed: at.get(2)?,
        is_main: at.get(3)?,
        order: at.get(4)?,
        times: SaleTimes {
            lobby_at: at.time_or_none(5)?,
            opens_at: at.time_or_none(6)?,
            closes_at: at.time_or_none(7)?,
        },
        seats_per_person: at.small_or_none(8)?,
        access: at.get(9)?,
        commitment: at.get(10)?,
        sealed_seed: at.get(11)?,
        beacon_source: at.get(12)?,
        beacon: at.get(13)?,
        tail_fixed_at: at.time_or_none(14)?,
        lobby_tail: at.number_or_none(15)?,
        opened_at: at.time_or_none(16)?,
        seed: at.get(17)?,
        revision: at.number(18)?,
        created_at: at.time(19)?,
        updated_at: at.time(20)?,
    };
    columns.sale().map_err(|what| at.impossible(what))
}

/// A sale's columns, then the concerts that are members of it.
pub(in super::super) fn sale_record(row: &Row) -> RowResult<SaleRecord> {
    let concerts: Vec<Uuid> = At::new("sales", row).get(21)?;
    Ok(SaleRecord { sale: sale(row)?, concerts: concerts.into_iter().map(ConcertId).collect() })
}

/// `sale_id, code_hash, uses, used, created_at`
pub(in super::super) fn code(row: &Row) -> RowResult<AccessCode> {
    let at = At::new("sale_codes", row);
    Ok(AccessCode {
        sale: SaleId(at.get(0)?),
        hash: hash(&at)?,
        uses: at.small(2)?,
        used: at.small(3)?,
        created_at: at.time(4)?,
    })
}

/// `sale_id, code_hash, user_id, used_at`
pub(in super::super) fn code_use(row: &Row) -> RowResult<CodeUse> {
    let at = At::new("code_uses", row);
    Ok(CodeUse { sale: SaleId(at.get(0)?), hash: hash(&at)?, user: UserId(at.get(2)?), used_at: at.time(3)? })
}

fn hash(at: &At<'_>) -> RowResult<CodeHash> {
    let bytes: &[u8] = at.get(1)?;
    bytes.try_into().map(CodeHash).map_err(|_| at.wrong(1, "has not 32 bytes"))
}

/// `user_id, concert_id, owned`
pub(in super::super) fn owned_seats(row: &Row) -> RowResult<OwnedSeats> {
    let at = At::new("owned_seats", row);
    Ok(OwnedSeats { user: UserId(at.get(0)?), concert: ConcertId(at.get(1)?), count: at.small(2)? })
}
