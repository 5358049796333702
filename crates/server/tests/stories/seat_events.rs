//! The stream of a concert's seats.

use reqwest::Method;
use serde_json::{Value, json};

use super::events::Events;
use crate::stage::{Stage, concert_with, secs};

fn seats(event: &Value) -> Vec<(u64, &str, bool)> {
    let seats = event["seats"].as_array().expect("a list of seats").iter();
    seats
        .map(|seat| {
            let (number, status) = (seat["seatNo"].as_u64(), seat["status"].as_str());
            (number.expect("a number"), status.expect("a status"), seat["mine"].as_bool().expect("a flag"))
        })
        .collect()
}

#[tokio::test]
async fn the_stream_sends_every_change_and_marks_own_seats() {
    let stage = Stage::open().await;
    let (mina, bo) = (stage.insider().await, stage.insider().await);
    let path = format!("/v1/concerts/{}/seats/events", stage.concert);
    let mut events = Events::at(&mina, &path).await;
    let all = events.data("seats").await;
    assert_eq!((seats(&all).len(), all["available"].as_u64()), (50, Some(50)));
    bo.hold(7).await.ok();
    let held = events.data("seats").await;
    assert_eq!(seats(&held), [(7, "held", false)]);
    assert_eq!(
        (held["available"].as_u64(), held["seats"][0]["deadline"].as_str()),
        (Some(49), Some("2026-03-01T09:05:00Z"))
    );
    mina.hold(8).await.ok();
    assert_eq!(seats(&events.data("seats").await), [(8, "held", true)]);
    bo.charge(50_000).await.ok();
    bo.pay(7).await.ok();
    let sold = events.data("seats").await;
    assert_eq!(seats(&sold), [(7, "sold", false)]);
    drop(events);
    stage.end().await;
}

#[tokio::test]
async fn an_expired_hold_is_sent_with_the_next_change() {
    let stage = Stage::open().await;
    let (mina, bo) = (stage.insider().await, stage.insider().await);
    bo.hold(7).await.ok();
    let mut events = Events::at(&mina, &format!("/v1/concerts/{}/seats/events", stage.concert)).await;
    assert_eq!(seats(&events.data("seats").await)[6], (7, "held", false));
    stage.advance(secs(300)).await;
    mina.hold(9).await.ok();
    assert_eq!(seats(&events.data("seats").await), [(7, "available", false), (9, "held", true)]);
    drop(events);
    stage.end().await;
}

#[tokio::test]
async fn a_stream_starts_with_changes_only_for_a_client_that_has_the_map() {
    let stage = Stage::open().await;
    let mina = stage.insider().await;
    let map = mina.seats().await.ok();
    let version = map["version"].as_str().expect("a version");
    let path = format!("/v1/concerts/{}/seats/events?from=5&to=6&version={version}", stage.concert);
    let mut events = Events::at(&mina, &path).await;
    mina.hold(7).await.ok();
    mina.hold(6).await.ok();
    let changes = events.data("seats").await;
    assert_eq!(seats(&changes), [(6, "held", true)], "neither known seats nor seats outside the range");
    drop(events);
    let mut late = Events::at(&mina, &path).await;
    assert_eq!(seats(&late.data("seats").await).len(), 2, "an old version gets everything in its range");
    drop(late);
    stage.end().await;
}

#[tokio::test]
async fn only_people_inside_get_the_stream_until_their_pass_ends() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (mina, waiting) = (stage.insider().await, stage.newcomer());
    waiting.join().await.ok();
    let path = format!("/v1/concerts/{}/seats/events", stage.concert);
    assert_eq!(waiting.queue(Method::GET, &path).send().await.line(), "403 not_admitted");
    let mut events = Events::at(&mina, &path).await;
    events.data("seats").await;
    mina.leave().await.ok();
    assert_eq!(events.data("ended").await, json!({"code": "pass_ended"}));
    assert!(events.next().await.is_none(), "the stream ends with the pass");
    assert_eq!(mina.queue(Method::GET, &path).send().await.line(), "401 pass_ended");
    stage.end().await;
}

#[tokio::test]
async fn an_unknown_concert_or_a_wrong_range_gets_no_stream() {
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
