//! How many seats one person may have.

use crate::command::PassHolder;
use crate::new_sale::{NewSale, SaleChanges};
use crate::refusal::Refusal;
use crate::testing::{CONCERT, LATE_SHOW, MAIN_SALE, PRESALE, Stage};

const LIMIT: Refusal = Refusal::SeatLimit { limit: 3 };

/// Alice in the main sale and in a presale that allows each person three seats.
fn stage() -> (Stage, PassHolder, PassHolder) {
    let mut stage = Stage::with_presale(NewSale { seats_per_person: Some(3), ..Stage::new_sale() });
    let main = stage.rich("alice", 10_000);
    let presale = stage.presale_pass(main);
    (stage, main, presale)
}

#[test]
fn the_limit_counts_held_and_owned_seats_in_all_concerts_of_the_sale() {
    let (mut stage, _, presale) = stage();
    assert_eq!(stage.hold(presale, &[1, 2, 3, 4]), Err(LIMIT));
    stage.hold(presale, &[1, 2]).unwrap();
    stage.pay(presale, &[1, 2]).unwrap();
    let presale = stage.again_in_presale(presale, 20);
    assert_eq!(stage.hold_in(presale, LATE_SHOW, &[1, 2]), Err(LIMIT), "two owned, two more");
    stage.hold_in(presale, LATE_SHOW, &[1]).unwrap();
    assert_eq!(stage.hold(presale, &[5]), Err(LIMIT), "two owned, one held, one more");
    stage.hold_in(presale, LATE_SHOW, &[1]).expect("the same hold again is no more");
    stage.wait_secs(300);
    stage.hold(presale, &[5]).expect("an expired hold does not count");
}

#[test]
fn the_limit_counts_what_any_sale_bought() {
    let (mut stage, main, presale) = stage();
    stage.hold(main, &[1, 2]).unwrap();
    assert_eq!(stage.hold(presale, &[3, 4]), Err(LIMIT), "held by the other pass");
    stage.pay(main, &[1, 2]).unwrap();
    assert_eq!(stage.hold(presale, &[3, 4]), Err(LIMIT), "bought by the other pass");
    stage.hold(presale, &[3]).unwrap();
    let main = stage.again(main, 9);
    stage.hold(main, &[4, 5]).expect("the main sale has no limit");
    assert_eq!(stage.hold_in(presale, LATE_SHOW, &[1]), Err(LIMIT));
}

#[test]
fn the_limit_counts_only_concerts_of_the_sale() {
    let (mut stage, main, presale) = stage();
    let elsewhere = crate::ids::ConcertId(uuid::Uuid::from_u128(0xC7));
    stage.open(elsewhere, 10).unwrap();
    stage.hold_in(main, elsewhere, &[1, 2]).unwrap();
    stage.hold(presale, &[1, 2, 3]).expect("the presale does not sell the other concert");
    stage.release(presale, 1).unwrap();
    let concerts = vec![CONCERT, LATE_SHOW, elsewhere];
    stage.change(PRESALE, SaleChanges { concerts: Some(concerts), ..SaleChanges::default() }).unwrap();
    assert_eq!(stage.hold(presale, &[1]), Err(LIMIT), "now it does");
}

#[test]
fn the_main_sales_limit_counts_concerts_that_name_no_sale() {
    let mut stage = Stage::with_presale(Stage::new_sale());
    let limited = SaleChanges { seats_per_person: Some(Some(3)), ..SaleChanges::default() };
    stage.change(MAIN_SALE, limited).unwrap();
    let elsewhere = crate::ids::ConcertId(uuid::Uuid::from_u128(0xC7));
    stage.open(elsewhere, 10).unwrap();
    let main = stage.inside("alice");
    let presale = stage.presale_pass(main);
    stage.hold_in(presale, LATE_SHOW, &[1, 2]).unwrap();
    stage.hold_in(main, elsewhere, &[1, 2]).unwrap();
    assert_eq!(stage.hold(main, &[1, 2]), Err(LIMIT));
    stage.hold(main, &[1]).unwrap();
}

#[test]
fn the_limit_of_seats_comes_after_the_limit_of_holds() {
    let (mut stage, _, presale) = stage();
    assert_eq!(stage.hold(presale, &[1, 2, 3, 4, 5]), Err(Refusal::HoldLimit { limit: 4 }));
    assert_eq!(stage.hold(presale, &[1, 2, 3, 4]), Err(LIMIT));
}

#[test]
fn the_limit_of_holds_counts_every_pass() {
    let mut stage = Stage::with_presale(Stage::new_sale());
    let main = stage.inside("alice");
    let presale = stage.presale_pass(main);
    stage.hold(main, &[1, 2, 3]).unwrap();
    assert_eq!(stage.hold(presale, &[4, 5]), Err(Refusal::HoldLimit { limit: 4 }));
    stage.hold(presale, &[4]).unwrap();
}

#[test]
fn every_payment_is_counted() {
    let (mut stage, main, presale) = stage();
    stage.hold(main, &[1, 2]).unwrap();
    stage.pay(main, &[1]).unwrap();
    assert_eq!(stage.owned(main, CONCERT), 1, "the other seat was given up");
    stage.hold(presale, &[3]).unwrap();
    stage.pay(presale, &[3]).unwrap();
    stage.pay(presale, &[3]).expect("the same bill again");
    assert_eq!((stage.owned(main, CONCERT), stage.owned(main, LATE_SHOW)), (2, 0));
    let owned = stage.book.into_changes().owned;
    assert_eq!(
        owned.iter().map(|row| (row.user, row.concert, row.count)).collect::<Vec<_>>(),
        [(main.user, CONCERT, 2)]
    );
}
