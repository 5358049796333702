//! Negative controls: each guard is removed, and the check that relies on it fails. A check that passes
//! without its guard proves nothing.

use onsale_booking::Outcome;
use onsale_booking::pass::PassState;
use onsale_booking::seat::SeatState;
use onsale_storage::port::{Decided, Loaded, Reads};
use onsale_storage::writer::{LineChange, LineTask, WriteError};

use crate::rig::{Fate, Rig, Sabotage};
use crate::support::commands::{
    MAIN_SALE, bills, charge, hold, holder, keyed, leave, pay, seats, seconds, start,
};

/// Alice holds seat 1 and can pay it; bob is inside. Then the sabotage begins.
async fn before_payment(sabotage: Sabotage) -> Rig {
    let rig = Rig::with_concert(Sabotage::default()).await;
    let alice = rig.caller.rich(holder("alice"), 5_000).await;
    rig.caller.inside(holder("bob")).await;
    rig.caller.ok(hold(alice, &[1])).await;
    rig.assert_clean().await;
    rig.restart(sabotage)
}

async fn after_payment(sabotage: Sabotage) -> Rig {
    let rig = before_payment(Sabotage::default()).await;
    rig.caller.ok(pay(holder("alice"), &[1])).await;
    rig.assert_clean().await;
    rig.restart(sabotage)
}

#[tokio::test]
async fn an_honest_rig_stays_green() {
    after_payment(Sabotage::default()).await.assert_clean().await;
}

#[tokio::test]
async fn a_payment_that_loses_a_part_of_itself_is_found() {
    type Lose = fn(&mut Decided);
    let lost: [(Lose, &str); 5] = [
        (|decided| decided.changes.entries.clear(), "no ledger entry"),
        (
            |decided| decided.changes.entries.iter_mut().take(1).for_each(|entry| entry.amount.0 += 1),
            "not to zero",
        ),
        (|decided| decided.changes.bills.clear(), "sold without a bill"),
        (|decided| decided.changes.wallets.clear(), "ledger 4000"),
        (|decided| decided.changes.seats.clear(), "has a bill but is not sold"),
    ];
    for (decided, word) in lost {
        let rig = before_payment(Sabotage { decided, ..Sabotage::default() }).await;
        rig.caller.ok(pay(holder("alice"), &[1])).await;
        rig.assert_breach(word).await;
    }
}

#[tokio::test]
async fn without_the_unique_index_a_second_bill_is_found() {
    let rig = after_payment(Sabotage::default()).await;
    let second = "INSERT INTO bills SELECT randomblob(16), holder_id, seat_id, concert_id, seat_no, amount,
        created_at FROM bills LIMIT 1";
    rig.fixture.sql().execute_batch(second).unwrap_err();
    rig.fixture
        .sql()
        .execute_batch(
            "CREATE TABLE loose AS SELECT * FROM bills; DROP TABLE bills; ALTER TABLE loose RENAME TO bills",
        )
        .unwrap();
    rig.fixture.sql().execute_batch(second).unwrap();
    rig.assert_breach("has two bills").await;
}

#[tokio::test]
async fn planted_breaches_are_found() {
    for (plant, word) in [
        ("UPDATE charges SET amount = amount + 1", "ledger 4000"),
        (
            "INSERT INTO ledger_entries (movement_id, account, amount, created_at)
          VALUES (randomblob(16), 'funding', -5, 1)",
            "not to zero",
        ),
        ("UPDATE bills SET amount = amount - 1", "its bill says 999"),
        ("UPDATE bills SET holder_id = (SELECT user_id FROM passes WHERE number = 2)", "billed to"),
        ("DELETE FROM bills", "sold without a bill"),
        (
            "DROP TRIGGER sold_stays_sold; UPDATE seats SET holder_id = NULL, reserved_at = NULL,
          deadline = NULL, paid_at = NULL, pass_sale_id = NULL, pass_number = NULL WHERE seat_no = 1",
            "is not sold",
        ),
        (
            "DROP TRIGGER sold_stays_sold; PRAGMA ignore_check_constraints = ON;
          UPDATE seats SET paid_at = deadline WHERE seat_no = 1",
            "outside its hold",
        ),
        (
            "UPDATE seats SET holder_id = (SELECT user_id FROM passes WHERE number = 2),
          reserved_at = created_at, deadline = 9000000000000000, pass_number = 2,
          pass_sale_id = (SELECT id FROM sales) WHERE seat_no = 9",
            "without a pass",
        ),
        ("PRAGMA ignore_check_constraints = ON; UPDATE charges SET amount = -1", "below zero"),
        (
            "DROP TRIGGER ledger_is_append_only_delete; DELETE FROM ledger_entries WHERE account = 'sales'",
            "no ledger entry",
        ),
        ("UPDATE owned_seats SET owned = owned + 1", "own"),
        ("UPDATE sales SET updated_at = 0; DELETE FROM lines; DELETE FROM sales", "does not exist"),
    ] {
        let rig = after_payment(Sabotage::default()).await;
        rig.fixture.sql().execute_batch(plant).unwrap();
        rig.assert_breach(word).await;
    }
}

