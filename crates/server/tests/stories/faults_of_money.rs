//! Bugs about money in the implementation before this one.

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

use crate::answer::tally;
use crate::stage::{PRICE, Stage, at_once, concert_with, secs};

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_charges_at_once_are_all_acknowledged_and_none_is_lost() {
    let stage = Stage::open().await;
    let alice = stage.newcomer();
    let answers = at_once((1..=200).map(|amount| alice.charge(amount))).await;
    assert_snapshot!(tally(&answers), @"200 x 200");
    assert_eq!(alice.balance().await, 200 * 201 / 2);
    let mut balances: Vec<_> =
        answers.iter().map(|answer| answer.json()["amount"].as_i64().unwrap()).collect();
    balances.sort_unstable();
    balances.dedup();
    assert_eq!((balances.len(), balances.last()), (200, Some(&20_100)), "each saw its own balance");
    stage.end().await;
}

#[tokio::test]
async fn the_first_charge_of_a_new_user_works() {
    let stage = Stage::open().await;
    let (alice, newcomer) = (stage.fan("Alice").await, stage.newcomer());
    assert_eq!((alice.balance().await, newcomer.balance().await), (0, 0));
    assert_eq!(alice.charge(1).await.ok(), json!({"userId": alice.id, "amount": 1}));
    assert_eq!(newcomer.charge(1_000_000_000).await.ok()["amount"], 1_000_000_000);
    stage.end().await;
}

#[tokio::test]
async fn a_charge_is_neither_negative_nor_zero_nor_too_large() {
    let stage = Stage::open().await;
    let alice = stage.newcomer();
    alice.charge(100).await.ok();
    for amount in [0, -1, -100, i64::MIN, 1_000_000_001, i64::MAX] {
        assert_eq!(alice.charge(amount).await.line(), "400 invalid_request amount", "{amount}");
    }
    assert_eq!(alice.balance().await, 100);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_is_spent_once() {
    let stage = Stage::with(&[("line_capacity", "1000")]).await;
    for round in 0..12 {
        let alice = stage.buyer(PRICE).await;
        let (one, other) = (round * 2 + 1, round * 2 + 2);
        alice.hold_all(&[one, other]).await.ok();
        let answers = at_once([alice.pay(one), alice.pay(other)]).await;
        assert_eq!(tally(&answers), "1 x 200, 1 x 401 pass_ended", "the payment ended the pass");
        assert_eq!(alice.balance().await, 0);
        assert_eq!(alice.bills().await.as_array().map(Vec::len), Some(1));
        assert_eq!(alice.reservations().await.as_array().map(Vec::len), Some(1), "the other is released");
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_many_times_is_paying_once() {
    let stage = Stage::open().await;
    let alice = stage.buyer(3 * PRICE).await;
    alice.hold(7).await.ok();
    let answers = at_once((0..50).map(|_| alice.pay(7))).await;
    assert_snapshot!(tally(&answers), @"50 x 200");
    assert!(answers.iter().all(|answer| answer.text == answers[0].text), "one bill");
    assert_eq!(alice.balance().await, 2 * PRICE);
    alice.charge(1).await.ok();
    stage.advance(secs(3_600)).await;
    let again = alice.pay(7).await.ok();
    assert_eq!((&again["id"], &again["balance"]), (&answers[0].json()["id"], &json!(2 * PRICE + 1)));
    assert_eq!(alice.bills().await.as_array().map(Vec::len), Some(1));
    stage.end().await;
}

#[tokio::test]
async fn a_refused_payment_takes_nothing() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.buyer(PRICE - 1).await, stage.buyer(PRICE).await);
    alice.hold(7).await.ok();
    assert_snapshot!(alice.pay(7).await.line(), @"400 insufficient_balance");
    assert_snapshot!(bob.pay(7).await.line(), @"403 not_holder");
    assert_snapshot!(bob.pay(8).await.line(), @"400 seat_not_held");
    assert_eq!((alice.balance().await, bob.balance().await), (PRICE - 1, PRICE));
    assert_eq!(alice.reservations().await.as_array().map(Vec::len), Some(1), "the hold lives on");
    alice.charge(1).await.ok();
    assert_snapshot!(alice.pay(7).await.line(), @"200");
    assert_eq!(alice.balance().await, 0);
    stage.end().await;
}

#[tokio::test]
async fn a_seat_costs_what_its_own_concert_says() {
    let stage = Stage::open().await;
    let mut alice = stage.buyer(PRICE).await;
    let (expensive, cheap) = (stage.concert, stage.open_concert(&concert_with(&json!({"price": 1}))).await);
    alice.hold(1).await.ok();
    alice.concert = cheap;
    assert_snapshot!(alice.pay(1).await.line(), @"400 seat_not_held");
    assert_eq!(alice.balance().await, PRICE);
    alice.concert = expensive;
    assert_eq!(alice.pay(1).await.ok()["amount"], PRICE);
    stage.end().await;
}

#[tokio::test]
async fn a_seat_that_costs_nothing_needs_no_money() {
    let stage = Stage::open().await;
    let mut alice = stage.insider().await;
    alice.concert = stage.open_concert(&concert_with(&json!({"price": 0}))).await;
    alice.hold(1).await.ok();
    let bill = alice.pay(1).await.ok();
    assert_eq!((&bill["amount"], &bill["balance"]), (&json!(0), &json!(0)));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn charging_and_paying_at_once_loses_no_money() {
    let stage = Stage::with(&[("line_capacity", "1000")]).await;
    let fans = stage.crowd(40);
    at_once(fans.iter().map(crate::actors::Actor::join)).await;
    let plays = fans.iter().zip(1..).map(async |(fan, seat_no)| {
        fan.hold(seat_no).await.ok();
        let charges = at_once((0..5).map(|_| fan.charge(PRICE / 5 + 1)));
        let (_, early) = futures_util::future::join(charges, fan.pay(seat_no)).await;
        if early.status != 200 {
            assert_eq!(early.line(), "400 insufficient_balance");
            fan.pay(seat_no).await.ok();
        }
        early
    });
    at_once(plays).await;
    for fan in &fans {
        assert_eq!(fan.balance().await, 5);
    }
    let sold = fans[0].user(Method::GET, "/v1/bills").send().await.ok();
    assert_eq!(sold["items"].as_array().map(Vec::len), Some(1));
    stage.end().await;
}
