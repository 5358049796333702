//! Writing what was decided. Row counts are witnesses: a row that is not as the rules assumed stops the whole
//! batch.

use std::collections::HashSet;

use jiff::Timestamp;
use onsale_booking::concert::Concert;
use onsale_booking::ids::UserId;
use onsale_booking::name;
use onsale_booking::pass::Pass;
use onsale_booking::policy::REQUEST_KEPT;
use onsale_booking::request::StoredRequest;
use onsale_booking::seat::{Seat, SeatKind};
use onsale_booking::user::User;
use onsale_booking::wallet::{LedgerEntry, Wallet};
use onsale_line::Capacity;
use rusqlite::{Connection, Params, params};
use uuid::Uuid;

use super::row::{Id, Micros};
use crate::columns::{self, PassColumns, SeatColumns};
use crate::error::StoreError;
use crate::operator_log;
use crate::port::{Decided, LineRow, LogEntry};

mod sales;

pub(super) use self::sales::{add_line, add_sale};

type Written = Result<(), StoreError>;

/// The most stored results dropped in one batch, so that tidying delays nobody.
const TIDIED_MAX: u32 = 1_000;

pub(super) fn write(db: &Connection, decided: &Decided, now: Timestamp) -> Written {
    let changes = &decided.changes;
    changes.users.iter().try_for_each(|new| user(db, new))?;
    let new: HashSet<UserId> = changes.users.iter().map(|user| user.id).collect();
    changes.wallets.iter().try_for_each(|changed| {
        let write = if new.contains(&changed.user) { new_wallet } else { wallet };
        write(db, changed, now)
    })?;
    changes.passes.iter().try_for_each(|changed| pass(db, changed))?;
    changes.plans.iter().try_for_each(|new| {
        let insert = "-- plan\nINSERT INTO plans (id, hash, name, seats, content, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        one_row(
            db,
            insert,
            params![Id(new.id().0), new.hash, new.name, new.seats, &*new.content, Micros(now)],
        )
    })?;
    changes.concerts.iter().try_for_each(|new| concert(db, new))?;
    sales::write(db, changes)?;
    changes.seats.iter().try_for_each(|changed| seat(db, changed))?;
    changes.entries.chunks(2).try_for_each(|sides| movement(db, sides))?;
    changes.bills.iter().try_for_each(|new| {
        let insert =
            "-- bill\nINSERT INTO bills (id, holder_id, seat_id, concert_id, seat_no, amount, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (seat, concert) = (Id(new.seat.0), Id(new.concert.0));
        let (id, holder, at) = (Id(new.id.0), Id(new.holder.0), Micros(new.created_at));
        one_row(db, insert, params![id, holder, seat, concert, new.seat_no, new.amount.0, at])
    })?;
    changes.requests.iter().try_for_each(|new| request(db, new))?;
    decided.lines.iter().try_for_each(|row| line(db, *row))?;
    decided.log.iter().try_for_each(|entry| log(db, entry))?;
    if decided.tidy {
        let delete = "-- tidy\nDELETE FROM requests WHERE (user_id, key) IN
            (SELECT user_id, key FROM requests WHERE created_at <= ?1 LIMIT ?2)";
        db.prepare_cached(delete)?.execute(params![Micros(now - REQUEST_KEPT), TIDIED_MAX])?;
    }
    Ok(())
}

fn user(db: &Connection, user: &User) -> Written {
    let insert = "-- user\nINSERT INTO users (id, name, folded_name, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?4)";
    one_row(db, insert, params![Id(user.id.0), user.name, name::fold(&user.name), Micros(user.created_at)])
}

/// A wallet is created with its user.
fn new_wallet(db: &Connection, wallet: &Wallet, now: Timestamp) -> Written {
    let insert = "-- new wallet\nINSERT INTO charges (user_id, id, amount, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?4)";
    let id = Uuid::new_v5(&wallet.user.0, b"wallet");
    one_row(db, insert, params![Id(wallet.user.0), Id(id), wallet.balance.0, Micros(now)])
}

fn wallet(db: &Connection, wallet: &Wallet, now: Timestamp) -> Written {
    let update = "-- wallet\nUPDATE charges SET amount = ?2, updated_at = ?3 WHERE user_id = ?1";
    one_row(db, update, params![Id(wallet.user.0), wallet.balance.0, Micros(now)])
}

fn concert(db: &Connection, concert: &Concert) -> Written {
    let insert = "-- concert\nINSERT INTO concerts
        (id, name, capacity, price, opening_at, closing_at, event_date, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (opening, closing, event) =
        (Micros(concert.opening_at), Micros(concert.closing_at), Micros(concert.event_date));
    let (created, updated) = (Micros(concert.created_at), Micros(concert.updated_at));
    let (id, price) = (Id(concert.id.0), concert.price.0);
    one_row(
        db,
        insert,
        params![id, concert.name, concert.capacity, price, opening, closing, event, created, updated],
    )?;
    let insert = "-- new seat\nINSERT INTO seats (concert_id, seat_no, id, price, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    for seat in concert.new_seats() {
        let (id, created) = (Id(seat.id.0), Micros(concert.created_at));
        one_row(db, insert, params![Id(seat.concert.0), seat.seat_no, id, seat.price.0, created])?;
    }
    Ok(())
}

