//! Writing what was decided: each table by one statement, and the COMMIT behind them, in one round trip.
//!
//! Row counts are witnesses, but the COMMIT is sent before they could be checked here. So each statement
//! counts its own rows and raises if a row is not as the rules assumed. Everything behind it is then refused,
//! and PostgreSQL answers the COMMIT with a rollback.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use onsale_booking::bill::Bill;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{PassKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::name;
use onsale_booking::pass::Pass;
use onsale_booking::policy::REQUEST_KEPT;
use onsale_booking::request::StoredRequest;
use onsale_booking::wallet::LedgerEntry;
use uuid::Uuid;

use super::row::Micros;
use super::session::{Answer, Param, Session, params};
use crate::columns::{self, PassColumns};
use crate::error::StoreError;
use crate::operator_log;
use crate::port::{Decided, LineRow, LogEntry};

/// A statement with its parameters.
type Write = (&'static str, Vec<Param>);

/// The most stored results dropped in one batch, so that tidying delays nobody.
const TIDIED_MAX: i64 = 1_000;

/// A statement that raises unless it changes one row for each element of `$1`.
macro_rules! witnessed {
    ($name:literal, $($statement:tt)+) => {
        concat!(
            "-- ",
            $name,
            "\nWITH changed AS (",
            $($statement)+,
            " RETURNING 1)
SELECT onsale_surprise('",
            $name,
            ": ' || found || ' rows where ' || cardinality($1) || ' were to change')
FROM (SELECT count(*) AS found FROM changed) AS counted WHERE found <> cardinality($1)"
        )
    };
}

mod plans;
mod sales;
mod seats;

pub(super) use self::sales::{STATEMENTS as SALES_STATEMENTS, new_sales};

const STRANGERS_WALLETS: &str =
    witnessed!("wallets of strangers", "DELETE FROM charges WHERE user_id = ANY ($1::uuid[])");
const STRANGERS: &str = witnessed!("strangers", "DELETE FROM users WHERE id = ANY ($1::uuid[])");

const USERS: &str = witnessed!(
    "users",
    "UPDATE users u SET name = new.name, folded_name = new.folded_name, created_at = $4, updated_at = $4
     FROM unnest($1::uuid[], $2::text[], $3::text[]) AS new (id, name, folded_name) WHERE u.id = new.id"
);

const WALLETS: &str = witnessed!(
    "wallets",
    "UPDATE charges c SET amount = new.amount, updated_at = $3
     FROM unnest($1::uuid[], $2::bigint[]) AS new (user_id, amount) WHERE c.user_id = new.user_id"
);

const NEW_PASSES: &str = "-- new passes
INSERT INTO passes (sale_id, number, user_id, admitted_at, admitted_until, lasts_until, ended_at, ended_by)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::timestamptz[],
    $6::timestamptz[], $7::timestamptz[], $8::text[])";

/// An ended pass stays ended: its row does not match, and the batch stops.
const PASSES: &str = witnessed!(
    "passes",
    "UPDATE passes p SET lasts_until = new.lasts_until, ended_at = new.ended_at, ended_by = new.ended_by
     FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
        $7::timestamptz[], $8::text[])
        AS new (sale_id, number, user_id, admitted_at, admitted_until, lasts_until, ended_at, ended_by)
     WHERE p.sale_id = new.sale_id AND p.number = new.number AND p.ended_at IS NULL AND p.user_id = new.user_id"
);

const CONCERT: &str = "-- concert
INSERT INTO concerts
    (id, name, capacity, price, opening_at, closing_at, event_date, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const NEW_SEATS: &str = "-- new seats
INSERT INTO seats (concert_id, seat_no, id, price, created_at, changed_at)
SELECT $1, seat_no, id, $4, $5, $5 FROM unnest($2::integer[], $3::uuid[]) AS new (seat_no, id)";

const ENTRIES: &str = "-- ledger entries
INSERT INTO ledger_entries (movement_id, account, user_id, amount, created_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::timestamptz[])";

const BILLS: &str = "-- bills
INSERT INTO bills (id, holder_id, seat_id, concert_id, seat_no, amount, created_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::bigint[],
    $7::timestamptz[])";

/// Replaces only an expired result: the rules have checked that in this transaction.
const REQUESTS: &str = witnessed!(
    "requests",
    "INSERT INTO requests (user_id, key, content, outcome, created_at)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
     ON CONFLICT (user_id, key) DO UPDATE
     SET content = excluded.content, outcome = excluded.outcome, created_at = excluded.created_at
     WHERE requests.created_at <= $6"
);

/// Neither the allocated numbers nor the epoch ever go back: no number is given out twice, no old call counts
/// again.
const LINES: &str = witnessed!(
    "lines",
    "UPDATE lines l SET epoch = new.epoch, server_run = new.server_run, allocated = new.allocated, head = new.head,
        given = new.given, closed_tail = new.closed_tail, capacity = new.capacity,
        rate_per_minute = new.rate_per_minute, paused = new.paused
     FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::bigint[], $10::boolean[])
        AS new (sale_id, epoch, server_run, allocated, head, given, closed_tail, capacity, rate_per_minute, paused)
     WHERE l.sale_id = new.sale_id AND l.allocated <= new.allocated AND l.epoch <= new.epoch"
);

