//! A concert's seats, told as they change.

use reqwest::Method;
use serde_json::{Value, json};

use super::events::Events;
use crate::stage::{Stage, concert_with, secs};

fn seats(told: &Value) -> Vec<(u64, &str, bool)> {
    let seats = told["seats"].as_array().expect("a list of seats").iter();
    seats
        .map(|seat| {
            let (number, status) = (seat["seatNo"].as_u64(), seat["status"].as_str());
            (number.expect("a number"), status.expect("a status"), seat["mine"].as_bool().expect("a flag"))
        })
        .collect()
}

#[tokio::test]
async fn whoever_follows_hears_of_every_change_and_what_is_theirs() {
    let stage = Stage::open().await;
    let (mina, bo) = (stage.insider().await, stage.insider().await);
    let path = format!("/v1/concerts/{}/seats/events", stage.concert);
    let mut events = Events::at(&mina, &path).await;
    let all = events.told("seats").await;
    assert_eq!((seats(&all).len(), all["available"].as_u64()), (50, Some(50)));
    bo.hold(7).await.ok();
    let held = events.told("seats").await;
    assert_eq!(seats(&held), [(7, "held", false)]);
    assert_eq!(
        (held["available"].as_u64(), held["seats"][0]["deadline"].as_str()),
        (Some(49), Some("2026-03-01T09:05:00Z"))
    );
    mina.hold(8).await.ok();
    assert_eq!(seats(&events.told("seats").await), [(8, "held", true)]);
    bo.charge(50_000).await.ok();
    bo.pay(7).await.ok();
    let sold = events.told("seats").await;
    assert_eq!(seats(&sold), [(7, "sold", false)]);
    drop(events);
    stage.end().await;
}

#[tokio::test]
async fn a_hold_that_runs_out_is_told_with_what_comes_next() {
    let stage = Stage::open().await;
    let (mina, bo) = (stage.insider().await, stage.insider().await);
    bo.hold(7).await.ok();
    let mut events = Events::at(&mina, &format!("/v1/concerts/{}/seats/events", stage.concert)).await;
    assert_eq!(seats(&events.told("seats").await)[6], (7, "held", false));
    stage.advance(secs(300)).await;
    mina.hold(9).await.ok();
    assert_eq!(seats(&events.told("seats").await), [(7, "available", false), (9, "held", true)]);
    drop(events);
    stage.end().await;
}

#[tokio::test]
async fn a_stream_begins_in_silence_for_whoever_knows_the_map() {
    let stage = Stage::open().await;
    let mina = stage.insider().await;
    let map = mina.seats().await.ok();
    let version = map["version"].as_str().expect("a version");
    let path = format!("/v1/concerts/{}/seats/events?from=5&to=6&version={version}", stage.concert);
    let mut events = Events::at(&mina, &path).await;
    mina.hold(7).await.ok();
    mina.hold(6).await.ok();
    let told = events.told("seats").await;
    assert_eq!(seats(&told), [(6, "held", true)], "nothing that was known, nor what nobody asked for");
    drop(events);
    let mut late = Events::at(&mina, &path).await;
    assert_eq!(seats(&late.told("seats").await).len(), 2, "an old version is told everything in its range");
    drop(late);
    stage.end().await;
}

#[tokio::test]
async fn only_those_inside_follow_and_only_while_they_are() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (mina, waiting) = (stage.insider().await, stage.guest());
    waiting.join().await.ok();
    let path = format!("/v1/concerts/{}/seats/events", stage.concert);
    assert_eq!(waiting.queue(Method::GET, &path).send().await.line(), "403 not_admitted");
    let mut events = Events::at(&mina, &path).await;
    events.told("seats").await;
    mina.leave().await.ok();
    assert!(events.next().await.is_none(), "the stream ends with the pass");
    assert_eq!(mina.queue(Method::GET, &path).send().await.line(), "401 pass_ended");
    stage.end().await;
}

#[tokio::test]
async fn a_concert_that_is_not_there_cannot_be_followed() {
    let stage = Stage::open().await;
    let mina = stage.insider().await;
    stage.open_concert(&concert_with(&json!({"name": "Another"}))).await;
    for (path, refused) in [
        ("/v1/concerts/0199d6a0-0000-7000-8000-0000000000c1/seats/events".to_owned(), "404 not_found"),
        (format!("/v1/concerts/{}/seats/events?from=x", stage.concert), "400 invalid_request query"),
    ] {
        assert_eq!(mina.queue(Method::GET, &path).send().await.line(), refused);
    }
    stage.end().await;
}
