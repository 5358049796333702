//! Payment: money, bills, seats and the pass change together or not at all.

use crate::bill::Bill;
use crate::book::Book;
use crate::command::PassHolder;
use crate::ids::{BillId, ConcertId, MovementId, SeatKey, SeatNo, UserId};
use crate::money::Money;
use crate::outcome::Outcome;
use crate::pass::{Pass, PassEnd, PassState};
use crate::refusal::Refusal;
use crate::rules::seen::check_seen_holds;
use crate::rules::{
    check_not_gone, check_own_pass, check_seat_list, is_held_by_another, own_hold, release_all,
};
use crate::seat::{Hold, Seat, SeatState};
use crate::seen::SeenHolds;
use crate::wallet::{Account, movement};

/// Pays for all of the seats or for none, then ends the pass and releases every other hold that it made.
///
/// Repeating a payment that succeeded returns its bills. Neither the windows matter nor whether the sale
/// still sells the concert: a hold that was made in time can be paid as long as it is live. If the payment
/// came from a page, it ends only holds that the page showed.
pub(crate) fn pay(
    book: &mut Book,
    by: PassHolder,
    concert: ConcertId,
    seats: &[(SeatNo, BillId)],
    seen: Option<&SeenHolds>,
) -> Result<Outcome, Refusal> {
    check_seat_list(seats.iter().map(|(seat_no, _)| *seat_no))?;
    let keys: Vec<SeatKey> = seats.iter().map(|&(seat_no, _)| SeatKey { concert, seat_no }).collect();
    if let Some(bills) = own_bills(book, &keys, by.user) {
        return Ok(Outcome::Paid { bills, balance: book.balance(by.user) });
    }
    let session = book.session(by)?;
    let on_sale = book.concert(concert)?;
    check_own_pass(book, by, on_sale, keys.iter().copied())?;
    check_not_gone(on_sale, keys.iter().map(|&key| (key.seat_no, book.seat(key))))?;
    if let Some(key) = keys.iter().find(|&&key| is_held_by_another(book, key, by.user)) {
        return Err(Refusal::NotHolder { seat_no: key.seat_no });
    }
    let holds = keys.iter().map(|&key| own_hold(book, key, by.user)).collect::<Result<Vec<Hold>, _>>()?;
    check_seen_holds(seen, book, by)?;
    let price: Money = keys.iter().filter_map(|&key| book.seat(key)).map(|seat| seat.price).sum();
    let balance = book.balance(by.user);
    let left = balance.checked_sub(price).filter(|left| *left >= Money::ZERO);
    let left = left.ok_or(Refusal::InsufficientBalance { price, balance })?;

    let now = book.now();
    let mut bills = Vec::with_capacity(seats.len());
    for ((key, hold), &(_, bill)) in keys.iter().zip(holds).zip(seats) {
        book.set_seat(*key, SeatState::Sold(hold.pay(now)));
        bills.extend(book.seat(*key).map(|seat| bill_for(seat, bill, by.user, now)));
    }
    for bill in &bills {
        let (wallet, id) = (Account::Wallet(by.user), MovementId(bill.id.0));
        book.add_entries(movement(id, wallet, Account::Sales, bill.amount, now));
        book.add_bill(bill.clone());
    }
    book.set_balance(by.user, left);
    book.add_owned(by.user, concert, u32::try_from(bills.len()).unwrap_or(u32::MAX));
    release_all(book, by);
    book.set_pass(Pass {
        key: by.pass,
        user: by.user,
        state: PassState::Ended { session: Some(session), ended_at: now, cause: PassEnd::Paid },
    });
    Ok(Outcome::Paid { bills, balance: left })
}

/// The bills of `keys`, if every one of them already belongs to `user`.
fn own_bills(book: &Book, keys: &[SeatKey], user: UserId) -> Option<Vec<Bill>> {
    let bill_of = |&key: &SeatKey| {
        let seat = book.seat(key).filter(|seat| seat.is_sold_to(user))?;
        book.bill(seat.id).cloned()
    };
    keys.iter().map(bill_of).collect()
}

