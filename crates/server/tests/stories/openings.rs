//! Lobbies and openings, and the ends of sales.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::actors::Actor;
use crate::stage::{MICROSECOND, PRICE, Stage, secs};

/// A time so many seconds from now.
pub(crate) fn after(stage: &Stage, seconds: i64) -> Value {
    json!((stage.now() + secs(seconds)).to_string())
}

/// A sale of the stage's concert with a lobby from now on, which opens after so many seconds.
pub(crate) async fn opening_in(stage: &Stage, seconds: i64, fields: Value) -> Uuid {
    let mut sale = fields;
    for (field, value) in [
        ("lobbyAt", after(stage, 0)),
        ("opensAt", after(stage, seconds)),
        ("concertIds", json!([stage.concert])),
    ] {
        if sale.get(field).is_none() {
            sale[field] = value;
        }
    }
    stage.make_sale(sale).await
}

/// Joins a sale's line, or asks where one stands in it: that is never too early.
pub(crate) async fn joined(fan: &Actor, sale: Uuid) -> Value {
    fan.join_with(&json!({"saleId": sale})).await.ok()
}

/// Time goes on, and everybody keeps showing up in time.
pub(crate) async fn keep_waiting(stage: &Stage, sale: Uuid, crowd: &[Actor], seconds: i64) {
    for _ in 0..seconds / 10 {
        stage.advance(secs(10)).await;
        for fan in crowd {
            joined(fan, sale).await;
        }
    }
    stage.advance(secs(seconds % 10)).await;
}

/// Status, phase, number, place and how many are ahead.
pub(crate) fn standing(status: &Value) -> String {
    let of = |field: &str| status[field].to_string().replace('"', "");
    let fields = ["status", "phase", "number", "place", "ahead", "position"];
    fields.map(of).join(" ")
}

#[tokio::test]
async fn people_join_the_lobby_and_nobody_is_let_in_before_the_opening() {
    let stage = Stage::open().await;
    let (lobby_at, opens_at) = (after(&stage, 10), after(&stage, 100));
    let sale = opening_in(&stage, 100, json!({"lobbyAt": lobby_at})).await;
    let (alice, bob) = (stage.newcomer(), stage.newcomer());
    let early = alice.join_with(&json!({"saleId": sale})).await;
    assert_eq!(early.line(), "400 sale_not_open");
    assert_eq!((&early.json()["lobbyAt"], &early.json()["opensAt"]), (&lobby_at, &opens_at));
    stage.advance(secs(10)).await;
    let first = joined(&alice, sale).await;
    assert_eq!(standing(&first), "waiting lobby 1 1 0 1");
    assert_eq!((&first["opensAt"], &first["estimatedWait"]), (&opens_at, &Value::Null));
    assert_eq!(standing(&joined(&bob, sale).await), "waiting lobby 2 2 1 2");
    stage.tick().await;
    assert_eq!(stage.client.get(&format!("/v1/sales/{sale}")).await.ok()["waiting"], 2);
    assert_eq!(alice.dates().await.line(), "403 not_admitted");

    stage.advance(secs(90) - MICROSECOND).await;
    assert_eq!(standing(&joined(&alice, sale).await), "waiting lobby 1 1 0 1", "by the store's clock");
    assert_eq!(joined(&bob, sale).await["phase"], "lobby");
    stage.advance(MICROSECOND).await;
    let opened = alice.poll().await;
    assert_eq!(opened.line(), "200 admitted");
    assert_eq!(standing(&opened.ok()), "admitted open 1 1 0 0");
    assert_eq!(standing(&joined(&bob, sale).await), "admitted open 2 2 0 0");
    let fairness = stage.client.get(&format!("/v1/sales/{sale}/fairness")).await.ok();
    assert_eq!((&fairness["lobbyTail"], &fairness["seed"]), (&json!(2), &Value::Null), "by arrival");
    stage.end().await;
}

#[tokio::test]
async fn a_pass_begins_when_it_is_claimed_and_not_in_the_lobby() {
    let stage = Stage::with(&[("pass_seconds", "15")]).await;
    let sale = opening_in(&stage, 25, json!({})).await;
    let alice = stage.newcomer();
    joined(&alice, sale).await;
    stage.advance(secs(12)).await;
    joined(&alice, sale).await;
    stage.advance(secs(13)).await;
    let until = after(&stage, 15);
    assert_eq!(alice.poll().await.ok()["admittedUntil"], until, "25 s after joining");
    stage.advance(secs(14)).await;
    alice.hold(1).await.ok();
    stage.end().await;
}

