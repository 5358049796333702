//! A hold belongs to the pass that made it.

use crate::command::PassHolder;
use crate::outcome::Outcome;
use crate::pass::PassState;
use crate::refusal::Refusal;
use crate::seat::SeatStatus;
use crate::seen::SeenPlace;
use crate::testing::{CONCERT, LATE_SHOW, Stage};

/// Alice, rich and inside the main sale and the presale, which both sell the first concert.
fn stage() -> (Stage, PassHolder, PassHolder) {
    let mut stage = Stage::with_presale(Stage::new_sale());
    let main = stage.rich("alice", 1_000);
    let presale = stage.presale_pass(main);
    (stage, main, presale)
}

fn is_held(stage: &Stage, seat_no: u32) -> bool {
    stage.seat(seat_no).status(stage.book.now()) == SeatStatus::Held
}

#[test]
fn holding_a_seat_again_by_another_pass_answers_the_same_hold() {
    let (mut stage, main, presale) = stage();
    let first = stage.hold(main, &[1]).unwrap();
    assert_eq!(first[0].live_hold(stage.book.now()).unwrap().pass, main.pass);
    stage.wait_secs(100);
    assert_eq!(stage.hold(presale, &[1]).unwrap(), first);
    let both = stage.hold(presale, &[1, 2]).unwrap();
    assert_eq!(both[0], first[0], "the hold that she had");
    assert_eq!(both[1].live_hold(stage.book.now()).unwrap().pass, presale.pass);
}

#[test]
fn only_the_pass_that_made_a_hold_pays_or_releases_it() {
    let (mut stage, main, presale) = stage();
    stage.hold(main, &[1]).unwrap();
    stage.hold(presale, &[2]).unwrap();
    let before = stage.book.clone();
    for (other, mine, theirs) in [(presale, 2, 1), (main, 1, 2)] {
        assert_eq!(stage.pay(other, &[theirs]), Err(Refusal::OtherSale));
        assert_eq!(stage.pay(other, &[mine, theirs]), Err(Refusal::OtherSale), "all or none");
        assert_eq!(stage.release(other, theirs), Err(Refusal::OtherSale));
    }
    assert_eq!(stage.book, before);
    stage.pay(presale, &[2]).unwrap();
    stage.release(main, 1).unwrap();
}

#[test]
fn another_number_in_the_same_sale_is_another_pass() {
    let (mut stage, main, _) = stage();
    stage.hold(main, &[1]).unwrap();
    let again = stage.again(main, 9);
    assert_eq!(stage.pay(again, &[1]), Err(Refusal::OtherSale));
    assert_eq!(stage.release(again, 1), Err(Refusal::OtherSale));
    stage.leave(again).unwrap();
    assert!(is_held(&stage, 1));
}

#[test]
fn a_payment_ends_the_holds_of_its_pass_only() {
    let (mut stage, main, presale) = stage();
    stage.hold(main, &[1]).unwrap();
    stage.hold(presale, &[2, 3]).unwrap();
    stage.pay(presale, &[2]).unwrap();
    assert!(is_held(&stage, 1), "another pass made it");
    assert!(!is_held(&stage, 3));
    stage.pay(main, &[1]).expect("the pass of the main sale lives on");
}

#[test]
fn who_leaves_a_sale_gives_up_the_holds_of_that_pass_only() {
    let (mut stage, main, presale) = stage();
    stage.hold(main, &[1]).unwrap();
    stage.hold(presale, &[2]).unwrap();
    stage.leave(main).unwrap();
    assert!(!is_held(&stage, 1) && is_held(&stage, 2));
    stage.pay(presale, &[2]).unwrap();
}

#[test]
fn a_pass_lasts_for_its_own_holds_only() {
    let (mut stage, main, presale) = stage();
    stage.wait_secs(500);
    stage.hold(presale, &[1]).unwrap();
    stage.hold_in(presale, LATE_SHOW, &[1]).unwrap();
    let lasts_until = |stage: &Stage, by: PassHolder| {
        let PassState::Inside(session) = stage.book.pass(by.pass).unwrap().state else { panic!() };
        session.lasts_until.duration_since(Stage::start()).as_secs()
    };
    assert_eq!((lasts_until(&stage, main), lasts_until(&stage, presale)), (600, 800));
    stage.hold(main, &[2]).unwrap();
    stage.wait_secs(10);
    stage.release(main, 2).unwrap();
    assert_eq!((lasts_until(&stage, main), lasts_until(&stage, presale)), (600, 800));
    stage.wait_secs(90);
    assert_eq!(stage.pay(main, &[1]), Err(Refusal::PassEnded));
    stage.pay(presale, &[1]).unwrap();
}

#[test]
fn a_form_need_not_show_what_another_pass_holds() {
    let (mut stage, main, presale) = stage();
    stage.hold(main, &[1]).unwrap();
    let mut seen = stage.seen(main);
    stage.hold(presale, &[2]).unwrap();
    assert_eq!(stage.pay_seen(presale, &[2], &seen), Err(Refusal::HoldsChanged), "her own it must");
    let place = SeenPlace { is_inside: true, holds: seen.clone() };
    assert_eq!(stage.leave_seen(presale, place.clone()), Err(Refusal::HoldsChanged));
    stage.clone().leave_seen(main, place).unwrap();
    seen = stage.seen(presale);
    seen.0.retain(|(key, _)| key.seat_no == 2);
    stage.pay_seen(presale, &[2], &seen).unwrap();
}

#[test]
fn an_expired_hold_of_another_pass_is_expired() {
    let (mut stage, main, presale) = stage();
    stage.hold(main, &[1]).unwrap();
    stage.wait_secs(300);
    assert!(matches!(stage.pay(presale, &[1]), Err(Refusal::HoldExpired { seat_no: 1, .. })));
    let again = stage.hold(presale, &[1]).unwrap();
    assert_eq!(again[0].live_hold(stage.book.now()).unwrap().pass, presale.pass);
    assert_eq!(stage.release(main, 1), Err(Refusal::OtherSale));
    stage.pay(presale, &[1]).unwrap();
}

#[test]
fn ones_own_bill_is_answered_whichever_pass_asks() {
    let (mut stage, main, presale) = stage();
    stage.hold(main, &[1]).unwrap();
    let Outcome::Paid { bills: first, .. } = stage.pay(main, &[1]).unwrap() else { panic!() };
    let Outcome::Paid { bills, .. } = stage.pay(presale, &[1]).unwrap() else { panic!() };
    assert_eq!(bills, first);
    assert_eq!(stage.owned(main, CONCERT), 1, "and counted once");
}
