//! The yardsticks: bare axum and raw SQLite.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use rusqlite::{Connection, params};

/// A bare axum handler that answers `GET` and `POST /v1/enqueues` with `body`, in a process of its own.
pub(crate) async fn serve_bare_axum(listen: SocketAddr, body: String) {
    let body: &'static str = body.leak();
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    let listener = tokio::net::TcpListener::bind(listen).await.expect("a free port");
    eprintln!("{{\"address\":\"http://{}\"}}", listener.local_addr().expect("an address"));
    let router = Router::new().route("/v1/enqueues", get(answer).post(answer));
    axum::serve(listener, router).await.expect("serving");
}

/// Reservations per second that SQLite reaches with one durable commit each, which changes one row.
pub(crate) fn sqlite_reservations_per_second(folder: &Path, lasting: Duration) -> f64 {
    let db = sale(&folder.join("yardstick-reservations.sqlite"));
    let mut hold = db.prepare("UPDATE seats SET holder = ?2, deadline = ?3 WHERE seat_no = ?1").expect("SQL");
    per_second(lasting, |seat_no, time| {
        // SQLite does not write unchanged rows, so every update must change its row.
        hold.execute(params![seat_no, time.to_be_bytes().repeat(2), time]).expect("one durable change");
    })
}

/// Payments per second that SQLite reaches with one durable commit each: wallet, seat, bill, two ledger
/// entries and pass, in the simplest SQL.
pub(crate) fn sqlite_payments_per_second(folder: &Path, lasting: Duration) -> f64 {
    let db = sale(&folder.join("yardstick-payments.sqlite"));
    let statements = [
        "UPDATE wallets SET amount = amount - 1 WHERE user_id = ?1",
        "UPDATE seats SET paid_at = ?2 WHERE seat_no = ?1",
        "INSERT INTO bills (seat_no, holder, amount, created_at) VALUES (?1, ?1, 1, ?2)
            ON CONFLICT DO UPDATE SET created_at = ?2",
        "INSERT INTO ledger (account, amount, created_at) VALUES (?1, -1, ?2), (0, 1, ?2)",
        "UPDATE passes SET ended_at = ?2 WHERE number = ?1",
    ];
    let mut prepared = statements.map(|sql| (sql, db.prepare(sql).expect("SQL")));
    per_second(lasting, |seat_no, time| {
        db.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
        for (sql, statement) in &mut prepared {
            let done = if sql.contains("?2") {
                statement.execute(params![seat_no, time])
            } else {
                statement.execute(params![seat_no])
            };
            done.expect("one change");
        }
        db.execute_batch("COMMIT").expect("a durable commit");
    })
}

/// Tables with 50,000 seats, people and passes.
fn sale(path: &Path) -> Connection {
    let db = Connection::open(path).expect("a database");
    let setup = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS seats (seat_no INTEGER PRIMARY KEY, holder BLOB, deadline INTEGER, paid_at INTEGER);
        CREATE TABLE IF NOT EXISTS wallets (user_id INTEGER PRIMARY KEY, amount INTEGER);
        CREATE TABLE IF NOT EXISTS passes (number INTEGER PRIMARY KEY, ended_at INTEGER);
        CREATE TABLE IF NOT EXISTS bills (seat_no INTEGER PRIMARY KEY, holder, amount INTEGER, created_at INTEGER);
        CREATE TABLE IF NOT EXISTS ledger (id INTEGER PRIMARY KEY, account INTEGER, amount INTEGER, created_at INTEGER);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
        INSERT OR IGNORE INTO seats (seat_no) SELECT i FROM n;
        INSERT OR IGNORE INTO wallets SELECT seat_no, 1000000 FROM seats;
        INSERT OR IGNORE INTO passes SELECT seat_no, NULL FROM seats;";
    db.execute_batch(setup).expect("a sale");
    db
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn per_second(lasting: Duration, mut change: impl FnMut(i64, i64)) -> f64 {
    let first = jiff::Timestamp::now().as_microsecond();
    let (start, mut count) = (Instant::now(), 0_i64);
    while start.elapsed() < lasting {
        change(count % 50_000 + 1, first + count);
        count += 1;
    }
    count as f64 / start.elapsed().as_secs_f64()
}
