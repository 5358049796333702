//! Rows that contradict themselves, planted past every door: an error with its address, and nobody else's.

use onsale_booking::Command;
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Reads};

use crate::support::asks::{charge, guest, keyed, pay, reserve};
use crate::{Hand, admit, wanted};

/// What is planted, what touches it, and what its address must name.
fn plants() -> Vec<(&'static str, Command, [&'static str; 2])> {
    let (alice, bob) = (guest("alice"), guest("bob"));
    vec![
        (
            "ALTER TABLE seats DROP CONSTRAINT seats_check1; UPDATE seats SET deadline = NULL WHERE seat_no = 2",
            reserve(alice, &[2]),
            ["seats", "contradict"],
        ),
        (
            "UPDATE seats SET deadline = 'infinity' WHERE seat_no = 2",
            reserve(alice, &[2]),
            ["seat_no=2", "deadline"],
        ),
        (
            "ALTER TABLE passes DROP CONSTRAINT passes_check1, DROP CONSTRAINT passes_check4;
             UPDATE passes SET lasts_until = NULL WHERE number = 2",
            admit(bob),
            ["number=2", "contradict"],
        ),
        ("UPDATE requests SET outcome = '{}'", keyed(charge(bob, 5), "k"), ["key=k", "outcome"]),
        ("UPDATE bills SET created_at = 'infinity'", pay(alice, &[1]), ["bills", "created_at"]),
        (
            "ALTER TABLE concerts DROP CONSTRAINT concerts_capacity_check; UPDATE concerts SET capacity = -1",
            reserve(alice, &[4]),
            ["concerts", "capacity"],
        ),
    ]
}

#[tokio::test]
async fn an_impossible_row_is_an_error_with_its_address() {
    for (plant, command, address) in plants() {
        let mut hand = Hand::after_payment().await;
        hand.ok(reserve(guest("bob"), &[2])).await;
        hand.ok(keyed(charge(guest("bob"), 5), "k")).await;
        hand.fixture.sql().await.batch_execute(plant).await.expect(plant);
        let Err(StoreError::ImpossibleRow(told)) = hand.backends[0].load(&wanted(&[command])).await else {
            panic!("{plant}")
        };
        assert!(address.iter().all(|word| told.contains(word)), "{plant}: {told}");
        // Nothing is left open: the next batch is loaded as if nothing had been.
        hand.ok(charge(guest("dave"), 1)).await;
    }
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
    let Err(StoreError::ImpossibleRow(told)) = hand.reads.audit().await else { panic!("not seen") };
    assert!(told.contains("seat_no=1"), "{told}");
}