#[tokio::test]
async fn who_has_left_the_lobby_takes_no_slot() {
    let stage = Stage::open().await;
    let sale = opening_in(&stage, 100, json!({"capacity": 1})).await;
    let [alice, bob, carol] = [stage.newcomer(), stage.newcomer(), stage.newcomer()];
    for fan in [&alice, &bob, &carol] {
        joined(fan, sale).await;
    }
    alice.leave().await.ok();
    stage.advance(secs(40)).await;
    assert_eq!(standing(&joined(&carol, sale).await), "waiting lobby 3 3 1 2", "bob may still come back");
    stage.advance(secs(40)).await;
    assert_eq!(standing(&joined(&carol, sale).await), "waiting lobby 3 3 0 1", "and has not");
    stage.advance(secs(20)).await;
    assert_eq!(joined(&carol, sale).await["status"], "admitted");
    assert_eq!(standing(&joined(&bob, sale).await), "waiting open 2 2 0 1", "the slot is taken");
    stage.end().await;
}

#[tokio::test]
async fn an_empty_sale_opens_too() {
    let stage = Stage::open().await;
    let sale = opening_in(&stage, 100, json!({"order": "draw"})).await;
    let fairness = async || stage.client.get(&format!("/v1/sales/{sale}/fairness")).await.ok();
    assert_eq!((&fairness().await["lobbyTail"], &fairness().await["seed"]), (&Value::Null, &Value::Null));
    stage.advance(secs(100)).await;
    assert_eq!(fairness().await["lobbyTail"], 0);
    assert!(fairness().await["seed"].is_string());
    assert_eq!(standing(&joined(&stage.newcomer(), sale).await), "admitted open 1 1 0 0");
    stage.end().await;
}

#[tokio::test]
async fn a_sale_that_closes_ends_every_wait_and_lets_those_inside_pay() {
    let stage = Stage::open().await;
    let closes_at = after(&stage, 300);
    let sale = opening_in(&stage, 100, json!({"capacity": 1, "closesAt": closes_at})).await;
    let both = [stage.newcomer(), stage.newcomer()];
    let [alice, bob] = &both;
    alice.charge(PRICE).await.ok();
    joined(alice, sale).await;
    joined(bob, sale).await;
    keep_waiting(&stage, sale, &both, 99).await;
    stage.advance(secs(1)).await;
    assert_eq!(joined(alice, sale).await["status"], "admitted");
    stage.advance(secs(200) - MICROSECOND).await;
    alice.hold(7).await.ok();
    assert_eq!(joined(bob, sale).await["status"], "waiting");
    stage.advance(MICROSECOND).await;
    assert_eq!(standing(&bob.poll().await.ok()), "ended over 2 2 0 0");
    assert_eq!(bob.poll().await.ok()["pollAfterMs"], Value::Null);
    assert_eq!(alice.poll().await.ok()["status"], "admitted", "those inside go on");
    let refused = alice.hold(8).await;
    assert_eq!(refused.line(), "400 sale_closed");
    for fan in [bob, &stage.newcomer()] {
        let late = fan.join_with(&json!({"saleId": sale})).await;
        assert_eq!(late.line(), "400 sale_closed");
    }
    alice.pay(7).await.ok();
    assert_eq!(alice.poll().await.line(), "200 ended");
    let again = stage.operator().change_sale(sale, &json!({"closesAt": after(&stage, 60)})).await;
    assert_eq!(again.line(), "400 invalid_request closesAt", "what is over stays over");
    // Its line rests, and still nobody waits.
    stage.advance(secs(61)).await;
    stage.advance(secs(1)).await;
    assert_eq!(standing(&bob.poll().await.ok()), "ended over 2 2 0 0");
    let shown = stage.client.get(&format!("/v1/sales/{sale}")).await.ok();
    assert_eq!(shown["waiting"], 0, "{shown}");
    stage.end().await;
}

#[tokio::test]
async fn an_opening_is_moved_later_once_the_lobby_is_open_and_only_later() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let sale = opening_in(&stage, 100, json!({})).await;
    let alice = stage.newcomer();
    joined(&alice, sale).await;
    for (field, value) in [
        ("opensAt", after(&stage, 99)),
        ("opensAt", Value::Null),
        ("lobbyAt", after(&stage, 50)),
        ("order", json!("draw")),
    ] {
        let fixed = operator.change_sale(sale, &json!({field: value})).await;
        assert_eq!(fixed.line(), format!("400 invalid_request {field}"));
        assert!(fixed.text.contains("lobby is open"), "{}", fixed.text);
    }
    let later = after(&stage, 130);
    assert_eq!(operator.change_sale(sale, &json!({"opensAt": later})).await.ok()["opensAt"], later);
    for _ in 0..5 {
        stage.advance(secs(20)).await;
        let status = joined(&alice, sale).await;
        assert_eq!((&status["phase"], &status["opensAt"]), (&json!("lobby"), &later));
    }
    stage.advance(secs(30)).await;
    assert_eq!(joined(&alice, sale).await["status"], "admitted");
    let fixed = operator.change_sale(sale, &json!({"opensAt": after(&stage, 9)})).await;
    assert_eq!(fixed.line(), "400 invalid_request opensAt");
    assert!(fixed.text.contains("sale is open"), "{}", fixed.text);
    stage.end().await;
}

