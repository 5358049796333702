//! Many people at once. There is one winner, and the books agree afterwards.

use std::future::Future;

use onsale_booking::command::PassHolder;
use onsale_booking::ids::ConcertId;
use onsale_booking::{Command, Outcome, Policy, Refusal};
use onsale_storage::store::StoreOptions;
use onsale_storage::writer::WriteError;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::commands::{
    CONCERT, MICROSECOND, admit, bills, by_number, charge, hold, holder, json, keyed, leave, member,
    open_concert, pay, pay_seen, register, release, seconds, use_code,
};
use crate::support::fixture::{StoreFixture, options};
use crate::support::sale::{Answer, Caller, Sale};

const CROWD: u64 = 200;

/// Runs everything at once, each in its own task.
async fn at_once<T: Send + 'static>(
    tasks: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    tasks.collect::<JoinSet<T>>().join_all().await
}

pub(crate) async fn ask_at_once(caller: &Caller, commands: impl Iterator<Item = Command>) -> Vec<Answer> {
    at_once(commands.map(|command| {
        let caller = caller.clone();
        async move { caller.ask(command).await }
    }))
    .await
}

pub(crate) fn successes(answers: &[Answer]) -> Vec<&Outcome> {
    answers.iter().filter_map(|answer| answer.as_ref().ok()).collect()
}

fn long_passes() -> StoreOptions {
    StoreOptions { policy: Policy::new(300, 4, 1_000_000), ..options() }
}

pub(crate) async fn one_of_two_hundred_gets_the_expired_seat(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, long_passes()).await;
    let crowd: Vec<PassHolder> = (1..=CROWD).map(member).collect();
    ask_at_once(&sale, crowd.iter().map(|&by| admit(by))).await;
    for round in 0..30 {
        let answers = ask_at_once(&sale, crowd.iter().map(|&by| hold(by, &[7]))).await;
        let winners = successes(&answers);
        assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
        let losers = answers
            .iter()
            .filter(|answer| **answer == Err(WriteError::Refused(Refusal::SeatHeld { seat_no: 7 })));
        assert_eq!(losers.count() as u64, CROWD - 1, "round {round}");
        let Outcome::Held(seats) = winners[0] else { panic!("{winners:?}") };
        assert_eq!(seats[..], [sale.seat(7)]);
        sale.assert_clean().await;
        sale.fixture.advance(seconds(300));
    }
}

pub(crate) async fn every_acknowledged_charge_counts(fixture: impl StoreFixture) {
    let (sale, alice) = (Sale::open(fixture).await, holder("alice"));
    let answers = ask_at_once(&sale, (1..=200).map(|amount| charge(alice, amount))).await;
    assert_eq!(successes(&answers).len(), 200);
    let sum = (1..=200_i64).sum::<i64>();
    assert_eq!(sale.balance(alice).await, sum);
    let sale = sale.crash().await;
    assert_eq!(sale.balance(alice).await, sum);
    sale.assert_clean().await;
}

pub(crate) async fn money_is_spent_once(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    for round in 0..10_u32 {
        // One wallet, the price of one seat in it, two passes, two seats.
        let (first, number) = (2 * round + 1, u64::from(10 * round));
        let one = sale.rich(member(number + 1), 1_000).await;
        let other = sale.inside(by_number(one.user, number + 2)).await;
        sale.ok(hold(one, &[first])).await;
        sale.ok(hold(other, &[first + 1])).await;
        let uses = [pay(one, &[first]), pay(other, &[first + 1])];
        let answers = ask_at_once(&sale, uses.into_iter()).await;
        assert_eq!(successes(&answers).len(), 1, "{answers:?}");
        assert_eq!(sale.balance(one).await, 0);
        assert_eq!(sale.store.reads.bills(one.user, None, 9).await.unwrap().len(), 1);
    }
    sale.assert_clean().await;
}

