//! Tokens and their claims. Claims that are signed with the right key may still be nonsense.

use std::cell::Cell;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::SaleId;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::readers::tokens::{
    QUEUE_TOKEN_SECONDS, Role, Secret, TOKEN_BYTES_MAX, Ticket, TokenError, TokenKeys, USER_TOKEN_SECONDS,
};
use crate::readers::{NUMBER_MAX, bearer};
use crate::rig::{SECRET, check, header_text, header_value};

const NOW: i64 = 1_772_355_600;

fn keys() -> TokenKeys {
    TokenKeys::new(&Secret::new(SECRET.as_str()).expect("a strong secret"))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

/// Signs any bytes.
fn signed(header: &[u8], claims: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("HMAC takes a key of any length");
    let signature = mac.chain_update(&message).finalize().into_bytes();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => (-3_i64..3).prop_map(|offset| json!(NOW + offset)),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        3 => (0_u64..2).prop_map(Value::from),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => number(),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        2 => "(onsale:user|onsale:queue|user|operator|admin|User)".prop_map(Value::from),
        2 => any::<u128>().prop_map(|id| Value::from(Uuid::from_u128(id).to_string())),
        1 => "\\PC{0,10}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => scalar(),
        1 => vec(scalar(), 0..3).prop_map(Value::from),
        1 => vec(vec(scalar(), 0..2), 0..2).prop_map(|lists| json!(lists)),
        1 => scalar().prop_map(|inner| json!({"sub": inner})),
    ]
}

/// Claims of which some are replaced, removed or added.
fn claims() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        5 => "(sub|aud|role|exp|nbf|iat|line|epoch|number|jti)",
        1 => "[a-z]{1,5}",
    ];
    let changes = vec((name, proptest::option::of(value())), 0..4);
    (any::<bool>(), changes).prop_map(|(is_queue, changes)| {
        let id = Uuid::from_u128(7);
        let mut claims = if is_queue {
            json!({"sub": id, "aud": "onsale:queue", "line": id, "epoch": 1, "number": 5, "jti": id, "iat": NOW, "exp": NOW + 9})
        } else {
            json!({"sub": id, "aud": "onsale:user", "role": "user", "exp": NOW + 9})
        };
        for (name, value) in changes {
            match value {
                Some(value) => claims[name] = value,
                None => drop(claims.as_object_mut().and_then(|claims| claims.remove(&name))),
            }
        }
        claims
    })
}

/// Whether a token with these claims is good now for this audience, read from the JSON alone.
fn is_strictly_valid(claims: &Value, audience: &str) -> bool {
    let uuid = |name: &str| claims[name].as_str().is_some_and(|text| Uuid::try_parse(text).is_ok());
    let names = |value: &Value| value.as_str() == Some(audience);
    let is_addressed =
        names(&claims["aud"]) || claims["aud"].as_array().is_some_and(|all| all.iter().any(names));
    let seconds = |name: &str| claims[name].as_f64();
    #[expect(clippy::cast_precision_loss, reason = "seconds of this century are exact")]
    let now = NOW as f64;
    let is_in_time = seconds("exp").is_some_and(|exp| exp > now)
        && (claims["nbf"].is_null() || seconds("nbf").is_some_and(|nbf| nbf.floor() <= now));
    uuid("sub") && is_addressed && is_in_time
}

fn is_strict_user(claims: &Value) -> bool {
    let role = &claims["role"];
    is_strictly_valid(claims, "onsale:user")
        && (role.is_null() || ["user", "operator"].iter().any(|it| role == it))
}

fn is_strict_ticket(claims: &Value) -> bool {
    let is_id = |name: &str| claims[name].as_str().is_some_and(|text| Uuid::try_parse(text).is_ok());
    is_strictly_valid(claims, "onsale:queue")
        && is_id("line")
        && claims["epoch"].as_u64().is_some_and(|epoch| u32::try_from(epoch).is_ok())
        && claims["number"].as_u64().is_some_and(|number| (1..=NUMBER_MAX).contains(&number))
}

