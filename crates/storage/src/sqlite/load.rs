//! Loading: every row that a batch can touch, in the order in which a store with row locks would lock them.
//! SQLite locks the whole file instead, at `BEGIN IMMEDIATE`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use onsale_booking::Rows;
use onsale_booking::ids::{SaleId, SeatKey};
use onsale_booking::seat::Seat;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::row::{self, Id, Micros, RowResult, addressed};
use crate::port::{LineRow, Wanted};

pub(super) fn rows(db: &Connection, wanted: &Wanted, now: Timestamp) -> RowResult<Rows> {
    let scope = &wanted.scope;
    let mut rows = Rows::default();
    for user in &scope.users {
        let wallet = "-- wallet\nSELECT user_id, amount FROM charges WHERE user_id = ?1";
        if let Some(wallet) = one(db, wallet, params![Id(user.0)], row::wallet)? {
            rows.users.push(*user);
            rows.wallets.push(wallet);
        }
    }
    for pass in &scope.passes {
        // A number out of the column's range names no row.
        let Ok(number) = i64::try_from(pass.number) else { continue };
        let select = "-- pass\nSELECT * FROM passes WHERE sale_id = ?1 AND number = ?2";
        rows.passes.extend(one(db, select, params![Id(pass.sale.0), number], row::pass)?);
    }
    if scope.epoch {
        let sales = scope.passes.iter().map(|pass| pass.sale).collect();
        rows.epoch = lines(db, &sales)?.first().map(|line| line.epoch);
    }
    for concert in &scope.concerts {
        let select = "-- concert\nSELECT * FROM concerts WHERE id = ?1";
        rows.concerts.extend(one(db, select, params![Id(concert.0)], row::concert)?);
    }
    for key in &scope.seats {
        let select = "-- seat\nSELECT * FROM seats WHERE concert_id = ?1 AND seat_no = ?2";
        rows.seats.extend(one(db, select, params![Id(key.concert.0), key.seat_no], row::seat)?);
    }
    for holder in &scope.holders {
        let select = "-- holds\nSELECT * FROM seats
            WHERE holder_id = ?1 AND paid_at IS NULL AND deadline > ?2";
        let mut held = db.prepare_cached(select)?;
        let held =
            held.query_map(params![Id(holder.0), Micros(now)], |row| addressed(select, row, row::seat))?;
        for seat in held {
            let seat = seat?;
            if !scope.seats.contains(&seat.key()) {
                rows.seats.push(seat);
            }
        }
    }
    // Only a sold seat has a bill.
    let sold: Vec<SeatKey> = rows.seats.iter().filter(|seat| seat.is_sold()).map(Seat::key).collect();
    for key in sold.iter().filter(|key| scope.billed.contains(key)) {
        let select = "-- bill\nSELECT * FROM bills WHERE concert_id = ?1 AND seat_no = ?2";
        rows.bills.extend(one(db, select, params![Id(key.concert.0), key.seat_no], row::bill)?);
    }
    for (user, key) in &scope.requests {
        let select = "-- request\nSELECT * FROM requests WHERE user_id = ?1 AND key = ?2";
        rows.requests.extend(one(db, select, params![Id(user.0), key.as_str()], row::request)?);
    }
    Ok(rows)
}

pub(super) fn line(db: &Connection, sale: SaleId) -> RowResult<Option<LineRow>> {
    one(db, "-- line\nSELECT * FROM lines WHERE sale_id = ?1", params![Id(sale.0)], row::line)
}

/// The lines of these sales; a sale that does not exist has none.
pub(super) fn lines(db: &Connection, sales: &BTreeSet<SaleId>) -> RowResult<Vec<LineRow>> {
    sales.iter().filter_map(|sale| line(db, *sale).transpose()).collect()
}

fn one<T>(
    db: &Connection,
    select: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> RowResult<T>,
) -> RowResult<Option<T>> {
    db.prepare_cached(select)?.query_row(params, |row| addressed(select, row, read)).optional()
}
