//! Nonsensical bodies: the refusal names what is wrong, and nothing else happens.

use reqwest::Method;
use serde_json::json;

use crate::actors::Actor;
use crate::answer::Answer;
use crate::stage::{Stage, concert, concert_with};

const JSON: &str = "application/json";
const NOT_JSON: &str = "415 unsupported_media_type";
const AMOUNT: &str = "400 invalid_request amount";
const SEAT_NOS: &str = "400 invalid_request seatNos";
const BODY: &str = "400 invalid_request body";

async fn charge(fan: &Actor, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    let call = fan.user(Method::PATCH, "/v1/charges").header("content-type", content_type);
    call.body(body).send().await
}

/// Checks that this fan's wallet and seats are unchanged, and audits the store.
async fn assert_untouched(stage: &Stage, fan: &Actor) {
    assert_eq!(fan.balance().await, 100);
    assert_eq!((fan.reservations().await, fan.bills().await), (json!([]), json!([])));
    stage.audit().await;
}

#[tokio::test]
async fn invalid_amounts_are_refused() {
    let stage = Stage::open().await;
    let alice = stage.buyer(100).await;
    for (body, expected) in [
        ("", BODY),
        (" ", BODY),
        ("null", BODY),
        ("5", BODY),
        ("\"5\"", BODY),
        ("[5, 5]", BODY),
        ("[]", BODY),
        ("[5]", BODY),
        ("{", BODY),
        ("{}", AMOUNT),
        ("{\"amount\"}", BODY),
        ("{\"amount\": 5} {\"amount\": 5}", BODY),
        ("{\"amount\": 5}]", BODY),
        ("{\"amount\": 5,}", BODY),
        ("{'amount': 5}", BODY),
        ("{\"amount\": 5, \"amount\": 6}", AMOUNT),
        ("{\"amount\": 5, \"currency\": \"KRW\"}", "400 invalid_request currency"),
        ("{\"Amount\": 5}", "400 invalid_request Amount"),
        ("{\"amount\": null}", AMOUNT),
        ("{\"amount\": \"5\"}", AMOUNT),
        ("{\"amount\": true}", AMOUNT),
        ("{\"amount\": [5]}", AMOUNT),
        ("{\"amount\": {}}", AMOUNT),
        ("{\"amount\": 5.0}", AMOUNT),
        ("{\"amount\": 0.5}", AMOUNT),
        ("{\"amount\": 1e3}", AMOUNT),
        ("{\"amount\": 1e999}", AMOUNT),
        ("{\"amount\": NaN}", AMOUNT),
        ("{\"amount\": 0x10}", BODY),
        ("{\"amount\": 007}", AMOUNT),
        ("{\"amount\": +5}", AMOUNT),
        ("{\"amount\": 0}", AMOUNT),
        ("{\"amount\": -0}", AMOUNT),
        ("{\"amount\": -1}", AMOUNT),
        ("{\"amount\": 1000000001}", AMOUNT),
        ("{\"amount\": 9223372036854775807}", AMOUNT),
        ("{\"amount\": 9223372036854775808}", AMOUNT),
        ("{\"amount\": -9223372036854775809}", AMOUNT),
        ("{\"amount\": 99999999999999999999999999999999999999999}", AMOUNT),
        ("\u{feff}{\"amount\": 5}", BODY),
        ("amount=5", BODY),
        ("<amount>5</amount>", BODY),
    ] {
        assert_eq!(charge(&alice, JSON, body).await.line(), expected, "{body}");
    }
    for body in [&b"{\"amount\": 5, \"\xff\": 1}"[..], b"\xff\xfe{\0}\0", b"{\"amount\": \xc3\x28}", b"\0"] {
        assert_eq!(charge(&alice, JSON, body.to_vec()).await.status, 400, "{body:?}");
    }
    assert_untouched(&stage, &alice).await;
    stage.end().await;
}