/// Inserted in the order of the decisions, so that identities have that order too.
const LOG: &str = "-- operator log
INSERT INTO operator_log (at, operator, action, detail)
SELECT at, operator, action, detail
FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[])
    WITH ORDINALITY AS new (at, operator, action, detail, place) ORDER BY place";

const TIDY: &str = "-- tidy
DELETE FROM requests WHERE (user_id, key) IN
    (SELECT user_id, key FROM requests WHERE created_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";

pub(super) const COMMIT: &str = "COMMIT";

/// A COMMIT of a failed transaction returns no error, and the driver hides the tag. This returns the outcome.
pub(super) const OUTCOME: &str = "-- outcome\nSELECT pg_xact_status($1::text::xid8)";

/// Every statement of a commit; those of [`sales::STATEMENTS`] come before the seats.
pub(super) const STATEMENTS: [&str; 18] = [
    STRANGERS_WALLETS,
    STRANGERS,
    USERS,
    WALLETS,
    NEW_PASSES,
    PASSES,
    plans::NEW_PLAN,
    CONCERT,
    NEW_SEATS,
    seats::SEATS,
    ENTRIES,
    BILLS,
    REQUESTS,
    LINES,
    LOG,
    TIDY,
    COMMIT,
    OUTCOME,
];

/// What a load found that its commit needs.
#[derive(Default)]
pub(super) struct Present {
    /// Users whom the load has inserted.
    pub(super) newcomers: BTreeSet<UserId>,
    /// Passes that exist.
    pub(super) passes: HashSet<PassKey>,
}

/// Every statement that `decided` needs, in order.
///
/// # Errors
/// [`StoreError::RolledBack`] for a value that no row can hold.
pub(super) fn writes(decided: &Decided, loaded: &Present) -> Result<Vec<Write>, StoreError> {
    let newcomers = &loaded.newcomers;
    let (changes, now) = (&decided.changes, Micros(decided.now));
    let mut writes = Vec::new();
    let unknown = strangers(decided, newcomers);
    if !unknown.is_empty() {
        writes.push((STRANGERS_WALLETS, params![unknown.clone()]));
        writes.push((STRANGERS, params![unknown]));
    }
    // The load inserted newcomers without a name and with an empty wallet.
    let registered = changes.users.iter().filter(|user| !user.name.is_empty());
    let (users, names): (Vec<Uuid>, Vec<String>) =
        registered.map(|user| (user.id.0, user.name.clone())).unzip();
    if !users.is_empty() {
        let folded: Vec<String> = names.iter().map(|name| name::fold(name)).collect();
        writes.push((USERS, params![users, names, folded, now]));
    }
    let differs = |user: &UserId, balance: Money| balance != Money::ZERO || !newcomers.contains(user);
    let wallets = changes.wallets.iter().filter(|wallet| differs(&wallet.user, wallet.balance));
    let (users, amounts): (Vec<Uuid>, Vec<i64>) =
        wallets.map(|wallet| (wallet.user.0, wallet.balance.0)).unzip();
    if !users.is_empty() {
        writes.push((WALLETS, params![users, amounts, now]));
    }
    let (known, new): (Vec<&Pass>, Vec<&Pass>) =
        changes.passes.iter().partition(|pass| loaded.passes.contains(&pass.key));
    if !new.is_empty() {
        writes.push((NEW_PASSES, passes(&new)?));
    }
    if !known.is_empty() {
        writes.push((PASSES, passes(&known)?));
    }
    for plan in &changes.plans {
        writes.push(plans::new_plan(plan, now)?);
    }
    for concert in &changes.concerts {
        writes.extend(new_concert(concert)?);
    }
    sales::add_writes(&mut writes, changes)?;
    if !changes.seats.is_empty() {
        writes.push(seats::changed(&changes.seats, now)?);
    }
    if !changes.entries.is_empty() {
        writes.push(entries(&changes.entries)?);
    }
    if !changes.bills.is_empty() {
        writes.push(bills(&changes.bills)?);
    }
    if !changes.requests.is_empty() {
        writes.push(requests(&changes.requests, decided.now)?);
    }
    if !decided.lines.is_empty() {
        writes.push(lines(&decided.lines)?);
    }
    if !decided.log.is_empty() {
        writes.push(log(&decided.log)?);
    }
    if decided.tidy {
        writes.push((TIDY, params![Micros(decided.now - REQUEST_KEPT), TIDIED_MAX]));
    }
    Ok(writes)
}

/// Sends the writes, the COMMIT and the query for its outcome.
pub(super) fn send<'a>(session: &'a Session, writes: Vec<Write>, transaction: &str) -> Vec<Answer<'a>> {
    let mut answers: Vec<_> = writes.into_iter().map(|(sql, params)| session.send(sql, params)).collect();
    answers.push(session.send(COMMIT, vec![]));
    answers.push(session.send(OUTCOME, params![transaction.to_owned()]));
    answers
}

