//! Which refusal comes first when several things are wrong. Each step fixes the last one, so that the next
//! guard is reached.

use insta::assert_snapshot;
use jiff::SignedDuration;
use serde_json::json;

use crate::actors::Actor;
use crate::stage::{MICROSECOND, PRICE, Stage, concert_with, secs};

/// Seat 1 is sold, seat 2 held by a rival; both until long after.
async fn rivals(stage: &Stage) -> Actor {
    let (owner, rival) = (stage.buyer(PRICE).await, stage.insider().await);
    owner.hold(1).await.ok();
    owner.pay(1).await.ok();
    rival.hold(2).await.ok();
    rival
}

/// An ended ticket of `fan`, who has a new one and is inside again.
async fn ended_ticket(fan: &Actor) -> String {
    let ended = fan.ticket();
    fan.leave().await.ok();
    fan.enter().await;
    ended
}

/// Does something with another ticket than the fan's own.
async fn with_ticket(fan: &Actor, ticket: &str, does: impl AsyncFn() -> String) -> String {
    let own = fan.ticket();
    fan.take_ticket(ticket.to_owned());
    let line = does().await;
    fan.take_ticket(own);
    line
}

#[tokio::test]
async fn holding_checks_in_this_order() {
    let stage = Stage::open().await;
    let mut alice = stage.insider().await;
    let closing = stage.now() + secs(200);
    let short = concert_with(&json!({"closingAt": closing.to_string()}));
    alice.concert = stage.open_concert(&short).await;
    let mut rival = stage.buyer(PRICE).await;
    rival.concert = alice.concert;
    rival.hold_all(&[1, 2]).await.ok();
    rival.pay(1).await.ok();
    rival.enter().await;
    rival.hold(2).await.ok();

    alice.hold_keyed(3, "key").await.ok();
    let ended = ended_ticket(&alice).await;
    alice.hold_all(&[4, 5, 6, 7]).await.ok();

    // Token, then the stored result, then seats that are already held, then the pass.
    assert_snapshot!(with_ticket(&alice, "garbage", async || alice.hold_keyed(3, "key").await.line()).await, @"401 token_invalid");
    assert_snapshot!(with_ticket(&alice, &ended, async || alice.hold_keyed(3, "key").await.line()).await, @"200 held");
    assert_snapshot!(with_ticket(&alice, &ended, async || alice.hold_keyed(99, "key").await.line()).await, @"400 idempotency_key_reused");
    assert_snapshot!(with_ticket(&alice, &ended, async || alice.hold(4).await.line()).await, @"200 held");
    assert_snapshot!(with_ticket(&alice, &ended, async || alice.hold_all(&[99, 1, 2]).await.line()).await, @"401 pass_ended");

    // `not_admitted` comes before anything about the concert and its seats.
    stage.operator().steer(json!({"paused": true})).await.ok();
    let mut waiting = stage.newcomer();
    waiting.join().await.ok();
    waiting.concert = uuid::Uuid::now_v7();
    assert_snapshot!(waiting.hold(1).await.line(), @"403 not_admitted");
    waiting.concert = alice.concert;
    assert_snapshot!(waiting.hold_all(&[99, 1, 2]).await.line(), @"403 not_admitted");
    assert_snapshot!(waiting.hold_keyed(99, "k").await.line(), @"403 not_admitted");

    // Seats, in any order in the list; then the window; then the limit.
    assert_snapshot!(alice.hold_all(&[2, 1, 99]).await.line(), @"400 seat_no_out_of_range");
    assert_snapshot!(alice.hold_all(&[2, 1, 8]).await.line(), @"400 seat_sold");
    assert_snapshot!(alice.hold_all(&[8, 2]).await.line(), @"400 seat_held");
    assert_snapshot!(alice.hold(8).await.line(), @"400 hold_limit");
    stage.advance(secs(200)).await;
    assert_snapshot!(alice.hold_all(&[8, 2]).await.line(), @"400 seat_held");
    assert_snapshot!(alice.hold(8).await.line(), @"400 sale_closed");
    assert_snapshot!(alice.hold(4).await.line(), @"200 held");
    stage.end().await;
}

#[tokio::test]
async fn the_window_opens_and_closes_to_the_microsecond() {
    let stage = Stage::open().await;
    let mut alice = stage.insider().await;
    let times = json!({"openingAt": (stage.now() + secs(60)).to_string(), "closingAt": (stage.now() + secs(120)).to_string()});
    alice.concert = stage.open_concert(&concert_with(&times)).await;
    stage.advance(secs(60) - MICROSECOND).await;
    let early = alice.hold(1).await;
    assert_snapshot!(early.line(), @"400 sale_not_open");
    assert_eq!(early.json()["opensAt"], times["openingAt"]);
    assert!(early.json().get("lobbyAt").is_none(), "a concert has no lobby");
    stage.advance(MICROSECOND).await;
    assert_snapshot!(alice.hold(1).await.line(), @"200 held");
    stage.advance(secs(60) - MICROSECOND).await;
    assert_snapshot!(alice.hold(2).await.line(), @"200 held");
    stage.advance(MICROSECOND).await;
    assert_snapshot!(alice.hold(3).await.line(), @"400 sale_closed");
    alice.charge(PRICE).await.ok();
    assert_snapshot!(alice.pay(2).await.line(), @"200");
    stage.end().await;
}

