//! The schema itself refuses what the rules would never write.

use onsale_plan::samples;
use rusqlite::{Connection, ErrorCode};

use crate::support::commands::{add_plan, hold, holder, leave, pay};
use crate::support::fixture::SqliteFixture;
use crate::support::sale::Sale;
use crate::support::sales::{IMPOSSIBLE_SALES, sales_in_every_state};

/// Alice owns seat 1, bob holds seat 2, carol has left.
async fn sale() -> Sale<SqliteFixture> {
    let sale = Sale::open(SqliteFixture::new()).await;
    let (alice, bob) = (sale.rich(holder("alice"), 5_000).await, sale.inside(holder("bob")).await);
    sale.ok(hold(alice, &[1])).await;
    sale.ok(pay(alice, &[1])).await;
    sale.ok(hold(bob, &[2])).await;
    let carol = sale.inside(holder("carol")).await;
    sale.ok(leave(carol)).await;
    sale
}

fn refused(db: &Connection, sql: &str) {
    let error = db.execute_batch(sql).expect_err(sql);
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::ConstraintViolation), "{sql}: {error}");
}

#[tokio::test]
async fn nothing_impossible_can_be_written() {
    let sale = sale().await;
    sales_in_every_state(&sale).await;
    let db = sale.fixture.sql();
    for sql in IMPOSSIBLE_SALES {
        refused(&db, sql);
    }
    for sql in [
        // A second bill for a seat, and a bill of nobody.
        "INSERT INTO bills SELECT randomblob(16), holder_id, seat_id, concert_id, seat_no, amount, created_at
         FROM bills",
        "INSERT INTO bills SELECT randomblob(16), randomblob(16), randomblob(16), concert_id, seat_no, amount,
         created_at FROM bills",
        "UPDATE bills SET amount = -1",
        // A sold seat is nobody else's, and not for sale.
        "UPDATE seats SET holder_id = (SELECT holder_id FROM seats WHERE seat_no = 2) WHERE seat_no = 1",
        "UPDATE seats SET holder_id = NULL, reserved_at = NULL, deadline = NULL, paid_at = NULL,
         pass_sale_id = NULL, pass_number = NULL
         WHERE seat_no = 1",
        // Seats that are half of something.
        "UPDATE seats SET deadline = NULL WHERE seat_no = 2",
        "UPDATE seats SET reserved_at = NULL WHERE seat_no = 2",
        "UPDATE seats SET holder_id = NULL WHERE seat_no = 2",
        "UPDATE seats SET holder_id = randomblob(16) WHERE seat_no = 3",
        "UPDATE seats SET kept = 2 WHERE seat_no = 3",
        "UPDATE seats SET paid_at = created_at WHERE seat_no = 3",
        "UPDATE seats SET paid_at = deadline WHERE seat_no = 2",
        "UPDATE seats SET paid_at = reserved_at - 1 WHERE seat_no = 2",
        "INSERT INTO seats SELECT concert_id, seat_no, id, price, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, created_at
         FROM seats",
        // Money that is not there.
        "UPDATE charges SET amount = -1",
        "INSERT INTO charges SELECT randomblob(16), id, 0, 0, 0 FROM charges",
        "UPDATE ledger_entries SET amount = 0",
        "DELETE FROM ledger_entries",
        "INSERT INTO ledger_entries (movement_id, account, amount, created_at) VALUES (x'00', 'wallet', 1, 1)",
        "INSERT INTO ledger_entries (movement_id, account, amount, created_at) VALUES (x'00', 'gift', 1, 1)",
        // A log that forgets, or says nothing.
        "UPDATE operator_log SET operator = NULL",
        "DELETE FROM operator_log",
        "INSERT INTO operator_log (at, operator, action, detail) VALUES (1, x'00', 'dials_turned', '{}')",
        "INSERT INTO operator_log (at, action, detail) VALUES (1, '', '{}')",
        "INSERT INTO operator_log (at, action, detail) VALUES (1, 'dials_turned', '{')",
        // A pass that comes back, or is neither here nor there.
        "UPDATE passes SET ended_at = NULL, ended_by = NULL WHERE ended_by = 'left'",
        "UPDATE passes SET user_id = (SELECT user_id FROM passes WHERE number = 2) WHERE ended_by = 'paid'",
        "UPDATE passes SET ended_at = 1 WHERE ended_at IS NULL",
        "UPDATE passes SET ended_at = 1, ended_by = 'tired' WHERE ended_at IS NULL",
        "UPDATE passes SET lasts_until = admitted_until - 1 WHERE ended_at IS NULL",
        "UPDATE passes SET admitted_at = NULL WHERE ended_at IS NULL",
        // Concerts and lines that make no sense.
        "UPDATE concerts SET capacity = 0",
        "UPDATE concerts SET price = -1",
        "UPDATE concerts SET closing_at = opening_at",
        "UPDATE concerts SET event_date = closing_at - 1",
        "UPDATE lines SET closed_tail = allocated + 1",
        "UPDATE lines SET epoch = 0",
        "UPDATE lines SET given = allocated + 1",
        // A line without a sale.
        "INSERT INTO lines (sale_id, epoch, allocated, head, given) VALUES (randomblob(16), 1, 0, 0, 0)",
        "UPDATE lines SET capacity = 1000001",
        // A type that a column does not have.
        "UPDATE charges SET amount = 'much'",
    ] {
        refused(&db, sql);
    }
    drop(db);
    sale.assert_clean().await;
}

#[tokio::test]
async fn two_rows_of_one_thing_cannot_be_written() {
    let sale = sale().await;
    let db = sale.fixture.sql();
    for table in ["users", "concerts", "seats", "charges", "bills", "passes", "lines", "operator_log"] {
        refused(&db, &format!("INSERT INTO {table} SELECT * FROM {table}"));
    }
}

#[tokio::test]
async fn a_plan_never_changes() {
    let sale = Sale::open(SqliteFixture::new()).await;
    sale.ok(add_plan(samples::CLUB)).await;
    let db = sale.fixture.sql();
    for sql in [
        "UPDATE plans SET seats = 299",
        "UPDATE plans SET name = 'Other'",
        "DELETE FROM plans",
        "INSERT INTO plans SELECT * FROM plans",
    ] {
        refused(&db, sql);
    }
    sale.assert_clean().await;
}

#[tokio::test]
async fn a_plan_that_was_exchanged_is_caught() {
    for plant in ["seats = 299", "name = 'Other'", "hash = zeroblob(32)", "content = x'78'"] {
        let sale = Sale::open(SqliteFixture::new()).await;
        sale.ok(add_plan(samples::CLUB)).await;
        let plant = format!("DROP TRIGGER a_plan_never_changes; UPDATE plans SET {plant}");
        sale.fixture.sql().execute_batch(&plant).unwrap();
        let (breaches, _) = sale.store.reads.audit().await.unwrap();
        assert!(breaches.len() == 1 && breaches[0].0.starts_with("plan "), "{plant}: {breaches:?}");
    }
}
