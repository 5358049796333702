//! Reads, each on its own connection: they see committed data and wait for no writer.
//!
//! A few connections stay open and are shared. (deadpool-postgres does the same; with a list and a semaphore
//! lost connections, deadlines and the server check are the writers' own code.)

mod history;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use onsale_booking::audit::{Audit, Breach};
use onsale_booking::bill::Bill;
use onsale_booking::ids::{BillId, ConcertId, PlanId, SaleId, SeatId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::seat::Seat;
use onsale_booking::user::User;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tokio_postgres::Row;
use uuid::Uuid;

use super::connect::Connector;
use super::row::{self, Micros, RowResult, sale_columns};
use super::session::{Param, Session, in_time, params};
use crate::clock::Clock;
use crate::error::StoreError;
use crate::name_search;
use crate::port::{
    After, ConcertSeats, DatedSeat, LineHistory, LineRow, Pending, Reads, SaleRecord, StoredLogEntry,
    StoredPlan, bills_between,
};

/// The most reads at once; others wait.
const READERS_MAX: usize = 8;

const READ_WITHIN: Duration = Duration::from_millis(1_500);
const CONCERTS_WITHIN: Duration = Duration::from_secs(30);
const AUDIT_WITHIN: Duration = Duration::from_mins(5);

const SNAPSHOT: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '300s'";

/// The time of a snapshot, read before its first statement.
const CLOCK: &str = "-- clock\nSELECT clock_timestamp()";

const BALANCE: &str = "-- balance\nSELECT user_id, amount FROM charges WHERE user_id = $1";

const RESERVATIONS: &str = "-- reservations
SELECT concert_id, seat_no, id, price, holder_id, reserved_at, deadline, paid_at, pass_sale_id, pass_number,
    kind, kept
FROM seats
WHERE holder_id = $1 AND (paid_at IS NOT NULL OR deadline > $2) AND (reserved_at, id) < ($3, $4)
ORDER BY reserved_at DESC, id DESC LIMIT $5";

const BILLS: &str = "-- bills
SELECT concert_id, seat_no, id, holder_id, seat_id, amount, created_at FROM bills
WHERE holder_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4";

const USER: &str = "-- user\nSELECT id, name, created_at FROM users WHERE id = $1";

/// No index that every PostgreSQL has finds a text inside a name: every user is scanned. Names are ordered
/// bytewise, whatever the database's collation.
const USERS_NAMED: &str = "-- users named
SELECT id, name, created_at FROM users WHERE strpos(folded_name, $1) > 0
ORDER BY name COLLATE \"C\", id LIMIT $2";

const PASSES_OF: &str = "-- passes of a user
SELECT sale_id, number, user_id, admitted_at, admitted_until, lasts_until, ended_at, ended_by FROM passes
WHERE user_id = $1 ORDER BY coalesce(admitted_at, ended_at) DESC, sale_id, number DESC LIMIT $2";

const BILLS_OF_SALE: &str = "-- bills of the sale
SELECT concert_id, seat_no, id, holder_id, seat_id, amount, created_at FROM bills
WHERE (concert_id, seat_no) > ($1, $2) AND concert_id <= $3 ORDER BY concert_id, seat_no LIMIT $4";

const OPERATOR_LOG: &str = "-- operator log
SELECT id, at, operator, action, detail FROM operator_log WHERE id < $1 ORDER BY id DESC LIMIT $2";

const CONCERTS: &str = "-- all concerts
SELECT id, name, capacity, price, opening_at, closing_at, event_date, created_at, updated_at,
    ARRAY(SELECT sale_id FROM sale_concerts WHERE concert_id = id)
FROM concerts ORDER BY id";

const SEATS: &str = "-- all seats
SELECT concert_id, seat_no, id, price, holder_id, reserved_at, deadline, paid_at,
    pass_sale_id, pass_number, kind, kept, changed_at FROM seats
ORDER BY concert_id, seat_no";

const SALES: &str = concat!(
    "-- all sales\nSELECT ",
    sale_columns!(),
    ", ARRAY(SELECT concert_id FROM sale_concerts WHERE sale_id = id) FROM sales ORDER BY id"
);

const SALE: &str = concat!(
    "-- one sale\nSELECT ",
    sale_columns!(),
    ", ARRAY(SELECT concert_id FROM sale_concerts WHERE sale_id = id) FROM sales WHERE id = $1"
);

const CODE_USE: &str = "-- code use
SELECT sale_id, code_hash, user_id, used_at FROM code_uses WHERE sale_id = $1 AND user_id = $2";

const MAIN_SALE: &str = "-- which is main\nSELECT id FROM sales WHERE is_main";

const LINE: &str = "-- line
SELECT sale_id, epoch, server_run, allocated, head, given, closed_tail, capacity, rate_per_minute, paused
FROM lines WHERE sale_id = $1";

const LINES_LEFT_OPEN: &str = "-- lines left open
SELECT sale_id, epoch, server_run, allocated, head, given, closed_tail, capacity, rate_per_minute, paused
FROM lines WHERE closed_tail IS NULL ORDER BY sale_id";

const PASSES: &str = "-- passes of numbers
SELECT sale_id, number, user_id, admitted_at, admitted_until, lasts_until, ended_at, ended_by FROM passes
WHERE sale_id = $1 AND number = ANY ($2)";

/// Sales are few: each is looked up by the key of passes.
const PASSES_BY_NUMBER: &str = "-- passes of a number
SELECT p.sale_id, p.number, p.user_id, p.admitted_at, p.admitted_until, p.lasts_until, p.ended_at, p.ended_by
FROM sales s JOIN passes p ON p.sale_id = s.id AND p.number = $1 ORDER BY p.sale_id";

const PLAN: &str = "-- plan\nSELECT id, hash, name, seats, content, created_at FROM plans WHERE id = $1";

const AUDITED_PLANS: &str = "-- audit of plans\nSELECT id, hash, name, seats, content, created_at FROM plans";
const AUDITED_WALLETS: &str = "-- audit of charges\nSELECT user_id, amount FROM charges";
const AUDITED_ENTRIES: &str = "-- audit of ledger_entries\nSELECT movement_id, account, user_id, amount, created_at FROM ledger_entries";
const AUDITED_SEATS: &str = "-- audit of seats
SELECT concert_id, seat_no, id, price, holder_id, reserved_at, deadline, paid_at, pass_sale_id, pass_number,
    kind, kept
FROM seats";
const AUDITED_BILLS: &str = "-- audit of bills
SELECT concert_id, seat_no, id, holder_id, seat_id, amount, created_at FROM bills";
const AUDITED_PASSES: &str = "-- audit of passes
SELECT sale_id, number, user_id, admitted_at, admitted_until, lasts_until, ended_at, ended_by FROM passes";
const AUDITED_OWNED: &str = "-- audit of owned_seats\nSELECT user_id, concert_id, owned FROM owned_seats";
const AUDITED_SALES: &str = concat!("-- audit of sales\nSELECT ", sale_columns!(), " FROM sales");
const AUDITED_CODES: &str =
    "-- audit of sale_codes\nSELECT sale_id, code_hash, uses, used, created_at FROM sale_codes";
const AUDITED_CODE_USES: &str =
    "-- audit of code_uses\nSELECT sale_id, code_hash, user_id, used_at FROM code_uses";

/// The reading side.
pub struct PostgresReads {
    connector: Arc<Connector>,
    clock: Clock,
    idle: Mutex<Vec<Session>>,
    permits: Semaphore,
}

impl PostgresReads {
    pub(super) fn new(connector: Arc<Connector>, clock: Clock) -> Self {
        Self { connector, clock, idle: Mutex::default(), permits: Semaphore::new(READERS_MAX) }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection to read on, once one is free. It is returned to the pool only if the read succeeded.
    async fn reader(&self) -> RowResult<Reader<'_>> {
        let lost = |reason: String| StoreError::Unreachable(reason);
        let permit = self.permits.acquire().await.map_err(|error| lost(error.to_string()))?;
        let is_usable = |session: &Session| !session.is_closed() && self.connector.is_current(session);
        let pooled = std::iter::from_fn(|| self.idle().pop()).find(is_usable);
        let session = match pooled {
            Some(session) => session,
            None => self.connector.connect_reader().await.map_err(lost)?,
        };
        Ok(Reader { session, reads: self, _permit: permit })
    }

    fn rows<'a, T: Send + 'a>(
        &'a self,
        sql: &'static str,
        params: Vec<Param>,
        read: fn(&Row) -> RowResult<T>,
    ) -> Pending<'a, RowResult<Vec<T>>> {
        reading(READ_WITHIN, async move {
            let mut reader = self.reader().await?;
            reader.session.know(sql).await?;
            let rows = reader.session.send(sql, params).rows().await?;
            reader.return_to_pool();
            rows.iter().map(read).collect()
        })
    }
}

