//! Loading: every row that a batch can touch, locked in one fixed order, in one round trip.
//!
//! Two batches never deadlock: a batch that waits for a wallet holds only wallets that sort before it, and
//! likewise for passes, seats, access codes and lines. The wallet is its user's mutex: while it is locked
//! no other batch gives that user a hold, a pass, a bill or a stored result, so what is read about the user
//! afterwards cannot miss a row that did not exist to be locked.
//!
//! Sales and concerts are read after the last lock: who opens or changes a sale has its line's row to
//! themselves, and what they committed while this batch waited for it is seen. A hold takes no lock on a
//! line, so that a crowd of joins delays no hold; it is ordered before a change of the sale that commits
//! just after it was read.
//!
//! Each statement has its own snapshot (READ COMMITTED), so a statement after a lock sees what was committed
//! during the wait. A seat that changes while its own statement waits for it is read again in its new state;
//! the wallet's lock keeps other seats of the holder from appearing meanwhile.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use onsale_booking::ids::{PassKey, SeatKey, UserId};
use onsale_booking::{Rows, Scope};
use tokio_postgres::Row;
use uuid::Uuid;

use super::row::{self, RowResult, sale_columns};
use super::session::{Answer, Session, params};
use crate::error::StoreError;
use crate::port::{LineRow, Wanted};

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Inserts rows for new users, so that they can be locked. The rules create those users; the commit deletes
/// the rows of those whom the rules did not create.
const NEWCOMERS: &str = "-- newcomers
WITH newcomers AS (
    INSERT INTO users (id, name, folded_name, created_at, updated_at)
    SELECT id, '', '', clock_timestamp(), clock_timestamp() FROM unnest($1::uuid[], $2::uuid[]) AS new (id, wallet)
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO charges (user_id, id, amount, created_at, updated_at)
SELECT new.id, new.wallet, 0, clock_timestamp(), clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[]) AS new (id, wallet) JOIN newcomers USING (id) ORDER BY new.id
RETURNING user_id";

const PLANS: &str = "-- plans\nSELECT id FROM plans WHERE id = ANY ($1)";

const WALLETS: &str = "-- wallets
SELECT user_id, amount FROM charges WHERE user_id = ANY ($1) ORDER BY user_id FOR NO KEY UPDATE";

const PASSES: &str = "-- passes
SELECT p.sale_id, p.number, p.user_id, p.admitted_at, p.admitted_until, p.lasts_until, p.ended_at, p.ended_by
FROM unnest($1::uuid[], $2::bigint[]) AS named (sale_id, number) JOIN passes p USING (sale_id, number)
ORDER BY p.sale_id, p.number FOR NO KEY UPDATE OF p";

const SEATS: &str = "-- seats
SELECT s.concert_id, s.seat_no, s.id, s.price, s.holder_id, s.reserved_at, s.deadline, s.paid_at,
    s.pass_sale_id, s.pass_number, s.kind, s.kept
FROM (
    SELECT concert_id, seat_no FROM unnest($1::uuid[], $2::integer[]) AS named (concert_id, seat_no)
    UNION
    SELECT concert_id, seat_no FROM seats WHERE holder_id = ANY ($3) AND paid_at IS NULL
) AS wanted JOIN seats s USING (concert_id, seat_no)
ORDER BY s.concert_id, s.seat_no FOR NO KEY UPDATE OF s";

/// A batch sends this or [`LINES_TO_STAND`], never both; see [`Wanted::is_to_change_lines`].
const LINES_TO_CHANGE: &str = "-- lines to change
SELECT sale_id, epoch, server_run, allocated, head, given, closed_tail, capacity, rate_per_minute, paused
FROM lines WHERE sale_id = ANY ($1) ORDER BY sale_id FOR NO KEY UPDATE";

const LINES_TO_STAND: &str = "-- lines to stand
SELECT sale_id, epoch, server_run, allocated, head, given, closed_tail, capacity, rate_per_minute, paused
FROM lines WHERE sale_id = ANY ($1) ORDER BY sale_id FOR SHARE";

const CODES: &str = "-- codes
SELECT c.sale_id, c.code_hash, c.uses, c.used, c.created_at
FROM unnest($1::uuid[], $2::bytea[]) AS named (sale_id, code_hash) JOIN sale_codes c USING (sale_id, code_hash)
ORDER BY c.sale_id, c.code_hash FOR NO KEY UPDATE OF c";

/// Guarded by the lock of the wallet, as is what people own.
const CODE_USES: &str = "-- code uses
SELECT u.sale_id, u.code_hash, u.user_id, u.used_at
FROM unnest($1::uuid[], $2::uuid[]) AS named (sale_id, user_id) JOIN code_uses u USING (sale_id, user_id)";

const OWNED: &str =
    "-- owned seats\nSELECT user_id, concert_id, owned FROM owned_seats WHERE user_id = ANY ($1)";

const SALES: &str = concat!("-- sales\nSELECT ", sale_columns!(), " FROM sales WHERE id = ANY ($1)");

