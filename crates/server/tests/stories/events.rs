//! The stream of a person's status in line.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use insta::assert_compact_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::actors::Actor;
use crate::answer::normalized;
use crate::line::play_a_slow_line;
use crate::stage::{Stage, buy, secs};

/// Long enough for a slow machine, far shorter than the pauses that a wake must cut short.
const SOON: Duration = Duration::from_secs(8);

type Bytes = std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<bytes::Bytes>>>>;

/// A stream of server-sent events.
pub(crate) struct Events {
    bytes: Bytes,
    text: String,
}

pub(crate) struct Event {
    name: String,
    data: Value,
    retry_ms: Option<u64>,
}

impl Events {
    pub(crate) async fn of(fan: &Actor) -> Self {
        Self::at(fan, "/v1/enqueues/events").await
    }

    pub(crate) async fn at(fan: &Actor, path: &str) -> Self {
        let response = fan.queue(Method::GET, path).open().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        Self { bytes: Box::pin(response.bytes_stream()), text: String::new() }
    }

    /// The next event, or `None` when the server has ended the stream.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        let event = async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest_bytes) = (read(event), rest.len());
                    self.text.drain(..self.text.len() - rest_bytes);
                    return Some(event);
                }
                let bytes = self.bytes.next().await?.expect("a stream ends in order");
                self.text.push_str(std::str::from_utf8(&bytes).expect("events are text"));
            }
        };
        timeout(SOON, event).await.expect("the stream sends something or ends in time")
    }

    /// The data of the next event, which must have this name.
    pub(crate) async fn data(&mut self, name: &str) -> Value {
        let event = self.next().await.expect("the stream goes on");
        assert_eq!(event.name, name);
        event.data
    }

    pub(crate) async fn status(&mut self) -> String {
        let event = self.next().await.expect("the stream goes on");
        event.data["status"].as_str().expect("a status").to_owned()
    }
}

fn read(event: &str) -> Event {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    Event {
        name: field("event").unwrap_or_default().to_owned(),
        data: serde_json::from_str(field("data").expect("an event has data")).expect("data is JSON"),
        retry_ms: field("retry").map(|ms| ms.parse().expect("milliseconds")),
    }
}

#[tokio::test]
async fn the_first_event_comes_at_once_and_later_ones_do_not_repeat_the_retry() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (alice, bob) = (stage.insider().await, stage.newcomer());
    bob.join().await.ok();
    let mut events = Events::of(&bob).await;
    let first = events.next().await.unwrap();
    assert_eq!(first.name, "status");
    assert!((1_000..=5_000).contains(&first.retry_ms.unwrap()), "{:?}", first.retry_ms);
    assert_compact_json_snapshot!(normalized(first.data), @r#"
    {
      "admittedUntil": null,
      "ahead": 0,
      "estimatedWait": null,
      "number": 2,
      "opensAt": null,
      "outlook": null,
      "phase": "open",
      "place": 2,
      "pollAfterMs": "[ms]",
      "position": 1,
      "saleId": "[uuid]",
      "status": "waiting",
      "waitSupported": true
    }
    "#);
    alice.leave().await.ok();
    stage.tick().await;
    let second = events.next().await.unwrap();
    assert_eq!(second.retry_ms, None);
    assert_compact_json_snapshot!(normalized(second.data), @r#"
    {
      "admittedUntil": "2026-03-01T09:10:00Z",
      "ahead": 0,
      "estimatedWait": null,
      "number": 2,
      "opensAt": null,
      "outlook": null,
      "phase": "open",
      "place": 2,
      "pollAfterMs": "[ms]",
      "position": 0,
      "saleId": "[uuid]",
      "status": "admitted",
      "waitSupported": false
    }
    "#);
    drop(events);
    stage.end().await;
}

#[tokio::test]
async fn a_payment_is_streamed_and_ends_the_stream() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let (mut events, mut second_tab) = (Events::of(&alice).await, Events::of(&alice).await);
    assert_eq!((events.status().await, second_tab.status().await), ("admitted".into(), "admitted".into()));
    // The next event would come by itself in 30 s.
    buy(&alice, 7).await;
    assert_eq!((events.status().await, second_tab.status().await), ("ended".into(), "ended".into()));
    assert!(events.next().await.is_none() && second_tab.next().await.is_none());

    let mut afterwards = Events::of(&alice).await;
    assert_eq!(afterwards.status().await, "ended");
    assert!(afterwards.next().await.is_none());
    stage.end().await;
}

#[tokio::test]
async fn leaving_ends_the_stream() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let mut events = Events::of(&alice).await;
    assert_eq!(events.status().await, "admitted");
    alice.leave().await.ok();
    assert_eq!(events.status().await, "ended");
    assert!(events.next().await.is_none());
    stage.end().await;
}

#[tokio::test]
async fn an_open_stream_is_a_sign_of_life() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (alice, bob) = (stage.insider().await, stage.newcomer());
    bob.join().await.ok();
    stage.advance(secs(60)).await;
    assert_eq!(stage.operator().line().await["waiting"], 0, "bob gave no sign of life");
    let mut events = Events::of(&bob).await;
    assert_eq!(events.status().await, "waiting");
    stage.tick().await;
    assert_eq!(stage.operator().line().await["waiting"], 1);
    alice.leave().await.ok();
    stage.tick().await;
    assert_eq!(events.status().await, "admitted");
    drop(events);
    stage.end().await;
}

/// People at the end of a slow line poll later than [`SOON`]; a raised capacity must not wait for that.
#[tokio::test]
async fn a_call_wakes_the_stream() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let slow = play_a_slow_line(&stage).await;
    let mut events = Events::of(slow.waiting.last().expect("many still wait")).await;
    let status = events.next().await.unwrap().data;
    let after_ms = status["pollAfterMs"].as_u64().unwrap();
    assert!(Duration::from_millis(after_ms) > SOON, "{status}");
    stage.operator().steer(json!({"capacity": 500})).await.ok();
    assert_eq!(events.status().await, "admitted");
    drop(events);
    stage.end().await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let mut events = Events::of(&alice).await;
    assert_eq!(events.status().await, "admitted");
    stage.app.stopping.cancel();
    assert!(events.next().await.is_none());
    stage.end().await;
}

#[tokio::test]
async fn only_a_queue_token_gets_a_stream() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let answer = alice.user(Method::GET, "/v1/enqueues/events").send().await;
    assert_eq!(answer.line(), "401 token_kind");
    assert_eq!(stage.client.get("/v1/enqueues/events").await.line(), "401 token_missing");
    stage.end().await;
}

#[tokio::test]
async fn a_pause_and_a_resume_are_streamed() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (operator, _alice, bob) = (stage.operator(), stage.insider().await, stage.newcomer());
    bob.join().await.ok();
    let mut events = Events::of(&bob).await;
    for (paused, phase) in [(false, "open"), (true, "paused"), (false, "open")] {
        operator.steer(json!({ "paused": paused })).await.ok();
        // A stream also sends the status when a poll would be due.
        let mut status = events.data("status").await;
        while status["phase"] != phase {
            status = events.data("status").await;
        }
        assert_eq!(status["status"], "waiting");
    }
    drop(events);
    stage.end().await;
}
