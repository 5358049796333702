//! Tokens that are missing, broken, forged, expired, or of the other kind.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insta::assert_snapshot;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use onsale_app::tokens::{Role, Ticket};
use onsale_booking::ids::SaleId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{SECRET, Stage, secs};

fn forge(claims: &Value, secret: &str, algorithm: Algorithm) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).expect("claims can be signed")
}

fn user_claims(stage: &Stage) -> Value {
    json!({"sub": Uuid::now_v7(), "aud": "onsale:user", "role": "user", "exp": stage.now().as_second() + 60})
}

async fn balance_line(stage: &Stage, token: &str) -> String {
    stage.client.call(Method::GET, "/v1/charges").bearer(token).send().await.line()
}

async fn poll_line(stage: &Stage, token: &str) -> String {
    stage.client.call(Method::GET, "/v1/enqueues").bearer(token).send().await.line()
}

#[tokio::test]
async fn protected_paths_need_a_token() {
    let stage = Stage::open().await;
    let concert = stage.concert;
    for (method, path) in [
        (Method::POST, "/v1/enqueues".to_owned()),
        (Method::GET, "/v1/enqueues".to_owned()),
        (Method::GET, "/v1/enqueues/events".to_owned()),
        (Method::DELETE, "/v1/enqueues".to_owned()),
        (Method::GET, "/v1/dates".to_owned()),
        (Method::GET, "/v1/dates/not-a-date/seats".to_owned()),
        (Method::GET, "/v1/concerts?date=nonsense".to_owned()),
        (Method::POST, "/v1/concerts".to_owned()),
        (Method::GET, "/v1/concerts/nonsense/seats?status=nonsense".to_owned()),
        (Method::POST, format!("/v1/concerts/{concert}/seats/0/reservations")),
        (Method::DELETE, format!("/v1/concerts/{concert}/seats/x/reservations")),
        (Method::POST, format!("/v1/concerts/{concert}/reservations")),
        (Method::POST, format!("/v1/concerts/{concert}/seats/99/payments")),
        (Method::POST, format!("/v1/concerts/{concert}/payments")),
        (Method::GET, "/v1/charges".to_owned()),
        (Method::PATCH, "/v1/charges".to_owned()),
        (Method::GET, "/v1/reservations?after=nonsense".to_owned()),
        (Method::GET, "/v1/bills".to_owned()),
        (Method::GET, "/v1/line".to_owned()),
        (Method::PATCH, "/v1/line".to_owned()),
    ] {
        // The token is checked first, before everything else that is wrong here.
        let call = stage.client.call(method.clone(), &path).key("").body("not json");
        assert_eq!(call.send().await.line(), "401 token_missing", "{method} {path}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_token_of_the_other_kind_is_refused() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    for path in ["/v1/charges", "/v1/bills", "/v1/reservations", "/v1/line"] {
        assert_eq!(alice.queue(Method::GET, path).send().await.line(), "401 token_kind", "{path}");
    }
    assert_snapshot!(alice.queue(Method::POST, "/v1/enqueues").send().await.line(), @"401 token_kind");
    let charge = alice.queue(Method::PATCH, "/v1/charges").json(&json!({"amount": 5})).send().await;
    assert_snapshot!(charge.line(), @"401 token_kind");
    let seats = format!("/v1/concerts/{}/seats", stage.concert);
    for path in ["/v1/enqueues", "/v1/enqueues/events", "/v1/dates", "/v1/dates/2026-03-20/seats", &seats] {
        assert_eq!(alice.user(Method::GET, path).send().await.line(), "401 token_kind", "{path}");
    }
    for what in ["reservations", "payments"] {
        let call = alice.user(Method::POST, &alice.seat_path(7, what));
        assert_eq!(call.send().await.line(), "401 token_kind", "{what}");
    }
    stage.end().await;
}

#[tokio::test]
async fn broken_and_forged_tokens_are_invalid() {
    let stage = Stage::open().await;
    let claims = user_claims(&stage);
    let good = forge(&claims, &SECRET, Algorithm::HS256);
    assert_snapshot!(balance_line(&stage, &good).await, @"200");
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let none = format!("{}.{}.", encode(r#"{"alg":"none","typ":"JWT"}"#), encode(&claims.to_string()));
    let unsigned = good.rsplit_once('.').map(|(message, _)| format!("{message}.")).unwrap();
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        forge(&claims, &SECRET, Algorithm::HS256)
    };
    for token in [
        "garbage".to_owned(),
        "a.b.c".to_owned(),
        "e".repeat(5_000),
        none,
        unsigned,
        format!("{good}x"),
        forge(&claims, "another secret, of thirty-two bytes", Algorithm::HS256),
        forge(&claims, &SECRET, Algorithm::HS512),
        with("aud", json!("another:audience")),
        with("aud", json!(["another:audience"])),
        with("sub", json!("alice")),
        with("role", json!("admin")),
        with("exp", json!("soon")),
        with("nbf", json!(stage.now().as_second() + 1)),
    ] {
        assert_eq!(balance_line(&stage, &token).await, "401 token_invalid", "{token}");
        let of_other_kind = ["401 token_invalid", "401 token_kind"];
        assert!(of_other_kind.contains(&poll_line(&stage, &token).await.as_str()), "{token}");
    }
    stage.end().await;
}

#[tokio::test]
async fn an_authorization_header_needs_exactly_one_bearer_token() {
    let stage = Stage::open().await;
    let alice = stage.newcomer();
    for (value, expected) in [
        ("Basic YWxpY2U6c2VjcmV0".to_owned(), "401 token_missing"),
        (alice.token.clone(), "401 token_missing"),
        ("Bearer".to_owned(), "401 token_invalid"),
        (format!("Bearer {} {}", alice.token, alice.token), "401 token_invalid"),
        (format!("bearer {}", alice.token), "200"),
    ] {
        let call = stage.client.call(Method::GET, "/v1/charges").header("authorization", &value);
        assert_eq!(call.send().await.line(), expected, "{value}");
    }
    let twice = alice.user(Method::GET, "/v1/charges").bearer(&stage.newcomer().token);
    assert_snapshot!(twice.send().await.line(), @"401 token_invalid");
    stage.end().await;
}

#[tokio::test]
async fn a_token_expires_at_the_second_it_names() {
    let stage = Stage::open().await;
    let token = forge(&user_claims(&stage), &SECRET, Algorithm::HS256);
    let alice = stage.newcomer();
    stage.advance(secs(59)).await;
    assert_snapshot!(balance_line(&stage, &token).await, @"200");
    stage.advance(secs(1)).await;
    assert_snapshot!(balance_line(&stage, &token).await, @"401 token_expired");
    let thirty_days = 30 * 24 * 3600;
    stage.advance(secs(thirty_days - 61)).await;
    assert_snapshot!(balance_line(&stage, &alice.token).await, @"200");
    stage.advance(secs(1)).await;
    assert_snapshot!(alice.join().await.line(), @"401 token_expired");
    stage.end().await;
}

#[tokio::test]
async fn a_ticket_of_another_line_or_never_given_out_is_invalid() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let own = stage.app.keys.read_queue(&alice.ticket(), stage.now()).unwrap();
    let sign = |ticket: &Ticket| stage.app.keys.sign_queue(ticket, Uuid::now_v7(), stage.now());
    assert_eq!(poll_line(&stage, &sign(&own)).await, "200 admitted");
    for (why, ticket) in [
        ("another line", Ticket { sale: SaleId(Uuid::now_v7()), ..own }),
        ("an epoch to come", Ticket { epoch: own.epoch + 1, ..own }),
        ("beyond every number", Ticket { number: 1_000_000, ..own }),
        ("beyond all lines", Ticket { number: 1 << 32, ..own }),
        ("beyond all columns", Ticket { number: 1 << 63, ..own }),
        ("beyond all numbers", Ticket { number: u64::MAX, ..own }),
        ("no number", Ticket { number: 0, ..own }),
    ] {
        let token = sign(&ticket);
        assert_eq!(poll_line(&stage, &token).await, "401 token_invalid", "{why}");
        let dates = stage.client.call(Method::GET, "/v1/dates").bearer(&token).send().await;
        assert_eq!(dates.line(), "401 token_invalid", "{why}");
        let leave = stage.client.call(Method::DELETE, "/v1/enqueues").bearer(&token).send().await;
        assert_eq!(leave.line(), "401 token_invalid", "{why}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_number_that_no_store_can_hold_is_invalid_for_every_request() {
    let stage = Stage::open().await;
    let (alice, mallory) = (stage.insider().await, stage.insider().await);
    let own = stage.app.keys.read_queue(&mallory.ticket(), stage.now()).unwrap();
    for number in [1 << 32, 1 << 63, u64::MAX] {
        let ticket = Ticket { number, ..own };
        mallory.take_ticket(stage.app.keys.sign_queue(&ticket, Uuid::now_v7(), stage.now()));
        for answer in [
            mallory.poll().await,
            mallory.hold(7).await,
            mallory.hold_all(&[7]).await,
            mallory.pay(7).await,
            mallory.pay_all(&[7]).await,
            mallory.release(7).await,
            mallory.seats().await,
            mallory.leave().await,
        ] {
            assert_eq!(answer.line(), "401 token_invalid", "{number}");
        }
    }
    alice.hold(7).await.ok();
    stage.end().await;
}

#[tokio::test]
async fn a_ticket_with_somebody_elses_number_holds_nothing() {
    // Signing such a token takes a leaked secret; even then, the pass in the store decides.
    let stage = Stage::open().await;
    let (alice, mallory) = (stage.insider().await, stage.newcomer());
    let own = stage.app.keys.read_queue(&alice.ticket(), stage.now()).unwrap();
    let stolen = Ticket { user: mallory.id, ..own };
    mallory.take_ticket(stage.app.keys.sign_queue(&stolen, Uuid::now_v7(), stage.now()));
    assert_snapshot!(mallory.hold(7).await.line(), @"403 not_admitted");
    assert_snapshot!(mallory.pay(7).await.line(), @"403 not_admitted");
    assert_snapshot!(mallory.release(7).await.line(), @"403 not_admitted");
    assert_snapshot!(mallory.poll().await.line(), @"401 token_invalid");
    assert_snapshot!(mallory.leave().await.line(), @"401 token_invalid");
    alice.hold(7).await.ok();
    alice.leave().await.ok();
    assert_snapshot!(mallory.leave().await.line(), @"401 token_invalid");
    stage.end().await;
}

#[tokio::test]
async fn a_user_token_from_an_identity_provider_is_accepted() {
    let stage = Stage::open().await;
    let mut claims = user_claims(&stage);
    claims.as_object_mut().unwrap().remove("role");
    claims["aud"] = json!(["their:app", "onsale:user"]);
    claims["name"] = json!("Alice");
    let token = forge(&claims, &SECRET, Algorithm::HS256);
    assert_eq!(balance_line(&stage, &token).await, "200");
    let call = stage.client.call(Method::PATCH, "/v1/charges").bearer(&token).json(&json!({"amount": 5}));
    let wallet = call.send().await.ok();
    assert_eq!(wallet, json!({"userId": claims["sub"], "amount": 5}));
    let role = stage.app.keys.read_user(&token, stage.now()).unwrap().role;
    assert_eq!(role, Role::User);
    stage.end().await;
}
