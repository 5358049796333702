//! A server that stops and starts again on the same data.

use insta::assert_snapshot;
use serde_json::json;

use crate::stage::{PRICE, Stage, buy, secs};

#[tokio::test]
async fn places_tickets_and_passes_survive_a_restart() {
    let mut stage = Stage::with(&[("line_capacity", "2")]).await;
    let (alice, bob) = (stage.buyer(PRICE).await, stage.insider().await);
    let (carol, dave) = (stage.newcomer(), stage.newcomer());
    carol.join().await.ok();
    dave.join().await.ok();
    let held = alice.hold(7).await;
    let before = alice.poll().await.ok();
    buy(&bob, 8).await;
    let bill = bob.bills().await;

    stage.restart().await;
    assert_eq!(alice.poll().await.ok(), before, "still inside, until the same time");
    assert_eq!(alice.hold(7).await.text, held.text, "the hold is unchanged");
    assert_snapshot!(bob.poll().await.line(), @"200 ended");
    assert_snapshot!(bob.seats().await.line(), @"401 pass_ended");
    assert_eq!(bob.bills().await, bill);
    assert_eq!(alice.balance().await, PRICE);

    stage.advance(secs(2)).await;
    let first = carol.poll().await.ok();
    assert_eq!((&first["number"], &first["status"]), (&json!(3), &json!("admitted")), "bob's place is free");
    let second = dave.poll().await.ok();
    assert_eq!((&second["number"], &second["ahead"]), (&json!(4), &json!(0)));
    assert_eq!(stage.newcomer().join().await.ok()["number"], 5, "no number twice");
    assert_eq!(bob.join().await.ok()["number"], 6);
    alice.pay(7).await.ok();
    stage.end().await;
}

#[tokio::test]
async fn no_number_is_given_out_twice_across_restarts() {
    let mut stage = Stage::with(&[("line_capacity", "1")]).await;
    let mut numbers = Vec::new();
    for _ in 0..4 {
        for fan in stage.crowd(3) {
            numbers.push(fan.join().await.ok()["number"].as_u64().unwrap());
        }
        stage.restart().await;
    }
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>(), "and a clean shutdown skips none");
    stage.end().await;
}

#[tokio::test]
async fn waiting_people_are_called_in_the_same_order_after_a_restart() {
    let mut stage = Stage::with(&[("line_capacity", "1")]).await;
    let alice = stage.insider().await;
    let fans = stage.crowd(3);
    for fan in &fans {
        fan.join().await.ok();
    }
    stage.restart().await;
    stage.advance(secs(2)).await;
    // They poll in reverse order, which changes nothing.
    for fan in fans.iter().rev() {
        assert_eq!(fan.poll().await.line(), "200 waiting");
    }
    let mut inside = &alice;
    for fan in &fans {
        inside.leave().await.ok();
        stage.advance(secs(2)).await;
        for waiting in fans.iter().rev() {
            waiting.poll().await;
        }
        assert_eq!(fan.poll().await.line(), "200 admitted");
        inside = fan;
    }
    stage.end().await;
}

#[tokio::test]
async fn an_idempotency_key_still_works_after_a_restart() {
    let mut stage = Stage::open().await;
    let alice = stage.insider().await;
    let charged = alice.charge_keyed(PRICE, "charge").await;
    alice.hold(7).await.ok();
    let paid = alice.pay_keyed(7, "pay").await;
    stage.restart().await;
    assert_eq!(alice.charge_keyed(PRICE, "charge").await.text, charged.text);
    assert_eq!(alice.pay_keyed(7, "pay").await.text, paid.text);
    assert_eq!(alice.balance().await, 0);
    stage.end().await;
}

#[tokio::test]
async fn the_rate_limit_holds_across_a_restart() {
    let mut stage = Stage::with(&[("line_rate_per_minute", "2")]).await;
    let fans = stage.crowd(3);
    for fan in &fans {
        fan.join().await.ok();
    }
    stage.restart().await;
    stage.advance(secs(59)).await;
    assert_snapshot!(fans[2].poll().await.line(), @"200 waiting");
    stage.advance(secs(2)).await;
    assert_snapshot!(fans[2].poll().await.line(), @"200 admitted");
    stage.end().await;
}

#[tokio::test]
async fn passes_and_holds_that_expire_during_downtime_are_over() {
    let mut stage = Stage::with(&[("pass_seconds", "60"), ("hold_seconds", "60")]).await;
    let alice = stage.insider().await;
    alice.hold(7).await.ok();
    stage.advance(secs(59)).await;
    stage.restart().await;
    assert_snapshot!(alice.poll().await.line(), @"200 admitted");
    stage.advance(secs(1)).await;
    stage.restart().await;
    assert_snapshot!(alice.poll().await.line(), @"200 ended");
    let bob = stage.insider().await;
    assert_snapshot!(bob.hold(7).await.line(), @"200 held");
    assert_eq!(alice.join().await.ok()["number"], 3);
    stage.end().await;
}
