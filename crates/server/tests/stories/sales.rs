//! Operators make and change sales, and everybody sees them.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::normalized;
use crate::stage::{PRICE, Stage, concert_with};

/// The names of the listed sales, in order.
async fn listed(stage: &Stage) -> Vec<String> {
    let list = stage.client.get("/v1/sales").await.ok();
    let sales = list.as_array().expect("a list");
    sales.iter().map(|sale| sale["name"].as_str().expect("a name").to_owned()).collect()
}

async fn shown(stage: &Stage, sale: Uuid) -> Value {
    stage.client.get(&format!("/v1/sales/{sale}")).await.ok()
}

#[tokio::test]
async fn a_sale_is_made_listed_and_shown_to_people_without_a_token() {
    let stage = Stage::open().await;
    let made =
        stage.operator().make_sale(&json!({"name": "Members' presale", "concertIds": [stage.concert]})).await;
    let expected = json!({"id": "[uuid]", "name": "Members' presale", "lobbyAt": null, "opensAt": null, "closesAt": null,
        "order": "arrival", "access": "everyone", "from": PRICE, "waiting": 0});
    let mut for_operators = expected.clone();
    for (field, value) in [
        ("listed", json!(true)),
        ("seatsPerPerson", json!(null)),
        ("concertIds", json!(["[uuid]"])),
        ("phase", json!("open")),
        ("commitment", json!(null)),
        ("beaconSource", json!(null)),
    ] {
        for_operators[field] = value;
    }
    assert_eq!(made.normalized(), normalized(for_operators));
    let id = made.ok()["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let sale = shown(&stage, id).await;
    assert_eq!(normalized(sale.clone()), normalized(expected), "nothing else for everybody");
    let list = stage.client.get("/v1/sales").await.ok();
    assert_eq!(list[1], sale);
    assert_eq!(list[0]["name"], "Main sale");
    assert_eq!(list[0]["from"], Value::Null, "its only concert has left it");
    stage.end().await;
}

#[tokio::test]
async fn the_list_is_in_order_of_names_and_an_unlisted_sale_is_found_by_its_id_only() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    for name in ["Zebra", "Apple"] {
        operator.make_sale(&json!({"name": name})).await.ok();
    }
    let hidden = stage.make_sale(json!({"listed": false})).await;
    assert_eq!(listed(&stage).await, ["Apple", "Main sale", "Zebra"]);
    assert_eq!(shown(&stage, hidden).await["name"], "Presale");
    operator.change_sale(hidden, &json!({"listed": true})).await.ok();
    assert_eq!(listed(&stage).await, ["Apple", "Main sale", "Presale", "Zebra"]);
    stage.end().await;
}

#[tokio::test]
async fn what_a_change_leaves_out_stays_and_null_clears() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let sale = stage
        .make_sale(json!({"seatsPerPerson": 2, "access": "group:fans", "concertIds": [stage.concert]}))
        .await;
    let before = operator.change_sale(sale, &json!({})).await.ok();
    assert_eq!((&before["seatsPerPerson"], &before["access"]), (&json!(2), &json!("group:fans")));
    let renamed = operator.change_sale(sale, &json!({"name": " Two "})).await.ok();
    assert_eq!(renamed["name"], "Two");
    let unlimited =
        operator.change_sale(sale, &json!({"seatsPerPerson": null, "name": "Presale"})).await.ok();
    let mut expected = before;
    expected["seatsPerPerson"] = Value::Null;
    assert_eq!(unlimited, expected, "only what was named");
    let nulls = json!({"opensAt": null, "lobbyAt": null, "closesAt": null, "beaconSource": null});
    assert_eq!(operator.change_sale(sale, &nulls).await.ok(), expected, "there was nothing to clear");
    let emptied = operator.change_sale(sale, &json!({"concertIds": []})).await.ok();
    assert_eq!((&emptied["concertIds"], &emptied["from"]), (&json!([]), &Value::Null));
    stage.end().await;
}