/// The named concerts, members of sales, and those in which owners have something.
const CONCERTS: &str = "-- concerts
SELECT id, name, capacity, price, opening_at, closing_at, event_date, created_at, updated_at,
    ARRAY(SELECT sale_id FROM sale_concerts WHERE concert_id = id)
FROM concerts WHERE id IN (
    SELECT unnest($1::uuid[])
    UNION SELECT concert_id FROM sale_concerts WHERE sale_id = ANY ($2)
    UNION SELECT concert_id FROM owned_seats WHERE user_id = ANY ($3)
    UNION SELECT concert_id FROM seats WHERE holder_id = ANY ($3) AND paid_at IS NULL
)";

const BILLS: &str = "-- bills
SELECT b.concert_id, b.seat_no, b.id, b.holder_id, b.seat_id, b.amount, b.created_at
FROM unnest($1::uuid[], $2::integer[]) AS named (concert_id, seat_no) JOIN bills b USING (concert_id, seat_no)";

const REQUESTS: &str = "-- requests
SELECT r.user_id, r.key, r.content, r.outcome, r.created_at
FROM unnest($1::uuid[], $2::text[]) AS named (user_id, key) JOIN requests r USING (user_id, key)";

const CLOCK: &str = "-- clock
SELECT clock_timestamp(), pg_current_xact_id()::text";

/// Every statement of a load.
pub(super) const STATEMENTS: [&str; 15] = [
    BEGIN,
    NEWCOMERS,
    WALLETS,
    PASSES,
    SEATS,
    CODES,
    LINES_TO_CHANGE,
    LINES_TO_STAND,
    CODE_USES,
    OWNED,
    SALES,
    CONCERTS,
    BILLS,
    REQUESTS,
    CLOCK,
];

/// What a load found.
pub(super) struct Found {
    pub(super) rows: Rows,
    /// The rows of lines that were wanted to be changed.
    pub(super) lines: Vec<LineRow>,
    /// Users whom this load has inserted, unknown to the rules.
    pub(super) newcomers: BTreeSet<UserId>,
    /// PostgreSQL's clock after the last lock.
    pub(super) now: Timestamp,
    /// Identifies the transaction when its outcome is queried.
    pub(super) transaction: String,
}

/// The pending answers, in the order in which their statements were sent.
struct Answers<'a> {
    begin: Answer<'a>,
    newcomers: Option<Answer<'a>>,
    wallets: Option<Answer<'a>>,
    passes: Option<Answer<'a>>,
    seats: Option<Answer<'a>>,
    codes: Option<Answer<'a>>,
    lines: Option<Answer<'a>>,
    code_uses: Option<Answer<'a>>,
    owned: Option<Answer<'a>>,
    sales: Option<Answer<'a>>,
    plans: Option<Answer<'a>>,
    concerts: Option<Answer<'a>>,
    bills: Option<Answer<'a>>,
    requests: Option<Answer<'a>>,
    clock: Answer<'a>,
}

/// Loads what is wanted, after inserting rows for users who are not `known` to have any.
pub(super) async fn load(
    session: &Session,
    wanted: &Wanted,
    known: &HashSet<UserId>,
) -> Result<Found, StoreError> {
    let answers = send(session, wanted, known);
    answers.begin.rows().await?;
    let newcomers = all(answers.newcomers, |row| Ok(UserId(row::column("users", row, 0)?))).await?;
    let newcomers: BTreeSet<UserId> = newcomers.into_iter().collect();
    let mut rows = Rows { wallets: all(answers.wallets, row::wallet).await?, ..Rows::default() };
    if rows.wallets.len() != wanted.scope.users.len() {
        return Err(StoreError::Conflict("a known user is gone".to_owned()));
    }
    rows.wallets.retain(|wallet| !newcomers.contains(&wallet.user));
    rows.users = rows.wallets.iter().map(|wallet| wallet.user).collect();
    rows.passes = all(answers.passes, row::pass).await?;
    rows.seats = all(answers.seats, row::seat).await?;
    rows.codes = all(answers.codes, row::code).await?;
    let mut lines = all(answers.lines, row::line).await?;
    rows.epochs = lines.iter().map(|line| (line.sale, line.epoch)).collect();
    lines.retain(|line| wanted.lines.contains(&line.sale));
    rows.code_uses = all(answers.code_uses, row::code_use).await?;
    rows.owned = all(answers.owned, row::owned_seats).await?;
    rows.sales = all(answers.sales, row::sale).await?;
    rows.plans = all(answers.plans, row::plan_id).await?;
    rows.concerts = all(answers.concerts, row::concert).await?;
    rows.bills = all(answers.bills, row::bill).await?;
    rows.requests = all(answers.requests, row::request).await?;
    let clock = answers.clock.rows().await?;
    let clock = clock.first().ok_or_else(|| StoreError::RolledBack("no clock".to_owned()))?;
    let (now, transaction) = (row::time("clock", clock, 0)?, row::column("clock", clock, 1)?);
    Ok(Found { rows, lines, newcomers, now, transaction })
}

