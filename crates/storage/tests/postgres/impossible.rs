//! Rows that contradict themselves, written around the store: an error that names the row, and no harm to
//! others.

use onsale_booking::Command;
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Reads};

use crate::support::commands::{MAIN_SALE, charge, hold, holder, keyed, pay};
use crate::{Hand, admit, wanted};

/// What is planted, what touches it, and what the error must name.
fn plants() -> Vec<(&'static str, Command, [&'static str; 2])> {
    let (alice, bob) = (holder("alice"), holder("bob"));
    vec![
        (
            "ALTER TABLE seats DROP CONSTRAINT seats_check1; UPDATE seats SET deadline = NULL WHERE seat_no = 2",
            hold(alice, &[2]),
            ["seats", "contradict"],
        ),
        (
            "UPDATE seats SET deadline = 'infinity' WHERE seat_no = 2",
            hold(alice, &[2]),
            ["seat_no=2", "deadline"],
        ),
        (
            "ALTER TABLE passes DROP CONSTRAINT passes_check1, DROP CONSTRAINT passes_check4;
             UPDATE passes SET lasts_until = NULL WHERE number = 2",
            admit(bob),
            ["number=2", "contradict"],
        ),
        (
            "ALTER TABLE seats DROP CONSTRAINT seats_check4; UPDATE seats SET pass_number = NULL WHERE seat_no = 2",
            hold(alice, &[2]),
            ["seats", "contradict"],
        ),
        (
            "ALTER TABLE seats DROP CONSTRAINT seats_check5; UPDATE seats SET kept = true WHERE seat_no = 2",
            hold(alice, &[2]),
            ["seats", "contradict"],
        ),
        (
            "ALTER TABLE seats DROP CONSTRAINT seats_kind_check; UPDATE seats SET kind = 'sofa' WHERE seat_no = 2",
            hold(alice, &[2]),
            ["seat_no=2", "kind"],
        ),
        (
            "ALTER TABLE owned_seats DROP CONSTRAINT owned_seats_owned_check; UPDATE owned_seats SET owned = -1",
            hold(alice, &[4]),
            ["owned_seats", "owned"],
        ),
        (
            "ALTER TABLE sales DROP CONSTRAINT sales_access_check; UPDATE sales SET access = 'nobody'",
            hold(alice, &[4]),
            ["sales", "access"],
        ),
        (
            "ALTER TABLE sales DROP CONSTRAINT sales_seats_per_person_check; UPDATE sales SET seats_per_person = -1",
            hold(alice, &[4]),
            ["sales", "seats_per_person"],
        ),
        ("UPDATE requests SET outcome = '{}'", keyed(charge(bob, 5), "k"), ["key=k", "outcome"]),
        ("UPDATE bills SET created_at = 'infinity'", pay(alice, &[1]), ["bills", "created_at"]),
        (
            "ALTER TABLE concerts DROP CONSTRAINT concerts_capacity_check; UPDATE concerts SET capacity = -1",
            hold(alice, &[4]),
            ["concerts", "capacity"],
        ),
    ]
}

#[tokio::test]
async fn an_impossible_row_is_an_error_with_its_address() {
    for (plant, command, address) in plants() {
        let mut hand = Hand::after_payment().await;
        hand.ok(hold(holder("bob"), &[2])).await;
        hand.ok(keyed(charge(holder("bob"), 5), "k")).await;
        hand.fixture.sql().await.batch_execute(plant).await.expect(plant);
        let Err(StoreError::ImpossibleRow(message)) = hand.backends[0].load(&wanted(&[command])).await else {
            panic!("{plant}")
        };
        assert!(address.iter().all(|word| message.contains(word)), "{plant}: {message}");
        // No transaction is left open: the next batch loads as if nothing had happened.
        hand.ok(charge(holder("dave"), 1)).await;
    }
}

#[tokio::test]
async fn a_capacity_that_no_line_can_have_is_named() {
    let hand = Hand::before_payment(1).await;
    let plant = "ALTER TABLE lines DROP CONSTRAINT lines_capacity_check; UPDATE lines SET capacity = 1000001";
    hand.fixture.sql().await.batch_execute(plant).await.unwrap();
    let read = hand.reads.line_row(MAIN_SALE).await;
    let Err(StoreError::ImpossibleRow(message)) = read else { panic!("{read:?}") };
    assert!(message.contains("lines") && message.contains("capacity: 1000001"), "{message}");
}

#[tokio::test]
async fn reads_name_the_row_too() {
    let hand = Hand::before_payment(1).await;
    hand.fixture
        .sql()
        .await
        .batch_execute("UPDATE seats SET deadline = 'infinity' WHERE seat_no = 1")
        .await
        .unwrap();
    let Err(StoreError::ImpossibleRow(message)) = hand.reads.audit().await else { panic!("not seen") };
    assert!(message.contains("seat_no=1"), "{message}");
}
