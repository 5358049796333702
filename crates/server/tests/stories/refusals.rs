//! Every refusal, by status and code.

use std::collections::BTreeMap;

use insta::{assert_compact_json_snapshot, assert_snapshot};
use onsale_http::connection::Limits;
use onsale_http::metrics::codes;
use reqwest::Method;
use serde_json::json;

use crate::actors::Actor;
use crate::answer::Answer;
use crate::stage::{PRICE, Stage, concert_with, secs};

/// The codes that were seen, each with its only status.
#[derive(Default)]
struct Seen(BTreeMap<String, u16>);

impl Seen {
    fn note(&mut self, answer: &Answer) {
        assert!(answer.status >= 400, "not refused: {answer:?}");
        let known = self.0.insert(answer.code(), answer.status);
        assert!(known.is_none_or(|known| known == answer.status), "two statuses: {answer:?}");
    }
}

async fn refusals_of_tokens(stage: &Stage, seen: &mut Seen) {
    let alice = stage.newcomer();
    seen.note(&stage.client.get("/v1/charges").await);
    seen.note(&stage.client.call(Method::GET, "/v1/charges").bearer("garbage").send().await);
    seen.note(&alice.user(Method::GET, "/v1/enqueues").send().await);
    seen.note(&alice.user(Method::GET, "/v1/line").send().await);
    stage.operator().steer(json!({"paused": true})).await.ok();
    alice.join().await.ok();
    seen.note(&alice.hold(1).await);
    stage.tick().await;
    seen.note(&alice.poll().await);
    alice.leave().await.ok();
    seen.note(&alice.dates().await);
    stage.operator().steer(json!({"paused": false})).await.ok();
}

async fn refusals_of_seats(stage: &Stage, alice: &mut Actor, bob: &Actor, seen: &mut Seen) {
    seen.note(&alice.hold(51).await);
    bob.hold_all(&[1, 2]).await.ok();
    seen.note(&alice.hold(1).await);
    seen.note(&alice.pay(1).await);
    bob.pay(1).await.ok();
    seen.note(&alice.hold(1).await);
    seen.note(&alice.pay(3).await);
    alice.hold_all(&[3, 4, 5, 6]).await.ok();
    seen.note(&alice.hold(7).await);
    seen.note(&alice.pay(3).await);
    stage.advance(secs(300)).await;
    seen.note(&alice.pay(3).await);
    alice.hold_keyed(3, "key").await.ok();
    seen.note(&alice.hold_keyed(4, "key").await);
    for (opening, closing) in [("2026-03-02", "2026-03-03"), ("2026-02-01", "2026-02-02")] {
        let times =
            json!({"openingAt": format!("{opening}T00:00:00Z"), "closingAt": format!("{closing}T00:00:00Z")});
        alice.concert = stage.open_concert(&concert_with(&times)).await;
        seen.note(&alice.hold(1).await);
    }
}

async fn refusals_of_sales(stage: &Stage, seen: &mut Seen) {
    let operator = stage.operator();
    let sale = stage.make_sale(json!({"access": "group:members", "seatsPerPerson": 1})).await;
    let body = json!({"saleId": sale});
    seen.note(&stage.newcomer().join_with(&body).await);
    operator.change_sale(sale, &json!({"access": "code"})).await.ok();
    let fan = stage.newcomer();
    seen.note(&fan.join_with(&body).await);
    let made = operator.make_codes(sale, &json!({"count": 1, "uses": 1})).await.ok();
    let with_code = json!({"saleId": sale, "code": made["codes"][0]});
    fan.join_with(&with_code).await.ok();
    seen.note(&stage.newcomer().join_with(&with_code).await);
    seen.note(&fan.hold(1).await);
    let main = stage.client.get("/v1/sales").await.ok()[0]["id"].clone();
    let both = concert_with(&json!({"saleIds": [sale, main]}));
    let mut fan = fan;
    fan.concert = stage.open_concert(&both).await;
    seen.note(&fan.hold_all(&[1, 2]).await);
    fan.leave().await.ok();
}