pub(crate) async fn paying_twice_at_once_gives_one_bill(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.rich(holder("alice"), 9_000).await;
    sale.ok(hold(alice, &[1, 2])).await;
    let answers = ask_at_once(&sale, (0..20).map(|_| pay(alice, &[1, 2]))).await;
    let mut answered: Vec<_> = successes(&answers).into_iter().cloned().map(bills).collect();
    assert_eq!(answered.len(), 20);
    answered.dedup();
    assert_eq!(answered.len(), 1, "the same bills and balance for all: {answered:?}");
    assert_eq!(sale.balance(alice).await, 7_000);
    assert_eq!(sale.store.reads.bills(alice.user, None, 9).await.unwrap().len(), 2);
    sale.assert_clean().await;
}

pub(crate) async fn a_payment_at_the_deadline_loses_to_nobody_and_nothing(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, long_passes()).await;
    let bob = sale.inside(holder("bob")).await;
    for round in 0..20 {
        let seat_no = round + 1;
        let alice = sale.rich(member(100 + u64::from(round)), 1_000).await;
        sale.ok(hold(alice, &[seat_no])).await;
        sale.fixture.advance(seconds(300) - MICROSECOND);
        let race = ask_at_once(&sale, [pay(alice, &[seat_no]), hold(bob, &[seat_no])].into_iter());
        // The deadline comes while they are under way: at once, or a little later.
        let deadline = async {
            for _ in 0..round * round * 40 {
                tokio::task::yield_now().await;
            }
            sale.fixture.advance(MICROSECOND);
        };
        let (answers, ()) = tokio::join!(race, deadline);
        let wins = successes(&answers);
        assert!(wins.len() <= 1, "paid by one and held by another: {answers:?}");
        match wins.first() {
            Some(Outcome::Paid { bills, .. }) => {
                assert_eq!((bills[0].holder, sale.balance(alice).await), (alice.user, 0));
            }
            // The rival got it, or was a moment too early and the payment a moment too late.
            _ => assert_eq!(sale.balance(alice).await, 1_000),
        }
        sale.assert_clean().await;
        sale.fixture.advance(seconds(300));
    }
}

pub(crate) async fn fifty_identical_requests_have_one_effect(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.inside(holder("alice")).await;
    let charges = ask_at_once(&sale, (0..50).map(|_| keyed(charge(alice, 1_000), "c"))).await;
    let holds = ask_at_once(&sale, (0..50).map(|_| keyed(hold(alice, &[1]), "r"))).await;
    let payments = ask_at_once(&sale, (0..50).map(|_| keyed(pay(alice, &[1]), "p"))).await;
    for answers in [charges, holds, payments] {
        let mut answered: Vec<_> = successes(&answers).into_iter().map(json).collect();
        assert_eq!(answered.len(), 50);
        answered.dedup();
        assert_eq!(answered.len(), 1, "{answered:?}");
    }
    assert_eq!(sale.balance(alice).await, 0);
    assert_eq!(sale.fixture.stored_results().await, 3);
    sale.assert_clean().await;
}

pub(crate) async fn one_of_twenty_browsers_uses_a_code(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    for round in 0..10 {
        let user = member(200 + round).user;
        let answers = ask_at_once(&sale, (0..20).map(|browser| use_code(user, browser, "code"))).await;
        assert_eq!(successes(&answers).len(), 1, "{answers:?}");
    }
    sale.assert_clean().await;
}

pub(crate) async fn forms_of_one_visit_register_one_user(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    for round in 0..10 {
        let user = member(100 + round).user;
        // Two tabs, and each is pressed ten times.
        let form = |press: u64| if press.is_multiple_of(2) { "form-1" } else { "form-2" };
        let presses = (0..20).map(|press| keyed(register(user, "Carol"), form(press)));
        let answers = ask_at_once(&sale, presses).await;
        let registered = successes(&answers);
        assert_eq!(registered.len(), 10, "one of the tabs: {answers:?}");
        assert!(registered.iter().all(|outcome| *outcome == registered[0]), "one user: {answers:?}");
        let refused = Err(WriteError::Refused(Refusal::AlreadyRegistered));
        assert_eq!(answers.iter().filter(|answer| **answer == refused).count(), 10, "{answers:?}");
        assert_eq!(sale.fixture.stored_results().await, round + 1);
    }
    sale.assert_clean().await;
}

