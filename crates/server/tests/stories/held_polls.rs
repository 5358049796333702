//! Polls that are held near the turn: `Prefer: wait=N`.

use std::time::Duration;

use futures_util::future::join_all;
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::watching::value;
use crate::actors::Actor;
use crate::answer::{Answer, tally};
use crate::stage::{Stage, secs};

/// Long enough for a slow machine, far shorter than the wait that an event must cut short.
const SOON: Duration = Duration::from_secs(8);

/// A held poll on its way.
pub(crate) type Held = JoinHandle<Answer>;

/// A poll with this preference, in the background.
pub(crate) fn begin(fan: &Actor, preference: &str) -> Held {
    let call = fan.queue(Method::GET, "/v1/enqueues").header("prefer", preference);
    tokio::spawn(call.send())
}

/// Sends a poll that the server holds for up to 25 s, and waits until it does.
pub(crate) async fn hold(stage: &Stage, fan: &Actor) -> Held {
    let before = stage.app.held_polls();
    let held = begin(fan, "wait=25");
    until_held(stage, before + 1).await;
    held
}

pub(crate) async fn until_held(stage: &Stage, count: usize) {
    let give_up = Instant::now() + SOON;
    while stage.app.held_polls() != count {
        assert!(Instant::now() < give_up, "{} polls are held, not {count}", stage.app.held_polls());
        // Nothing else shows that a request has arrived, or that its client is gone.
        sleep(Duration::from_millis(2)).await;
    }
}

/// The answer, which comes long before the time is up.
pub(crate) async fn answer(held: Held) -> Answer {
    timeout(SOON, held).await.expect("it is answered before its time").expect("the client does not panic")
}

/// What an answer says, and which preference it follows.
pub(crate) fn applied(answer: &Answer) -> String {
    format!("{} [{}]", answer.line(), answer.header("preference-applied"))
}

