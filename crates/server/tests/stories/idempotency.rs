//! However often a request is sent with the same key and content, it has one effect.

use insta::assert_snapshot;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::answer::tally;
use crate::stage::{MICROSECOND, PRICE, Stage, at_once, secs};

#[tokio::test]
async fn a_repeated_request_gets_the_same_bytes() {
    let stage = Stage::open().await;
    let alice = stage.newcomer();
    alice.enter().await;
    let charge = alice.charge_keyed(2 * PRICE, "charge").await;
    alice.charge(7).await.ok();
    let held = alice.hold_keyed(7, "hold").await;
    let list = async |path: &str, key: &str| {
        let path = format!("/v1/concerts/{}/{path}", stage.concert);
        alice.queue(Method::POST, &path).key(key).json(&json!({"seatNos": [8, 9]})).send().await
    };
    let held_all = list("reservations", "hold-all").await;
    stage.advance(secs(30)).await;
    alice.release(8).await.ok();
    assert_eq!(alice.charge_keyed(2 * PRICE, "charge").await.text, charge.text);
    assert_eq!(alice.hold_keyed(7, "hold").await.text, held.text);
    assert_eq!(
        list("reservations", "hold-all").await.text,
        held_all.text,
        "even for a seat that was released since"
    );
    assert_eq!(alice.seat(8).await["status"], "available", "and there is no second effect");
    let paid = alice.pay_keyed(7, "pay").await;
    alice.charge(7).await.ok();
    assert_eq!(alice.pay_keyed(7, "pay").await.text, paid.text, "the balance as it was then");
    assert_eq!(
        alice.pay(7).await.ok()["balance"],
        alice.balance().await,
        "without the key, the balance as it is now"
    );
    assert_eq!(alice.balance().await, PRICE + 14);
    stage.end().await;
}

#[tokio::test]
async fn the_same_key_with_other_content_is_refused() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    alice.charge_keyed(100, "k").await.ok();
    assert_snapshot!(alice.charge_keyed(101, "k").await.line(), @"400 idempotency_key_reused");
    assert_snapshot!(alice.hold_keyed(7, "k").await.line(), @"400 idempotency_key_reused");
    assert_snapshot!(alice.pay_keyed(7, "k").await.line(), @"400 idempotency_key_reused");
    alice.hold_keyed(7, "hold").await.ok();
    assert_snapshot!(alice.hold_keyed(8, "hold").await.line(), @"400 idempotency_key_reused");
    let other_concert = format!("/v1/concerts/{}/seats/7/reservations", uuid::Uuid::now_v7());
    let elsewhere = alice.queue(Method::POST, &other_concert).key("hold").send().await;
    assert_snapshot!(elsewhere.line(), @"400 idempotency_key_reused");
    assert_eq!(alice.balance().await, 100);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_identical_requests_at_once_have_one_effect() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let sent = at_once((0..50).map(|_| alice.charge_keyed(PRICE, "charge"))).await;
    assert_snapshot!(tally(&sent), @"50 x 200");
    assert!(sent.iter().all(|answer| answer.text == sent[0].text));
    assert_eq!(alice.balance().await, PRICE);

    let sent = at_once((0..50).map(|_| alice.hold_keyed(7, "hold"))).await;
    assert!(sent.iter().all(|answer| answer.text == sent[0].text && answer.status == 200));
    let sent = at_once((0..50).map(|_| alice.pay_keyed(7, "pay"))).await;
    assert!(sent.iter().all(|answer| answer.text == sent[0].text && answer.status == 200));
    assert_eq!((alice.balance().await, alice.bills().await.as_array().map(Vec::len)), (0, Some(1)));
    stage.end().await;
}

#[tokio::test]
async fn keys_are_1_to_255_visible_characters() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    for key in ["", " ", "two words", "tab\there", "키", &"k".repeat(256)] {
        let wrong = "400 invalid_request Idempotency-Key";
        assert_eq!(alice.charge_keyed(5, key).await.line(), wrong, "{key:?}");
        assert_eq!(alice.hold_keyed(7, key).await.line(), wrong, "{key:?}");
        assert_eq!(alice.pay_keyed(7, key).await.line(), wrong, "{key:?}");
    }
    let two = alice.user(Method::PATCH, "/v1/charges").key("one").key("two").json(&json!({"amount": 5}));
    assert_snapshot!(two.send().await.line(), @"400 invalid_request Idempotency-Key");
    assert_eq!(alice.balance().await, 0);
    for key in ["!", "~", &"k".repeat(255)] {
        assert_eq!(alice.charge_keyed(5, key).await.status, 200, "{key:?}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_key_still_works_after_the_pass_has_ended() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let held = alice.hold_keyed(7, "hold").await;
    alice.leave().await.ok();
    assert_eq!(alice.hold_keyed(7, "hold").await.text, held.text);
    assert_snapshot!(alice.hold_keyed(8, "new").await.line(), @"401 pass_ended");
    stage.end().await;
}

#[tokio::test]
async fn keys_of_different_people_are_independent() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.insider().await, stage.insider().await);
    alice.hold_keyed(7, "k").await.ok();
    assert_snapshot!(bob.hold_keyed(8, "k").await.line(), @"200 held");
    assert_snapshot!(bob.charge_keyed(8, "k").await.line(), @"400 idempotency_key_reused");
    stage.end().await;
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.insider().await, stage.insider().await);
    alice.hold(7).await.ok();
    assert_snapshot!(bob.hold_keyed(7, "k").await.line(), @"400 seat_held");
    alice.release(7).await.ok();
    assert_snapshot!(bob.hold_keyed(7, "k").await.line(), @"200 held");
    stage.end().await;
}

#[tokio::test]
async fn a_key_is_remembered_for_a_day() {
    let stage = Stage::open().await;
    let alice = stage.newcomer();
    alice.charge_keyed(5, "k").await.ok();
    stage.advance(SignedDuration::from_hours(24) - MICROSECOND).await;
    alice.charge_keyed(5, "k").await.ok();
    assert_eq!(alice.balance().await, 5);
    stage.advance(MICROSECOND).await;
    assert_eq!(alice.charge_keyed(5, "k").await.ok()["amount"], 10);
    stage.end().await;
}