pub(crate) async fn releasing_and_paying_exclude_each_other(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    for round in 0..20 {
        let seat_no = round + 1;
        let alice = sale.rich(member(100 + u64::from(round)), 1_000).await;
        sale.ok(hold(alice, &[seat_no])).await;
        let both = [release(alice, seat_no), pay(alice, &[seat_no])];
        let answers = ask_at_once(&sale, both.into_iter()).await;
        let wins = successes(&answers);
        assert_eq!(wins.len(), 1, "{answers:?}");
        let was_paid = matches!(wins[0], Outcome::Paid { .. });
        assert_eq!(sale.balance(alice).await, if was_paid { 0 } else { 1_000 });
        assert_eq!(sale.seat(seat_no).is_sold_to(alice.user), was_paid);
    }
    sale.assert_clean().await;
}

pub(crate) async fn a_payment_ends_no_hold_that_its_page_did_not_show(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    for round in 0..20_u32 {
        let (first, second) = (2 * round + 1, 2 * round + 2);
        let alice = sale.rich(member(u64::from(round) + 1), 1_000).await;
        sale.ok(hold(alice, &[first])).await;
        let shown = [sale.seat(first)];
        // Two tabs of one browser.
        let tabs = [pay_seen(alice, &[first], &shown), hold(alice, &[second])];
        let answers = ask_at_once(&sale, tabs.into_iter()).await;
        if answers.contains(&Err(WriteError::Refused(Refusal::PassEnded))) {
            assert_eq!(sale.seats_of(alice.user).await, [first], "{answers:?}");
        } else {
            assert!(answers.contains(&Err(WriteError::Refused(Refusal::HoldsChanged))), "{answers:?}");
            assert_eq!(sale.seats_of(alice.user).await.len(), 2, "{answers:?}");
            sale.ok(leave(alice)).await;
        }
        assert_eq!(successes(&answers).len(), 1, "{answers:?}");
        sale.assert_clean().await;
    }
}

pub(crate) async fn an_id_opens_one_concert(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    for round in 0..10 {
        let id = ConcertId(Uuid::from_u128(0xD000 + round));
        let answers = ask_at_once(&sale, (0..8).map(|_| open_concert(id, 3))).await;
        assert_eq!(successes(&answers).len(), 1, "{answers:?}");
        let exists = Err(WriteError::Refused(Refusal::ConcertExists { is_same: true }));
        assert_eq!(answers.iter().filter(|answer| **answer == exists).count(), 7, "{answers:?}");
    }
    let log = sale.store.reads.operator_log(None, 100).await.unwrap();
    assert_eq!(log.len(), 11, "one entry each, and the concert of every sale");
    sale.assert_clean().await;
}

pub(crate) async fn a_crowd_shares_out_every_seat_once(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let wishes = (1..=CROWD).map(|number| {
        let (caller, by) = (sale.caller(), member(number));
        async move {
            caller.rich(by, 1_000).await;
            // Everybody wants a seat, and tries the next when it is gone.
            for step in 0..60 {
                let seat_no = u32::try_from((number + step) % 60).unwrap() + 1;
                if caller.ask(hold(by, &[seat_no])).await.is_ok() {
                    caller.ok(pay(by, &[seat_no])).await;
                    return 1_u32;
                }
            }
            0
        }
    });
    let sold: u32 = at_once(wishes).await.into_iter().sum();
    assert_eq!(sold, 60);
    assert_eq!(sale.store.maps.get(CONCERT).unwrap().snapshot().available(sale.store.now()), 0);
    let rows = sale.assert_clean().await;
    let sale = sale.crash().await;
    assert_eq!(sale.assert_clean().await, rows);
}

pub(crate) async fn closing_ends_every_loop(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = holder("alice");
    sale.ok(charge(alice, 5)).await;
    let closed = tokio::time::timeout(std::time::Duration::from_secs(10), sale.store.close()).await;
    assert!(closed.is_ok(), "a loop waits for another");
    assert_eq!(sale.ask(charge(alice, 5)).await, Err(WriteError::Busy));
    assert_eq!(sale.balance(alice).await, 5);
}