async fn refusals_of_requests(stage: &Stage, alice: &Actor, seen: &mut Seen) {
    seen.note(&alice.charge(0).await);
    seen.note(&stage.client.get("/v1/nowhere").await);
    seen.note(&stage.client.call(Method::PUT, "/v1/charges").send().await);
    seen.note(&alice.user(Method::PATCH, "/v1/charges").body("amount=5").send().await);
    let large = alice.user(Method::PATCH, "/v1/charges").header("content-type", "application/json");
    seen.note(&large.body(" ".repeat(70_000)).send().await);
    let charges = (0..1_000).map(|_| alice.charge(1_000_000_000)).collect::<Vec<_>>();
    let mut charges = charges.into_iter();
    loop {
        let some: Vec<_> = charges.by_ref().take(50).collect();
        if some.is_empty() {
            break;
        }
        for answer in crate::stage::at_once(some).await {
            if answer.status != 200 {
                seen.note(&answer);
            }
        }
    }
    seen.note(&alice.charge(1_000_000_000).await);
    assert!(alice.balance().await <= 1_000_000_000_000);
}

/// A body that never ends.
async fn refusal_of_a_slow_body(alice: &Actor, seen: &mut Seen) {
    let endless = futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
    let call = alice.user(Method::PATCH, "/v1/charges").header("content-type", "application/json");
    seen.note(&call.body(reqwest::Body::wrap_stream(endless)).send().await);
}

/// A second stream where one is allowed.
async fn refusal_of_a_stream(stage: &Stage, seen: &mut Seen) {
    let fan = stage.insider().await;
    let _open = fan.queue(Method::GET, "/v1/enqueues/events").open().await;
    seen.note(&fan.queue(Method::GET, "/v1/enqueues/events").send().await);
}

/// Only pages register somebody a second time, and refuse what their forms did not show and forms of other
/// sites.
const OF_PAGES: [&str; 10] = [
    "holds_changed",
    "place_changed",
    "balance_changed",
    "dials_changed",
    "sale_changed",
    "concert_exists",
    "sale_exists",
    "already_registered",
    "cross_site",
    "other",
];

/// No request can make the house keep a seat yet.
const OF_HALLS: [&str; 1] = ["seat_unavailable"];

#[tokio::test]
async fn every_code_has_one_status() {
    let stage =
        Stage::limited(&[("streams_per_ticket", "1")], Limits { body_ms: 200, ..Limits::default() }).await;
    let mut seen = Seen::default();
    refusals_of_tokens(&stage, &mut seen).await;
    refusals_of_sales(&stage, &mut seen).await;
    let (mut alice, bob) = (stage.buyer(1).await, stage.buyer(PRICE).await);
    refusals_of_seats(&stage, &mut alice, &bob, &mut seen).await;
    refusals_of_requests(&stage, &alice, &mut seen).await;
    refusal_of_a_slow_body(&alice, &mut seen).await;
    refusal_of_a_stream(&stage, &mut seen).await;
    stage.advance(secs(30 * 24 * 3600)).await;
    seen.note(&alice.charge(1).await);
    stage.app.stopping.cancel();
    seen.note(&stage.client.get("/readyz").await);
    let lines: Vec<_> = seen.0.iter().map(|(code, status)| format!("{status} {code}")).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    400 balance_limit
    413 body_too_large
    400 code_invalid
    400 code_used_up
    403 group_required
    400 hold_expired
    400 hold_limit
    400 idempotency_key_reused
    400 insufficient_balance
    400 invalid_request
    405 method_not_allowed
    403 not_admitted
    404 not_found
    403 not_holder
    403 operator_only
    403 other_sale
    401 pass_ended
    408 request_timeout
    400 sale_closed
    400 sale_not_open
    400 seat_held
    400 seat_limit
    400 seat_no_out_of_range
    400 seat_not_held
    400 seat_sold
    401 token_expired
    401 token_invalid
    401 token_kind
    401 token_missing
    429 too_many_requests
    429 too_many_streams
    503 unavailable
    415 unsupported_media_type
    "#);
    let mut never_seen: Vec<_> = codes().filter(|code| !seen.0.contains_key(*code)).collect();
    let mut not_here = [&OF_PAGES[..], &OF_HALLS[..]].concat();
    not_here.sort_unstable();
    never_seen.sort_unstable();
    assert_eq!(never_seen, not_here, "every other code was returned");
    stage.end().await;
}

