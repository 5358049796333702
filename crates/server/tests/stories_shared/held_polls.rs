//! Polls that are held, on several instances and with a line in Redis.

use std::sync::Arc;
use std::time::Duration;

use onsale_http::connection::Limits;
use onsale_testbed::redis::{Options, Redis};
use tokio::time::{Instant, sleep, timeout};

use crate::actors::Actor;
use crate::home::Home;
use crate::stage::{Stage, secs};
use crate::stories::held_polls::{answer, applied, begin, hold, until_held};
use crate::three::{Three, at};

/// How long a lookup takes at most while Redis is silent, and time for a busy machine.
const LOOKUP_MAX: Duration = Duration::from_secs(4);

/// Somebody inside, and somebody who waits and is known everywhere.
async fn alice_and_bob(three: &Three) -> (Actor, Actor) {
    let (alice, bob) = (three.0[0].newcomer(), three.0[1].newcomer());
    assert_eq!(alice.join().await.line(), "200 admitted");
    assert_eq!(bob.join().await.line(), "200 waiting");
    three.tick().await;
    (alice, bob)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_another_instance_answers_a_held_poll_and_no_instance_says_less() {
    let three = Three::with_views(&[("line_capacity", "1")]).await;
    let [first, second, third] = &three.0;
    let (alice, bob) = alice_and_bob(&three).await;
    let held = hold(third, &at(third, &bob)).await;
    alice.leave().await.ok();
    // The first one calls, and the third one learns of it.
    first.tick().await;
    third.tick().await;
    assert_eq!(applied(&answer(held).await), "200 admitted [wait=25]");
    for stage in [second, first, third] {
        assert_eq!(at(stage, &bob).poll().await.line(), "200 admitted");
    }
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_ends_at_another_instance_ends_its_held_poll() {
    let three = Three::with_views(&[("line_capacity", "1")]).await;
    let (_alice, bob) = alice_and_bob(&three).await;
    let held = hold(&three.0[2], &at(&three.0[2], &bob)).await;
    bob.leave().await.ok();
    three.tick().await;
    assert_eq!(applied(&answer(held).await), "200 ended [wait=25]");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_at_another_instance_does_not_shorten_the_presence_of_a_held_one() {
    let three = Three::with_views(&[("line_capacity", "1")]).await;
    let (_alice, bob) = alice_and_bob(&three).await;
    let held = hold(&three.0[2], &at(&three.0[2], &bob)).await;
    three.advance(secs(2)).await;
    assert_eq!(bob.poll().await.line(), "200 waiting");
    three.tick().await;
    // Held polls repeat their sign of life every 2 s of real time.
    sleep(Duration::from_millis(2_300)).await;
    three.tick().await;
    three.advance(secs(15)).await;
    assert_eq!(three.0[0].operator().line().await["waiting"], 1);
    held.abort();
    until_held(&three.0[2], 0).await;
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_line_holds_nobody_longer_than_they_asked() {
    let redis = Redis::start(&Options::default()).expect("Redis starts");
    let usual = Stage::with(&[("line_capacity", "1")]).await;
    let (settings, clock) = (usual.settings.clone(), usual.clock.clone());
    usual.end().await;
    let mut home = Home::fresh().await;
    home.redis = redis.url();
    let stage = Stage::at(Arc::new(home), clock, settings, Limits::default()).await;
    let (_alice, bob) = (stage.insider().await, stage.newcomer());
    assert_eq!(bob.join().await.line(), "200 waiting");
    stage.tick().await;
    let begun = Instant::now();
    let held = begin(&bob, "wait=2");
    until_held(&stage, 1).await;
    redis.freeze().expect("it is there");
    let answer =
        timeout(Duration::from_secs(2) + LOOKUP_MAX, held).await.expect("it ends").expect("no panic");
    assert_eq!(applied(&answer), "200 waiting [wait=2]");
    assert!(begun.elapsed() >= Duration::from_secs(2));
    assert_eq!(stage.app.held_polls(), 0);
    redis.thaw().expect("it is there");
    stage.end().await;
}
