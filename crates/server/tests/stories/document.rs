//! The OpenAPI document says what the server does.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use onsale_http::api;
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{DATE, PRICE, Stage, concert};

const METHODS: [&str; 5] = ["get", "post", "patch", "delete", "put"];

fn document() -> Value {
    serde_json::to_value(api::document()).expect("the document is JSON")
}

/// Every operation by its method and path.
fn operations(document: &Value) -> BTreeMap<String, Value> {
    let paths = document["paths"].as_object().expect("there are paths");
    let mut operations = BTreeMap::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                operations.insert(format!("{} {path}", method.to_uppercase()), operation.clone());
            }
        }
    }
    operations
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).expect("a reference resolves"),
        None => schema,
    }
}

/// The worked example of a success: of the answer itself, or of its schema.
fn example(document: &Value, operation: &Value) -> Option<Value> {
    let content = operation["responses"]["200"]["content"].as_object()?.values().next()?;
    if let Some(example) = content.get("example") {
        return Some(example.clone());
    }
    let schema = resolve(document, &content["schema"]);
    schema.get("example").or_else(|| schema["examples"].get(0)).cloned()
}

#[test]
fn every_operation_has_a_summary_an_example_and_its_security() {
    let document = document();
    let operations = operations(&document);
    let schemes = &document["components"]["securitySchemes"];
    for (name, operation) in &operations {
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}: summary");
        assert!(example(&document, operation).is_some(), "{name}: example");
        let security = operation["security"].as_array().unwrap_or_else(|| panic!("{name}: security"));
        for scheme in security.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
            assert_eq!(schemes[scheme]["scheme"], "bearer", "{name}: {scheme}");
        }
        if let Some(body) = operation.get("requestBody") {
            let schema = resolve(&document, &body["content"]["application/json"]["schema"]);
            assert!(schema.get("example").is_some(), "{name}: example of the body");
        }
    }
}

#[test]
fn refusals_are_documented_as_problems() {
    let document = document();
    for (name, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            if status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}: {response}");
            }
        }
    }
}

