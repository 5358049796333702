//! Reads, each on its own connection: in WAL mode they see committed data and wait for no writer.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use onsale_booking::audit::{Audit, Breach};
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{BillId, ConcertId, PlanId, SaleId, SeatId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::sale::Sale;
use onsale_booking::seat::{Seat, SeatState};
use onsale_booking::user::User;
use onsale_line::RATE_WINDOW;
use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::load::{self, all};
use super::open_reader;
use super::row::{self, Id, Micros, RowResult, addressed};
use crate::clock::Clock;
use crate::error::StoreError;
use crate::name_search;
use crate::port::{
    After, ConcertSeats, DatedSeat, LineHistory, LineRow, Pending, Reads, SaleRecord, StoredLogEntry,
    StoredPlan, bills_between,
};

/// The most reads at once; others wait.
const READERS_MAX: usize = 4;

/// The reading side of an embedded store.
pub struct SqliteReads {
    path: PathBuf,
    clock: Clock,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl SqliteReads {
    pub(super) fn new(path: PathBuf, clock: Clock) -> Self {
        Self { path, clock, idle: Arc::default(), permits: Arc::new(Semaphore::new(READERS_MAX)) }
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> RowResult<T> + Send + 'static,
    ) -> Pending<'_, Result<T, StoreError>> {
        let (idle, path, permits) = (Arc::clone(&self.idle), self.path.clone(), Arc::clone(&self.permits));
        Box::pin(async move {
            let _permit = permits.acquire_owned().await;
            let done = tokio::task::spawn_blocking(move || {
                let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let db = pooled.map_or_else(|| open_reader(&path), Ok)?;
                let result = work(&db);
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
                result
            });
            done.await.map_err(|error| StoreError::Failed(error.to_string()))?.map_err(StoreError::from)
        })
    }
}

impl Reads for SqliteReads {
    fn balance(&self, user: UserId) -> Pending<'_, Result<Money, StoreError>> {
        self.read(move |db| {
            let select = "-- balance\nSELECT user_id, amount FROM charges WHERE user_id = ?1";
            let wallet = db
                .prepare_cached(select)?
                .query_row(params![Id(user.0)], |row| addressed(select, row, row::wallet));
            Ok(wallet.optional()?.map_or(Money::ZERO, |wallet| wallet.balance))
        })
    }

    fn reservations(
        &self,
        user: UserId,
        after: Option<After<SeatId>>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Seat>, StoreError>> {
        let now = self.clock.now();
        self.read(move |db| {
            let select = "-- reservations\nSELECT * FROM seats
                WHERE holder_id = ?1 AND (paid_at IS NOT NULL OR deadline > ?2)
                AND (reserved_at, id) < (?3, ?4)
                ORDER BY reserved_at DESC, id DESC LIMIT ?5";
            let (time, id) = before(after.map(|after| (after.time, after.id.0)));
            all(db, select, params![Id(user.0), Micros(now), time, id, limit], row::seat)
        })
    }

    fn bills(
        &self,
        user: UserId,
        after: Option<After<BillId>>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Bill>, StoreError>> {
        self.read(move |db| {
            let select = "-- bills\nSELECT * FROM bills
                WHERE holder_id = ?1 AND (created_at, id) < (?2, ?3)
                ORDER BY created_at DESC, id DESC LIMIT ?4";
            let (time, id) = before(after.map(|after| (after.time, after.id.0)));
            all(db, select, params![Id(user.0), time, id, limit], row::bill)
        })
    }

    fn plan(&self, plan: PlanId) -> Pending<'_, Result<Option<StoredPlan>, StoreError>> {
        self.read(move |db| {
            let select = "-- plan\nSELECT * FROM plans WHERE id = ?1";
            Ok(all(db, select, params![Id(plan.0)], row::plan)?.pop())
        })
    }

    fn concerts(&self) -> Pending<'_, Result<Vec<ConcertSeats>, StoreError>> {
        self.read(|db| {
            let snapshot = db.unchecked_transaction()?;
            let concerts = all(&snapshot, "-- concerts\nSELECT * FROM concerts", [], row::concert)?;
            let seats = "-- seats\nSELECT * FROM seats WHERE concert_id = ?1 ORDER BY seat_no";
            concerts
                .into_iter()
                .map(|concert| {
                    let concert = load::with_sales(&snapshot, concert)?;
                    let seats = all(&snapshot, seats, params![Id(concert.id.0)], row::seat)?;
                    let seats = seats.into_iter().map(|seat| dated(seat, &concert)).collect();
                    Ok((concert, seats))
                })
                .collect()
        })
    }

    fn user(&self, user: UserId) -> Pending<'_, Result<Option<User>, StoreError>> {
        self.read(move |db| {
            let select = "-- user\nSELECT * FROM users WHERE id = ?1";
            Ok(all(db, select, params![Id(user.0)], row::user)?.pop())
        })
    }

    fn users_named(&self, text: String, limit: usize) -> Pending<'_, Result<Vec<User>, StoreError>> {
        let Some(part) = name_search::part(&text) else {
            return Box::pin(std::future::ready(Ok(Vec::new())));
        };
        self.read(move |db| {
            // No index finds a text inside a name: every user is scanned.
            let select = "-- users named\nSELECT * FROM users WHERE instr(folded_name, ?1) > 0
                ORDER BY name, id LIMIT ?2";
            all(db, select, params![part, limit], row::user)
        })
    }

    fn passes_of(&self, user: UserId, limit: usize) -> Pending<'_, Result<Vec<Pass>, StoreError>> {
        self.read(move |db| {
            let select = "-- passes of a user\nSELECT * FROM passes WHERE user_id = ?1
                ORDER BY coalesce(admitted_at, ended_at) DESC, sale_id, number DESC LIMIT ?2";
            all(db, select, params![Id(user.0), limit], row::pass)
        })
    }

    fn bills_of_sale(
        &self,
        concert: Option<ConcertId>,
        after: Option<SeatKey>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<Bill>, StoreError>> {
        self.read(move |db| {
            let select = "-- bills of the sale\nSELECT * FROM bills
                WHERE (concert_id, seat_no) > (?1, ?2) AND concert_id <= ?3
                ORDER BY concert_id, seat_no LIMIT ?4";
            let (after, last) = bills_between(concert, after);
            all(db, select, params![Id(after.concert.0), after.seat_no, Id(last.0), limit], row::bill)
        })
    }

    fn sales(&self) -> Pending<'_, Result<Vec<SaleRecord>, StoreError>> {
        self.read(|db| {
            let snapshot = db.unchecked_transaction()?;
            let sales = all(&snapshot, "-- sales\nSELECT * FROM sales ORDER BY id", [], row::sale)?;
            sales.into_iter().map(|sale| with_members(&snapshot, sale)).collect()
        })
    }

    fn sale(&self, sale: SaleId) -> Pending<'_, Result<Option<SaleRecord>, StoreError>> {
        self.read(move |db| {
            let snapshot = db.unchecked_transaction()?;
            load::sale(&snapshot, sale)?.map(|sale| with_members(&snapshot, sale)).transpose()
        })
    }

    fn has_redeemed(&self, sale: SaleId, user: UserId) -> Pending<'_, Result<bool, StoreError>> {
        self.read(move |db| Ok(load::code_use(db, sale, user)?.is_some()))
    }

    fn main_sale(&self) -> Pending<'_, Result<SaleId, StoreError>> {
        self.read(|db| {
            let select = "-- main sale\nSELECT id FROM sales WHERE is_main";
            let main = all(db, select, [], row::sale_id)?;
            main.into_iter().next().ok_or_else(|| row::impossible("sales", "main", "no row"))
        })
    }

    fn line_row(&self, sale: SaleId) -> Pending<'_, Result<Option<LineRow>, StoreError>> {
        self.read(move |db| load::line(db, sale))
    }

    fn lines_left_open(&self) -> Pending<'_, Result<Vec<LineRow>, StoreError>> {
        self.read(|db| {
            let select = "-- lines left open\nSELECT * FROM lines WHERE closed_tail IS NULL ORDER BY sale_id";
            all(db, select, [], row::line)
        })
    }

    fn passes(&self, sale: SaleId, numbers: Vec<u64>) -> Pending<'_, Result<Vec<Pass>, StoreError>> {
        self.read(move |db| {
            let select = "-- passes\nSELECT * FROM passes WHERE sale_id = ?1 AND number = ?2";
            // A number out of the column's range names no row.
            let mut numbers = numbers.into_iter().filter_map(|number| i64::try_from(number).ok());
            numbers.try_fold(Vec::new(), |mut passes, number| {
                passes.extend(all(db, select, params![Id(sale.0), number], row::pass)?);
                Ok(passes)
            })
        })
    }

    fn passes_by_number(&self, number: u64) -> Pending<'_, Result<Vec<Pass>, StoreError>> {
        self.read(move |db| {
            // Sales are few: each is looked up by the key of passes.
            let select = "-- passes of a number\nSELECT p.* FROM sales s
                JOIN passes p ON p.sale_id = s.id AND p.number = ?1 ORDER BY p.sale_id";
            let Ok(number) = i64::try_from(number) else { return Ok(Vec::new()) };
            all(db, select, params![number], row::pass)
        })
    }

    fn line(&self, sale: SaleId) -> Pending<'_, Result<Option<LineHistory>, StoreError>> {
        let now = self.clock.now();
        self.read(move |db| {
            let snapshot = db.unchecked_transaction()?;
            let (Some(row), Some(of)) = (load::line(&snapshot, sale)?, load::sale(&snapshot, sale)?) else {
                return Ok(None);
            };
            let inside = "-- inside\nSELECT * FROM passes
                WHERE sale_id = ?1 AND ended_at IS NULL AND lasts_until > ?2";
            let inside = all(&snapshot, inside, params![Id(sale.0), Micros(now)], row::pass)?;
            let ended = "-- ended\nSELECT number FROM passes
                WHERE sale_id = ?1 AND (ended_at IS NOT NULL OR lasts_until <= ?2)";
            let ended = all(&snapshot, ended, params![Id(sale.0), Micros(now)], |row| row.get(0))?;
            // The window is closed at both ends: a call exactly a minute ago still counts.
            let recent = "-- recent\nSELECT admitted_at FROM passes
                WHERE sale_id = ?1 AND admitted_at >= ?2 ORDER BY admitted_at";
            let minute_ago = Micros(now - RATE_WINDOW);
            let recent = all(&snapshot, recent, params![Id(sale.0), minute_ago], |row| {
                Ok(row.get::<_, Micros>(0)?.0)
            })?;
            let inside = inside.iter().filter_map(inside_until).collect();
            Ok(Some(LineHistory { row, sale: of, inside, ended, recent, now }))
        })
    }

    fn operator_log(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredLogEntry>, StoreError>> {
        self.read(move |db| {
            let select =
                "-- operator log\nSELECT * FROM operator_log WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
            let after = after.and_then(|id| i64::try_from(id).ok()).unwrap_or(i64::MAX);
            all(db, select, params![after, limit], row::log_entry)
        })
    }

    fn audit(&self) -> Pending<'_, Result<(Vec<Breach>, u64), StoreError>> {
        let now = self.clock.now();
        self.read(move |db| {
            let snapshot = db.unchecked_transaction()?;
            let mut audit = Audit::default();
            each(&snapshot, "charges", row::wallet, |row| audit.wallet(&row))?;
            each(&snapshot, "ledger_entries", row::entry, |row| audit.entry(&row))?;
            each(&snapshot, "seats", row::seat, |row| audit.seat(&row))?;
            each(&snapshot, "bills", row::bill, |row| audit.bill(&row))?;
            each(&snapshot, "passes", row::pass, |row| audit.pass(&row))?;
            each(&snapshot, "owned_seats", row::owned_seats, |row| audit.owned(&row))?;
            each(&snapshot, "sales", row::sale, |row| audit.sale(&row))?;
            each(&snapshot, "sale_codes", row::code, |row| audit.code(&row))?;
            each(&snapshot, "code_uses", row::code_use, |row| audit.code_use(&row))?;
            let (mut plans, mut wrong) = (0, Vec::new());
            each(&snapshot, "plans", row::plan, |row| {
                plans += 1;
                wrong.extend(row.check().err());
            })?;
            let rows = audit.rows() + plans;
            Ok((wrong.into_iter().chain(audit.finish(now)).collect(), rows))
        })
    }
}

