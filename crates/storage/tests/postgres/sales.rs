//! Sales under rival transactions: who waited for a sale's line decides by the sale as it is after the
//! wait, and a decision on an older sale is found.

use std::time::Duration;

use onsale_booking::new_sale::SaleChanges;
use onsale_booking::sale::Opening;
use onsale_booking::{Command, Refusal};
use onsale_line::DialChanges;
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Decided, Loaded, Reads, Wanted};
use onsale_storage::postgres::Postgres;
use tokio::time::sleep;

use crate::support::commands::{MAIN_SALE, hold, holder, member, seconds, start};
use crate::support::fixture::StoreFixture;
use crate::support::sales::{
    CLUB, admit_first, change, create, create_opening, in_sale, new_sale, open, rename,
};
use crate::{Hand, admit, decided, wanted, write};

/// Carries out `first`, and begins `second` on another connection while `first` is not committed yet. The
/// clock moves by `passes` meanwhile.
async fn overlapping(hand: &mut Hand, first: Command, second: Command, passes: i64) -> Result<(), Refusal> {
    let mut slow = hand.backends.pop().unwrap();
    let fast = &mut hand.backends[0];
    let loaded = fast.load(&wanted(std::slice::from_ref(&first))).await.unwrap();
    let (decided, answers) = decided(loaded, &[first]);
    assert!(answers[0].is_ok(), "{answers:?}");
    let waiting = tokio::spawn(async move { write(&mut slow, &[second], |_| (), |_| ()).await });
    // Gives the other writer time to wait for the line. If it is slower, the answer is the same.
    sleep(Duration::from_millis(200)).await;
    hand.fixture.advance(seconds(passes));
    hand.backends[0].commit(&decided).await.unwrap();
    waiting.await.unwrap().unwrap().remove(0).map(|_| ())
}

#[tokio::test]
async fn an_admission_that_waited_sees_that_the_sale_is_over() {
    let mut hand = Hand::new(2).await;
    hand.ok(create(new_sale(CLUB))).await;
    let closes_at = start() + seconds(1);
    let close = change(CLUB, SaleChanges { closes_at: Some(Some(closes_at)), ..SaleChanges::default() });
    let answer = overlapping(&mut hand, close, admit_first(in_sale(holder("alice"), CLUB)), 2).await;
    assert_eq!(answer, Err(Refusal::SaleClosed { closes_at }));
    assert_eq!(hand.reads.audit().await.unwrap().0, []);
}

