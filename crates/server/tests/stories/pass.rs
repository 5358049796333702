//! A pass: how long it lasts, and what it is worth once it is over.

use insta::{assert_compact_json_snapshot, assert_snapshot};
use reqwest::Method;

use crate::actors::Actor;
use crate::stage::{DATE, MICROSECOND, PRICE, Stage, buy, secs};

/// Everything that a queue token can ask for, except its status.
async fn everything_else(fan: &Actor) -> Vec<(&'static str, String)> {
    vec![
        ("dates", fan.dates().await.line()),
        ("free seats", fan.seats_on(DATE).await.line()),
        ("concerts", fan.concerts().await.line()),
        ("seats", fan.seats().await.line()),
        ("hold", fan.hold(30).await.line()),
        ("hold keyed", fan.hold_keyed(30, "fresh").await.line()),
        ("hold all", fan.hold_all(&[30, 31]).await.line()),
        ("release", fan.release(30).await.line()),
        ("pay", fan.pay(30).await.line()),
        ("pay all", fan.pay_all(&[30, 31]).await.line()),
        ("leave", fan.leave().await.line()),
    ]
}

async fn assert_over(fan: &Actor) {
    for (what, line) in everything_else(fan).await {
        assert_eq!(line, "401 pass_ended", "{what}");
    }
    assert_eq!(fan.poll().await.line(), "200 ended");
}

#[tokio::test]
async fn an_expired_pass_may_only_ask_for_its_status() {
    let stage = Stage::with(&[("pass_seconds", "60")]).await;
    let alice = stage.insider().await;
    stage.advance(secs(60) - MICROSECOND).await;
    assert_eq!(alice.dates().await.status, 200);
    stage.advance(MICROSECOND).await;
    assert_over(&alice).await;
    stage.advance(secs(5)).await;
    assert_over(&alice).await;
    stage.end().await;
}

#[tokio::test]
async fn paying_or_leaving_ends_a_pass_at_once() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.insider().await, stage.insider().await);
    buy(&alice, 1).await;
    bob.leave().await.ok();
    assert_over(&alice).await;
    assert_over(&bob).await;
    stage.end().await;
}

#[tokio::test]
async fn a_waiting_token_may_only_wait_leave_and_list_concerts() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let alice = stage.newcomer();
    assert_snapshot!(alice.join().await.line(), @"200 waiting");
    for (what, line) in everything_else(&alice).await {
        match what {
            "concerts" => assert_eq!(line, "200", "the list is open to people who wait"),
            "leave" => assert_eq!(line, "200 ended"),
            _ => assert_eq!(line, "403 not_admitted", "{what}"),
        }
    }
    assert_snapshot!(alice.poll().await.line(), @"200 ended");
    stage.end().await;
}

#[tokio::test]
async fn a_live_hold_keeps_a_pass_alive_but_allows_no_new_holds() {
    let stage = Stage::with(&[("line_capacity", "1"), ("pass_seconds", "60")]).await;
    let alice = stage.buyer(PRICE).await;
    stage.advance(secs(50)).await;
    alice.hold(7).await.ok();
    assert_compact_json_snapshot!(alice.poll().await.normalized()["admittedUntil"], @r#""2026-03-01T09:05:50Z""#);
    let bob = stage.newcomer();
    bob.join().await.ok();

    stage.advance(secs(10)).await;
    assert_snapshot!(alice.poll().await.line(), @"200 admitted");
    assert_snapshot!(alice.seats().await.line(), @"200");
    assert_snapshot!(alice.hold(8).await.line(), @"401 pass_ended");
    assert_snapshot!(alice.hold(7).await.line(), @"200 held");
    assert_eq!(stage.operator().line().await["inside"], 1, "still counted as inside");
    assert_snapshot!(bob.poll().await.line(), @"200 waiting");
    stage.advance(secs(290) - MICROSECOND).await;
    assert_snapshot!(alice.pay(7).await.line(), @"200");
    stage.end().await;
}

#[tokio::test]
async fn a_pass_kept_alive_by_a_hold_ends_with_it() {
    let stage = Stage::with(&[("pass_seconds", "60")]).await;
    let (alice, bob) = (stage.insider().await, stage.insider().await);
    stage.advance(secs(50)).await;
    alice.hold(7).await.ok();
    bob.hold(8).await.ok();
    stage.advance(secs(20)).await;
    assert_snapshot!(alice.release(7).await.line(), @"200 available");
    assert_over(&alice).await;
    stage.advance(secs(280)).await;
    assert_over(&bob).await;
    stage.end().await;
}

#[tokio::test]
async fn an_expired_pass_releases_its_holds() {
    let stage = Stage::with(&[("pass_seconds", "60"), ("hold_seconds", "60")]).await;
    let alice = stage.insider().await;
    alice.hold(7).await.ok();
    stage.advance(secs(60)).await;
    assert_snapshot!(alice.poll().await.line(), @"200 ended");
    let bob = stage.insider().await;
    assert_snapshot!(bob.hold(7).await.line(), @"200 held");
    stage.end().await;
}

#[tokio::test]
async fn a_queue_token_is_valid_for_exactly_a_day() {
    let stage = Stage::with(&[("pass_seconds", "86400")]).await;
    let alice = stage.insider().await;
    stage.advance(secs(86_399)).await;
    assert_snapshot!(alice.poll().await.line(), @"200 admitted");
    stage.advance(secs(1)).await;
    assert_snapshot!(alice.poll().await.line(), @"401 token_expired");
    assert_snapshot!(alice.queue(Method::GET, "/v1/enqueues/events").send().await.line(), @"401 token_expired");
    stage.end().await;
}