#[tokio::test]
async fn a_sold_seat_that_is_shown_as_free_is_not_sold_again() {
    let rig = after_payment(Sabotage { loaded: all_seats_free, ..Sabotage::default() }).await;
    // The rules are deceived; the row count is not.
    assert_eq!(rig.caller.ask(hold(holder("bob"), &[1])).await, Err(WriteError::Busy));
    let rig = rig.restart(Sabotage::default());
    let owned = rig.reads.reservations(holder("alice").user, None, 9).await.unwrap();
    assert!(owned[0].is_sold_to(holder("alice").user));
    rig.assert_clean().await;
}

#[tokio::test]
async fn without_the_check_of_holds_two_people_have_one_seat() {
    let rig = before_payment(Sabotage { loaded: all_seats_free, ..Sabotage::default() }).await;
    let bobs = seats(rig.caller.ok(hold(holder("bob"), &[1])).await);
    let until = bobs[0].live_hold(start()).unwrap().deadline;
    // Alice got the same deadline: the races count this, and here the count is two.
    assert_eq!(until, start() + seconds(300));
}

#[tokio::test]
async fn without_the_deadline_check_an_expired_hold_is_paid() {
    let sabotage = Sabotage { loaded: |loaded| loaded.now -= seconds(300), ..Sabotage::default() };
    let rig = before_payment(sabotage).await;
    rig.fixture.clock.advance(seconds(300));
    let (paid, _) = bills(rig.caller.ok(pay(holder("alice"), &[1])).await);
    assert!(rig.fixture.clock.now() >= start() + seconds(300), "sold at its deadline: {paid:?}");
    let honest = before_payment(Sabotage::default()).await;
    honest.fixture.clock.advance(seconds(300));
    honest.caller.refused(pay(holder("alice"), &[1])).await;
}

#[tokio::test]
async fn without_the_end_of_a_pass_it_lives_on() {
    let decided = |decided: &mut Decided| decided.changes.passes.clear();
    let rig = before_payment(Sabotage { decided, ..Sabotage::default() }).await;
    rig.caller.ok(pay(holder("alice"), &[1])).await;
    assert!(rig.caller.ask(hold(holder("alice"), &[2])).await.is_ok(), "an ended pass took a seat");
}

#[tokio::test]
async fn an_ended_pass_that_is_shown_as_alive_is_not_revived() {
    let rig = before_payment(Sabotage::default()).await;
    rig.caller.ok(leave(holder("bob"))).await;
    let rig = rig.restart(Sabotage { loaded: revive_passes, ..Sabotage::default() });
    // The rules are deceived into ending it again; the row count is not.
    assert_eq!(rig.caller.ask(leave(holder("bob"))).await, Err(WriteError::Busy));
    rig.assert_clean().await;
}

#[tokio::test]
async fn without_stored_results_a_repeated_request_counts_twice() {
    let decided = |decided: &mut Decided| decided.changes.requests.clear();
    let rig = before_payment(Sabotage { decided, ..Sabotage::default() }).await;
    for _ in 0..2 {
        rig.caller.ok(keyed(charge(holder("bob"), 5), "k")).await;
    }
    assert_eq!(rig.reads.balance(holder("bob").user).await.unwrap().0, 10);
}

#[tokio::test]
async fn a_stored_result_that_is_not_shown_is_not_overwritten() {
    let rig = before_payment(Sabotage::default()).await;
    rig.caller.ok(keyed(charge(holder("bob"), 5), "k")).await;
    let rig = rig.restart(Sabotage { loaded: |loaded| loaded.rows.requests.clear(), ..Sabotage::default() });
    assert_eq!(rig.caller.ask(keyed(charge(holder("bob"), 5), "k")).await, Err(WriteError::Busy));
    assert_eq!(rig.reads.balance(holder("bob").user).await.unwrap().0, 5, "one effect");
}

#[tokio::test]
async fn allocated_numbers_are_not_taken_back() {
    let rig = before_payment(Sabotage::default()).await;
    rig.caller
        .writer
        .submit_line(LineTask { sale: MAIN_SALE, epoch: 1, change: LineChange::AllocateNumbers(64) })
        .await
        .unwrap();
    let take_back = |decided: &mut Decided| {
        for line in &mut decided.lines {
            line.allocated = 1;
        }
    };
    let rig = rig.restart(Sabotage { decided: take_back, ..Sabotage::default() });
    let answer = rig
        .caller
        .writer
        .submit_line(LineTask {
            sale: MAIN_SALE,
            epoch: 1,
            change: LineChange::NoteProgress { head: 1, given: 1 },
        })
        .await;
    assert_eq!(answer, Err(WriteError::Busy));
    assert_eq!(rig.reads.line(MAIN_SALE).await.unwrap().unwrap().row.allocated, 64);
}

#[tokio::test]
async fn a_commit_that_is_only_claimed_is_missed() {
    let rig = before_payment(Sabotage { fate: |_| Fate::Forget, ..Sabotage::default() }).await;
    let message = rig.caller.ok(charge(holder("bob"), 5)).await;
    assert!(matches!(message, Outcome::Charged { .. }));
    let rig = rig.restart(Sabotage::default());
    assert_eq!(rig.reads.balance(holder("bob").user).await.unwrap().0, 0, "acknowledged, and gone");
}

fn all_seats_free(loaded: &mut Loaded) {
    loaded.rows.seats.iter_mut().for_each(|seat| seat.state = SeatState::Free);
}

fn revive_passes(loaded: &mut Loaded) {
    for pass in &mut loaded.rows.passes {
        if let PassState::Ended { session: Some(session), .. } = pass.state {
            pass.state = PassState::Inside(session);
        }
    }
}
