//! Joining sales: places, groups and access codes.

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::tally;
use crate::stage::{Stage, at_once, secs};

fn place(answer: &Value) -> (u64, u64, &str) {
    let number = |field: &str| answer[field].as_u64().expect("a number");
    (number("number"), number("place"), answer["saleId"].as_str().expect("a sale"))
}

#[tokio::test]
async fn one_person_has_one_place_in_each_sale() {
    let stage = Stage::open().await;
    let (one, two) = (stage.make_sale(json!({})).await, stage.make_sale(json!({"capacity": 0})).await);
    stage.newcomer().join_with(&json!({"saleId": two})).await.ok();
    let alice = stage.newcomer();
    let in_main = alice.join().await.ok();
    let in_one = alice.join_with(&json!({"saleId": one})).await.ok();
    let in_two = alice.join_with(&json!({"saleId": two})).await.ok();
    assert_eq!(place(&in_one), (1, 1, one.to_string().as_str()));
    assert_eq!(place(&in_two), (2, 2, two.to_string().as_str()));
    assert_eq!((&in_one["status"], &in_two["status"]), (&json!("admitted"), &json!("waiting")));
    for field in ["opensAt", "outlook"] {
        assert_eq!(in_two[field], Value::Null, "{field}");
    }
    assert_eq!((&in_two["waitSupported"], &in_two["phase"]), (&json!(false), &json!("open")));
    for body in [json!({}), json!({"saleId": null}), json!({"saleId": in_main["saleId"]})] {
        assert_eq!(alice.join_with(&body).await.ok()["number"], in_main["number"], "{body}");
    }
    let again = alice.join_with(&json!({"saleId": two})).await.ok();
    assert_eq!(place(&again), place(&in_two));
    stage.advance(secs(2)).await;
    let polled = alice.poll().await.ok();
    assert_eq!(place(&polled), place(&in_two));
    assert_snapshot!(alice.leave().await.line(), @"200 ended");
    assert_eq!(alice.join().await.ok()["number"], in_main["number"], "other sales are not left");
    stage.end().await;
}

#[tokio::test]
async fn a_body_is_optional_and_what_is_there_must_make_sense() {
    let stage = Stage::open().await;
    let alice = stage.newcomer();
    let join = || alice.user(Method::POST, "/v1/enqueues");
    for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
        let empty = join().header("content-type", content_type).body("");
        assert_eq!(empty.send().await.line(), "200 admitted", "{content_type}");
    }
    for (body, expected) in [
        ("[]", "400 invalid_request body"),
        ("{", "400 invalid_request body"),
        (r#"{"saleId":"x"}"#, "400 invalid_request saleId"),
        (r#"{"saleId":7}"#, "400 invalid_request saleId"),
        (r#"{"code":7}"#, "400 invalid_request code"),
        (r#"{"sale":"x"}"#, "400 invalid_request sale"),
    ] {
        let call = join().header("content-type", "application/json").body(body);
        assert_eq!(call.send().await.line(), expected, "{body}");
    }
    let plain = join().header("content-type", "text/plain").body("{}");
    assert_eq!(plain.send().await.line(), "415 unsupported_media_type");
    assert_eq!(alice.join_with(&json!({"saleId": Uuid::now_v7()})).await.line(), "404 not_found");
    let aliased = alice.user(Method::POST, "/enqueues").json(&json!({"saleId": Uuid::now_v7()}));
    assert_eq!(aliased.send().await.line(), "404 not_found");
    stage.end().await;
}

#[tokio::test]
async fn a_sale_for_a_group_is_for_people_whose_token_names_it() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "group:members of 2026"})).await;
    let join = json!({"saleId": sale});
    for groups in [&[][..], &["members"], &["Members of 2026"], &["members of 2026 "]] {
        let refused = stage.member(groups).join_with(&join).await;
        assert_eq!(refused.line(), "403 group_required", "{groups:?}");
        assert!(refused.text.contains("members of 2026"), "{}", refused.text);
    }
    let member = stage.member(&["press", "members of 2026"]);
    assert_snapshot!(member.join_with(&join).await.line(), @"200 admitted");
    let everyone = json!({"access": "everyone"});
    stage.operator().change_sale(sale, &everyone).await.ok();
    assert_snapshot!(stage.newcomer().join_with(&join).await.line(), @"200 admitted");
    stage.end().await;
}