fn seat(db: &Connection, seat: &Seat) -> Written {
    let SeatColumns { holder, reserved_at, deadline, paid_at, pass_sale, pass_number, kept } =
        seat.state.into();
    // A sold seat stays sold: the row does not match, and the batch stops.
    let update = "-- seat\nUPDATE seats SET holder_id = ?3, reserved_at = ?4, deadline = ?5, paid_at = ?6,
        pass_sale_id = ?7, pass_number = ?8, kept = ?9, kind = ?10, price = ?11
        WHERE concert_id = ?1 AND seat_no = ?2 AND paid_at IS NULL";
    let (holder, pass_sale) = (holder.map(|holder| Id(holder.0)), pass_sale.map(|sale| Id(sale.0)));
    let (reserved_at, deadline, paid_at) =
        (reserved_at.map(Micros), deadline.map(Micros), paid_at.map(Micros));
    let (concert, seat_no) = (Id(seat.concert.0), seat.seat_no);
    let (kind, price) = (seat.kind.map(SeatKind::as_str), seat.price.0);
    one_row(
        db,
        update,
        params![
            concert,
            seat_no,
            holder,
            reserved_at,
            deadline,
            paid_at,
            pass_sale,
            pass_number,
            kept,
            kind,
            price
        ],
    )
}

/// The two sides of a movement of money, in one statement.
fn movement(db: &Connection, sides: &[LedgerEntry]) -> Written {
    let [from, to] = sides else {
        return Err(StoreError::RolledBack("ledger entries: a movement needs two sides".to_owned()));
    };
    let account = |entry: &LedgerEntry| {
        let (word, user) = columns::of_account(entry.account);
        (word, user.map(|user| Id(user.0)))
    };
    let ((from_account, from_user), (to_account, to_user)) = (account(from), account(to));
    let insert =
        "-- ledger entries\nINSERT INTO ledger_entries (movement_id, account, user_id, amount, created_at)
        VALUES (?1, ?2, ?3, ?4, ?8), (?1, ?5, ?6, ?7, ?8)";
    let (id, at) = (Id(from.movement.0), Micros(from.created_at));
    let (taken, given) = (from.amount.0, to.amount.0);
    let sides = params![id, from_account, from_user, taken, to_account, to_user, given, at];
    rows(db, insert, sides, 2)
}

fn pass(db: &Connection, pass: &Pass) -> Written {
    // An ended pass stays ended.
    let upsert = "-- pass\nINSERT INTO passes
        (sale_id, number, user_id, admitted_at, admitted_until, lasts_until, ended_at, ended_by)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (sale_id, number) DO UPDATE
        SET lasts_until = excluded.lasts_until, ended_at = excluded.ended_at, ended_by = excluded.ended_by
        WHERE passes.ended_at IS NULL AND passes.user_id = excluded.user_id";
    let PassColumns { admitted_at, admitted_until, lasts_until, ended_at, ended_by } = pass.state.into();
    let (admitted_at, admitted_until) = (admitted_at.map(Micros), admitted_until.map(Micros));
    let (lasts_until, ended_at) = (lasts_until.map(Micros), ended_at.map(Micros));
    let (sale, number, user) = (Id(pass.key.sale.0), pass.key.number, Id(pass.user.0));
    one_row(
        db,
        upsert,
        params![sale, number, user, admitted_at, admitted_until, lasts_until, ended_at, ended_by],
    )
}

fn request(db: &Connection, request: &StoredRequest) -> Written {
    // Replaces only an expired result: the rules have checked that in this transaction.
    let upsert = "-- request\nINSERT INTO requests (user_id, key, content, outcome, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (user_id, key) DO UPDATE
        SET content = excluded.content, outcome = excluded.outcome, created_at = excluded.created_at
        WHERE requests.created_at <= ?6";
    let outcome = serde_json::to_string(&request.outcome)
        .map_err(|error| StoreError::RolledBack(format!("cannot write an outcome: {error}")))?;
    let (user, at) = (Id(request.user.0), Micros(request.created_at));
    let lapsed = Micros(request.created_at - REQUEST_KEPT);
    one_row(db, upsert, params![user, request.key.as_str(), request.content, outcome, at, lapsed])
}

fn line(db: &Connection, row: LineRow) -> Written {
    // Neither the allocated numbers nor the epoch ever go back: no number is given out twice, no old call
    // counts again.
    let update = "-- line\nUPDATE lines SET epoch = ?2, allocated = ?3, head = ?4, closed_tail = ?5,
        capacity = ?6, rate_per_minute = ?7, paused = ?8, server_run = ?9, given = ?10
        WHERE sale_id = ?1 AND allocated <= ?3 AND epoch <= ?2";
    let dials = row.dials;
    let set = params![
        Id(row.sale.0),
        row.epoch,
        row.allocated,
        row.head,
        row.closed_tail,
        dials.capacity.map(Capacity::get),
        dials.rate_per_minute,
        dials.paused,
        row.server_run.map(Id),
        row.given
    ];
    one_row(db, update, set)
}

fn log(db: &Connection, entry: &LogEntry) -> Written {
    let insert =
        "-- operator log\nINSERT INTO operator_log (at, operator, action, detail) VALUES (?1, ?2, ?3, ?4)";
    let (action, detail) = operator_log::written(&entry.action)?;
    let operator = entry.operator.map(|operator| Id(operator.0));
    one_row(db, insert, params![Micros(entry.at), operator, action, detail])
}

fn one_row(db: &Connection, sql: &str, params: impl Params) -> Written {
    rows(db, sql, params, 1)
}

fn rows(db: &Connection, sql: &str, params: impl Params, expected: usize) -> Written {
    let count = db.prepare_cached(sql)?.execute(params)?;
    if count == expected {
        return Ok(());
    }
    let name = sql.lines().next().unwrap_or_default();
    Err(StoreError::RolledBack(format!("{name}: {count} rows where {expected} were to change")))
}