#[tokio::test]
async fn a_wrong_value_names_its_field_and_changes_nothing() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let sale = stage.make_sale(json!({"seatsPerPerson": 2})).await;
    let before = operator.change_sale(sale, &json!({})).await.ok();
    let unknown = Uuid::now_v7();
    for (field, value, limit) in [
        ("name", json!(""), "1 to 200"),
        ("name", json!("x".repeat(201)), "1 to 200"),
        ("name", json!(7), "string"),
        ("listed", json!("yes"), "boolean"),
        ("seatsPerPerson", json!(0), "1 to 50000"),
        ("seatsPerPerson", json!(-1), "1 to 50000"),
        ("seatsPerPerson", json!(50_001), "1 to 50000"),
        ("seatsPerPerson", json!(4_294_967_297_u64), "1 to 50000"),
        ("seatsPerPerson", json!("two"), "a whole number"),
        ("access", json!("nobody"), "group:NAME"),
        ("access", json!("group:"), "1 to 100"),
        ("access", json!(format!("group:{}", "x".repeat(101))), "1 to 100"),
        ("access", json!("group:a,b"), "comma"),
        ("order", json!("alphabet"), "`arrival` or `draw`"),
        ("concertIds", json!([unknown]), "does not exist"),
        ("concertIds", json!([stage.concert, stage.concert]), "twice"),
        ("concertIds", json!(vec![stage.concert; 1_001]), "at most 1000"),
        ("concertIds[0]", json!(["x"]), "UUID"),
        ("color", json!("red"), "unknown field"),
        ("opensAt", json!("tomorrow"), "like 2026-03-20T19:00:00+09:00"),
        ("opensAt", json!("9999-12-31T23:59:59Z"), "before 9999"),
        ("opensAt", json!("2026-03-20T19:00:00+09:00[Asia/Seoul]"), "offset"),
        ("closesAt", json!(12), "string"),
    ] {
        let name = field.trim_end_matches("[0]");
        for (answer, what) in [
            (operator.change_sale(sale, &json!({name: value})).await, "change"),
            (operator.make_sale(&with_name(name, &value)).await, "new sale"),
        ] {
            assert_eq!(answer.line(), format!("400 invalid_request {field}"), "{what}: {value}");
            assert!(answer.text.contains(limit), "{what}: {}", answer.text);
        }
    }
    for field in ["name", "listed", "order", "access", "concertIds", "beacon", "capacity", "paused"] {
        let answer = operator.change_sale(sale, &json!({field: null})).await;
        assert_eq!(answer.line(), format!("400 invalid_request {field}"), "null");
    }
    for (dial, value) in [("capacity", 5), ("ratePerMinute", 5), ("paused", 1)] {
        let answer = operator.change_sale(sale, &json!({dial: value})).await;
        assert_eq!(answer.line(), format!("400 invalid_request {dial}"));
        assert!(answer.text.contains("/v1/sales/{id}/line"), "{}", answer.text);
    }
    assert_eq!(operator.make_sale(&json!({})).await.line(), "400 invalid_request name");
    assert_eq!(operator.change_sale(sale, &json!({})).await.ok(), before, "a refusal changes nothing");
    assert_eq!(listed(&stage).await, ["Main sale", "Presale"], "and makes nothing");
    stage.end().await;
}

/// A new sale with this field.
fn with_name(field: &str, value: &Value) -> Value {
    let mut sale = json!({"name": "Another"});
    sale[field] = value.clone();
    sale
}

#[tokio::test]
async fn dials_are_checked_when_a_sale_is_made() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    for (dial, value, limit) in [
        ("capacity", json!(-1), "0 to 1000000"),
        ("capacity", json!(1_000_001), "0 to 1000000"),
        ("ratePerMinute", json!(-1), "0 to 4294967295"),
        ("ratePerMinute", json!(4_294_967_296_u64), "0 to 4294967295"),
        ("paused", json!("no"), "boolean"),
    ] {
        let answer = operator.make_sale(&with_name(dial, &value)).await;
        assert_eq!(answer.line(), format!("400 invalid_request {dial}"), "{value}");
        assert!(answer.text.contains(limit), "{}", answer.text);
    }
    stage.end().await;
}

#[tokio::test]
async fn only_operators_make_and_change_sales() {
    let stage = Stage::open().await;
    let (alice, sale) = (stage.insider().await, stage.make_sale(json!({"access": "code"})).await);
    let of_sale = |what: &str| format!("/v1/sales/{sale}{what}");
    for (method, path, body) in [
        (Method::POST, "/v1/sales".to_owned(), json!({"name": "Mine"})),
        (Method::PATCH, of_sale(""), json!({"name": "Mine"})),
        (Method::POST, of_sale("/codes"), json!({"count": 1, "uses": 1})),
        (Method::GET, of_sale("/line"), json!({})),
        (Method::PATCH, of_sale("/line"), json!({"capacity": 1})),
    ] {
        let ask = async |call: crate::actors::Call| call.json(&body).send().await.line();
        assert_eq!(ask(alice.user(method.clone(), &path)).await, "403 operator_only", "{path}");
        assert_eq!(ask(alice.queue(method.clone(), &path)).await, "401 token_kind", "{path}");
        assert_eq!(ask(stage.client.call(method, &path)).await, "401 token_missing", "{path}");
    }
    stage.end().await;
}

