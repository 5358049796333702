//! What each figure is measured against, as fast as its kind can be had: bare axum, raw SQLite.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use rusqlite::{Connection, params};

/// A bare axum handler that answers `GET /v1/enqueues` with `body`, in a process of its own.
pub(crate) async fn serve_bare_axum(listen: SocketAddr, body: String) {
    let body: &'static str = body.leak();
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    let listener = tokio::net::TcpListener::bind(listen).await.expect("a free port");
    eprintln!("{{\"address\":\"http://{}\"}}", listener.local_addr().expect("an address"));
    let router = Router::new().route("/v1/enqueues", get(answer));
    axum::serve(listener, router).await.expect("serving");
}

/// Durable commits per second that SQLite gives with one commit for each change of a seat.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn sqlite_commits_per_second(folder: &Path, lasting: Duration) -> f64 {
    let db = Connection::open(folder.join("yardstick.sqlite")).expect("a database");
    let setup = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS seats (seat_no INTEGER PRIMARY KEY, holder BLOB, deadline INTEGER) STRICT;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
        INSERT OR IGNORE INTO seats (seat_no) SELECT i FROM n;";
    db.execute_batch(setup).expect("a table of seats");
    let mut update =
        db.prepare("UPDATE seats SET holder = ?2, deadline = ?3 WHERE seat_no = ?1").expect("SQL");
    let (start, mut count) = (Instant::now(), 0_i64);
    while start.elapsed() < lasting {
        update.execute(params![count % 50_000 + 1, [7_u8; 16], count]).expect("one durable change");
        count += 1;
    }
    count as f64 / start.elapsed().as_secs_f64()
}