#[tokio::test]
async fn a_deep_or_long_body_does_not_crash_the_server() {
    let stage = Stage::open().await;
    let alice = stage.buyer(100).await;
    for body in
        ["[".repeat(60_000), "{\"amount\":".repeat(6_000), format!("{{\"amount\": {}}}", "[".repeat(50_000))]
    {
        assert_eq!(charge(&alice, JSON, body).await.code(), "invalid_request");
    }
    let digits = format!("{{\"amount\": {}}}", "9".repeat(60_000));
    assert_eq!(charge(&alice, JSON, digits).await.line(), AMOUNT);
    let spaces = format!("{{\"amount\": {}5}}", " ".repeat(60_000));
    assert_eq!(charge(&alice, JSON, spaces).await.ok()["amount"], 105);
    stage.end().await;
}

#[tokio::test]
async fn a_body_must_declare_json() {
    let stage = Stage::open().await;
    let alice = stage.buyer(100).await;
    let body = "{\"amount\": 5}";
    for content_type in
        ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/jsonp", "json"]
    {
        assert_eq!(charge(&alice, content_type, body).await.line(), NOT_JSON, "{content_type}");
    }
    let without = alice.user(Method::PATCH, "/v1/charges").body(body).send().await;
    assert_eq!(without.line(), NOT_JSON);
    assert_untouched(&stage, &alice).await;
    for content_type in ["application/json; charset=utf-8", "Application/JSON", " application/json ;x=y"] {
        assert_eq!(charge(&alice, content_type, body).await.status, 200, "{content_type}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_body_over_64_kib_is_refused_on_every_path() {
    let stage = Stage::open().await;
    let alice = stage.buyer(100).await;
    let padded = |bytes: usize| format!("{{\"amount\": 5{}}}", " ".repeat(bytes - 13));
    for path in ["/v1/charges", "/charges"] {
        let call = alice.user(Method::PATCH, path).header("content-type", JSON);
        let answer = call.body(padded(64 * 1024 + 1)).send().await;
        assert_eq!((answer.line().as_str(), answer.header("connection")), ("413 body_too_large", "close"));
    }
    let chunks = (0..20).map(|_| Ok::<_, std::io::Error>(vec![b' '; 4096]));
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    assert_eq!(charge(&alice, JSON, chunked).await.line(), "413 body_too_large");
    for (method, path) in [
        (Method::GET, "/v1/enqueues"),
        (Method::POST, "/v1/users"),
        (Method::DELETE, "/v1/enqueues"),
        (Method::POST, "/nowhere"),
        (Method::GET, "/livez"),
    ] {
        let answer = stage.client.call(method.clone(), path).body(" ".repeat(70_000)).send().await;
        assert_eq!(answer.line(), "413 body_too_large", "{method} {path}");
    }
    assert_untouched(&stage, &alice).await;
    assert_eq!(charge(&alice, JSON, padded(64 * 1024)).await.ok()["amount"], 105, "exactly 64 KiB fit");
    stage.end().await;
}

#[tokio::test]
async fn invalid_seat_lists_are_refused() {
    let stage = Stage::open().await;
    let alice = stage.buyer(100).await;
    for (body, expected) in [
        ("{}", SEAT_NOS),
        ("{\"seatNos\": []}", SEAT_NOS),
        ("{\"seatNos\": null}", SEAT_NOS),
        ("{\"seatNos\": 7}", SEAT_NOS),
        ("{\"seatNos\": \"7\"}", SEAT_NOS),
        ("{\"seatNos\": [7, 7]}", SEAT_NOS),
        ("{\"seatNos\": [\"7\"]}", "400 invalid_request seatNos[0]"),
        ("{\"seatNos\": [7, 8.0]}", "400 invalid_request seatNos[1]"),
        ("{\"seatNos\": [-1]}", "400 invalid_request seatNos[0]"),
        ("{\"seatNos\": [4294967296]}", "400 invalid_request seatNos[0]"),
        ("{\"seatNos\": [[7]]}", "400 invalid_request seatNos[0]"),
        ("{\"seat_nos\": [7]}", "400 invalid_request seat_nos"),
        ("{\"seatNos\": [7], \"price\": 1}", "400 invalid_request price"),
        ("[7]", BODY),
        ("{\"seatNos\": [0]}", "400 seat_no_out_of_range"),
        ("{\"seatNos\": [1, 51]}", "400 seat_no_out_of_range"),
        ("{\"seatNos\": [4294967295]}", "400 seat_no_out_of_range"),
    ] {
        for what in ["reservations", "payments"] {
            let path = format!("/v1/concerts/{}/{what}", stage.concert);
            let call = alice.queue(Method::POST, &path).header("content-type", JSON);
            assert_eq!(call.body(body).send().await.line(), expected, "{what} {body}");
        }
    }
    let many = json!({"seatNos": (1..=20_000).collect::<Vec<_>>()});
    let path = format!("/v1/concerts/{}/reservations", stage.concert);
    assert_eq!(alice.queue(Method::POST, &path).json(&many).send().await.status, 413);
    assert_untouched(&stage, &alice).await;
    stage.end().await;
}

#[tokio::test]
async fn invalid_names_are_refused() {
    let stage = Stage::open().await;
    let sign_up =
        async |body: &serde_json::Value| stage.client.call(Method::POST, "/v1/users").json(body).send().await;
    for body in [
        json!({}),
        json!({"name": ""}),
        json!({"name": null}),
        json!({"name": 5}),
        json!({"name": ["Kim"]}),
        json!({"name": "x".repeat(201)}),
        json!({"name": "표".repeat(201)}),
        json!({"name": "nul\0"}),
        json!({"name": "two\nlines"}),
        json!({"name": "del\u{7f}"}),
        json!({"name": "c1\u{85}"}),
    ] {
        assert_eq!(sign_up(&body).await.line(), "400 invalid_request name", "{body}");
    }
    assert_eq!(sign_up(&json!({"name": "Kim", "role": "operator"})).await.line(), "400 invalid_request role");
    let lone = stage.client.call(Method::POST, "/v1/users").header("content-type", JSON);
    assert_eq!(lone.body("{\"name\": \"\\ud800\"}").send().await.line(), "400 invalid_request name");
    for name in
        ["K", "<script>alert(1)</script>", "'; DROP TABLE users; --", "김민준", "🎫", &"표".repeat(200)]
    {
        assert_eq!(sign_up(&json!({"name": name})).await.ok()["name"], name);
    }
    stage.end().await;
}

#[tokio::test]
async fn concerts_with_missing_or_unknown_fields_are_refused() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    for name in ["name", "price", "openingAt", "closingAt", "eventDate"] {
        let mut body = concert();
        body.as_object_mut().unwrap().remove(name);
        let expected = format!("400 invalid_request {name}");
        assert_eq!(operator.open_concert(&body).await.line(), expected);
    }
    for (changes, field) in [
        (json!({"venue": "Hall"}), "venue"),
        (json!({"capacity": "50"}), "capacity"),
        (json!({"capacity": null}), "capacity"),
        (json!({"openingAt": 1_772_352_000}), "openingAt"),
        (json!({"openingAt": "9999-99-99T00:00:00Z"}), "openingAt"),
        (json!({"openingAt": "2026-03-01"}), "openingAt"),
        (json!({"openingAt": "2026-03-01T08:00:00+09:00[America/New_York]"}), "openingAt"),
        (json!({"closingAt": "+999999-01-01T00:00:00Z"}), "closingAt"),
        (json!({"eventDate": ""}), "eventDate"),
        (json!({"price": "free"}), "price"),
        (json!({"price": 9_223_372_036_854_775_807_i64}), "price"),
    ] {
        let answer = operator.open_concert(&concert_with(&changes)).await;
        assert_eq!(answer.line(), format!("400 invalid_request {field}"), "{changes}");
    }
    assert_eq!(stage.app.concerts().len(), 1);
    stage.end().await;
}