#[tokio::test]
async fn an_opening_that_waited_sees_that_it_was_put_off() {
    let mut hand = Hand::new(2).await;
    hand.ok(create_opening(CLUB, start() + seconds(60))).await;
    hand.fixture.advance(seconds(59));
    let later = start() + seconds(600);
    let put_off = change(CLUB, SaleChanges { opens_at: Some(Some(later)), ..SaleChanges::default() });
    let answer = overlapping(&mut hand, put_off, open(CLUB, 5), 10).await;
    let Err(Refusal::SaleNotOpen { opens_at, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(opens_at, later);
    assert_eq!(hand.reads.sale(CLUB).await.unwrap().unwrap().sale.opening, Opening::Ahead);
}

#[tokio::test]
async fn an_admission_that_waited_for_the_opening_comes_in() {
    let mut hand = Hand::new(2).await;
    hand.ok(create_opening(CLUB, start() + seconds(60))).await;
    hand.fixture.advance(seconds(60));
    let alice = in_sale(holder("alice"), CLUB);
    overlapping(&mut hand, open(CLUB, 5), admit_first(alice), 0).await.unwrap();
    assert_eq!(hand.reads.audit().await.unwrap().0, []);
}

#[tokio::test]
async fn a_hold_waits_for_no_line() {
    let mut hand = Hand::before_payment(2).await;
    let loaded = hand.backends[1].load(&wanted(&[rename(MAIN_SALE, "Everything")])).await.unwrap();
    assert_eq!(loaded.rows.epochs, [(MAIN_SALE, 1)]);
    // The sale's line is locked, and bob holds a seat all the same.
    hand.ok(hold(holder("bob"), &[2])).await;
    hand.backends[1].cancel().await.unwrap();
}

/// The sale as it was before its opening was put off, at the same revision or an older one.
fn show_as_due(loaded: &mut Loaded) {
    for sale in &mut loaded.rows.sales {
        sale.revision -= 1;
        sale.times.opens_at = sale.times.opens_at.map(|_| start());
        sale.times.lobby_at = sale.times.opens_at;
    }
}

fn show_as_open(loaded: &mut Loaded) {
    for sale in &mut loaded.rows.sales {
        sale.opening = Opening::Open { at: start(), lobby_tail: Some(0), seed: None };
    }
}

fn open_before_its_time(decided: &mut Decided) {
    for sale in &mut decided.changes.sales {
        sale.opening = Opening::Open { at: decided.now, lobby_tail: Some(0), seed: None };
    }
}

fn nothing_lost(_: &mut Decided) {}

fn rolled_back<T: std::fmt::Debug>(result: Result<T, StoreError>, word: &str) {
    let Err(StoreError::RolledBack(message)) = result else { panic!("{result:?}") };
    assert!(message.contains(word), "{message}");
}

async fn put_off() -> Hand {
    let mut hand = Hand::new(1).await;
    hand.ok(create_opening(CLUB, start() + seconds(60))).await;
    let later = start() + seconds(600);
    hand.ok(change(CLUB, SaleChanges { opens_at: Some(Some(later)), ..SaleChanges::default() })).await;
    hand
}

#[tokio::test]
async fn an_opening_that_was_decided_on_an_older_sale_is_not_written() {
    let mut hand = put_off().await;
    let answer = write(&mut hand.backends[0], &[open(CLUB, 5)], show_as_due, nothing_lost).await;
    rolled_back(answer, "sales");
    assert_eq!(hand.reads.sale(CLUB).await.unwrap().unwrap().sale.opening, Opening::Ahead);
    hand.ok(rename(CLUB, "Members")).await;
}

#[tokio::test]
async fn an_opening_before_its_time_is_not_written() {
    let mut hand = put_off().await;
    let answer = write(&mut hand.backends[0], &[rename(CLUB, "Members")], |_| (), open_before_its_time).await;
    rolled_back(answer, "check constraint");
}

/// Without the check of the opening somebody comes in, which the audit finds.
#[tokio::test]
async fn an_admission_before_the_opening_is_found() {
    let mut hand = put_off().await;
    let alice = in_sale(holder("alice"), CLUB);
    let answers = write(&mut hand.backends[0], &[admit_first(alice)], show_as_open, nothing_lost).await;
    assert!(answers.unwrap()[0].is_ok());
    let (breaches, _) = hand.reads.audit().await.unwrap();
    assert!(breaches.iter().any(|breach| breach.0.contains("before it was open")), "{breaches:?}");
}

/// Each batch changes one line and needs the other to stand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crossing_batches_of_two_lines_never_deadlock() {
    let mut hand = Hand::new(2).await;
    hand.ok(create(new_sale(CLUB))).await;
    let mut other = hand.backends.pop().unwrap();
    let mut one = hand.backends.pop().unwrap();
    let work = async |backend: &mut Postgres, changed, first: u64, in_club: bool| {
        for number in first..first + 150 {
            let by = member(number);
            let command = if in_club { admit_first(in_sale(by, CLUB)) } else { admit(by) };
            let wanted = Wanted { lines: [changed].into(), ..wanted(std::slice::from_ref(&command)) };
            let loaded = backend.load(&wanted).await.unwrap();
            let mut row = loaded.lines[0];
            assert_eq!((loaded.lines.len(), row.sale), (1, changed));
            (row.allocated, row.dials) = (row.allocated + 1, DialChanges::default());
            let (mut decided, answers) = decided(loaded, &[command]);
            assert!(answers[0].is_ok(), "{answers:?}");
            decided.lines = vec![row];
            backend.commit(&decided).await.unwrap();
        }
    };
    tokio::join!(work(&mut one, MAIN_SALE, 1, true), work(&mut other, CLUB, 1_001, false));
    for sale in [MAIN_SALE, CLUB] {
        assert_eq!(hand.reads.line_row(sale).await.unwrap().unwrap().allocated, 150);
    }
    assert_eq!(hand.reads.audit().await.unwrap().0, []);
}
