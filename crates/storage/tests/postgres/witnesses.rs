//! The schema itself refuses what the rules would never write.

use onsale_plan::samples;
use tokio_postgres::Client;

use crate::support::commands::{add_plan, hold, holder, leave, pay};
use crate::support::fixture::StoreFixture;
use crate::support::postgres::PostgresFixture;
use crate::support::sale::Sale;
use crate::support::sales::{IMPOSSIBLE_SALES, sales_in_every_state};

/// Alice owns seat 1, bob holds seat 2, carol has left.
async fn sale() -> Sale<PostgresFixture> {
    let sale = Sale::open(PostgresFixture::fresh().await).await;
    let (alice, bob) = (sale.rich(holder("alice"), 5_000).await, sale.inside(holder("bob")).await);
    sale.ok(hold(alice, &[1])).await;
    sale.ok(pay(alice, &[1])).await;
    sale.ok(hold(bob, &[2])).await;
    let carol = sale.inside(holder("carol")).await;
    sale.ok(leave(carol)).await;
    sale
}

async fn refused(db: &Client, sql: &str) {
    let error = db.batch_execute(sql).await.expect_err(sql);
    let code = error.code().map_or("", |code| code.code());
    // 23: constraints. 22: values out of range. P0001: what onsale's own functions raise.
    assert!(code.starts_with("23") || code.starts_with("22") || code == "P0001", "{sql}: {error:?}");
}

#[tokio::test]
async fn nothing_impossible_can_be_written() {
    let sale = sale().await;
    sales_in_every_state(&sale).await;
    let db = sale.fixture.sql().await;
    for sql in IMPOSSIBLE_SALES {
        refused(&db, sql).await;
    }
    for sql in [
        // A second bill for a seat.
        "INSERT INTO bills SELECT gen_random_uuid(), holder_id, seat_id, concert_id, seat_no, amount, created_at
         FROM bills",
        "UPDATE bills SET amount = -1",
        // A sold seat is nobody else's, and not for sale.
        "UPDATE seats SET holder_id = (SELECT holder_id FROM seats WHERE seat_no = 2) WHERE seat_no = 1",
        "UPDATE seats SET holder_id = NULL, reserved_at = NULL, deadline = NULL, paid_at = NULL, pass_sale_id = NULL,
            pass_number = NULL WHERE seat_no = 1",
        // Seats that are half of something.
        "UPDATE seats SET deadline = NULL WHERE seat_no = 2",
        "UPDATE seats SET reserved_at = NULL WHERE seat_no = 2",
        "UPDATE seats SET holder_id = NULL WHERE seat_no = 2",
        "UPDATE seats SET holder_id = gen_random_uuid() WHERE seat_no = 3",
        "UPDATE seats SET paid_at = created_at WHERE seat_no = 3",
        "UPDATE seats SET paid_at = deadline WHERE seat_no = 2",
        "UPDATE seats SET paid_at = reserved_at - interval '1 microsecond' WHERE seat_no = 2",
        // Money that is not there.
        "UPDATE charges SET amount = -1",
        "INSERT INTO charges SELECT gen_random_uuid(), id, 0, created_at, updated_at FROM charges",
        "UPDATE ledger_entries SET amount = 0",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "INSERT INTO ledger_entries (movement_id, account, amount, created_at)
         VALUES (gen_random_uuid(), 'wallet', 1, now())",
        "INSERT INTO ledger_entries (movement_id, account, amount, created_at)
         VALUES (gen_random_uuid(), 'gift', 1, now())",
        // A log that forgets, or says nothing.
        "UPDATE operator_log SET operator = NULL",
        "DELETE FROM operator_log",
        "TRUNCATE operator_log",
        "INSERT INTO operator_log (at, action, detail) VALUES (now(), '', '{}')",
        "INSERT INTO operator_log (at, action, detail) VALUES (now(), 'dials_turned', '{')",
        // A pass that comes back, or is neither here nor there.
        "UPDATE passes SET ended_at = NULL, ended_by = NULL WHERE ended_by = 'left'",
        "UPDATE passes SET user_id = (SELECT user_id FROM passes WHERE number = 2) WHERE ended_by = 'paid'",
        "UPDATE passes SET ended_at = now() WHERE ended_at IS NULL",
        "UPDATE passes SET ended_at = now(), ended_by = 'tired' WHERE ended_at IS NULL",
        "UPDATE passes SET lasts_until = admitted_until - interval '1 microsecond' WHERE ended_at IS NULL",
        "UPDATE passes SET admitted_at = NULL WHERE ended_at IS NULL",
        // Concerts and lines that make no sense.
        "UPDATE concerts SET capacity = 0",
        "UPDATE concerts SET price = -1",
        "UPDATE concerts SET closing_at = opening_at",
        "UPDATE concerts SET event_date = closing_at - interval '1 microsecond'",
        "UPDATE lines SET closed_tail = allocated + 1",
        "UPDATE lines SET epoch = 0",
        "UPDATE lines SET capacity = 1000001",
        "UPDATE lines SET given = allocated + 1",
        // A line without a sale.
        "INSERT INTO lines (sale_id, epoch, allocated, head, given) VALUES (gen_random_uuid(), 1, 0, 0, 0)",
        "UPDATE charges SET amount = 'much'",
    ] {
        refused(&db, sql).await;
    }
    for table in
        ["users", "sales", "concerts", "seats", "charges", "ledger_entries", "bills", "passes", "lines"]
    {
        refused(&db, &format!("INSERT INTO {table} SELECT * FROM {table}")).await;
    }
    sale.assert_clean().await;
}

#[tokio::test]
async fn a_plan_never_changes() {
    let sale: Sale<PostgresFixture> = Sale::open(PostgresFixture::fresh().await).await;
    sale.ok(add_plan(samples::CLUB)).await;
    let db = sale.fixture.sql().await;
    for sql in [
        "UPDATE plans SET seats = 299",
        "UPDATE plans SET name = 'Other'",
        "DELETE FROM plans",
        "INSERT INTO plans SELECT * FROM plans",
    ] {
        refused(&db, sql).await;
    }
    sale.assert_clean().await;
}
