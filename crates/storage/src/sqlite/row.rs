//! SQLite's rows and what they mean. A row without a meaning is an error that names it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use onsale_booking::access::{AccessCode, CodeHash, CodeUse};
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{BillId, ConcertId, PassKey, PlanId, SaleId, SeatId, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::request::{RequestKey, StoredRequest};
use onsale_booking::sale::{Sale, SaleTimes};
use onsale_booking::seat::{OwnedSeats, Seat, SeatKind};
use onsale_booking::user::User;
use onsale_booking::wallet::{LedgerEntry, Wallet};
use onsale_line::{Capacity, DialChanges};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use rusqlite::{Error, Row};
use uuid::Uuid;

use crate::columns::{self, PassColumns, SeatColumns};
use crate::operator_log;
use crate::port::{LineRow, LogEntry, StoredLogEntry, StoredPlan};
use crate::sale_columns::SaleColumns;

pub(super) type RowResult<T> = rusqlite::Result<T>;

/// A UUID as 16 bytes.
pub(super) struct Id(pub(super) Uuid);

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::from_slice(value.as_blob()?).map(Id).map_err(FromSqlError::other)
    }
}

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

/// A time as microseconds.
pub(super) struct Micros(pub(super) Timestamp);

impl FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Timestamp::from_microsecond(value.as_i64()?).map(Micros).map_err(FromSqlError::other)
    }
}

impl ToSql for Micros {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_microsecond().into())
    }
}

/// An impossible row: names table, row and what is wrong.
pub(super) fn impossible(table: &str, row: impl std::fmt::Display, what: &str) -> Error {
    Error::FromSqlConversionFailure(0, Type::Null, format!("{table} {row}: {what}").into())
}