fn send<'a>(session: &'a Session, wanted: &Wanted, known: &HashSet<UserId>) -> Answers<'a> {
    let scope = &wanted.scope;
    let unknown: Vec<Uuid> =
        scope.users.iter().filter(|user| !known.contains(*user)).map(|user| user.0).collect();
    let lines = if wanted.is_to_change_lines() { LINES_TO_CHANGE } else { LINES_TO_STAND };
    // The order of the fields is the order of the locks.
    Answers {
        begin: session.send(BEGIN, vec![]),
        newcomers: (!unknown.is_empty()).then(|| {
            let wallets: Vec<Uuid> = unknown.iter().map(|user| Uuid::new_v5(user, b"wallet")).collect();
            session.send(NEWCOMERS, params![unknown, wallets])
        }),
        wallets: send_by_id(session, WALLETS, ids(&scope.users, |user| user.0)),
        passes: (!scope.passes.is_empty()).then(|| {
            let (sales, numbers) = pass_keys(&scope.passes);
            session.send(PASSES, params![sales, numbers])
        }),
        seats: send_seats(session, scope),
        codes: (!scope.codes.is_empty()).then(|| {
            let (sales, hashes): (Vec<Uuid>, Vec<Vec<u8>>) =
                scope.codes.iter().map(|(sale, hash)| (sale.0, hash.0.to_vec())).unzip();
            session.send(CODES, params![sales, hashes])
        }),
        lines: send_by_id(session, lines, ids(&wanted.all_lines(), |sale| sale.0)),
        code_uses: (!scope.code_uses.is_empty()).then(|| {
            let (sales, users): (Vec<Uuid>, Vec<Uuid>) =
                scope.code_uses.iter().map(|(sale, user)| (sale.0, user.0)).unzip();
            session.send(CODE_USES, params![sales, users])
        }),
        owned: send_by_id(session, OWNED, ids(&scope.owners, |user| user.0)),
        sales: send_by_id(session, SALES, ids(&scope.sales, |sale| sale.0)),
        plans: send_by_id(session, PLANS, ids(&scope.plans, |plan| plan.0)),
        concerts: send_concerts(session, scope),
        bills: (!scope.billed.is_empty()).then(|| {
            let (concerts, seat_nos) = seat_keys(&scope.billed);
            session.send(BILLS, params![concerts, seat_nos])
        }),
        requests: (!scope.requests.is_empty()).then(|| {
            let requests = scope.requests.iter();
            let (users, keys): (Vec<Uuid>, Vec<String>) =
                requests.map(|(user, key)| (user.0, key.as_str().to_owned())).unzip();
            session.send(REQUESTS, params![users, keys])
        }),
        clock: session.send(CLOCK, vec![]),
    }
}

/// Sends a statement about the rows of some identities, if there are any.
fn send_by_id<'a>(session: &'a Session, sql: &'static str, ids: Vec<Uuid>) -> Option<Answer<'a>> {
    (!ids.is_empty()).then(|| session.send(sql, params![ids]))
}

fn ids<Id>(all: &BTreeSet<Id>, id: fn(&Id) -> Uuid) -> Vec<Uuid> {
    all.iter().map(id).collect()
}

fn send_concerts<'a>(session: &'a Session, scope: &Scope) -> Option<Answer<'a>> {
    let named = ids(&scope.concerts, |concert| concert.0);
    let (sales, owners) = (ids(&scope.concerts_of, |sale| sale.0), ids(&scope.owners, |user| user.0));
    let is_wanted = !(named.is_empty() && sales.is_empty() && owners.is_empty());
    is_wanted.then(|| session.send(CONCERTS, params![named, sales, owners]))
}

fn send_seats<'a>(session: &'a Session, scope: &Scope) -> Option<Answer<'a>> {
    let (concerts, seat_nos) = seat_keys(&scope.seats);
    let holders = ids(&scope.holders, |holder| holder.0);
    let is_wanted = !(concerts.is_empty() && holders.is_empty());
    is_wanted.then(|| session.send(SEATS, params![concerts, seat_nos, holders]))
}

/// A number out of the column's range names no row.
fn seat_keys(seats: &BTreeSet<SeatKey>) -> (Vec<Uuid>, Vec<i32>) {
    let seats = seats.iter().filter_map(|key| Some((key.concert.0, i32::try_from(key.seat_no).ok()?)));
    seats.unzip()
}

fn pass_keys(passes: &BTreeSet<PassKey>) -> (Vec<Uuid>, Vec<i64>) {
    passes.iter().filter_map(|key| Some((key.sale.0, i64::try_from(key.number).ok()?))).unzip()
}

async fn all<T>(answer: Option<Answer<'_>>, read: fn(&Row) -> RowResult<T>) -> RowResult<Vec<T>> {
    match answer {
        Some(answer) => answer.rows().await?.iter().map(read).collect(),
        None => Ok(Vec::new()),
    }
}