/// One person inside, and people who wait.
async fn slow_line(flags: &[(&'static str, &str)], waiting: usize) -> (Stage, Actor, Vec<Actor>) {
    let flags = [&[("line_capacity", "1")], flags].concat();
    let stage = Stage::with(&flags).await;
    let (alice, fans) = (stage.insider().await, stage.crowd(waiting));
    for fan in &fans {
        assert_eq!(fan.join().await.line(), "200 waiting");
    }
    stage.tick().await;
    (stage, alice, fans)
}

#[tokio::test]
async fn a_held_poll_is_answered_by_the_tick_that_calls() {
    let (stage, alice, fans) = slow_line(&[], 1).await;
    let held = hold(&stage, &fans[0]).await;
    stage.tick().await;
    assert_eq!((stage.app.held_polls(), held.is_finished()), (1, false));
    alice.leave().await.ok();
    stage.tick().await;
    let answer = answer(held).await;
    assert_snapshot!(applied(&answer), @"200 admitted [wait=25]");
    assert_eq!(answer.ok()["waitSupported"], false);
    assert_eq!(stage.app.held_polls(), 0);
    stage.end().await;
}

#[tokio::test]
async fn those_who_may_be_called_soon_get_to_know_that_a_poll_may_wait() {
    let (stage, _alice, fans) = slow_line(&[], 2).await;
    let rejoined = [fans[0].join().await.ok(), fans[1].join().await.ok()];
    assert_eq!(rejoined.map(|status| status["waitSupported"].clone()), [true, false]);
    stage.end().await;

    let (stage, _alice, fans) = slow_line(&[("wait_connections", "0")], 1).await;
    assert_eq!(fans[0].join().await.ok()["waitSupported"], false, "none is held at all");
    stage.advance(secs(2)).await;
    assert_snapshot!(applied(&answer(begin(&fans[0], "wait=25")).await), @"200 waiting []");
    assert_snapshot!(applied(&answer(begin(&fans[0], "wait=25")).await), @"429 too_many_requests []");
    stage.end().await;
}

#[tokio::test]
async fn a_held_poll_is_never_too_early_and_lasts_as_long_as_it_may() {
    let (stage, _alice, fans) = slow_line(&[], 1).await;
    for _ in 0..2 {
        let begun = Instant::now();
        let answer = begin(&fans[0], "respond-async, WAIT = \"1\"; why=not").await.expect("no panic");
        assert_eq!(applied(&answer), "200 waiting [wait=1]");
        assert!(begun.elapsed() >= Duration::from_secs(1));
        assert_eq!(answer.ok()["waitSupported"], true);
    }
    assert_snapshot!(applied(&fans[0].poll().await), @"429 too_many_requests []");
    // Nobody worked on it meanwhile, so it is not what the server's answers took.
    let metrics = stage.metrics().await.text;
    let of_polls = |what: &str| value(&metrics, &format!("onsale_http_request_seconds_{what}"));
    let all = of_polls("count{route=\"/v1/enqueues\"}");
    assert_eq!(of_polls("bucket{route=\"/v1/enqueues\",le=\"0.5\"}"), all, "{metrics}");
    stage.end().await;
}

#[tokio::test]
async fn polls_that_need_no_wait_or_ask_for_none_are_answered_at_once() {
    let (stage, alice, fans) = slow_line(&[], 2).await;
    stage.advance(secs(2)).await;
    let ask = async |fan: &Actor, preference: &str| applied(&answer(begin(fan, preference)).await);
    // Not near the turn.
    assert_snapshot!(ask(&fans[1], "wait=25").await, @"200 waiting []");
    assert_snapshot!(ask(&fans[1], "wait=25").await, @"429 too_many_requests []");
    // Nothing that can be understood.
    for preference in
        ["wait=0", "wait=-1", "wait=1.5", "wait=soon", "wait", "handling=strict", "wait=x, wait=25"]
    {
        stage.advance(secs(2)).await;
        assert_eq!(ask(&fans[0], preference).await, "200 waiting []", "{preference}");
    }
    // Not in line.
    assert_snapshot!(ask(&alice, "wait=25").await, @"200 admitted []");
    fans[0].leave().await.ok();
    assert_snapshot!(ask(&fans[0], "wait=25").await, @"200 ended []");
    stage.end().await;
}

#[tokio::test]
async fn a_newer_poll_of_a_ticket_ends_the_older_at_once() {
    let (stage, alice, fans) = slow_line(&[], 1).await;
    let older = hold(&stage, &fans[0]).await;
    let alias = fans[0].queue(Method::GET, "/enqueues").header("prefer", "wait=999");
    let newer: Held = tokio::spawn(alias.send());
    assert_snapshot!(applied(&answer(older).await), @"200 waiting [wait=25]");
    assert_eq!((stage.app.held_polls(), newer.is_finished()), (1, false));
    alice.leave().await.ok();
    stage.tick().await;
    assert_snapshot!(applied(&answer(newer).await), @"200 admitted [wait=25]");
    stage.end().await;
}

#[tokio::test]
async fn there_is_a_limit_and_a_client_that_goes_away_makes_room() {
    let stage = Stage::with(&[("line_capacity", "3"), ("wait_connections", "1")]).await;
    let fans = stage.crowd(5);
    for fan in &fans {
        fan.join().await.ok();
    }
    let first = hold(&stage, &fans[3]).await;
    stage.tick().await;
    assert_eq!(value(&stage.metrics().await.text, "onsale_held_polls"), 1);
    for _ in 0..2 {
        assert_eq!(applied(&answer(begin(&fans[4], "wait=25")).await), "200 waiting []");
    }
    // This closes its connection.
    first.abort();
    until_held(&stage, 0).await;
    let second = hold(&stage, &fans[4]).await;
    fans[0].leave().await.ok();
    fans[1].leave().await.ok();
    stage.tick().await;
    assert_snapshot!(applied(&answer(second).await), @"200 admitted [wait=25]");
    stage.end().await;
}

#[tokio::test]
async fn somebody_whose_poll_is_held_stays_present() {
    let (stage, alice, fans) = slow_line(&[], 2).await;
    let held = hold(&stage, &fans[0]).await;
    stage.tick().await;
    stage.advance(secs(30)).await;
    assert_eq!(stage.operator().line().await["waiting"], 1, "the other has not been heard of");
    alice.leave().await.ok();
    stage.tick().await;
    assert_snapshot!(applied(&answer(held).await), @"200 admitted [wait=25]");
    stage.end().await;
}

#[tokio::test]
async fn a_pause_and_a_resume_answer_all_held_polls() {
    let (stage, _alice, fans) = slow_line(&[], 1).await;
    for (paused, phase) in [(true, "paused"), (false, "open")] {
        let held = hold(&stage, &fans[0]).await;
        stage.operator().steer(json!({"paused": paused})).await.ok();
        let answer = answer(held).await;
        assert_eq!(applied(&answer), "200 waiting [wait=25]");
        assert_eq!(answer.ok()["phase"], phase);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_place_that_ends_elsewhere_ends_its_held_poll() {
    let (stage, _alice, fans) = slow_line(&[], 1).await;
    let held = hold(&stage, &fans[0]).await;
    fans[0].leave().await.ok();
    assert_snapshot!(applied(&answer(held).await), @"200 ended [wait=25]");
    stage.end().await;
}

#[tokio::test]
async fn a_server_that_stops_answers_all_held_polls() {
    let stage = Stage::with(&[("line_capacity", "40")]).await;
    let (inside, fans) = (stage.crowd(40), stage.crowd(40));
    join_all(inside.iter().map(Actor::join)).await;
    join_all(fans.iter().map(Actor::join)).await;
    let held: Vec<_> = fans.iter().map(|fan| begin(fan, "wait=25")).collect();
    until_held(&stage, 40).await;
    stage.app.stopping.cancel();
    let answers = join_all(held.into_iter().map(answer)).await;
    assert_eq!(tally(&answers), "40 x 200 waiting");
    assert!(answers.iter().all(|answer| answer.header("preference-applied") == "wait=25"));
    stage.end().await;
}

#[tokio::test]
async fn one_tick_answers_a_crowd_whose_turn_it_is() {
    const ROOM: usize = 60;
    let stage = Stage::with(&[("line_capacity", "60")]).await;
    let mut inside = stage.crowd(ROOM);
    join_all(inside.iter().map(Actor::join)).await;
    for _ in 0..3 {
        let next = stage.crowd(ROOM);
        join_all(next.iter().map(Actor::join)).await;
        let held: Vec<_> = next.iter().map(|fan| begin(fan, "wait=25")).collect();
        until_held(&stage, ROOM).await;
        join_all(inside.iter().map(Actor::leave)).await;
        stage.tick().await;
        let answers = join_all(held.into_iter().map(answer)).await;
        assert_eq!(tally(&answers), "60 x 200 admitted");
        assert_eq!(stage.app.held_polls(), 0);
        inside = next;
    }
    stage.end().await;
}