#[tokio::test]
async fn a_problem_describes_the_case_at_hand() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.insider().await, stage.insider().await);
    alice.hold(7).await.ok();
    assert_compact_json_snapshot!(bob.hold(7).await.json(), @r#"
    {
      "code": "seat_held",
      "detail": "seat 7 is held by somebody else",
      "status": 400,
      "title": "Bad Request",
      "type": "urn:onsale:problem:seat_held"
    }
    "#);
    assert_compact_json_snapshot!(alice.pay(7).await.json(), @r#"
    {
      "code": "insufficient_balance",
      "detail": "the price is 50000, the balance 0",
      "status": 400,
      "title": "Bad Request",
      "type": "urn:onsale:problem:insufficient_balance"
    }
    "#);
    assert_compact_json_snapshot!(alice.charge(-5).await.json(), @r#"
    {
      "code": "invalid_request",
      "detail": "amount: must be 1 to 1000000000",
      "field": "amount",
      "status": 400,
      "title": "Bad Request",
      "type": "urn:onsale:problem:invalid_request"
    }
    "#);
    assert_compact_json_snapshot!(stage.client.get("/v1/charges").await.json(), @r#"
    {
      "code": "token_missing",
      "detail": "a bearer token is needed",
      "status": 401,
      "title": "Unauthorized",
      "type": "urn:onsale:problem:token_missing"
    }
    "#);
    stage.end().await;
}

#[tokio::test]
async fn an_unsupported_method_gets_405_with_the_allowed_ones() {
    let stage = Stage::open().await;
    let allow = async |method: Method, path: &str| {
        let answer = stage.client.call(method, path).send().await;
        assert_eq!(answer.line(), "405 method_not_allowed", "{path}");
        let mut methods: Vec<_> =
            answer.header("allow").split(',').map(|name| name.trim().to_owned()).collect();
        methods.sort();
        methods.join(" ")
    };
    assert_snapshot!(allow(Method::PUT, "/v1/enqueues").await, @"DELETE GET HEAD POST");
    assert_snapshot!(allow(Method::DELETE, "/v1/charges").await, @"GET HEAD PATCH");
    assert_snapshot!(allow(Method::POST, "/charges").await, @"GET HEAD PATCH");
    assert_snapshot!(allow(Method::GET, "/v1/users").await, @"POST");
    assert_snapshot!(allow(Method::POST, "/livez").await, @"GET HEAD");
    stage.end().await;
}

#[tokio::test]
async fn a_closed_store_refuses_writes_with_503_and_still_reads() {
    let stage = Stage::open().await;
    let alice = stage.buyer(PRICE).await;
    alice.hold(1).await.ok();
    stage.app.close().await;
    for answer in
        [alice.hold(2).await, alice.pay(1).await, alice.charge(5).await, stage.newcomer().join().await]
    {
        assert_eq!((answer.line().as_str(), answer.retry_after_seconds()), ("503 unavailable", 1));
    }
    assert_snapshot!(stage.client.get("/readyz").await.line(), @"503 unavailable");
    assert_snapshot!(stage.client.get("/livez").await.status, @"200");
    assert_eq!(alice.balance().await, PRICE, "reads go on");
    assert_eq!(alice.reservations().await.as_array().map(Vec::len), Some(1));
    stage.end().await;
}

#[tokio::test]
async fn sign_up_can_be_restricted_to_operators() {
    let stage = Stage::with(&[("open_signup", "false")]).await;
    let sign_up = async |call: crate::actors::Call| call.json(&json!({"name": "Kim"})).send().await.line();
    let alice = stage.newcomer();
    assert_snapshot!(sign_up(stage.client.call(Method::POST, "/v1/users")).await, @"401 token_missing");
    assert_snapshot!(sign_up(alice.user(Method::POST, "/v1/users")).await, @"403 operator_only");
    assert_snapshot!(sign_up(stage.operator().call(Method::POST, "/v1/users")).await, @"200");
    stage.end().await;
}
