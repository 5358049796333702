//! What the rules were deceived about is found by a row count in the transaction itself, before its COMMIT
//! counts. Without the guard the deception succeeds.

use onsale_booking::pass::PassState;
use onsale_booking::seat::SeatState;
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Decided, LineRow, Loaded, Reads, Wanted};

use crate::support::commands::{MAIN_SALE, charge, hold, holder, keyed, leave, pay, register};
use crate::{Hand, admit, wanted, write};

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

fn forget_results(loaded: &mut Loaded) {
    loaded.rows.requests.clear();
}

fn nothing_lost(_: &mut Decided) {}

fn rolled_back<T: std::fmt::Debug>(result: Result<T, StoreError>, word: &str) {
    let Err(StoreError::RolledBack(message)) = result else { panic!("{result:?}") };
    assert!(message.contains(word), "{message}");
}

#[tokio::test]
async fn a_sold_seat_that_is_shown_as_free_is_not_sold_again() {
    let mut hand = Hand::after_payment().await;
    // The commit would also write a charge, which comes before the surprise.
    let commands = [charge(holder("bob"), 7), hold(holder("bob"), &[1])];
    rolled_back(write(&mut hand.backends[0], &commands, all_seats_free, nothing_lost).await, "seats");
    assert_eq!(hand.reads.balance(holder("bob").user).await.unwrap().0, 0, "all or nothing");
    assert_eq!(hand.reads.audit().await.unwrap().0, []);
    // The connection goes on.
    hand.ok(charge(holder("bob"), 7)).await;
}

#[tokio::test]
async fn without_the_check_of_holds_two_people_have_one_seat() {
    let mut hand = Hand::before_payment(1).await;
    let answers =
        write(&mut hand.backends[0], &[hold(holder("bob"), &[1])], all_seats_free, nothing_lost).await;
    assert!(answers.unwrap()[0].is_ok(), "alice got the same: this is what the races count");
}

#[tokio::test]
async fn an_ended_pass_that_is_shown_as_alive_is_not_revived() {
    let mut hand = Hand::before_payment(1).await;
    hand.ok(leave(holder("bob"))).await;
    rolled_back(
        write(&mut hand.backends[0], &[leave(holder("bob"))], revive_passes, nothing_lost).await,
        "passes",
    );
    assert_eq!(hand.reads.audit().await.unwrap().0, []);
}

#[tokio::test]
async fn a_stored_result_that_is_not_shown_is_not_overwritten() {
    let mut hand = Hand::before_payment(1).await;
    let command = [keyed(charge(holder("bob"), 5), "k")];
    hand.ok(keyed(charge(holder("bob"), 5), "k")).await;
    rolled_back(write(&mut hand.backends[0], &command, forget_results, nothing_lost).await, "requests");
    assert_eq!(hand.reads.balance(holder("bob").user).await.unwrap().0, 5, "one effect");
    let lose = |decided: &mut Decided| decided.changes.requests.clear();
    write(&mut hand.backends[0], &[keyed(charge(holder("bob"), 5), "other")], |_| (), lose).await.unwrap();
    write(&mut hand.backends[0], &[keyed(charge(holder("bob"), 5), "other")], |_| (), lose).await.unwrap();
    assert_eq!(hand.reads.balance(holder("bob").user).await.unwrap().0, 15, "not stored, it counts twice");
}

#[tokio::test]
async fn a_payment_that_loses_a_part_of_itself_is_found() {
    type Lose = fn(&mut Decided);
    let lost: [(Lose, &str); 5] = [
        (|decided| decided.changes.entries.clear(), "no ledger entry"),
        (|decided| decided.changes.entries.iter_mut().take(1).for_each(|it| it.amount.0 += 1), "not to zero"),
        (|decided| decided.changes.bills.clear(), "sold without a bill"),
        (|decided| decided.changes.wallets.clear(), "ledger 4000"),
        (|decided| decided.changes.seats.clear(), "has a bill but is not sold"),
    ];
    for (lose, word) in lost {
        let mut hand = Hand::before_payment(1).await;
        write(&mut hand.backends[0], &[pay(holder("alice"), &[1])], |_| (), lose).await.unwrap();
        let (breaches, _) = hand.reads.audit().await.unwrap();
        assert!(breaches.iter().any(|breach| breach.0.contains(word)), "{word} not in {breaches:?}");
    }
}

#[tokio::test]
async fn allocated_numbers_are_not_taken_back_nor_an_epoch_of_the_line() {
    let mut hand = Hand::new(1).await;
    let backend = &mut hand.backends[0];
    let mut change = async |change: fn(&mut LineRow)| {
        let wanted = Wanted { lines: [MAIN_SALE].into(), ..Wanted::default() };
        let loaded = backend.load(&wanted).await?;
        let mut row = loaded.lines[0];
        change(&mut row);
        let decided = Decided {
            now: loaded.now,
            changes: onsale_booking::Changes::default(),
            lines: vec![row],
            log: vec![],
            tidy: false,
        };
        backend.commit(&decided).await
    };
    change(|row| (row.epoch, row.allocated) = (2, 64)).await.unwrap();
    rolled_back(change(|row| row.allocated = 63).await, "lines");
    rolled_back(change(|row| row.epoch = 1).await, "lines");
    let row = hand.reads.line_row(MAIN_SALE).await.unwrap().unwrap();
    assert_eq!((row.epoch, row.allocated), (2, 64));
}

#[tokio::test]
async fn a_refused_newcomer_leaves_no_trace_beside_others() {
    let mut hand = Hand::before_payment(1).await;
    let (bob, carol, dave) = (holder("bob"), holder("carol"), holder("dave"));
    let commands = [hold(carol, &[2]), charge(bob, 1), charge(dave, 1)];
    let answers = write(&mut hand.backends[0], &commands, |_| (), nothing_lost).await.unwrap();
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, true]);
    let db = hand.fixture.sql().await;
    for table in ["users WHERE id", "charges WHERE user_id"] {
        let count = format!("SELECT count(*) FROM {table} = $1");
        for (user, expected) in [(carol.user, 0), (dave.user, 1)] {
            let found: i64 = db.query_one(&count, &[&user.0]).await.unwrap().get(0);
            assert_eq!(found, expected, "{table}");
        }
    }
    hand.ok(register(carol.user, "Carol")).await;
}

#[tokio::test]
async fn a_loaded_epoch_stands_until_the_commit() {
    let mut hand = Hand::before_payment(2).await;
    let loaded = hand.backends[0].load(&wanted(&[admit(holder("carol"))])).await.unwrap();
    assert_eq!(loaded.rows.epochs, [(MAIN_SALE, 1)]);
    // Another batch of admissions may load it too, but nobody may change it.
    hand.backends[1].load(&wanted(&[admit(holder("dave"))])).await.unwrap();
    let db = hand.fixture.sql().await;
    let change = "SELECT FROM lines FOR NO KEY UPDATE NOWAIT";
    let locked = db.batch_execute(change).await.unwrap_err();
    assert_eq!(locked.code().unwrap().code(), "55P03", "{locked}");
    for backend in &mut hand.backends {
        backend.cancel().await.unwrap();
        backend.load(&wanted(&[])).await.unwrap();
    }
    db.batch_execute(change).await.unwrap();
}