struct Reader<'a> {
    session: Session,
    reads: &'a PostgresReads,
    _permit: SemaphorePermit<'a>,
}

impl Reader<'_> {
    fn return_to_pool(self) {
        self.reads.idle().push(self.session);
    }
}

/// Reads with a deadline. Any error but an impossible row means that the store cannot be reached.
fn reading<'a, T: Send + 'a>(
    within: Duration,
    work: impl Future<Output = RowResult<T>> + Send + 'a,
) -> Pending<'a, RowResult<T>> {
    Box::pin(async move {
        in_time(Instant::now() + within, work).await.map_err(|error| match error {
            StoreError::ImpossibleRow(row) => StoreError::ImpossibleRow(row),
            other => StoreError::Unreachable(other.to_string()),
        })
    })
}

impl Reads for PostgresReads {
    fn balance(&self, user: UserId) -> Pending<'_, Result<Money, StoreError>> {
        Box::pin(async move {
            let wallets = self.rows(BALANCE, params![user.0], row::wallet).await?;
            Ok(wallets.first().map_or(Money::ZERO, |wallet| wallet.balance))
        })
    }

    fn reservations(
        &self,
        user: UserId,
        after: Option<After<SeatId>>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Seat>, StoreError>> {
        let (time, id) = before(after.map(|after| (after.time, after.id.0)));
        reading(READ_WITHIN, async move {
            let mut reader = self.reader().await?;
            reader.session.know(CLOCK).await?;
            reader.session.know(RESERVATIONS).await?;
            let now = self.clock.sync(now(&reader.session).await?);
            let params = params![user.0, Micros(now), time, id, limit_of(limit)];
            let rows = reader.session.send(RESERVATIONS, params).rows().await?;
            reader.return_to_pool();
            rows.iter().map(row::seat).collect()
        })
    }

    fn bills(
        &self,
        user: UserId,
        after: Option<After<BillId>>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Bill>, StoreError>> {
        let (time, id) = before(after.map(|after| (after.time, after.id.0)));
        self.rows(BILLS, params![user.0, time, id, limit_of(limit)], row::bill)
    }

    fn user(&self, user: UserId) -> Pending<'_, Result<Option<User>, StoreError>> {
        Box::pin(async move { Ok(self.rows(USER, params![user.0], row::user).await?.pop()) })
    }

    fn users_named(&self, text: String, limit: usize) -> Pending<'_, Result<Vec<User>, StoreError>> {
        match name_search::part(&text) {
            Some(part) => self.rows(USERS_NAMED, params![part, limit_of(limit)], row::user),
            None => Box::pin(std::future::ready(Ok(Vec::new()))),
        }
    }

    fn passes_of(&self, user: UserId, limit: usize) -> Pending<'_, Result<Vec<Pass>, StoreError>> {
        self.rows(PASSES_OF, params![user.0, limit_of(limit)], row::pass)
    }

    fn bills_of_sale(
        &self,
        concert: Option<ConcertId>,
        after: Option<SeatKey>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Bill>, StoreError>> {
        let (after, last) = bills_between(concert, after);
        let seat_no = i32::try_from(after.seat_no).unwrap_or(i32::MAX);
        self.rows(BILLS_OF_SALE, params![after.concert.0, seat_no, last.0, limit_of(limit)], row::bill)
    }

    fn plan(&self, plan: PlanId) -> Pending<'_, Result<Option<StoredPlan>, StoreError>> {
        Box::pin(async move { Ok(self.rows(PLAN, params![plan.0], row::plan).await?.pop()) })
    }

    fn concerts(&self) -> Pending<'_, Result<Vec<ConcertSeats>, StoreError>> {
        reading(CONCERTS_WITHIN, async move {
            let reader = self.reader().await?;
            let session = &reader.session;
            session.send_plain(SNAPSHOT).rows().await?;
            let concerts = session.send(CONCERTS, vec![]).rows().await?;
            let concerts = concerts.iter().map(row::concert).collect::<RowResult<Vec<_>>>()?;
            let mut found: Vec<ConcertSeats> =
                concerts.into_iter().map(|concert| (concert, Vec::new())).collect();
            let mut rows = std::pin::pin!(session.stream(SEATS).await?);
            let mut place = 0;
            while let Some(row) = rows.try_next().await? {
                let seat: DatedSeat = row::dated_seat(&row)?;
                // Both lists are ordered by concert.
                while found.get(place).is_some_and(|(concert, _)| concert.id < seat.seat.concert) {
                    place += 1;
                }
                if let Some((_, seats)) = found.get_mut(place) {
                    seats.push(seat);
                }
            }
            session.send_plain("COMMIT").rows().await?;
            reader.return_to_pool();
            Ok(found)
        })
    }

    fn sales(&self) -> Pending<'_, Result<Vec<SaleRecord>, StoreError>> {
        self.rows(SALES, vec![], row::sale_record)
    }

    fn sale(&self, sale: SaleId) -> Pending<'_, Result<Option<SaleRecord>, StoreError>> {
        Box::pin(async move { Ok(self.rows(SALE, params![sale.0], row::sale_record).await?.pop()) })
    }

    fn has_redeemed(&self, sale: SaleId, user: UserId) -> Pending<'_, Result<bool, StoreError>> {
        Box::pin(
            async move { Ok(!self.rows(CODE_USE, params![sale.0, user.0], row::code_use).await?.is_empty()) },
        )
    }

    fn main_sale(&self) -> Pending<'_, Result<SaleId, StoreError>> {
        Box::pin(async move {
            let id = |row: &Row| Ok(SaleId(row::column("sales", row, 0)?));
            let main = self.rows(MAIN_SALE, vec![], id).await?;
            main.into_iter().next().ok_or_else(|| StoreError::ImpossibleRow("sales main: no row".to_owned()))
        })
    }

    fn line_row(&self, sale: SaleId) -> Pending<'_, Result<Option<LineRow>, StoreError>> {
        Box::pin(async move { Ok(self.rows(LINE, params![sale.0], row::line).await?.pop()) })
    }

    fn lines_left_open(&self) -> Pending<'_, Result<Vec<LineRow>, StoreError>> {
        self.rows(LINES_LEFT_OPEN, vec![], row::line)
    }

    fn passes(&self, sale: SaleId, numbers: Vec<u64>) -> Pending<'_, Result<Vec<Pass>, StoreError>> {
        let numbers: Vec<i64> = numbers.into_iter().filter_map(|number| number.try_into().ok()).collect();
        self.rows(PASSES, params![sale.0, numbers], row::pass)
    }

    fn passes_by_number(&self, number: u64) -> Pending<'_, Result<Vec<Pass>, StoreError>> {
        match i64::try_from(number) {
            Ok(number) => self.rows(PASSES_BY_NUMBER, params![number], row::pass),
            // A number out of the column's range names no row.
            Err(_) => Box::pin(std::future::ready(Ok(Vec::new()))),
        }
    }

    fn line(&self, sale: SaleId) -> Pending<'_, Result<Option<LineHistory>, StoreError>> {
        reading(CONCERTS_WITHIN, async move {
            let reader = self.reader().await?;
            let session = &reader.session;
            session.send_plain(SNAPSHOT).rows().await?;
            let now = self.clock.sync(now(session).await?);
            let history = history::read(session, sale, now).await?;
            session.send_plain("COMMIT").rows().await?;
            reader.return_to_pool();
            Ok(history)
        })
    }

    fn operator_log(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredLogEntry>, StoreError>> {
        let after = after.and_then(|id| i64::try_from(id).ok()).unwrap_or(i64::MAX);
        self.rows(OPERATOR_LOG, params![after, limit_of(limit)], row::log_entry)
    }

    fn audit(&self) -> Pending<'_, Result<(Vec<Breach>, u64), StoreError>> {
        reading(AUDIT_WITHIN, async move {
            let reader = self.reader().await?;
            let session = &reader.session;
            session.send_plain(SNAPSHOT).rows().await?;
            let now = self.clock.sync(now(session).await?);
            let mut audit = Audit::default();
            each(session, AUDITED_WALLETS, row::wallet, |row| audit.wallet(&row)).await?;
            each(session, AUDITED_ENTRIES, row::entry, |row| audit.entry(&row)).await?;
            each(session, AUDITED_SEATS, row::seat, |row| audit.seat(&row)).await?;
            each(session, AUDITED_BILLS, row::bill, |row| audit.bill(&row)).await?;
            each(session, AUDITED_PASSES, row::pass, |row| audit.pass(&row)).await?;
            each(session, AUDITED_OWNED, row::owned_seats, |row| audit.owned(&row)).await?;
            each(session, AUDITED_SALES, row::sale, |row| audit.sale(&row)).await?;
            each(session, AUDITED_CODES, row::code, |row| audit.code(&row)).await?;
            each(session, AUDITED_CODE_USES, row::code_use, |row| audit.code_use(&row)).await?;
            let (mut plans, mut wrong) = (0, Vec::new());
            each(session, AUDITED_PLANS, row::plan, |row| {
                plans += 1;
                wrong.extend(row.check().err());
            })
            .await?;
            session.send_plain("COMMIT").rows().await?;
            reader.return_to_pool();
            let rows = audit.rows() + plans;
            Ok((wrong.into_iter().chain(audit.finish(now)).collect(), rows))
        })
    }
}

pub(super) async fn now(session: &Session) -> RowResult<Timestamp> {
    let rows = session.send(CLOCK, vec![]).rows().await?;
    let row = rows.first().ok_or_else(|| StoreError::Unreachable("no clock".to_owned()))?;
    row::time("clock", row, 0)
}

/// Where a list continues: at its beginning, if nothing was seen yet. No row is older than 1970, and a client
/// may name a time before all those that PostgreSQL knows.
fn before(after: Option<(Timestamp, Uuid)>) -> (Micros, Uuid) {
    after.map_or((Micros(Timestamp::MAX), Uuid::max()), |(time, id)| {
        (Micros(time.max(Timestamp::UNIX_EPOCH)), id)
    })
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Passes every row of a table to `see`, one after another.
async fn each<T>(
    session: &Session,
    select: &'static str,
    read: fn(&Row) -> RowResult<T>,
    mut see: impl FnMut(T),
) -> RowResult<()> {
    let mut rows = std::pin::pin!(session.stream(select).await?);
    while let Some(row) = rows.try_next().await? {
        see(read(&row)?);
    }
    Ok(())
}