fn bill_for(seat: &Seat, id: BillId, holder: UserId, now: jiff::Timestamp) -> Bill {
    Bill {
        id,
        holder,
        seat: seat.id,
        concert: seat.concert,
        seat_no: seat.seat_no,
        amount: seat.price,
        created_at: now,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use crate::command::Command;
    use crate::ids::{BillId, ConcertId};
    use crate::money::Money;
    use crate::outcome::Outcome;
    use crate::pass::{PassEnd, PassState};
    use crate::refusal::Refusal;
    use crate::seat::SeatStatus;
    use crate::seen::SeenHolds;
    use crate::testing::{CONCERT, Stage};

    #[test]
    fn a_payment_moves_money_bill_seat_and_pass_together() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 250);
        stage.hold(alice, &[1]).unwrap();
        let Outcome::Paid { bills, balance } = stage.pay(alice, &[1]).unwrap() else { panic!() };
        assert_eq!(balance, Money(150));
        assert_eq!(
            (bills[0].amount, bills[0].holder, bills[0].seat),
            (Money(100), alice.user, stage.seat(1).id)
        );
        assert!(stage.seat(1).is_sold_to(alice.user));
        let pass = stage.book.pass(alice.pass).unwrap();
        assert!(matches!(pass.state, PassState::Ended { cause: PassEnd::Paid, .. }));
        let changes = stage.book.into_changes();
        let sum: i64 = changes.entries.iter().map(|entry| entry.amount.0).sum();
        assert_eq!((sum, changes.entries.len(), changes.bills.len()), (0, 4, 1));
    }

    #[test]
    fn a_payment_ends_the_pass() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 500);
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        assert_eq!(stage.hold(alice, &[2]), Err(Refusal::PassEnded));
    }

    #[test]
    fn a_payment_releases_other_holds() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.rich("alice", 500), stage.inside("bob"));
        stage.hold(alice, &[1, 2]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        assert_eq!(stage.seat(2).status(stage.book.now()), SeatStatus::Available);
        stage.hold(bob, &[2]).unwrap();
    }

    #[test]
    fn a_payment_from_a_page_ends_no_hold_that_the_page_did_not_show() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 500);
        stage.hold(alice, &[3]).unwrap();
        let seen = stage.seen(alice);
        stage.hold(alice, &[4, 5]).unwrap();
        let before = stage.book.clone();
        assert_eq!(stage.pay_seen(alice, &[3], &seen), Err(Refusal::HoldsChanged));
        assert_eq!(stage.book, before);
        stage.pay(alice, &[3]).expect("a program pays for what it names");
    }

    #[test]
    fn a_payment_from_a_page_ends_the_holds_that_the_page_showed() {
        let mut stage = Stage::new();
        let other = ConcertId(Uuid::from_u128(0xC1));
        stage.open(other, 10).unwrap();
        let alice = stage.rich("alice", 500);
        stage.hold(alice, &[3, 4]).unwrap();
        stage.run(&Command::Hold { by: alice, concert: other, seat_nos: vec![3], key: None }).unwrap();
        let seen = stage.seen(alice);
        assert_eq!(seen.0.len(), 3, "of every concert");
        let mut of_one = seen.clone();
        of_one.0.retain(|(key, _)| key.concert == CONCERT);
        assert_eq!(stage.pay_seen(alice, &[3, 4], &of_one), Err(Refusal::HoldsChanged));
        // What is gone by now, the payment cannot end.
        stage.release(alice, 4).unwrap();
        stage.pay_seen(alice, &[3], &seen).unwrap();
        let again = stage.pay_seen(alice, &[3], &SeenHolds::default());
        assert!(again.is_ok(), "a repeated payment ends nothing");
    }

    #[test]
    fn a_hold_that_was_made_again_is_another_one() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 500);
        stage.hold(alice, &[3]).unwrap();
        let seen = stage.seen(alice);
        stage.wait_secs(300);
        stage.hold(alice, &[3]).unwrap();
        assert_eq!(stage.pay_seen(alice, &[3], &seen), Err(Refusal::HoldsChanged));
        let seen = stage.seen(alice);
        stage.pay_seen(alice, &[3], &seen).unwrap();
    }

    #[test]
    fn paying_twice_charges_once_and_returns_the_same_bill() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 500);
        stage.hold(alice, &[1]).unwrap();
        let Outcome::Paid { bills: first, .. } = stage.pay(alice, &[1]).unwrap() else { panic!() };
        stage.charge(alice, 7).unwrap();
        let Outcome::Paid { bills, balance } = stage.pay(alice, &[1]).unwrap() else { panic!() };
        assert_eq!((bills, balance), (first, Money(407)), "the balance is as it is now");
    }

    #[test]
    fn a_payment_at_the_deadline_is_too_late_and_takes_nothing() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 500);
        stage.hold(alice, &[1]).unwrap();
        stage.wait(SignedDuration::from_secs(300) - SignedDuration::from_micros(1));
        let mut in_time = stage.clone();
        in_time.pay(alice, &[1]).unwrap();
        stage.wait(SignedDuration::from_micros(1));
        assert!(matches!(stage.pay(alice, &[1]), Err(Refusal::HoldExpired { seat_no: 1, .. })));
        assert_eq!(stage.balance(alice), 500);
    }

    #[test]
    fn the_former_holder_gets_hold_expired_until_somebody_takes_the_seat() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.rich("alice", 500), stage.inside("bob"));
        stage.hold(alice, &[1]).unwrap();
        stage.wait_secs(400);
        assert!(matches!(stage.pay(alice, &[1]), Err(Refusal::HoldExpired { .. })));
        stage.hold(bob, &[1]).unwrap();
        assert_eq!(stage.pay(alice, &[1]), Err(Refusal::NotHolder { seat_no: 1 }));
        stage.release(bob, 1).unwrap();
        assert_eq!(stage.pay(alice, &[1]), Err(Refusal::SeatNotHeld { seat_no: 1 }));
    }

    #[test]
    fn a_payment_needs_a_hold_of_ones_own() {
        let mut stage = Stage::new();
        let (alice, bob) = (stage.rich("alice", 500), stage.rich("bob", 500));
        assert_eq!(stage.pay(alice, &[1]), Err(Refusal::SeatNotHeld { seat_no: 1 }));
        stage.hold(bob, &[1]).unwrap();
        assert_eq!(stage.pay(alice, &[1]), Err(Refusal::NotHolder { seat_no: 1 }));
        assert_eq!(stage.balance(alice), 500);
    }

    #[test]
    fn a_payment_needs_the_balance() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 199);
        stage.hold(alice, &[1, 2]).unwrap();
        let refusal = Refusal::InsufficientBalance { price: Money(200), balance: Money(199) };
        let before = stage.book.clone();
        assert_eq!(stage.pay(alice, &[1, 2]), Err(refusal), "all or none");
        assert_eq!(stage.book, before);
        stage.charge(alice, 1).unwrap();
        stage.pay(alice, &[1, 2]).unwrap();
        assert_eq!(stage.balance(alice), 0);
    }

    #[test]
    fn the_same_money_is_not_spent_twice() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 100);
        stage.hold(alice, &[1]).unwrap();
        stage.pay(alice, &[1]).unwrap();
        let alice = stage.again(alice, 9);
        stage.hold(alice, &[2]).unwrap();
        let refusal = Refusal::InsufficientBalance { price: Money(100), balance: Money(0) };
        assert_eq!(stage.pay(alice, &[2]), Err(refusal));
    }

    #[test]
    fn a_live_hold_can_be_paid_after_the_sale_closed() {
        let mut stage = Stage::new();
        stage.wait(SignedDuration::from_hours(24) - SignedDuration::from_secs(10));
        let alice = stage.rich("alice", 100);
        stage.hold(alice, &[1]).unwrap();
        stage.wait_secs(20);
        stage.pay(alice, &[1]).unwrap();
    }

    #[test]
    fn the_seats_own_price_is_paid_whatever_the_concert_in_the_path() {
        let mut stage = Stage::new();
        let other = ConcertId(Uuid::from_u128(0xC1));
        stage.open(other, 10).unwrap();
        let by = stage.rich("alice", 500);
        stage.hold(by, &[1]).unwrap();
        let seats = vec![(1, BillId(Uuid::from_u128(1)))];
        let through_another = Command::Pay { by, concert: other, seats, key: None, seen: None };
        assert_eq!(stage.run(&through_another), Err(Refusal::SeatNotHeld { seat_no: 1 }));
    }

    #[test]
    fn guards_come_in_their_order() {
        let mut stage = Stage::new();
        let (bob, carol) = (stage.rich("bob", 100), stage.inside("carol"));
        stage.hold(bob, &[1]).unwrap();
        stage.pay(bob, &[1]).unwrap();
        stage.hold(carol, &[2]).unwrap();
        assert_eq!(stage.pay(Stage::waiting("alice"), &[99, 1]), Err(Refusal::NotAdmitted));
        let alice = stage.inside("alice");
        assert!(matches!(stage.pay(alice, &[4, 2, 1, 99]), Err(Refusal::SeatNoOutOfRange { .. })));
        assert_eq!(stage.pay(alice, &[4, 2, 1]), Err(Refusal::SeatSold { seat_no: 1 }));
        assert_eq!(stage.pay(alice, &[4, 2]), Err(Refusal::NotHolder { seat_no: 2 }));
        assert_eq!(stage.pay(alice, &[4]), Err(Refusal::SeatNotHeld { seat_no: 4 }));
        stage.hold(alice, &[4]).unwrap();
        let unseen = stage.pay_seen(alice, &[4], &SeenHolds::default());
        assert_eq!(unseen, Err(Refusal::HoldsChanged), "before the balance");
        assert!(matches!(stage.pay(alice, &[4]), Err(Refusal::InsufficientBalance { .. })));
        stage.leave(bob).unwrap_err();
        assert!(stage.pay(bob, &[1]).is_ok(), "one's own paid seat is asked before the ended pass");
        assert_eq!(stage.pay(bob, &[1, 4]), Err(Refusal::PassEnded));
    }

    #[test]
    fn the_same_key_returns_the_stored_bill() {
        let mut stage = Stage::new();
        let alice = stage.rich("alice", 500);
        stage.hold(alice, &[1]).unwrap();
        let first = stage.pay_keyed(alice, &[1], Some("k")).unwrap();
        stage.charge(alice, 50).unwrap();
        assert_eq!(stage.pay_keyed(alice, &[1], Some("k")).unwrap(), first, "equal to the byte");
        assert_eq!(stage.pay_keyed(alice, &[2], Some("k")), Err(Refusal::IdempotencyKeyReused));
    }
}
