//! A pass buys only what its sale sells, while the sale and the concert do.

use jiff::SignedDuration;
use uuid::Uuid;

use crate::command::{Command, PassHolder};
use crate::ids::{ConcertId, SeatKey};
use crate::new_sale::{NewSale, SaleChanges};
use crate::outcome::Outcome;
use crate::refusal::{Missing, Refusal};
use crate::testing::{CONCERT, LATE_SHOW, MAIN_SALE, PRESALE, Stage};

const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

fn only(concerts: &[ConcertId]) -> SaleChanges {
    SaleChanges { concerts: Some(concerts.to_vec()), ..SaleChanges::default() }
}

fn release_in(stage: &mut Stage, by: PassHolder, concert: ConcertId) -> Result<Outcome, Refusal> {
    stage.run(&Command::Release { by, seat: SeatKey { concert, seat_no: 1 }, seen: None })
}

#[test]
fn the_main_sale_sells_what_names_no_other() {
    let mut stage = Stage::new();
    let alice = stage.inside("alice");
    stage.hold(alice, &[1]).unwrap();
    stage.make(NewSale { concerts: vec![CONCERT], ..Stage::new_sale() }).unwrap();
    assert_eq!(stage.hold(alice, &[2]), Err(Refusal::OtherSale));
    let presale = stage.presale_pass(alice);
    stage.hold(presale, &[2]).unwrap();
    stage.change(MAIN_SALE, only(&[CONCERT])).unwrap();
    stage.hold(alice, &[3]).expect("it names the main sale too");
    stage.change(PRESALE, only(&[])).unwrap();
    assert_eq!(stage.hold(presale, &[4]), Err(Refusal::OtherSale));
    stage.change(MAIN_SALE, only(&[])).unwrap();
    stage.hold(alice, &[4]).expect("it names none any more");
}

#[test]
fn a_pass_is_refused_elsewhere_in_every_rule() {
    let mut stage = Stage::with_presale(Stage::new_sale());
    let alice = stage.rich("alice", 500);
    let before = stage.book.clone();
    assert_eq!(stage.hold_in(alice, LATE_SHOW, &[1]), Err(Refusal::OtherSale));
    assert_eq!(stage.pay_in(alice, LATE_SHOW, &[1]), Err(Refusal::OtherSale));
    assert_eq!(release_in(&mut stage, alice, LATE_SHOW), Err(Refusal::OtherSale));
    assert_eq!(stage.book, before);
}

#[test]
fn other_sale_comes_after_not_admitted_and_not_found_and_before_the_seats() {
    let mut stage = Stage::with_presale(Stage::new_sale());
    let unknown = ConcertId(Uuid::from_u128(404));
    let waiting = Stage::waiting("alice");
    assert_eq!(stage.hold_in(waiting, LATE_SHOW, &[99]), Err(Refusal::NotAdmitted));
    assert_eq!(stage.pay_in(waiting, LATE_SHOW, &[99]), Err(Refusal::NotAdmitted));
    assert_eq!(release_in(&mut stage, waiting, LATE_SHOW), Err(Refusal::NotAdmitted));
    let alice = stage.inside("alice");
    assert_eq!(stage.hold_in(alice, unknown, &[99]), Err(Refusal::NotFound(Missing::Concert)));
    assert_eq!(stage.pay_in(alice, unknown, &[99]), Err(Refusal::NotFound(Missing::Concert)));
    // Sold and held seats, and one that does not exist.
    let bob = stage.rich("bob", 100);
    let bob = stage.presale_pass(bob);
    stage.hold_in(bob, LATE_SHOW, &[1]).unwrap();
    stage.pay_in(bob, LATE_SHOW, &[1]).unwrap();
    for seat_nos in [[1, 2], [2, 99]] {
        assert_eq!(stage.hold_in(alice, LATE_SHOW, &seat_nos), Err(Refusal::OtherSale));
        assert_eq!(stage.pay_in(alice, LATE_SHOW, &seat_nos), Err(Refusal::OtherSale));
    }
    assert_eq!(release_in(&mut stage, alice, LATE_SHOW), Err(Refusal::OtherSale));
    stage.wait_secs(600);
    assert_eq!(stage.hold_in(alice, LATE_SHOW, &[1]), Err(Refusal::PassEnded));
}

#[test]
fn moving_a_concert_never_stops_the_payment_of_a_live_hold() {
    let mut stage = Stage::with_presale(Stage::new_sale());
    let alice = stage.rich("alice", 500);
    let alice = stage.presale_pass(alice);
    stage.hold_in(alice, LATE_SHOW, &[1, 2, 3]).unwrap();
    stage.change(PRESALE, only(&[CONCERT])).unwrap();
    assert_eq!(stage.hold_in(alice, LATE_SHOW, &[4]), Err(Refusal::OtherSale), "no new holds");
    assert_eq!(stage.pay_in(alice, LATE_SHOW, &[2, 4]), Err(Refusal::OtherSale), "4 is not held");
    release_in(&mut stage, alice, LATE_SHOW).unwrap();
    stage.pay_in(alice, LATE_SHOW, &[2]).unwrap();
}

