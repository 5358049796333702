//! Operators set the dials of the line.

use insta::{assert_compact_json_snapshot, assert_snapshot};
use onsale_line::Capacity;
use onsale_storage::port::LogAction;
use reqwest::Method;
use serde_json::json;

use crate::home::FIRST_EPOCH;
use crate::stage::{Stage, concert, secs};

#[tokio::test]
async fn an_operator_sees_the_numbers_of_the_line() {
    let stage = Stage::with(&[("line_capacity", "1"), ("line_rate_per_minute", "7")]).await;
    let operator = stage.operator();
    let numbers = async || {
        let mut line = operator.line().await;
        assert_eq!(line.as_object_mut().and_then(|line| line.remove("epoch")), Some(json!(FIRST_EPOCH)));
        line.sort_all_objects();
        line
    };
    assert_compact_json_snapshot!(numbers().await, @r#"{"capacity": 1, "head": 0, "inside": 0, "paused": false, "ratePerMinute": 7, "tail": 0, "waiting": 0}"#);
    for fan in stage.crowd(3) {
        fan.join().await.ok();
    }
    stage.tick().await;
    assert_compact_json_snapshot!(numbers().await, @r#"{"capacity": 1, "head": 1, "inside": 1, "paused": false, "ratePerMinute": 7, "tail": 3, "waiting": 2}"#);
    stage.end().await;
}

#[tokio::test]
async fn the_operator_log_names_who_did_what() {
    let stage = Stage::with(&[("line_capacity", "4")]).await;
    let operator = stage.operator();
    let who = stage.app.keys.read_user(&operator.token, stage.now()).expect("a token of ours").user;
    operator.open_concert(&concert()).await.ok();
    operator.steer(json!({"capacity": 3})).await.ok();
    stage.newcomer().user(Method::PATCH, "/v1/line").json(&json!({"capacity": 1})).send().await;
    let log = stage.app.operator_log(None, 2).await.expect("the store can be read");
    let entries: Vec<_> = log.into_iter().map(|logged| logged.entry).collect();
    assert!(entries.iter().all(|entry| entry.operator.map(|by| by.0) == Some(who)), "{entries:?}");
    let LogAction::DialsSet { before, changes, .. } = &entries[0].action else { panic!("{entries:?}") };
    assert_eq!(
        (before.capacity.get(), changes.capacity.map(Capacity::get), changes.paused),
        (4, Some(3), None)
    );
    let LogAction::ConcertOpened { name, capacity, .. } = &entries[1].action else { panic!("{entries:?}") };
    assert_eq!((name.as_str(), *capacity), ("Spring Night", 50));
    stage.end().await;
}

#[tokio::test]
async fn raising_the_capacity_calls_and_lowering_it_evicts_nobody() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (operator, fans) = (stage.operator(), stage.crowd(4));
    for fan in &fans {
        fan.join().await.ok();
    }
    stage.advance(secs(2)).await;
    assert_eq!(operator.steer(json!({"capacity": 3})).await.ok()["capacity"], 3);
    assert_snapshot!(fans[1].poll().await.line(), @"200 admitted");
    assert_snapshot!(fans[2].poll().await.line(), @"200 admitted");
    assert_snapshot!(fans[3].poll().await.line(), @"200 waiting");

    operator.steer(json!({"capacity": 0})).await.ok();
    stage.advance(secs(2)).await;
    assert_eq!(operator.line().await["inside"], 3);
    assert_snapshot!(fans[0].hold(1).await.line(), @"200 held");
    for fan in &fans[..3] {
        fan.leave().await.ok();
    }
    stage.tick().await;
    assert_snapshot!(fans[3].poll().await.line(), @"200 waiting");
    stage.end().await;
}

#[tokio::test]
async fn a_paused_line_calls_nobody_even_with_room_inside() {
    let stage = Stage::open().await;
    let (operator, alice) = (stage.operator(), stage.newcomer());
    assert_eq!(operator.steer(json!({"paused": true})).await.ok()["paused"], true);
    assert_snapshot!(alice.join().await.line(), @"200 waiting");
    stage.advance(secs(2)).await;
    let polled = alice.poll().await.ok();
    assert_eq!((&polled["status"], &polled["estimatedWait"]), (&json!("waiting"), &json!(null)));
    assert_eq!(polled["phase"], "paused");
    operator.steer(json!({"paused": false})).await.ok();
    assert_snapshot!(alice.poll().await.line(), @"200 admitted");
    stage.end().await;
}

#[tokio::test]
async fn omitted_dials_stay_and_invalid_values_are_refused() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    operator.steer(json!({"ratePerMinute": 60})).await.ok();
    let before = operator.steer(json!({})).await.ok();
    assert_eq!((&before["capacity"], &before["ratePerMinute"]), (&json!(100), &json!(60)));
    for (dials, expected) in [
        (json!({"capacity": -1}), "400 invalid_request capacity"),
        (json!({"capacity": 1_000_001}), "400 invalid_request capacity"),
        (json!({"capacity": 4_294_967_296_u64}), "400 invalid_request capacity"),
        (json!({"capacity": 1.5}), "400 invalid_request capacity"),
        (json!({"capacity": "many"}), "400 invalid_request capacity"),
        (json!({"ratePerMinute": -1}), "400 invalid_request ratePerMinute"),
        (json!({"ratePerMinute": []}), "400 invalid_request ratePerMinute"),
        (json!({"paused": "yes"}), "400 invalid_request paused"),
        (json!({"capacity": 5, "speed": 1}), "400 invalid_request speed"),
        (json!({"capacity": 5, "paused": 0}), "400 invalid_request paused"),
        (json!([1, 2]), "400 invalid_request body"),
    ] {
        assert_eq!(operator.steer(dials.clone()).await.line(), expected, "{dials}");
    }
    assert_eq!(operator.line().await, before, "a refusal changes nothing");
    stage.end().await;
}

#[tokio::test]
async fn dials_survive_a_restart_and_outrank_the_settings() {
    let mut stage = Stage::with(&[("line_capacity", "1")]).await;
    let operator = stage.operator();
    operator.steer(json!({"capacity": 2, "paused": true})).await.ok();
    stage.restart().await;
    let line = operator.line().await;
    assert_eq!(
        (&line["capacity"], &line["ratePerMinute"], &line["paused"]),
        (&json!(2), &json!(0), &json!(true))
    );
    stage.end().await;
}

#[tokio::test]
async fn only_an_operator_sees_the_line_and_sets_its_dials() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    for method in [Method::GET, Method::PATCH] {
        let ask =
            |call: crate::actors::Call| async { call.json(&json!({"capacity": 1})).send().await.line() };
        let path = "/v1/line";
        assert_eq!(ask(alice.user(method.clone(), path)).await, "403 operator_only");
        assert_eq!(ask(alice.queue(method.clone(), path)).await, "401 token_kind");
        assert_eq!(ask(stage.client.call(method, path)).await, "401 token_missing");
    }
    stage.end().await;
}
