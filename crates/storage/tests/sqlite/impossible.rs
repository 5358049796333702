//! Rows that contradict themselves, written around the store: an error that names the row, and no harm to
//! others.

use onsale_booking::{Command, Scope};
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Reads, Wanted};
use onsale_storage::sqlite;
use onsale_storage::writer::WriteError;

use crate::support::commands::{MAIN_SALE, admit, charge, hold, holder, keyed, member, pay};
use crate::support::fixture::{SqliteFixture, StoreFixture};
use crate::support::sale::Sale;

/// Alice owns seat 1, bob holds seat 2 and has charged under a key.
async fn sale() -> Sale<SqliteFixture> {
    let sale = Sale::open(SqliteFixture::new()).await;
    let (alice, bob) = (sale.rich(holder("alice"), 5_000).await, sale.inside(holder("bob")).await);
    sale.ok(hold(alice, &[1])).await;
    sale.ok(pay(alice, &[1])).await;
    sale.ok(hold(bob, &[2])).await;
    sale.ok(keyed(charge(bob, 5), "k")).await;
    sale
}

/// What is planted, what touches it, and what the error must name.
fn plants() -> Vec<(&'static str, Command, [&'static str; 2])> {
    let (alice, bob) = (holder("alice"), holder("bob"));
    vec![
        ("UPDATE seats SET deadline = NULL WHERE seat_no = 2", hold(alice, &[2]), ["seats", "contradict"]),
        ("UPDATE seats SET pass_number = NULL WHERE seat_no = 2", hold(alice, &[2]), ["seats", "contradict"]),
        ("UPDATE seats SET kept = 1 WHERE seat_no = 2", hold(alice, &[2]), ["seats", "contradict"]),
        ("UPDATE seats SET kind = 'sofa' WHERE seat_no = 2", hold(alice, &[2]), ["seats", "kind"]),
        ("UPDATE owned_seats SET owned = -1", hold(alice, &[4]), ["owned seats", "owned"]),
        ("UPDATE sales SET access = 'nobody'", hold(alice, &[4]), ["sales", "access"]),
        (
            "DROP TRIGGER opened_stays_opened; UPDATE sales SET \"order\" = 'draw'",
            admit(member(9)),
            ["sales", "commitment"],
        ),
        ("UPDATE sales SET seats_per_person = -1", hold(alice, &[4]), ["sale", "seats_per_person"]),
        ("UPDATE seats SET id = x'01' WHERE seat_no = 3", hold(alice, &[3]), ["seat_no=3", "id"]),
        ("UPDATE passes SET lasts_until = NULL WHERE number = 2", admit(bob), ["passes 2", "contradict"]),
        ("UPDATE requests SET outcome = '{}'", keyed(charge(bob, 5), "k"), ["requests k", "outcome"]),
        ("UPDATE bills SET seat_id = x'01'", pay(alice, &[1]), ["bill", "seat_id"]),
        ("UPDATE bills SET created_at = 9223372036854775807", pay(alice, &[1]), ["bill", "created_at"]),
        ("UPDATE concerts SET capacity = -1", hold(alice, &[4]), ["concert", "capacity"]),
    ]
}

#[tokio::test]
async fn an_impossible_row_is_an_error_with_its_address() {
    for (plant, command, address) in plants() {
        let sale = sale().await;
        sale.store.close().await;
        let fixture = &sale.fixture;
        let (mut backend, _reads) = sqlite::open(fixture.folder(), &fixture.clock, MAIN_SALE).unwrap();
        planted(fixture, plant);
        let wanted = Wanted { scope: Scope::of([&command]), lines: [MAIN_SALE].into() };
        let Err(StoreError::ImpossibleRow(message)) = backend.load(&wanted).await else { panic!("{plant}") };
        assert!(address.iter().all(|word| message.contains(word)), "{plant}: {message}");
        // No transaction is left open: the next batch loads as if nothing had happened.
        let other = Wanted { scope: Scope::of([&charge(holder("dave"), 1)]), lines: [MAIN_SALE].into() };
        backend.load(&other).await.unwrap();
        backend.cancel().await.unwrap();
    }
}

#[tokio::test]
async fn an_impossible_row_takes_no_neighbour_down() {
    for (plant, command, _) in plants() {
        let sale = sale().await;
        planted(&sale.fixture, plant);
        let crowd = |first: u64| (first..first + 5).map(|number| charge(member(number), 7));
        let mut commands: Vec<Command> = crowd(10).collect();
        commands.push(command);
        commands.extend(crowd(20));
        let stall = sale.fixture.stall().await;
        let answers = sale.caller().batch(stall, commands).await;
        assert_eq!(answers[5], Err(WriteError::Busy), "{plant}");
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 10, "{plant}: {answers:?}");
        assert!(sale.writer.is_working());
    }
}

#[tokio::test]
async fn reads_and_starts_name_the_row_too() {
    let sale = sale().await;
    planted(&sale.fixture, "UPDATE seats SET deadline = NULL WHERE seat_no = 2");
    let Err(StoreError::ImpossibleRow(message)) = sale.store.reads.audit().await else { panic!("not seen") };
    assert!(message.contains("seats"), "{message}");
    sale.store.close().await;
    let (_backend, reads) = sqlite::open(sale.fixture.folder(), &sale.fixture.clock, MAIN_SALE).unwrap();
    let Err(StoreError::ImpossibleRow(message)) = reads.concerts().await else { panic!("not seen") };
    assert!(message.contains("seats"), "{message}");
}

#[tokio::test]
async fn a_capacity_that_no_line_can_have_is_named() {
    let sale = sale().await;
    planted(&sale.fixture, "UPDATE lines SET capacity = 1000001");
    let read = sale.store.reads.line_row(MAIN_SALE).await;
    let Err(StoreError::ImpossibleRow(message)) = read else { panic!("{read:?}") };
    assert!(message.contains("lines") && message.contains("capacity: 1000001"), "{message}");
}

#[tokio::test]
async fn an_entry_of_the_operator_log_that_says_nothing_is_named() {
    let sale = sale().await;
    planted(&sale.fixture, "INSERT INTO operator_log (at, action, detail) VALUES (1, 'concert_burnt', '{}')");
    let message = sale.store.reads.operator_log(None, 10).await;
    let Err(StoreError::ImpossibleRow(message)) = message else { panic!("{message:?}") };
    assert!(message.contains("operator_log 2"), "{message}");
}

fn planted(fixture: &SqliteFixture, sql: &str) {
    let db = fixture.sql();
    db.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF").unwrap();
    db.execute_batch(sql).unwrap();
}