/// Where two values differ in keys or JSON types; null may stand for anything, and so may an empty list.
fn differences(at: &str, documented: &Value, real: &Value) -> Vec<String> {
    match (documented, real) {
        (Value::Object(documented), Value::Object(real)) => {
            let all = documented.keys().chain(real.keys().filter(|key| !documented.contains_key(*key)));
            all.flat_map(|key| match (documented.get(key), real.get(key)) {
                (Some(documented), Some(real)) => differences(&format!("{at}.{key}"), documented, real),
                (Some(_), None) => vec![format!("{at}.{key} is documented, but not returned")],
                _ => vec![format!("{at}.{key} is returned, but not documented")],
            })
            .collect()
        }
        (Value::Array(documented), Value::Array(real)) => {
            let first = documented.first().zip(real.first());
            first.map_or_else(Vec::new, |(documented, real)| {
                differences(&format!("{at}[0]"), documented, real)
            })
        }
        _ if kind(documented) == kind(real) || documented.is_null() || real.is_null() => Vec::new(),
        _ => vec![format!("{at}: {documented} is documented, {real} was returned")],
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Plays every operation once, with success. Returns the answers by documented method and path.
async fn play(stage: &Stage) -> BTreeMap<String, Value> {
    let (alice, bob) = (stage.fan("Alice").await, stage.fan("Bob").await);
    let operator = stage.operator();
    let mut played = BTreeMap::new();
    let mut note = |name: &str, value: Value| {
        assert!(played.insert(name.to_owned(), value).is_none(), "{name} twice");
    };
    let user = stage.client.call(Method::POST, "/v1/users").json(&json!({"name": "Carol"})).send().await;
    note("POST /v1/users", user.ok());
    note("POST /v1/enqueues", alice.join().await.ok());
    note("GET /v1/enqueues", alice.poll().await.ok());
    note("GET /v1/enqueues/events", first_event(&alice, "/v1/enqueues/events").await);
    let seat_events = format!("/v1/concerts/{}/seats/events", alice.concert);
    note("GET /v1/concerts/{id}/seats/events", first_event(&alice, &seat_events).await);
    note("GET /v1/dates", alice.dates().await.ok());
    note("GET /v1/dates/{date}/seats", alice.seats_on(DATE).await.ok());
    note("GET /v1/concerts", alice.concerts().await.ok());
    note("POST /v1/concerts", operator.open_concert(&concert()).await.ok());
    note("POST /v1/concerts/{id}/seats/{seatNo}/reservations", alice.hold(7).await.ok());
    note("DELETE /v1/concerts/{id}/seats/{seatNo}/reservations", alice.release(7).await.ok());
    note("POST /v1/concerts/{id}/reservations", alice.hold_all(&[7, 8]).await.ok());
    note("GET /v1/concerts/{id}/seats", alice.seats().await.ok());
    note("PATCH /v1/charges", alice.charge(3 * PRICE).await.ok());
    note("GET /v1/charges", alice.user(Method::GET, "/v1/charges").send().await.ok());
    note("GET /v1/reservations", alice.user(Method::GET, "/v1/reservations").send().await.ok());
    note("POST /v1/concerts/{id}/payments", alice.pay_all(&[7]).await.ok());
    note("GET /v1/bills", alice.user(Method::GET, "/v1/bills").send().await.ok());
    alice.enter().await;
    alice.hold(8).await.ok();
    note("POST /v1/concerts/{id}/seats/{seatNo}/payments", alice.pay(8).await.ok());
    bob.enter().await;
    note("DELETE /v1/enqueues", bob.leave().await.ok());
    let sale = operator.make_sale(&json!({"name": "Presale", "access": "code"})).await.ok();
    let id = sale["id"].as_str().and_then(|id| id.parse().ok()).expect("a sale has an id");
    let of_sale = |what: &str| format!("/v1/sales/{id}{what}");
    note("POST /v1/sales", sale);
    note(
        "PATCH /v1/sales/{id}",
        operator.change_sale(id, &json!({"concertIds": [stage.concert]})).await.ok(),
    );
    note("POST /v1/sales/{id}/codes", operator.make_codes(id, &json!({"count": 1, "uses": 1})).await.ok());
    note("GET /v1/sales", stage.client.get("/v1/sales").await.ok());
    note("GET /v1/sales/{id}", stage.client.get(&of_sale("")).await.ok());
    note("GET /v1/sales/{id}/fairness", stage.client.get(&of_sale("/fairness")).await.ok());
    note("GET /v1/sales/{id}/line", operator.call(Method::GET, &of_sale("/line")).send().await.ok());
    let dials = operator.call(Method::PATCH, &of_sale("/line")).json(&json!({"paused": true}));
    note("PATCH /v1/sales/{id}/line", dials.send().await.ok());
    note("GET /v1/line", operator.line().await);
    note("PATCH /v1/line", operator.steer(json!({"capacity": 7})).await.ok());
    for path in ["/livez", "/readyz"] {
        let answer = stage.client.get(path).await;
        assert_eq!(answer.status, 200);
        note(&format!("GET {path}"), answer.text.into());
    }
    note("GET /metrics", stage.metrics().await.text.into());
    played
}

async fn first_event(fan: &crate::actors::Actor, path: &str) -> Value {
    let stream = fan.queue(Method::GET, path).open().await;
    let mut bytes = stream.bytes_stream();
    let event = bytes.next().await.expect("an event at once").expect("a whole one");
    String::from_utf8(event.to_vec()).expect("events are text").into()
}

/// The JSON of an event; any other value as it is.
fn data(value: &Value) -> Value {
    let data = value.as_str().and_then(|text| text.lines().find_map(|line| line.strip_prefix("data: ")));
    data.and_then(|data| serde_json::from_str(data).ok()).unwrap_or_else(|| value.clone())
}

#[tokio::test]
async fn every_operation_returns_what_its_example_shows() {
    let stage = Stage::open().await;
    let (document, played) = (document(), play(&stage).await);
    let operations = operations(&document);
    let names = |known: &BTreeMap<String, Value>| known.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&operations), names(&played), "every operation is played, and no other");
    let mut wrong = Vec::new();
    for (name, operation) in &operations {
        let example = example(&document, operation).expect("there is one");
        wrong.extend(differences(name, &data(&example), &data(&played[name])));
    }
    assert_eq!(wrong, Vec::<String>::new());
    stage.end().await;
}

#[tokio::test]
async fn the_document_is_served_unchanged() {
    let stage = Stage::open().await;
    let served = stage.client.get("/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.ok(), document());
    stage.end().await;
}

/// What a page loads: every src and href in it.
fn loaded(html: &str) -> Vec<String> {
    let attributes = ["src=\"", "href=\""].into_iter().flat_map(|name| html.split(name).skip(1));
    attributes.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_elsewhere() {
    let stage = Stage::open().await;
    let page = stage.client.get("/docs/").await;
    assert!(page.header("content-type").starts_with("text/html"), "{:?}", page.headers);
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(stage.client.get("/docs").await.text, page.text, "also without its last slash");
    let loaded = loaded(&page.text);
    assert!(loaded.iter().any(|path| path.ends_with("swagger-ui-bundle.js")), "{loaded:?}");
    for path in &loaded {
        assert!(!path.contains("//"), "from elsewhere: {path}");
        let file = stage.client.get(&format!("/docs/{}", path.trim_start_matches("./"))).await;
        assert_eq!(file.status, 200, "{path}");
    }
    let start = stage.client.get("/docs/swagger-initializer.js").await.text;
    assert!(start.contains("/openapi.json"), "{start}");
    // By default, Swagger UI asks a validator on the internet about the document.
    assert!(start.contains("\"validatorUrl\": \"none\""), "{start}");
    stage.end().await;
}