#[test]
fn only_strictly_valid_claims_are_accepted() {
    let keys = keys();
    let (users, tickets) = (Cell::new(0_u32), Cell::new(0_u32));
    check(4_000, &claims(), |claims| {
        let token = signed(br#"{"alg":"HS256"}"#, claims.to_string().as_bytes());
        if let Ok(user) = keys.read_user(&token, at(NOW)) {
            users.set(users.get() + 1);
            prop_assert!(is_strict_user(&claims), "{}", claims);
            prop_assert_eq!(Some(user.user.to_string()), claims["sub"].as_str().map(str::to_lowercase));
            prop_assert_eq!(user.role == Role::Operator, claims["role"] == "operator");
        }
        if let Ok(ticket) = keys.read_queue(&token, at(NOW)) {
            tickets.set(tickets.get() + 1);
            prop_assert!(is_strict_ticket(&claims), "{}", claims);
            prop_assert_eq!(Some(ticket.number), claims["number"].as_u64());
            prop_assert_eq!(Some(u64::from(ticket.epoch)), claims["epoch"].as_u64());
        }
        Ok(())
    });
    assert!(users.get() > 50 && tickets.get() > 50, "{users:?} and {tickets:?} were good: too few");
}

#[test]
fn honest_claims_are_accepted() {
    let id = Uuid::from_u128(7);
    let user = json!({"sub": id, "aud": ["other", "onsale:user"], "exp": NOW + 1});
    let queue = json!({"sub": id, "aud": "onsale:queue", "line": id, "epoch": 1, "number": 5, "jti": id, "iat": NOW, "exp": NOW + 1});
    assert!(is_strict_user(&user) && is_strict_ticket(&queue));
    let token = |claims: &Value| signed(br#"{"alg":"HS256"}"#, claims.to_string().as_bytes());
    assert!(keys().read_user(&token(&user), at(NOW)).is_ok());
    assert!(keys().read_queue(&token(&queue), at(NOW)).is_ok());
}

#[test]
fn signed_nonsense_is_invalid() {
    let keys = keys();
    let bytes =
        || prop_oneof![vec(any::<u8>(), 0..80), "[\\[\\]{}\":,0-9a-z]{0,60}".prop_map(String::into_bytes)];
    check(3_000, &(bytes(), bytes(), any::<bool>()), |(header, claims, is_header_honest)| {
        let header = if is_header_honest { br#"{"alg":"HS256"}"#.to_vec() } else { header };
        let token = signed(&header, &claims);
        prop_assert!(keys.read_user(&token, at(NOW)).is_err());
        prop_assert!(keys.read_queue(&token, at(NOW)).is_err());
        Ok(())
    });
}

#[test]
fn no_other_header_algorithm_is_accepted() {
    let keys = keys();
    let good = json!({"sub": Uuid::from_u128(7), "aud": "onsale:user", "exp": NOW + 9}).to_string();
    let algorithm = "(HS256|HS384|HS512|none|None|RS256|ES256|hs256|)";
    let header = (algorithm, "(alg|Alg|typ)", proptest::option::of("[a-z0-9]{1,5}"));
    check(1_000, &header, |(algorithm, name, other)| {
        let mut header = json!({name.clone(): algorithm});
        if let Some(other) = other {
            header[other] = json!(1);
        }
        let is_accepted =
            keys.read_user(&signed(header.to_string().as_bytes(), good.as_bytes()), at(NOW)).is_ok();
        prop_assert!(!is_accepted || header["alg"] == "HS256", "{}", header);
        Ok(())
    });
}

#[test]
fn what_we_sign_is_read_back_until_it_expires() {
    let keys = keys();
    let facts =
        (any::<u128>(), any::<u128>(), any::<u32>(), 1..=NUMBER_MAX, 0..4_000_000_000_i64, any::<bool>());
    check(2_000, &facts, |(user, line, epoch, number, now, yes)| {
        let (user, now) = (Uuid::from_u128(user), at(now));
        let ticket = Ticket { user, sale: SaleId(Uuid::from_u128(line)), epoch, number, admitted: yes };
        let token = keys.sign_queue(&ticket, user, now);
        let end = now + SignedDuration::from_secs(QUEUE_TOKEN_SECONDS);
        prop_assert_eq!(keys.read_queue(&token, now), Ok(ticket));
        prop_assert_eq!(keys.read_queue(&token, end - SignedDuration::from_micros(1)), Ok(ticket));
        prop_assert_eq!(keys.read_queue(&token, end), Err(TokenError::Expired));
        let role = if yes { Role::Operator } else { Role::User };
        let token = keys.sign_user(user, role, now);
        let end = now + SignedDuration::from_secs(USER_TOKEN_SECONDS);
        prop_assert_eq!(keys.read_user(&token, now).map(|read| (read.user, read.role)), Ok((user, role)));
        prop_assert_eq!(keys.read_user(&token, end), Err(TokenError::Expired));
        prop_assert!(token.len() <= TOKEN_BYTES_MAX);
        Ok(())
    });
}

#[test]
fn a_bearer_token_is_one_header_of_the_right_scheme() {
    let value = prop_oneof![
        header_value(),
        header_text("(Bearer|bearer|BEARER|Basic|Bearer:)? {0,2}[a-zA-Z0-9._ -]{0,9}")
    ];
    check(2_000, &vec(value, 0..3), |values| {
        let mut headers = HeaderMap::new();
        for value in &values {
            headers.append(AUTHORIZATION, value.clone());
        }
        if let Ok(token) = bearer(&headers) {
            prop_assert_eq!(values.len(), 1);
            let text = values[0].to_str().expect("only text is accepted");
            prop_assert!(text[..7].eq_ignore_ascii_case("bearer "));
            prop_assert!(text.ends_with(token) || text.trim_end_matches(' ').ends_with(token));
            prop_assert!(
                !token.is_empty() && token.trim_matches(' ') == token && token.len() <= TOKEN_BYTES_MAX
            );
        }
        Ok(())
    });
}