/// Users whom the load inserted and the rules did not create: a refusal has no effect.
fn strangers(decided: &Decided, newcomers: &BTreeSet<UserId>) -> Vec<Uuid> {
    let created: HashSet<UserId> = decided.changes.users.iter().map(|user| user.id).collect();
    newcomers.iter().filter(|user| !created.contains(user)).map(|user| user.0).collect()
}

fn passes(passes: &[&Pass]) -> Result<Vec<Param>, StoreError> {
    let count = passes.len();
    let (mut sales, mut numbers, mut users) =
        (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut admitted_at, mut admitted_until, mut lasts_until) =
        (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut ended_at, mut ended_by) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for pass in passes {
        let columns = PassColumns::from(pass.state);
        sales.push(pass.key.sale.0);
        numbers.push(whole("passes.number", pass.key.number)?);
        users.push(pass.user.0);
        admitted_at.push(columns.admitted_at.map(Micros));
        admitted_until.push(columns.admitted_until.map(Micros));
        lasts_until.push(columns.lasts_until.map(Micros));
        ended_at.push(columns.ended_at.map(Micros));
        ended_by.push(columns.ended_by);
    }
    Ok(params![sales, numbers, users, admitted_at, admitted_until, lasts_until, ended_at, ended_by])
}

fn new_concert(concert: &Concert) -> Result<[Write; 2], StoreError> {
    let capacity: i32 = small("concerts.capacity", concert.capacity)?;
    let created_at = Micros(concert.created_at);
    let row = params![
        concert.id.0,
        concert.name.clone(),
        capacity,
        concert.price.0,
        Micros(concert.opening_at),
        Micros(concert.closing_at),
        Micros(concert.event_date),
        created_at,
        Micros(concert.updated_at),
    ];
    let ids: Vec<Uuid> = concert.new_seats().map(|seat| seat.id.0).collect();
    let seat_nos: Vec<i32> = (1..=capacity).collect();
    let seats = params![concert.id.0, seat_nos, ids, concert.price.0, created_at];
    Ok([(CONCERT, row), (NEW_SEATS, seats)])
}

