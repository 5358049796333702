//! PostgreSQL's rows and what they mean. A row without a meaning is an error that names it. Everything is
//! read by position, in the order of the column lists here.

use bytes::BytesMut;
use jiff::Timestamp;
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{BillId, ConcertId, MovementId, PassKey, PlanId, SaleId, SeatId, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::request::{RequestKey, StoredRequest};
use onsale_booking::seat::{Seat, SeatKind};
use onsale_booking::user::User;
use onsale_booking::wallet::{LedgerEntry, Wallet};
use onsale_line::{Capacity, DialChanges};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use uuid::Uuid;

use crate::columns::{self, PassColumns, SeatColumns};
use crate::error::StoreError;
use crate::operator_log;
use crate::port::{DatedSeat, LineRow, LogEntry, StoredLogEntry, StoredPlan};

mod sales;

pub(super) use self::sales::{code, code_use, owned_seats, sale, sale_columns, sale_record};

pub(super) type RowResult<T> = Result<T, StoreError>;

/// 2000-01-01, where PostgreSQL's microseconds start.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// A time as PostgreSQL sends it. The driver's own conversion goes through calendar dates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Micros(pub(super) Timestamp);

impl ToSql for Micros {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        (self.0.as_microsecond() - EPOCH_MICROS).to_sql(&Type::INT8, out)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Micros {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let micros = i64::from_sql(&Type::INT8, raw)?.checked_add(EPOCH_MICROS).ok_or("out of range")?;
        Ok(Self(Timestamp::from_microsecond(micros)?))
    }

    accepts!(TIMESTAMPTZ);
}

/// A row and the table it comes from.
pub(super) struct At<'a> {
    table: &'static str,
    row: &'a Row,
}

impl<'a> At<'a> {
    pub(super) fn new(table: &'static str, row: &'a Row) -> Self {
        Self { table, row }
    }

    fn get<T: FromSql<'a>>(&self, column: usize) -> RowResult<T> {
        self.row.try_get(column).map_err(|error| {
            let why =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            self.wrong(column, &why)
        })
    }

    /// A number that must fit a smaller or unsigned type.
    fn number<T: TryFrom<i64>>(&self, column: usize) -> RowResult<T> {
        let number: i64 = self.get(column)?;
        number.try_into().map_err(|_| self.wrong(column, &format!("{number} is out of range")))
    }

    fn number_or_none<T: TryFrom<i64>>(&self, column: usize) -> RowResult<Option<T>> {
        let number: Option<i64> = self.get(column)?;
        number.map(|_| self.number(column)).transpose()
    }

    /// A number of a column that is half as wide.
    fn small(&self, column: usize) -> RowResult<u32> {
        let number: i32 = self.get(column)?;
        number.try_into().map_err(|_| self.wrong(column, "is negative"))
    }

    fn small_or_none(&self, column: usize) -> RowResult<Option<u32>> {
        let number: Option<i32> = self.get(column)?;
        number.map(|_| self.small(column)).transpose()
    }

    fn time(&self, column: usize) -> RowResult<Timestamp> {
        Ok(self.get::<Micros>(column)?.0)
    }

    fn time_or_none(&self, column: usize) -> RowResult<Option<Timestamp>> {
        Ok(self.get::<Option<Micros>>(column)?.map(|micros| micros.0))
    }

    fn wrong(&self, column: usize, why: &str) -> StoreError {
        let name = self.row.columns().get(column).map_or("?", tokio_postgres::Column::name);
        self.impossible(&format!("{name}: {why}"))
    }

    /// An impossible row: names table, row and what is wrong.
    fn impossible(&self, what: &str) -> StoreError {
        let address: Vec<String> = (0..2).filter_map(|column| self.cell(column)).collect();
        StoreError::ImpossibleRow(format!("{} {}: {what}", self.table, address.join(" ")))
    }

    /// One column for people to read, if it helps to name a row.
    fn cell(&self, column: usize) -> Option<String> {
        let name = self.row.columns().get(column)?.name();
        let id = self.row.try_get::<_, Uuid>(column).map(|id| id.to_string());
        let number = || self.row.try_get::<_, i64>(column).map(|number| number.to_string());
        let small = || self.row.try_get::<_, i32>(column).map(|number| number.to_string());
        let text = || self.row.try_get::<_, &str>(column).map(ToOwned::to_owned);
        let value = id.or_else(|_| number()).or_else(|_| small()).or_else(|_| text()).ok()?;
        Some(format!("{name}={value}"))
    }
}