#[tokio::test]
async fn an_unknown_sale_is_not_found_and_a_malformed_id_is_invalid() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    for (id, expected) in
        [(Uuid::now_v7().to_string(), "404 not_found"), ("x".to_owned(), "400 invalid_request id")]
    {
        let of_sale = |what: &str| format!("/v1/sales/{id}{what}");
        for (method, what) in [
            (Method::GET, ""),
            (Method::GET, "/fairness"),
            (Method::GET, "/line"),
            (Method::PATCH, ""),
            (Method::PATCH, "/line"),
        ] {
            let call = operator.call(method, &of_sale(what)).json(&json!({}));
            assert_eq!(call.send().await.line(), expected, "{what}");
        }
        let codes = operator.call(Method::POST, &of_sale("/codes")).json(&json!({"count": 1, "uses": 1}));
        assert_eq!(codes.send().await.line(), expected);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_new_concert_names_its_sales_or_the_main_sale_sells_it() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({})).await;
    assert_eq!(shown(&stage, sale).await["from"], Value::Null);
    let cheap = concert_with(&json!({"price": 7, "saleIds": [sale]}));
    stage.open_concert(&cheap).await;
    assert_eq!(shown(&stage, sale).await["from"], 7);
    let list = stage.client.get("/v1/sales").await.ok();
    assert_eq!(list[0]["from"], PRICE, "it is not in the main sale");
    for (sales, why) in [
        (json!([Uuid::now_v7()]), "does not exist"),
        (json!([sale, sale]), "twice"),
        (json!(vec![sale; 101]), "at most 100"),
    ] {
        let answer = stage.operator().open_concert(&concert_with(&json!({"saleIds": sales}))).await;
        assert_eq!(answer.line(), "400 invalid_request saleIds");
        assert!(answer.text.contains(why), "{}", answer.text);
    }
    stage.end().await;
}

#[tokio::test]
async fn the_dials_of_a_sale_are_its_own() {
    let stage = Stage::with(&[("line_capacity", "9")]).await;
    let operator = stage.operator();
    let sale = stage.make_sale(json!({"capacity": 1, "ratePerMinute": 60})).await;
    let path = format!("/v1/sales/{sale}/line");
    let line = async || operator.call(Method::GET, &path).send().await.ok();
    let dials =
        |line: &Value| (line["capacity"].clone(), line["ratePerMinute"].clone(), line["paused"].clone());
    assert_eq!(dials(&line().await), (json!(1), json!(60), json!(false)));
    let answer =
        operator.call(Method::PATCH, &path).json(&json!({"capacity": 3, "paused": true})).send().await;
    assert_eq!(dials(&answer.ok()), (json!(3), json!(60), json!(true)));
    assert_eq!(dials(&operator.line().await), (json!(9), json!(0), json!(false)), "the main sale's");
    let wrong = operator.call(Method::PATCH, &path).json(&json!({"capacity": 1_000_001})).send().await;
    assert_eq!(wrong.line(), "400 invalid_request capacity");

    let fan = stage.newcomer();
    let waiting = fan.join_with(&json!({"saleId": sale})).await.ok();
    assert_eq!((&waiting["status"], &waiting["phase"]), (&json!("waiting"), &json!("paused")));
    stage.tick().await;
    assert_eq!((&line().await["waiting"], &line().await["tail"]), (&json!(1), &json!(1)));
    assert_eq!(shown(&stage, sale).await["waiting"], 1);
    assert_eq!(operator.line().await["tail"], 0);
    let metrics = stage.metrics().await.text;
    let series = format!("onsale_sale_waiting{{sale=\"{sale}\"}} 1");
    assert!(metrics.lines().any(|line| line == series), "{metrics}");
    assert!(metrics.lines().any(|line| line == "onsale_line_waiting 1"), "the sum of all lines");
    stage.end().await;
}

#[tokio::test]
async fn an_order_by_arrival_has_nothing_to_reveal() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"capacity": 1})).await;
    for fan in stage.crowd(3) {
        fan.join_with(&json!({"saleId": sale})).await.ok();
    }
    stage.tick().await;
    let fairness = stage.client.get(&format!("/v1/sales/{sale}/fairness")).await.ok();
    let expected = json!({"order": "arrival", "commitment": null, "beaconSource": null, "beacon": null,
        "lobbyTail": null, "seed": null, "head": 1, "tail": 3});
    assert_eq!(fairness, expected);
    stage.end().await;
}

#[tokio::test]
async fn sales_survive_a_restart() {
    let mut stage = Stage::open().await;
    let sale =
        stage.make_sale(json!({"seatsPerPerson": 3, "concertIds": [stage.concert], "capacity": 2})).await;
    let before = stage.operator().change_sale(sale, &json!({})).await.ok();
    stage.restart().await;
    assert_eq!(stage.operator().change_sale(sale, &json!({})).await.ok(), before);
    let line = stage.operator().call(Method::GET, &format!("/v1/sales/{sale}/line")).send().await.ok();
    assert_eq!(line["capacity"], 2);
    stage.end().await;
}