fn entries(entries: &[LedgerEntry]) -> Result<Write, StoreError> {
    let is_movement = |sides: &[LedgerEntry]| matches!(sides, [from, to] if from.movement == to.movement);
    if !entries.chunks(2).all(is_movement) {
        return Err(StoreError::RolledBack("ledger entries: a movement needs two sides".to_owned()));
    }
    let account = |entry: &LedgerEntry| {
        let (word, user) = columns::of_account(entry.account);
        (word, user.map(|user| user.0))
    };
    let (accounts, users): (Vec<&'static str>, Vec<Option<Uuid>>) = entries.iter().map(account).unzip();
    let movements: Vec<Uuid> = entries.iter().map(|entry| entry.movement.0).collect();
    let amounts: Vec<i64> = entries.iter().map(|entry| entry.amount.0).collect();
    let times: Vec<Micros> = entries.iter().map(|entry| Micros(entry.created_at)).collect();
    Ok((ENTRIES, params![movements, accounts, users, amounts, times]))
}

fn bills(bills: &[Bill]) -> Result<Write, StoreError> {
    let ids = |id: fn(&Bill) -> Uuid| bills.iter().map(id).collect::<Vec<Uuid>>();
    let seat_nos = bills.iter().map(|bill| small("bills.seat_no", bill.seat_no));
    let seat_nos: Vec<i32> = seat_nos.collect::<Result<_, _>>()?;
    let amounts: Vec<i64> = bills.iter().map(|bill| bill.amount.0).collect();
    let times: Vec<Micros> = bills.iter().map(|bill| Micros(bill.created_at)).collect();
    let (holders, seats) = (ids(|bill| bill.holder.0), ids(|bill| bill.seat.0));
    let (ids, concerts) = (ids(|bill| bill.id.0), ids(|bill| bill.concert.0));
    Ok((BILLS, params![ids, holders, seats, concerts, seat_nos, amounts, times]))
}

fn requests(requests: &[StoredRequest], now: Timestamp) -> Result<Write, StoreError> {
    let outcomes = requests.iter().map(|request| serde_json::to_string(&request.outcome));
    let outcomes: Vec<String> = outcomes
        .collect::<Result<_, _>>()
        .map_err(|error| StoreError::RolledBack(format!("cannot write an outcome: {error}")))?;
    let users: Vec<Uuid> = requests.iter().map(|request| request.user.0).collect();
    let keys: Vec<String> = requests.iter().map(|request| request.key.as_str().to_owned()).collect();
    let contents: Vec<String> = requests.iter().map(|request| request.content.clone()).collect();
    let times: Vec<Micros> = requests.iter().map(|request| Micros(request.created_at)).collect();
    let lapsed = Micros(now - REQUEST_KEPT);
    Ok((REQUESTS, params![users, keys, contents, outcomes, times, lapsed]))
}

fn lines(rows: &[LineRow]) -> Result<Write, StoreError> {
    let wholes = |name: &str, number: fn(&LineRow) -> u64| {
        rows.iter().map(|row| whole(name, number(row))).collect::<Result<Vec<i64>, _>>()
    };
    let sales: Vec<Uuid> = rows.iter().map(|row| row.sale.0).collect();
    let epochs: Vec<i64> = rows.iter().map(|row| i64::from(row.epoch)).collect();
    let runs: Vec<Option<Uuid>> = rows.iter().map(|row| row.server_run).collect();
    let allocated = wholes("lines.allocated", |row| row.allocated)?;
    let heads = wholes("lines.head", |row| row.head)?;
    let given = wholes("lines.given", |row| row.given)?;
    let closed =
        rows.iter().map(|row| row.closed_tail.map(|tail| whole("lines.closed_tail", tail)).transpose());
    let closed: Vec<Option<i64>> = closed.collect::<Result<_, _>>()?;
    let capacities: Vec<Option<i64>> =
        rows.iter().map(|row| row.dials.capacity.map(|capacity| i64::from(capacity.get()))).collect();
    let rates: Vec<Option<i64>> = rows.iter().map(|row| row.dials.rate_per_minute.map(i64::from)).collect();
    let paused: Vec<Option<bool>> = rows.iter().map(|row| row.dials.paused).collect();
    let columns = params![sales, epochs, runs, allocated, heads, given, closed, capacities, rates, paused];
    Ok((LINES, columns))
}

fn log(entries: &[LogEntry]) -> Result<Write, StoreError> {
    let texts = entries.iter().map(|entry| operator_log::written(&entry.action));
    let texts: Vec<(&'static str, String)> = texts.collect::<Result<_, _>>()?;
    let (actions, details): (Vec<&'static str>, Vec<String>) = texts.into_iter().unzip();
    let operators = entries.iter().map(|entry| entry.operator.map(|operator| operator.0));
    let operators: Vec<Option<Uuid>> = operators.collect();
    let times: Vec<Micros> = entries.iter().map(|entry| Micros(entry.at)).collect();
    Ok((LOG, params![times, operators, actions, details]))
}

fn whole(column: &str, number: u64) -> Result<i64, StoreError> {
    number.try_into().map_err(|_| StoreError::RolledBack(format!("{column}: {number} is out of range")))
}

fn small(column: &str, number: u32) -> Result<i32, StoreError> {
    number.try_into().map_err(|_| StoreError::RolledBack(format!("{column}: {number} is out of range")))
}
