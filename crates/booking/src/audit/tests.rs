use super::*;
use crate::sale::Sale;
use crate::testing::{CONCERT, MAIN_SALE, Stage};

/// A store after one charge, one payment and one hold.
struct Rows {
    wallet: Wallet,
    entries: Vec<LedgerEntry>,
    sold: Seat,
    held: Seat,
    bill: Bill,
    pass: Pass,
    spent: Pass,
    owned: OwnedSeats,
    sale: Sale,
}

fn rows() -> Rows {
    let mut stage = Stage::new();
    let (alice, bob) = (stage.inside("alice"), stage.inside("bob"));
    stage.charge(alice, 1_000).unwrap();
    stage.hold(alice, &[1]).unwrap();
    stage.pay(alice, &[1]).unwrap();
    stage.hold(bob, &[2]).unwrap();
    let book = &stage.book;
    Rows {
        wallet: book.wallets().find(|wallet| wallet.user == alice.user).unwrap().clone(),
        entries: book.changes().entries.clone(),
        sold: stage.seat(1).clone(),
        held: stage.seat(2).clone(),
        bill: book.changes().bills[0].clone(),
        pass: book.pass(bob.pass).unwrap().clone(),
        spent: book.pass(alice.pass).unwrap().clone(),
        owned: OwnedSeats { user: alice.user, concert: CONCERT, count: stage.owned(alice, CONCERT) },
        sale: book.sale(MAIN_SALE).unwrap().clone(),
    }
}

fn breaches(rows: &Rows) -> Vec<String> {
    let mut audit = Audit::default();
    audit.wallet(&rows.wallet);
    rows.entries.iter().for_each(|entry| audit.entry(entry));
    audit.seat(&rows.sold);
    audit.seat(&rows.held);
    audit.bill(&rows.bill);
    audit.pass(&rows.pass);
    audit.pass(&rows.spent);
    audit.owned(&rows.owned);
    audit.sale(&rows.sale);
    audit.finish(Stage::start()).into_iter().map(|breach| breach.0).collect()
}

fn caught(spoil: impl FnOnce(&mut Rows), word: &str) {
    let mut rows = rows();
    assert_eq!(breaches(&rows), Vec::<String>::new());
    spoil(&mut rows);
    let found = breaches(&rows);
    assert!(found.iter().any(|breach| breach.contains(word)), "{word} not in {found:?}");
}

#[test]
fn a_wallet_that_differs_from_its_ledger_is_caught() {
    caught(|rows| rows.wallet.balance = Money(901), "ledger 900");
}

#[test]
fn a_balance_below_zero_is_caught() {
    caught(|rows| rows.wallet.balance = Money(-1), "below zero");
}

#[test]
fn a_movement_that_does_not_sum_to_zero_is_caught() {
    caught(|rows| rows.entries[0].amount = Money(-999), "not to zero");
}

#[test]
fn a_sold_seat_without_a_bill_is_caught() {
    caught(|rows| rows.bill.seat = rows.held.id, "without a bill");
}

#[test]
fn a_bill_for_an_unsold_seat_is_caught() {
    for state in [SeatState::Free, SeatState::Kept] {
        caught(|rows| rows.sold.state = state, "is not sold");
    }
}

#[test]
fn a_seat_owned_by_one_and_billed_to_another_is_caught() {
    caught(|rows| rows.bill.holder = rows.pass.user, "billed to");
}

#[test]
fn a_bill_over_another_amount_is_caught() {
    caught(|rows| rows.bill.amount = Money(1), "its bill says 1");
}

#[test]
fn a_bill_without_its_ledger_entries_is_caught() {
    caught(|rows| rows.entries.truncate(2), "no ledger entry");
}

#[test]
fn a_payment_at_the_deadline_is_caught() {
    caught(
        |rows| {
            let SeatState::Sold(sale) = &mut rows.sold.state else { panic!() };
            sale.paid_at = sale.deadline;
        },
        "outside its hold",
    );
}

#[test]
fn a_live_hold_without_a_pass_is_caught() {
    caught(|rows| rows.pass.user = rows.bill.holder, "without a pass");
}

#[test]
fn a_payment_that_left_the_pass_alive_is_caught() {
    caught(|rows| rows.spent.key.number = rows.pass.key.number, "exists twice");
    let keep = |rows: &mut Rows| {
        let PassState::Ended { session: Some(session), .. } = rows.spent.state else { panic!() };
        rows.spent.state = PassState::Inside(session);
    };
    caught(keep, "kept the pass");
}

#[test]
fn a_hold_that_outlives_its_own_pass_is_caught() {
    let other_pass = |rows: &mut Rows| {
        let SeatState::Held(hold) = &mut rows.held.state else { panic!() };
        hold.pass.number += 1;
    };
    caught(other_pass, "without a pass");
}

#[test]
fn a_seat_bought_with_another_pass_is_caught() {
    let other_pass = |rows: &mut Rows| {
        let SeatState::Sold(owned) = &mut rows.sold.state else { panic!() };
        owned.pass.number += 1;
    };
    caught(other_pass, "which lives on");
    caught(other_pass, "got no seat");
}

#[test]
fn a_wrong_number_of_owned_seats_is_caught() {
    caught(|rows| rows.owned.count = 2, "owns 1 seats");
    caught(|rows| rows.owned.count = 0, "their row says 0");
    caught(|rows| rows.owned.concert = crate::ids::ConcertId(uuid::Uuid::nil()), "their row says 1");
}

#[test]
fn a_pass_ended_by_a_payment_that_never_was_is_caught() {
    caught(|rows| rows.bill.created_at += jiff::SignedDuration::from_secs(1), "has no bill");
}

#[test]
fn duplicates_are_caught() {
    let rows = rows();
    let mut audit = Audit::default();
    for _ in 0..2 {
        audit.wallet(&rows.wallet);
        audit.seat(&rows.sold);
        audit.bill(&rows.bill);
        audit.pass(&rows.pass);
    }
    let found = audit.finish(Stage::start());
    for word in ["two wallets", "exists twice", "two bills", "pass 2 exists twice"] {
        assert!(found.iter().any(|breach| breach.0.contains(word)), "{word} not in {found:?}");
    }
}