/// Reads a row. If that fails, the error names the query, the row by its first two columns, and the column.
pub(super) fn addressed<T>(
    select: &str,
    row: &Row<'_>,
    read: impl FnOnce(&Row<'_>) -> RowResult<T>,
) -> RowResult<T> {
    read(row).map_err(|error| match error {
        // Names the row already.
        Error::FromSqlConversionFailure(_, Type::Null, _) => error,
        Error::FromSqlConversionFailure(column, ..)
        | Error::IntegralValueOutOfRange(column, _)
        | Error::InvalidColumnType(column, ..)
        | Error::Utf8Error(column, _) => {
            let name = select.lines().next().unwrap_or_default().trim_start_matches("-- ");
            let address = format!("{} {}", cell(row, 0), cell(row, 1));
            let column = row.as_ref().column_name(column).unwrap_or_default();
            impossible(name, address.trim_end(), &format!("{column}: {error}"))
        }
        other => other,
    })
}

/// One column for people to read.
fn cell(row: &Row<'_>, column: usize) -> String {
    let name = row.as_ref().column_name(column).unwrap_or_default();
    match row.get_ref(column) {
        Ok(ValueRef::Integer(number)) => format!("{name}={number}"),
        Ok(ValueRef::Text(text)) => format!("{name}={}", String::from_utf8_lossy(text)),
        Ok(ValueRef::Blob(bytes)) => match Uuid::from_slice(bytes) {
            Ok(id) => format!("{name}={id}"),
            Err(_) => format!("{name}={bytes:02x?}"),
        },
        _ => String::new(),
    }
}

fn id(row: &Row<'_>, column: &str) -> RowResult<Uuid> {
    Ok(row.get::<_, Id>(column)?.0)
}

fn time(row: &Row<'_>, column: &str) -> RowResult<Timestamp> {
    Ok(row.get::<_, Micros>(column)?.0)
}

fn time_at(row: &Row<'_>, column: usize) -> RowResult<Option<Timestamp>> {
    Ok(row.get::<_, Option<Micros>>(column)?.map(|micros| micros.0))
}

/// Without the sales that it is a member of, which are rows of their own.
pub(super) fn concert(row: &Row<'_>) -> RowResult<Concert> {
    Ok(Concert {
        id: ConcertId(id(row, "id")?),
        name: row.get("name")?,
        capacity: row.get("capacity")?,
        price: Money(row.get("price")?),
        opening_at: time(row, "opening_at")?,
        closing_at: time(row, "closing_at")?,
        event_date: time(row, "event_date")?,
        sales: BTreeSet::new(),
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

pub(super) fn plan_id(row: &Row<'_>) -> RowResult<PlanId> {
    Ok(PlanId(id(row, "id")?))
}

pub(super) fn plan(row: &Row<'_>) -> RowResult<StoredPlan> {
    Ok(StoredPlan {
        id: plan_id(row)?,
        hash: row.get("hash")?,
        name: row.get("name")?,
        seats: row.get("seats")?,
        content: row.get("content")?,
        created_at: time(row, "created_at")?,
    })
}

pub(super) fn user(row: &Row<'_>) -> RowResult<User> {
    Ok(User { id: UserId(id(row, "id")?), name: row.get("name")?, created_at: time(row, "created_at")? })
}

/// Read by position, in the order of the table's columns: every write reads seats and passes, and looking up
/// a column by name costs more than reading it.
pub(super) fn seat(row: &Row<'_>) -> RowResult<Seat> {
    let concert = ConcertId(row.get::<_, Id>(0)?.0);
    let seat_no = row.get(1)?;
    let seat_id = SeatId(row.get::<_, Id>(2)?.0);
    let price = Money(row.get(3)?);
    let columns = SeatColumns {
        holder: row.get::<_, Option<Id>>(4)?.map(|id| UserId(id.0)),
        reserved_at: time_at(row, 5)?,
        deadline: time_at(row, 6)?,
        paid_at: time_at(row, 7)?,
        pass_sale: row.get::<_, Option<Id>>(8)?.map(|id| SaleId(id.0)),
        pass_number: row.get(9)?,
        kept: row.get(11)?,
    };
    let kind = match row.get_ref(10)?.as_str_or_null()? {
        Some(word) => {
            Some(SeatKind::parse(word).ok_or_else(|| impossible("seats", seat_id, "unknown kind"))?)
        }
        None => None,
    };
    let wrong = "holder, pass and times contradict each other";
    let state = columns.state().ok_or_else(|| impossible("seats", seat_id, wrong))?;
    Ok(Seat { id: seat_id, concert, seat_no, price, kind, state })
}

pub(super) fn wallet(row: &Row<'_>) -> RowResult<Wallet> {
    Ok(Wallet { user: UserId(id(row, "user_id")?), balance: Money(row.get("amount")?) })
}

pub(super) fn entry(row: &Row<'_>) -> RowResult<LedgerEntry> {
    let movement = id(row, "movement_id")?;
    let user = row.get::<_, Option<Id>>("user_id")?.map(|id| UserId(id.0));
    let account = columns::account(row.get_ref("account")?.as_str()?, user);
    let account = account
        .ok_or_else(|| impossible("ledger_entries", movement, "account and user contradict each other"))?;
    Ok(LedgerEntry {
        movement: onsale_booking::ids::MovementId(movement),
        account,
        amount: Money(row.get("amount")?),
        created_at: time(row, "created_at")?,
    })
}

pub(super) fn bill(row: &Row<'_>) -> RowResult<Bill> {
    Ok(Bill {
        id: BillId(id(row, "id")?),
        holder: UserId(id(row, "holder_id")?),
        seat: SeatId(id(row, "seat_id")?),
        concert: ConcertId(id(row, "concert_id")?),
        seat_no: row.get("seat_no")?,
        amount: Money(row.get("amount")?),
        created_at: time(row, "created_at")?,
    })
}

/// Read by position, as [`seat`] is.
pub(super) fn pass(row: &Row<'_>) -> RowResult<Pass> {
    let key = PassKey { sale: SaleId(row.get::<_, Id>(0)?.0), number: row.get(1)? };
    let user = UserId(row.get::<_, Id>(2)?.0);
    let columns = PassColumns {
        admitted_at: time_at(row, 3)?,
        admitted_until: time_at(row, 4)?,
        lasts_until: time_at(row, 5)?,
        ended_at: time_at(row, 6)?,
        ended_by: row.get_ref(7)?.as_str_or_null()?,
    };
    let state = columns.state();
    let state = state.ok_or_else(|| impossible("passes", key.number, "its columns contradict each other"))?;
    Ok(Pass { key, user, state })
}

pub(super) fn request(row: &Row<'_>) -> RowResult<StoredRequest> {
    let key: String = row.get("key")?;
    let outcome = serde_json::from_str(row.get_ref("outcome")?.as_str()?);
    Ok(StoredRequest {
        user: UserId(id(row, "user_id")?),
        content: row.get("content")?,
        outcome: outcome.map_err(|_| impossible("requests", &key, "its outcome cannot be read"))?,
        created_at: time(row, "created_at")?,
        key: RequestKey::new(&key).ok_or_else(|| impossible("requests", &key, "is no key"))?,
    })
}

pub(super) fn line(row: &Row<'_>) -> RowResult<LineRow> {
    let sale = id(row, "sale_id")?;
    let capacity = |people| {
        let why = || format!("capacity: {people} is above {}", Capacity::MAX);
        Capacity::new(people).ok_or_else(|| impossible("lines", sale, &why()))
    };
    Ok(LineRow {
        sale: SaleId(sale),
        epoch: row.get("epoch")?,
        server_run: row.get::<_, Option<Id>>("server_run")?.map(|id| id.0),
        allocated: row.get("allocated")?,
        head: row.get("head")?,
        given: row.get("given")?,
        closed_tail: row.get("closed_tail")?,
        dials: DialChanges {
            capacity: row.get::<_, Option<u32>>("capacity")?.map(capacity).transpose()?,
            rate_per_minute: row.get("rate_per_minute")?,
            paused: row.get("paused")?,
        },
    })
}

pub(super) fn log_entry(row: &Row<'_>) -> RowResult<StoredLogEntry> {
    let id = row.get("id")?;
    let operator = row.get::<_, Option<Id>>("operator")?.map(|id| UserId(id.0));
    let action = operator_log::read(row.get_ref("action")?.as_str()?, row.get_ref("detail")?.as_str()?);
    let action = action.ok_or_else(|| impossible("operator_log", id, "its action cannot be read"))?;
    Ok(StoredLogEntry { id, entry: LogEntry { at: time(row, "at")?, operator, action } })
}

pub(super) fn sale(row: &Row<'_>) -> RowResult<Sale> {
    let id = id(row, "id")?;
    let time_or_none = |column| -> RowResult<Option<Timestamp>> {
        Ok(row.get::<_, Option<Micros>>(column)?.map(|micros| micros.0))
    };
    let times = SaleTimes {
        lobby_at: time_or_none("lobby_at")?,
        opens_at: time_or_none("opens_at")?,
        closes_at: time_or_none("closes_at")?,
    };
    let columns = SaleColumns {
        id: SaleId(id),
        name: row.get("name")?,
        listed: row.get("listed")?,
        is_main: row.get("is_main")?,
        order: row.get("order")?,
        times,
        seats_per_person: row.get("seats_per_person")?,
        access: row.get("access")?,
        commitment: row.get("commitment")?,
        sealed_seed: row.get("sealed_seed")?,
        beacon_source: row.get("beacon_source")?,
        beacon: row.get("beacon")?,
        tail_fixed_at: time_or_none("tail_fixed_at")?,
        lobby_tail: row.get("lobby_tail")?,
        opened_at: time_or_none("opened_at")?,
        seed: row.get("seed")?,
        revision: row.get("revision")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    };
    columns.sale().map_err(|what| impossible("sales", id, what))
}

pub(super) fn sale_id(row: &Row<'_>) -> RowResult<SaleId> {
    Ok(SaleId(row.get::<_, Id>(0)?.0))
}

pub(super) fn concert_id(row: &Row<'_>) -> RowResult<ConcertId> {
    Ok(ConcertId(row.get::<_, Id>(0)?.0))
}

pub(super) fn code(row: &Row<'_>) -> RowResult<AccessCode> {
    Ok(AccessCode {
        sale: SaleId(id(row, "sale_id")?),
        hash: CodeHash(row.get("code_hash")?),
        uses: row.get("uses")?,
        used: row.get("used")?,
        created_at: time(row, "created_at")?,
    })
}

pub(super) fn code_use(row: &Row<'_>) -> RowResult<CodeUse> {
    Ok(CodeUse {
        sale: SaleId(id(row, "sale_id")?),
        user: UserId(id(row, "user_id")?),
        hash: CodeHash(row.get("code_hash")?),
        used_at: time(row, "used_at")?,
    })
}

pub(super) fn owned_seats(row: &Row<'_>) -> RowResult<OwnedSeats> {
    Ok(OwnedSeats {
        user: UserId(id(row, "user_id")?),
        concert: ConcertId(id(row, "concert_id")?),
        count: row.get("owned")?,
    })
}