/// `id, name, capacity, price, opening_at, closing_at, event_date, created_at, updated_at`, then the sales
/// that it is a member of.
pub(super) fn concert(row: &Row) -> RowResult<Concert> {
    let at = At::new("concerts", row);
    Ok(Concert {
        id: ConcertId(at.get(0)?),
        name: at.get(1)?,
        capacity: at.small(2)?,
        price: Money(at.get(3)?),
        opening_at: at.time(4)?,
        closing_at: at.time(5)?,
        event_date: at.time(6)?,
        sales: at.get::<Vec<Uuid>>(9)?.into_iter().map(SaleId).collect(),
        created_at: at.time(7)?,
        updated_at: at.time(8)?,
    })
}

/// `id`
pub(super) fn plan_id(row: &Row) -> RowResult<PlanId> {
    Ok(PlanId(At::new("plans", row).get(0)?))
}

/// `id, hash, name, seats, content, created_at`
pub(super) fn plan(row: &Row) -> RowResult<StoredPlan> {
    let at = At::new("plans", row);
    let hash: Vec<u8> = at.get(1)?;
    Ok(StoredPlan {
        id: plan_id(row)?,
        hash: hash.try_into().map_err(|_| at.impossible("the hash has another length"))?,
        name: at.get(2)?,
        seats: at.small(3)?,
        content: at.get(4)?,
        created_at: at.time(5)?,
    })
}

/// `id, name, created_at`
pub(super) fn user(row: &Row) -> RowResult<User> {
    let at = At::new("users", row);
    Ok(User { id: UserId(at.get(0)?), name: at.get(1)?, created_at: at.time(2)? })
}

/// `concert_id, seat_no, id, price, holder_id, reserved_at, deadline, paid_at, pass_sale_id, pass_number,
/// kind, kept`
pub(super) fn seat(row: &Row) -> RowResult<Seat> {
    let at = At::new("seats", row);
    let columns = SeatColumns {
        holder: at.get::<Option<Uuid>>(4)?.map(UserId),
        reserved_at: at.time_or_none(5)?,
        deadline: at.time_or_none(6)?,
        paid_at: at.time_or_none(7)?,
        pass_sale: at.get::<Option<Uuid>>(8)?.map(SaleId),
        pass_number: at.number_or_none(9)?,
        kept: at.get(11)?,
    };
    let wrong = "holder, pass and times contradict each other";
    let state = columns.state().ok_or_else(|| at.impossible(wrong))?;
    let kind = match at.get::<Option<&str>>(10)? {
        Some(word) => Some(SeatKind::parse(word).ok_or_else(|| at.impossible("the kind is unknown"))?),
        None => None,
    };
    Ok(Seat {
        id: SeatId(at.get(2)?),
        concert: ConcertId(at.get(0)?),
        seat_no: at.small(1)?,
        price: Money(at.get(3)?),
        kind,
        state,
    })
}

/// A seat's columns, then `changed_at`.
pub(super) fn dated_seat(row: &Row) -> RowResult<DatedSeat> {
    Ok(DatedSeat { seat: seat(row)?, changed_at: At::new("seats", row).time(12)? })
}

/// `user_id, amount`
pub(super) fn wallet(row: &Row) -> RowResult<Wallet> {
    let at = At::new("charges", row);
    Ok(Wallet { user: UserId(at.get(0)?), balance: Money(at.get(1)?) })
}