async fn codes(stage: &Stage, sale: Uuid, count: u32, uses: u32) -> Vec<String> {
    let made = stage.operator().make_codes(sale, &json!({"count": count, "uses": uses})).await.ok();
    let codes = made["codes"].as_array().expect("a list");
    codes.iter().map(|code| code.as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn a_code_lets_as_many_people_join_as_it_has_uses() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "code"})).await;
    let code = codes(&stage, sale, 1, 2).await.remove(0);
    let with_code = |code: &str| json!({"saleId": sale, "code": code});
    let without = json!({"saleId": sale});
    let (alice, bob, carol) = (stage.newcomer(), stage.newcomer(), stage.newcomer());
    assert_snapshot!(alice.join_with(&without).await.line(), @"400 code_invalid");
    assert_snapshot!(alice.join_with(&with_code("7K3F-9Q2M-X8TD-4WZN")).await.line(), @"400 code_invalid");
    assert_snapshot!(alice.join_with(&with_code("nonsense")).await.line(), @"400 code_invalid");
    assert_snapshot!(alice.join_with(&with_code(&code)).await.line(), @"200 admitted");
    // Joining again costs nothing, with or without it, and also after leaving.
    for body in [&without, &with_code(&code), &with_code("nonsense")] {
        assert_eq!(alice.join_with(body).await.line(), "200 admitted", "{body}");
    }
    alice.leave().await.ok();
    assert_eq!(alice.join_with(&without).await.ok()["number"], 2);
    let typed = code.to_lowercase().replace('-', " ");
    assert_snapshot!(bob.join_with(&with_code(&typed)).await.line(), @"200 admitted");
    assert_snapshot!(carol.join_with(&with_code(&code)).await.line(), @"400 code_used_up");
    let other = stage.make_sale(json!({"access": "code"})).await;
    let elsewhere = json!({"saleId": other, "code": code});
    assert_snapshot!(alice.join_with(&elsewhere).await.line(), @"400 code_invalid");
    stage.end().await;
}

#[tokio::test]
async fn of_fifty_people_with_one_code_as_many_join_as_it_has_uses() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "code"})).await;
    let code = codes(&stage, sale, 1, 3).await.remove(0);
    let body = json!({"saleId": sale, "code": code});
    let crowd = stage.crowd(50);
    let answers = at_once(crowd.iter().map(|fan| fan.join_with(&body))).await;
    assert_eq!(tally(&answers), "3 x 200 admitted, 47 x 400 code_used_up");
    // One person in many tabs needs one use.
    let code = codes(&stage, sale, 1, 1).await.remove(0);
    let body = json!({"saleId": sale, "code": code});
    let alice = stage.newcomer();
    let answers = at_once((0..20).map(|_| alice.join_with(&body))).await;
    assert_eq!(tally(&answers), "20 x 200 admitted");
    assert_snapshot!(stage.newcomer().join_with(&body).await.line(), @"400 code_used_up");
    stage.end().await;
}

#[tokio::test]
async fn people_who_have_a_place_need_no_code() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"capacity": 0})).await;
    let (alice, body) = (stage.newcomer(), json!({"saleId": sale}));
    let number = alice.join_with(&body).await.ok()["number"].clone();
    stage.operator().change_sale(sale, &json!({"access": "code"})).await.ok();
    assert_eq!(alice.join_with(&body).await.ok()["number"], number);
    let wrong = json!({"saleId": sale, "code": "nonsense"});
    assert_eq!(alice.join_with(&wrong).await.ok()["number"], number);
    assert_snapshot!(stage.newcomer().join_with(&body).await.line(), @"400 code_invalid");
    stage.end().await;
}

#[tokio::test]
async fn codes_are_different_random_and_only_for_a_sale_by_code() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let sale = stage.make_sale(json!({"access": "code"})).await;
    let mut made = codes(&stage, sale, 100, 1).await;
    for code in &made {
        let symbols: Vec<_> = code.split('-').collect();
        assert_eq!(symbols.iter().map(|group| group.len()).collect::<Vec<_>>(), [4; 4], "80 bits: {code}");
        assert!(!code.contains(['I', 'L', 'O', 'U']), "{code}");
    }
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), 100);
    for (body, expected) in [
        (json!({"count": 0, "uses": 1}), "400 invalid_request count"),
        (json!({"count": -1, "uses": 1}), "400 invalid_request count"),
        (json!({"count": 10_001, "uses": 1}), "400 invalid_request count"),
        (json!({"count": 4_294_967_297_u64, "uses": 1}), "400 invalid_request count"),
        (json!({"count": 1, "uses": 0}), "400 invalid_request uses"),
        (json!({"count": 1, "uses": 1_000_001}), "400 invalid_request uses"),
        (json!({"count": 1}), "400 invalid_request uses"),
        (json!({"uses": 1}), "400 invalid_request count"),
        (json!({"count": "1", "uses": 1}), "400 invalid_request count"),
        (json!({"count": 1, "uses": 1, "length": 4}), "400 invalid_request length"),
    ] {
        let refused = operator.make_codes(sale, &body).await;
        assert_eq!(refused.line(), expected, "{body}");
    }
    let open = stage.make_sale(json!({})).await;
    let refused = operator.make_codes(open, &json!({"count": 1, "uses": 1})).await;
    assert_snapshot!(refused.line(), @"400 invalid_request access");
    stage.end().await;
}