fn with_members(db: &Connection, sale: Sale) -> RowResult<SaleRecord> {
    Ok(SaleRecord { concerts: load::members(db, sale.id)?, sale })
}

/// One process makes one decision after another here, so the time in a seat's state dates it.
fn dated(seat: Seat, concert: &Concert) -> DatedSeat {
    let changed_at = match seat.state {
        SeatState::Free | SeatState::Kept => concert.created_at,
        SeatState::Held(hold) => hold.reserved_at,
        SeatState::Sold(sale) => sale.paid_at,
    };
    DatedSeat { seat, changed_at }
}

fn inside_until(pass: &Pass) -> Option<(u64, UserId, Timestamp)> {
    match pass.state {
        onsale_booking::pass::PassState::Inside(session) => {
            Some((pass.key.number, pass.user, session.lasts_until))
        }
        onsale_booking::pass::PassState::Ended { .. } => None,
    }
}

/// Where a list continues: at its beginning, if nothing was seen yet.
fn before(after: Option<(Timestamp, Uuid)>) -> (i64, Id) {
    after.map_or((i64::MAX, Id(Uuid::max())), |(time, id)| (time.as_microsecond(), Id(id)))
}

/// Passes every row of a table to `see`.
fn each<T>(
    db: &Connection,
    table: &str,
    read: fn(&Row<'_>) -> RowResult<T>,
    mut see: impl FnMut(T),
) -> RowResult<()> {
    let select = format!("-- audit of {table}\nSELECT * FROM {table}");
    for row in db.prepare(&select)?.query_map([], |row| addressed(&select, row, read))? {
        see(row?);
    }
    Ok(())
}