/// `movement_id, account, user_id, amount, created_at`
pub(super) fn entry(row: &Row) -> RowResult<LedgerEntry> {
    let at = At::new("ledger_entries", row);
    let account = columns::account(at.get(1)?, at.get::<Option<Uuid>>(2)?.map(UserId));
    let account = account.ok_or_else(|| at.impossible("account and user contradict each other"))?;
    let (movement, amount) = (MovementId(at.get(0)?), Money(at.get(3)?));
    Ok(LedgerEntry { movement, account, amount, created_at: at.time(4)? })
}

/// `concert_id, seat_no, id, holder_id, seat_id, amount, created_at`
pub(super) fn bill(row: &Row) -> RowResult<Bill> {
    let at = At::new("bills", row);
    Ok(Bill {
        id: BillId(at.get(2)?),
        holder: UserId(at.get(3)?),
        seat: SeatId(at.get(4)?),
        concert: ConcertId(at.get(0)?),
        seat_no: at.small(1)?,
        amount: Money(at.get(5)?),
        created_at: at.time(6)?,
    })
}

/// `sale_id, number, user_id, admitted_at, admitted_until, lasts_until, ended_at, ended_by`
pub(super) fn pass(row: &Row) -> RowResult<Pass> {
    let at = At::new("passes", row);
    let key = PassKey { sale: SaleId(at.get(0)?), number: at.number(1)? };
    let columns = PassColumns {
        admitted_at: at.time_or_none(3)?,
        admitted_until: at.time_or_none(4)?,
        lasts_until: at.time_or_none(5)?,
        ended_at: at.time_or_none(6)?,
        ended_by: at.get(7)?,
    };
    let state = columns.state().ok_or_else(|| at.impossible("its columns contradict each other"))?;
    Ok(Pass { key, user: UserId(at.get(2)?), state })
}

/// `user_id, key, content, outcome, created_at`
pub(super) fn request(row: &Row) -> RowResult<StoredRequest> {
    let at = At::new("requests", row);
    let outcome = serde_json::from_str(at.get(3)?);
    Ok(StoredRequest {
        user: UserId(at.get(0)?),
        key: RequestKey::new(at.get(1)?).ok_or_else(|| at.wrong(1, "is no key"))?,
        content: at.get(2)?,
        outcome: outcome.map_err(|_| at.wrong(3, "cannot be read"))?,
        created_at: at.time(4)?,
    })
}

/// `sale_id, epoch, server_run, allocated, head, given, closed_tail, capacity, rate_per_minute, paused`
pub(super) fn line(row: &Row) -> RowResult<LineRow> {
    let at = At::new("lines", row);
    Ok(LineRow {
        sale: SaleId(at.get(0)?),
        epoch: at.number(1)?,
        server_run: at.get(2)?,
        allocated: at.number(3)?,
        head: at.number(4)?,
        given: at.number(5)?,
        closed_tail: at.number_or_none(6)?,
        dials: DialChanges {
            capacity: at.number_or_none(7)?.map(|people| capacity(&at, 7, people)).transpose()?,
            rate_per_minute: at.number_or_none(8)?,
            paused: at.get(9)?,
        },
    })
}

fn capacity(at: &At<'_>, column: usize, people: u32) -> RowResult<Capacity> {
    Capacity::new(people).ok_or_else(|| at.wrong(column, &format!("{people} is above {}", Capacity::MAX)))
}

/// `id, at, operator, action, detail`
pub(super) fn log_entry(row: &Row) -> RowResult<StoredLogEntry> {
    let at = At::new("operator_log", row);
    let action = operator_log::read(at.get(3)?, at.get(4)?);
    let action = action.ok_or_else(|| at.wrong(3, "cannot be read with its detail"))?;
    let operator = at.get::<Option<Uuid>>(2)?.map(UserId);
    Ok(StoredLogEntry { id: at.number(0)?, entry: LogEntry { at: at.time(1)?, operator, action } })
}

/// One column of one row.
pub(super) fn column<'a, T: FromSql<'a>>(table: &'static str, row: &'a Row, column: usize) -> RowResult<T> {
    At::new(table, row).get(column)
}

/// One time of one row.
pub(super) fn time(table: &'static str, row: &Row, column: usize) -> RowResult<Timestamp> {
    At::new(table, row).time(column)
}