#[test]
fn holds_begin_only_before_the_sale_is_over() {
    let closes_at = Stage::start() + SignedDuration::from_secs(400);
    let mut stage = Stage::with_presale(NewSale { closes_at: Some(closes_at), ..Stage::new_sale() });
    let alice = stage.rich("alice", 500);
    let alice = stage.presale_pass(alice);
    stage.book.set_now(closes_at - MICROSECOND);
    stage.hold(alice, &[1]).unwrap();
    stage.wait(MICROSECOND);
    assert_eq!(stage.hold(alice, &[2]), Err(Refusal::SaleClosed { closes_at }));
    stage.pay(alice, &[1]).expect("a live hold can be paid");
}

#[test]
fn the_sales_window_comes_after_the_seats() {
    let closes_at = Stage::start() + SignedDuration::from_secs(200);
    let mut stage = Stage::with_presale(NewSale { closes_at: Some(closes_at), ..Stage::new_sale() });
    let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
    let alice = stage.presale_pass(alice);
    stage.hold(bob, &[1]).unwrap();
    stage.book.set_now(closes_at);
    assert_eq!(stage.hold(alice, &[1, 2]), Err(Refusal::SeatHeld { seat_no: 1 }));
    assert_eq!(stage.hold(alice, &[2]), Err(Refusal::SaleClosed { closes_at }));
    stage.hold(bob, &[2]).expect("the main sale goes on");
}

#[test]
fn the_sales_window_comes_before_the_concerts_window_and_the_limits() {
    let concert_closes_at = Stage::start() + SignedDuration::from_hours(24);
    let closes_at = concert_closes_at + SignedDuration::from_secs(100);
    let mut stage = Stage::with_presale(NewSale { closes_at: Some(closes_at), ..Stage::new_sale() });
    stage.book.set_now(concert_closes_at);
    let alice = stage.inside("alice");
    let alice = stage.presale_pass(alice);
    let seat_nos = [1, 2, 3, 4, 5];
    assert_eq!(stage.hold(alice, &seat_nos), Err(Refusal::SaleClosed { closes_at: concert_closes_at }));
    stage.book.set_now(closes_at);
    assert_eq!(stage.hold(alice, &seat_nos), Err(Refusal::SaleClosed { closes_at }));
}

#[test]
fn nobody_is_admitted_before_the_opening_or_after_the_end() {
    let mut stage = Stage::new();
    let sale = stage.make(Stage::timed_sale()).unwrap();
    let mut alice = Stage::waiting("alice");
    alice.pass.sale = PRESALE;
    let not_open = Refusal::SaleNotOpen { lobby_at: sale.times.lobby_at, opens_at: Stage::opens_at() };
    let admit = |stage: &mut Stage, by| {
        let admit = stage.admit(by);
        stage.run(&admit)
    };
    assert_eq!(admit(&mut stage, alice), Err(not_open.clone()));
    stage.book.set_now(Stage::opens_at());
    assert_eq!(admit(&mut stage, alice), Err(not_open), "the opening is a commit, not a time");
    stage.open_sale(5, None).unwrap();
    let Outcome::Admitted(pass) = admit(&mut stage, alice).unwrap() else { panic!() };
    let closes_at = sale.times.closes_at.unwrap();
    stage.book.set_now(closes_at - MICROSECOND);
    let mut bob = Stage::waiting("bob");
    bob.pass.sale = PRESALE;
    let Outcome::Admitted(bobs) = admit(&mut stage, bob).unwrap() else { panic!() };
    assert_ne!(pass, bobs);
    stage.wait(MICROSECOND);
    assert_eq!(admit(&mut stage, bob), Ok(Outcome::Admitted(bobs)), "he is inside");
    let mut carol = Stage::waiting("carol");
    carol.pass.sale = PRESALE;
    assert_eq!(admit(&mut stage, carol), Err(Refusal::SaleClosed { closes_at }));
}

#[test]
fn a_call_stands_in_the_epoch_of_its_own_sale() {
    let mut stage = Stage::new();
    let sale = NewSale { id: crate::ids::SaleId(Uuid::from_u128(0x33)), ..Stage::new_sale() };
    stage.make(sale.clone()).unwrap();
    let mut alice = Stage::waiting("alice");
    alice.pass.sale = sale.id;
    let admit = stage.admit(alice);
    assert_eq!(stage.run(&admit), Err(Refusal::NotAdmitted), "nobody knows the epoch of that line");
}