#[tokio::test]
async fn paying_checks_in_this_order() {
    let stage = Stage::open().await;
    let rival = rivals(&stage).await;
    let alice = stage.insider().await;
    alice.charge(PRICE).await.ok();
    alice.hold(3).await.ok();
    let paid = alice.pay_keyed(3, "key").await.ok();
    let ended = alice.ticket();

    // Stored result and own bill come before the pass; another seat does not.
    assert_eq!(alice.pay_keyed(3, "key").await.ok(), paid);
    assert_snapshot!(alice.pay_keyed(4, "key").await.line(), @"400 idempotency_key_reused");
    assert_eq!(alice.pay(3).await.ok()["id"], paid["id"]);
    assert_snapshot!(alice.pay_all(&[99, 1, 2]).await.line(), @"401 pass_ended");

    stage.operator().steer(json!({"paused": true})).await.ok();
    alice.join().await.ok();
    assert_eq!(alice.pay(3).await.ok()["id"], paid["id"], "a waiting owner may ask for the bill");
    assert_snapshot!(alice.pay_all(&[99, 1, 2]).await.line(), @"403 not_admitted");
    stage.operator().steer(json!({"paused": false})).await.ok();
    assert_snapshot!(alice.poll().await.line(), @"200 admitted");

    alice.hold(4).await.ok();
    assert_snapshot!(alice.pay_all(&[5, 2, 1, 99]).await.line(), @"400 seat_no_out_of_range");
    assert_snapshot!(alice.pay_all(&[5, 2, 1]).await.line(), @"400 seat_sold");
    assert_snapshot!(alice.pay_all(&[3, 4]).await.line(), @"400 seat_sold");
    assert_snapshot!(alice.pay_all(&[5, 2, 4]).await.line(), @"403 not_holder");
    assert_snapshot!(alice.pay_all(&[4, 5]).await.line(), @"400 seat_not_held");
    assert_snapshot!(alice.pay(4).await.line(), @"400 insufficient_balance");
    stage.advance(secs(300)).await;
    assert_snapshot!(alice.pay(4).await.line(), @"400 hold_expired");
    assert_snapshot!(with_ticket(&alice, &ended, async || alice.pay(4).await.line()).await, @"401 pass_ended");
    rival.leave().await.ok();
    stage.end().await;
}

#[tokio::test]
async fn releasing_checks_in_this_order() {
    let stage = Stage::open().await;
    rivals(&stage).await;
    let alice = stage.insider().await;
    let ended = ended_ticket(&alice).await;
    assert_snapshot!(with_ticket(&alice, "garbage", async || alice.release(99).await.line()).await, @"401 token_invalid");
    assert_snapshot!(with_ticket(&alice, &ended, async || alice.release(99).await.line()).await, @"401 pass_ended");
    stage.operator().steer(json!({"paused": true})).await.ok();
    let waiting = stage.newcomer();
    waiting.join().await.ok();
    assert_snapshot!(waiting.release(99).await.line(), @"403 not_admitted");
    assert_snapshot!(alice.release(99).await.line(), @"400 seat_no_out_of_range");
    assert_snapshot!(alice.release(1).await.line(), @"400 seat_sold");
    assert_snapshot!(alice.release(2).await.line(), @"403 not_holder");
    assert_snapshot!(alice.release(3).await.line(), @"400 seat_not_held");
    alice.hold(3).await.ok();
    assert_snapshot!(alice.release(3).await.line(), @"200 available");
    assert_snapshot!(alice.release(3).await.line(), @"400 seat_not_held");
    alice.hold(3).await.ok();
    stage.advance(secs(300)).await;
    assert_snapshot!(alice.release(3).await.line(), @"400 hold_expired");
    stage.end().await;
}

#[tokio::test]
async fn the_former_holder_gets_hold_expired_until_somebody_takes_the_seat() {
    let stage = Stage::with(&[("pass_seconds", "86400")]).await;
    let (alice, bob) = (stage.buyer(PRICE).await, stage.insider().await);
    alice.hold(7).await.ok();
    stage.advance(secs(300)).await;
    assert_snapshot!(alice.pay(7).await.line(), @"400 hold_expired");
    stage.advance(SignedDuration::from_hours(2)).await;
    assert_snapshot!(alice.pay(7).await.line(), @"400 hold_expired");
    bob.hold(7).await.ok();
    assert_snapshot!(alice.pay(7).await.line(), @"403 not_holder");
    bob.release(7).await.ok();
    assert_snapshot!(alice.pay(7).await.line(), @"400 seat_not_held");
    stage.end().await;
}

#[tokio::test]
async fn holding_ones_own_seat_again_keeps_its_deadline() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let first = alice.hold(7).await;
    stage.advance(secs(299)).await;
    assert_eq!(alice.hold(7).await.text, first.text);
    stage.advance(secs(1)).await;
    assert_ne!(alice.hold(7).await.text, first.text, "it expired, so this is a new hold");
    stage.end().await;
}
