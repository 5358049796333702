//! Loading: every row that a batch can touch. The order is of no importance, because `BEGIN IMMEDIATE` locks
//! the whole file.

use std::collections::BTreeSet;

use jiff::Timestamp;
use onsale_booking::access::CodeUse;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, SaleId, SeatKey, UserId};
use onsale_booking::sale::Sale;
use onsale_booking::seat::Seat;
use onsale_booking::{Rows, Scope};
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
    rows.epochs = lines(db, &wanted.all_lines())?.iter().map(|line| (line.sale, line.epoch)).collect();
    for sale in &scope.sales {
        rows.sales.extend(self::sale(db, *sale)?);
    }
    codes(db, scope, &mut rows)?;
    concerts(db, scope, &mut rows)?;
    for key in &scope.seats {
        let select = "-- seat\nSELECT * FROM seats WHERE concert_id = ?1 AND seat_no = ?2";
        rows.seats.extend(one(db, select, params![Id(key.concert.0), key.seat_no], row::seat)?);
    }
    for holder in &scope.holders {
        let select = "-- holds\nSELECT * FROM seats
            WHERE holder_id = ?1 AND paid_at IS NULL AND deadline > ?2";
        let held = all(db, select, params![Id(holder.0), Micros(now)], row::seat)?;
        rows.seats.extend(held.into_iter().filter(|seat| !scope.seats.contains(&seat.key())));
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

fn codes(db: &Connection, scope: &Scope, rows: &mut Rows) -> RowResult<()> {
    for (sale, hash) in &scope.codes {
        let select = "-- code\nSELECT * FROM sale_codes WHERE sale_id = ?1 AND code_hash = ?2";
        rows.codes.extend(one(db, select, params![Id(sale.0), hash.0], row::code)?);
    }
    for (sale, user) in &scope.code_uses {
        rows.code_uses.extend(code_use(db, *sale, *user)?);
    }
    Ok(())
}

pub(super) fn code_use(db: &Connection, sale: SaleId, user: UserId) -> RowResult<Option<CodeUse>> {
    let select = "-- code use\nSELECT * FROM code_uses WHERE sale_id = ?1 AND user_id = ?2";
    one(db, select, params![Id(sale.0), Id(user.0)], row::code_use)
}

/// The named concerts, the members of sales, and those in which owners have something.
fn concerts(db: &Connection, scope: &Scope, rows: &mut Rows) -> RowResult<()> {
    let mut wanted = scope.concerts.clone();
    for sale in &scope.concerts_of {
        wanted.extend(members(db, *sale)?);
    }
    for owner in &scope.owners {
        let select = "-- owned seats\nSELECT * FROM owned_seats WHERE user_id = ?1";
        let owned = all(db, select, params![Id(owner.0)], row::owned_seats)?;
        wanted.extend(owned.iter().map(|owned| owned.concert));
        rows.owned.extend(owned);
        let select = "-- concerts of holds\nSELECT DISTINCT concert_id FROM seats
            WHERE holder_id = ?1 AND paid_at IS NULL";
        wanted.extend(all(db, select, params![Id(owner.0)], row::concert_id)?);
    }
    for plan in &scope.plans {
        let select = "-- plan\nSELECT id FROM plans WHERE id = ?1";
        rows.plans.extend(one(db, select, params![Id(plan.0)], row::plan_id)?);
    }
    for concert in &wanted {
        let select = "-- concert\nSELECT * FROM concerts WHERE id = ?1";
        if let Some(concert) = one(db, select, params![Id(concert.0)], row::concert)? {
            rows.concerts.push(with_sales(db, concert)?);
        }
    }
    Ok(())
}

/// The concert with the sales that it is a member of.
pub(super) fn with_sales(db: &Connection, concert: Concert) -> RowResult<Concert> {
    let select = "-- sales of a concert\nSELECT sale_id FROM sale_concerts WHERE concert_id = ?1";
    let sales = all(db, select, params![Id(concert.id.0)], row::sale_id)?;
    Ok(Concert { sales: sales.into_iter().collect(), ..concert })
}

/// The concerts that are members of a sale.
pub(super) fn members(db: &Connection, sale: SaleId) -> RowResult<BTreeSet<ConcertId>> {
    let select = "-- members\nSELECT concert_id FROM sale_concerts WHERE sale_id = ?1";
    Ok(all(db, select, params![Id(sale.0)], row::concert_id)?.into_iter().collect())
}

pub(super) fn sale(db: &Connection, sale: SaleId) -> RowResult<Option<Sale>> {
    one(db, "-- sale\nSELECT * FROM sales WHERE id = ?1", params![Id(sale.0)], row::sale)
}

pub(super) fn line(db: &Connection, sale: SaleId) -> RowResult<Option<LineRow>> {
    one(db, "-- line\nSELECT * FROM lines WHERE sale_id = ?1", params![Id(sale.0)], row::line)
}

/// The lines of these sales; a sale that does not exist has none.
pub(super) fn lines(db: &Connection, sales: &BTreeSet<SaleId>) -> RowResult<Vec<LineRow>> {
    sales.iter().filter_map(|sale| line(db, *sale).transpose()).collect()
}

pub(super) fn all<T>(
    db: &Connection,
    select: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> RowResult<T>,
) -> RowResult<Vec<T>> {
    db.prepare_cached(select)?.query_map(params, |row| addressed(select, row, &mut read))?.collect()
}

fn one<T>(
    db: &Connection,
    select: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> RowResult<T>,
) -> RowResult<Option<T>> {
    db.prepare_cached(select)?.query_row(params, |row| addressed(select, row, read)).optional()
}
