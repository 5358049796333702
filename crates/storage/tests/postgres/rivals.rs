//! Two connections at once: the one that waits for a lock decides by the rows and the time after the wait.

use std::time::Duration;

use onsale_booking::Refusal;
use onsale_storage::clock::Clock;
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Reads};
use onsale_storage::postgres;
use tokio::time::sleep;

use crate::support::commands::{MAIN_SALE, charge, hold, holder, member, pay};
use crate::{Hand, decided, wanted, write};

/// The trap: `UPDATE ... WHERE deadline > now()` is evaluated before the wait, and sells a seat after its
/// deadline.
#[tokio::test]
async fn a_payment_that_waited_past_the_deadline_is_refused() {
    let mut hand = Hand::before_payment(0).await;
    // From here on, the server's own clock counts.
    let clock = Clock::of_store();
    let (mut backends, _) = postgres::open(&hand.fixture.options(), &clock, MAIN_SALE).await.unwrap();
    let rival = hand.fixture.sql().await;
    let shorten = "UPDATE seats SET reserved_at = clock_timestamp() - interval '1 s',
        deadline = clock_timestamp() + interval '300 ms' WHERE seat_no = 1";
    rival.batch_execute(shorten).await.unwrap();
    rival.batch_execute("BEGIN; SELECT FROM seats WHERE seat_no = 1 FOR UPDATE").await.unwrap();
    let payment =
        tokio::spawn(
            async move { write(&mut backends[0], &[pay(holder("alice"), &[1])], |_| (), |_| ()).await },
        );
    // The deadline, 300 ms away by the server's clock, passes while the payment waits for the seat.
    sleep(Duration::from_millis(600)).await;
    rival.batch_execute("COMMIT").await.unwrap();
    let answers = payment.await.unwrap().unwrap();
    assert!(matches!(answers[0], Err(Refusal::HoldExpired { seat_no: 1, .. })), "{answers:?}");
    assert_eq!(hand.reads.balance(holder("alice").user).await.unwrap().0, 5_000);
    hand.ok(charge(holder("alice"), 1)).await;
}

/// A batch that waited for a seat sees who got it in the meantime.
#[tokio::test]
async fn a_seat_that_a_rival_got_during_the_wait_is_refused() {
    let mut hand = Hand::before_payment(2).await;
    let mut slow = hand.backends.pop().unwrap();
    let fast = &mut hand.backends[0];
    let loaded = fast.load(&wanted(&[hold(holder("alice"), &[2])])).await.unwrap();
    let (decided, _) = decided(loaded, &[hold(holder("alice"), &[2])]);
    let waiting =
        tokio::spawn(async move { write(&mut slow, &[hold(holder("bob"), &[2])], |_| (), |_| ()).await });
    // Gives the other writer time to wait for the seat. If it is slower, the answer is the same.
    sleep(Duration::from_millis(200)).await;
    fast.commit(&decided).await.unwrap();
    let answers = waiting.await.unwrap().unwrap();
    assert_eq!(answers, [Err(Refusal::SeatHeld { seat_no: 2 })]);
}

#[tokio::test]
async fn a_too_long_wait_for_a_row_is_busy() {
    let mut hand = Hand::before_payment(1).await;
    let rival = hand.fixture.sql().await;
    rival.batch_execute("BEGIN; SELECT FROM charges FOR UPDATE").await.unwrap();
    let loaded = hand.backends[0].load(&wanted(&[charge(holder("alice"), 1)])).await;
    assert!(matches!(loaded, Err(StoreError::Busy(_))), "{loaded:?}");
    rival.batch_execute("COMMIT").await.unwrap();
    // The same connection goes on.
    hand.ok(charge(holder("alice"), 1)).await;
}

/// Two writers over the same people and seats, named in opposite orders.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crossing_batches_never_deadlock() {
    let mut hand = Hand::before_payment(2).await;
    let mut other = hand.backends.pop().unwrap();
    let mut one = hand.backends.pop().unwrap();
    let batch = |backwards: bool| {
        let mut commands: Vec<_> = (1..=40)
            .flat_map(|number| {
                [charge(member(number), 1), hold(member(number), &[u32::try_from(number).unwrap()])]
            })
            .collect();
        if backwards {
            commands.reverse();
        }
        commands
    };
    let mut writing = Vec::new();
    for (backend, backwards) in [(&mut one, false), (&mut other, true)] {
        writing.push(async move {
            for _ in 0..100 {
                write(backend, &batch(backwards), |_| (), |_| ()).await.unwrap();
            }
        });
    }
    futures_util::future::join_all(writing).await;
    assert_eq!(hand.reads.balance(member(7).user).await.unwrap().0, 200);
    assert_eq!(hand.reads.audit().await.unwrap().0, []);
}