#[tokio::test]
async fn before_its_lobby_a_sale_may_be_opened_at_once_or_get_other_times() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let lobby_at = after(&stage, 50);
    let sale = opening_in(&stage, 100, json!({"lobbyAt": lobby_at})).await;
    let alice = stage.newcomer();
    assert_eq!(alice.join_with(&json!({"saleId": sale})).await.line(), "400 sale_not_open");
    let sooner = after(&stage, 60);
    let lobby_at = after(&stage, 0);
    operator.change_sale(sale, &json!({"opensAt": sooner, "lobbyAt": lobby_at})).await.ok();
    assert_eq!(standing(&joined(&alice, sale).await), "waiting lobby 1 1 0 1");

    let other = opening_in(&stage, 100, json!({"lobbyAt": after(&stage, 50)})).await;
    assert_eq!(operator.change_sale(other, &json!({})).await.ok()["phase"], "lobby");
    let opened = operator.change_sale(other, &json!({"opensAt": null})).await.ok();
    assert_eq!((&opened["phase"], &opened["opensAt"]), (&json!("open"), &Value::Null));
    assert_eq!(standing(&joined(&stage.newcomer(), other).await), "admitted open 1 1 0 0");
    stage.end().await;
}

#[tokio::test]
async fn mistakes_in_times_and_orders_name_their_field() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let (soon, later) = (after(&stage, 60), after(&stage, 600));
    for (fields, field, why) in [
        (json!({"opensAt": after(&stage, 0)}), "opensAt", "future"),
        (json!({"opensAt": "2020-01-01T00:00:00Z"}), "opensAt", "future"),
        (json!({"closesAt": after(&stage, -1)}), "closesAt", "future"),
        (json!({"lobbyAt": soon}), "lobbyAt", "opensAt"),
        (json!({"lobbyAt": later, "opensAt": soon}), "lobbyAt", "opensAt"),
        (json!({"opensAt": later, "closesAt": later}), "closesAt", "opensAt"),
        (json!({"order": "draw"}), "order", "opensAt"),
        (json!({"opensAt": later, "beaconSource": "dice"}), "beaconSource", "draw"),
        (json!({"opensAt": later, "order": "draw", "beaconSource": ""}), "beaconSource", "1 to 200"),
    ] {
        let mut sale = fields.clone();
        sale["name"] = json!("Wrong");
        let answer = operator.make_sale(&sale).await;
        assert_eq!(answer.line(), format!("400 invalid_request {field}"), "{fields}: {}", answer.text);
        assert!(answer.text.contains(why), "{fields}: {}", answer.text);
    }
    let default = stage.make_sale(json!({"opensAt": after(&stage, 7_200)})).await;
    let lobby_at = stage.client.get(&format!("/v1/sales/{default}")).await.ok()["lobbyAt"].clone();
    assert_eq!(lobby_at, after(&stage, 7_200 - 1_800), "half an hour before the opening");
    stage.end().await;
}

#[tokio::test]
async fn a_lobby_and_an_opening_survive_restarts() {
    let mut stage = Stage::open().await;
    let sale = opening_in(&stage, 100, json!({"order": "draw", "capacity": 3})).await;
    let crowd = stage.crowd(6);
    for fan in &crowd {
        joined(fan, sale).await;
    }
    stage.restart().await;
    for fan in &crowd {
        assert_eq!(fan.poll().await.ok()["phase"], "lobby");
    }
    stage.tick().await;
    keep_waiting(&stage, sale, &crowd, 80).await;
    // It is due while no server runs, and nobody comes to its line.
    stage.clock.advance(secs(20));
    stage.restart().await;
    assert_eq!(stage.client.get(&format!("/v1/sales/{sale}/fairness")).await.ok()["seed"], Value::Null);
    stage.tick().await;
    let mut places = Vec::new();
    for fan in &crowd {
        let status = fan.poll().await.ok();
        places.push((status["number"].clone(), status["place"].as_u64().expect("it is drawn")));
        assert_eq!(status["status"] == "admitted", places.last().is_some_and(|(_, place)| *place <= 3));
    }
    stage.tick().await;
    stage.restart().await;
    stage.tick().await;
    for (fan, (number, place)) in crowd.iter().zip(&places) {
        let status = fan.poll().await.ok();
        assert_eq!((&status["number"], status["place"].as_u64()), (number, Some(*place)));
    }
    stage.end().await;
}
