use std::sync::LazyLock;
use std::time::Instant;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use onsale_testbed::secret::random;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

static SECRET: LazyLock<String> = LazyLock::new(|| random().expect("the system has randomness"));
const ANNA: Uuid = Uuid::from_u128(0xA);
const LINE: Uuid = Uuid::from_u128(0xB);
const JTI: Uuid = Uuid::from_u128(0xC);
const NOW: i64 = 1_800_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn keys() -> TokenKeys {
    TokenKeys::new(&Secret::new(SECRET.as_str()).unwrap())
}

fn ticket() -> Ticket {
    Ticket { user: ANNA, sale: SaleId(LINE), epoch: 3, number: 41, admitted: false }
}

fn forge(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes()))
        .unwrap()
}

fn forge_header(header: &Header, claims: &Value) -> String {
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn user_claims() -> Value {
    json!({"sub": ANNA, "aud": "onsale:user", "exp": NOW + 60})
}

fn queue_claims() -> Value {
    json!({"sub": ANNA, "aud": "onsale:queue", "line": LINE, "epoch": 3, "number": 41, "jti": JTI, "iat": NOW, "exp": NOW + 60})
}

fn with(mut claims: Value, key: &str, value: Value) -> Value {
    claims[key] = value;
    claims
}

fn without(mut claims: Value, key: &str) -> Value {
    claims.as_object_mut().unwrap().remove(key);
    claims
}

fn user_token(role: Role, groups: &[&str]) -> UserToken {
    UserToken { user: ANNA, role, groups: groups.iter().map(|name| (*name).to_owned()).collect() }
}

fn read_user(claims: &Value) -> Result<UserToken, TokenError> {
    keys().read_user(&forge(Algorithm::HS256, &SECRET, claims), at(NOW))
}

fn read_queue(claims: &Value) -> Result<Ticket, TokenError> {
    keys().read_queue(&forge(Algorithm::HS256, &SECRET, claims), at(NOW))
}

#[test]
fn a_signed_token_is_read_back() {
    let user = keys().sign_user(ANNA, Role::Operator, at(NOW));
    assert_eq!(keys().read_user(&user, at(NOW)), Ok(user_token(Role::Operator, &[])));
    let queue = keys().sign_queue(&ticket(), JTI, at(NOW));
    assert_eq!(keys().read_queue(&queue, at(NOW)), Ok(ticket()));
    assert!(queue.starts_with(OWN_HEADER) && user.starts_with(OWN_HEADER));
}

#[test]
fn a_token_expires_to_the_second() {
    let user = keys().sign_user(ANNA, Role::User, at(NOW));
    assert!(keys().read_user(&user, at(NOW + USER_TOKEN_SECONDS - 1)).is_ok());
    assert_eq!(keys().read_user(&user, at(NOW + USER_TOKEN_SECONDS)), Err(TokenError::Expired));
    let queue = keys().sign_queue(&ticket(), JTI, at(NOW));
    let last = at(NOW + QUEUE_TOKEN_SECONDS) - std::time::Duration::from_nanos(1);
    assert!(keys().read_queue(&queue, last).is_ok());
    assert_eq!(keys().read_queue(&queue, at(NOW + QUEUE_TOKEN_SECONDS)), Err(TokenError::Expired));
}

#[test]
fn a_fan_s_own_token_is_renewed_after_an_hour_and_no_other() {
    let keys = keys();
    let (fan, operator) = [Role::User, Role::Operator].map(|role| keys.sign_user(ANNA, role, at(NOW))).into();
    let renewed = |token: &str, second| keys.renew_user(token, at(second));
    let (due, last) = (NOW + USER_TOKEN_RENEWED_AFTER_SECONDS, NOW + USER_TOKEN_SECONDS - 1);
    assert_eq!(renewed(&fan, due - 1), None);
    for second in [due, last] {
        let new = renewed(&fan, second).expect("it is renewed");
        let end = at(second + USER_TOKEN_SECONDS - 1);
        assert_eq!(keys.read_user(&new, end), Ok(user_token(Role::User, &[])));
    }
    assert_eq!(renewed(&fan, last + 1), None, "it has expired");
    assert_eq!(renewed(&operator, last), None);
    assert_eq!(renewed(&keys.sign_queue(&ticket(), JTI, at(NOW)), NOW + 1), None);
    // Other issuers decide how long their tokens last.
    for foreign in [
        user_claims(),
        with(user_claims(), "iss", json!("https://login.example")),
        with(user_claims(), "iss", json!(7)),
    ] {
        assert_eq!(renewed(&forge(Algorithm::HS256, &SECRET, &foreign), NOW), None, "{foreign}");
    }
    let stolen = forge(
        Algorithm::HS256,
        "ffffffffffffffffffffffffffffffff",
        &with(user_claims(), "iss", json!("onsale")),
    );
    assert_eq!(renewed(&stolen, NOW), None);
}

#[test]
fn a_token_of_the_other_kind_has_an_error_of_its_own() {
    assert_eq!(read_user(&queue_claims()), Err(TokenError::Kind));
    assert_eq!(read_queue(&user_claims()), Err(TokenError::Kind));
    assert_eq!(read_queue(&with(user_claims(), "exp", json!(1))), Err(TokenError::Kind));
}

#[test]
fn the_role_is_user_unless_the_token_names_another() {
    assert_eq!(read_user(&user_claims()).unwrap().role, Role::User);
    assert_eq!(read_user(&with(user_claims(), "role", json!("operator"))).unwrap().role, Role::Operator);
    for role in [json!("admin"), json!("Operator"), json!(1), json!(["operator"])] {
        assert_eq!(read_user(&with(user_claims(), "role", role)), Err(TokenError::Invalid));
    }
}

#[test]
fn another_signature_or_algorithm_is_invalid() {
    let now = at(NOW);
    let other_secret = forge(Algorithm::HS256, "ffffffffffffffffffffffffffffffff", &user_claims());
    assert_eq!(keys().read_user(&other_secret, now), Err(TokenError::Invalid));
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let token = forge(algorithm, &SECRET, &user_claims());
        assert_eq!(keys().read_user(&token, now), Err(TokenError::Invalid));
    }
    // {"alg":"none"}, and {"alg":"HS384"} signed with HS256, both over valid claims.
    let token = forge(Algorithm::HS256, &SECRET, &user_claims());
    let claims = token.split('.').nth(1).unwrap();
    assert_eq!(keys().read_user(&format!("eyJhbGciOiJub25lIn0.{claims}."), now), Err(TokenError::Invalid));
    let message = format!("eyJhbGciOiJIUzM4NCJ9.{claims}");
    let signing = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signing, Algorithm::HS256).unwrap();
    assert_eq!(keys().read_user(&format!("{message}.{signature}"), now), Err(TokenError::Invalid));
}

#[test]
fn other_signers_may_add_headers_and_claims() {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("2026".to_owned());
    let claims = json!({"iss": "https://id.example", "sub": ANNA, "aud": ["account", "onsale:user"], "exp": 1_800_000_060.5,
        "jti": "not-a-uuid", "iat": 1.5, "azp": {"deep": [1, null]}});
    assert_eq!(keys().read_user(&forge_header(&header, &claims), at(NOW)).unwrap().user, ANNA);
    header.crit = Some(vec!["b64".to_owned()]);
    assert_eq!(keys().read_user(&forge_header(&header, &claims), at(NOW)), Err(TokenError::Invalid));
}

#[test]
fn an_unknown_or_odd_audience_is_invalid() {
    for aud in [
        json!("other"),
        json!([]),
        json!(["other"]),
        json!([["onsale:user"]]),
        json!(1),
        json!(null),
        json!({}),
    ] {
        assert_eq!(read_user(&with(user_claims(), "aud", aud.clone())), Err(TokenError::Invalid), "{aud}");
    }
    assert_eq!(read_user(&without(user_claims(), "aud")), Err(TokenError::Invalid));
}

#[test]
fn a_missing_claim_is_invalid() {
    for claim in ["sub", "exp"] {
        assert_eq!(read_user(&without(user_claims(), claim)), Err(TokenError::Invalid), "{claim}");
    }
    for claim in ["sub", "line", "epoch", "number", "jti", "iat", "exp"] {
        assert_eq!(read_queue(&without(queue_claims(), claim)), Err(TokenError::Invalid), "{claim}");
    }
}

#[test]
fn a_claim_of_another_type_or_range_is_invalid() {
    let odd = [
        ("sub", json!("anna")),
        ("sub", json!(7)),
        ("line", json!("x")),
        ("jti", json!("x")),
        ("epoch", json!(-1)),
        ("epoch", json!(4_294_967_296_u64)),
        ("number", json!(0)),
        ("number", json!(NUMBER_MAX + 1)),
        ("number", json!(1_u64 << 63)),
        ("number", json!(u64::MAX)),
        ("number", json!(1.5)),
        ("number", json!("41")),
        ("exp", json!("1800000060")),
        ("exp", json!(null)),
        ("iat", json!("now")),
    ];
    for (claim, value) in odd {
        assert_eq!(
            read_queue(&with(queue_claims(), claim, value.clone())),
            Err(TokenError::Invalid),
            "{claim} {value}"
        );
    }
}

#[test]
fn a_number_is_one_that_a_line_can_give_out() {
    for number in [1, NUMBER_MAX] {
        let token = keys().sign_queue(&Ticket { number, ..ticket() }, JTI, at(NOW));
        assert_eq!(keys().read_queue(&token, at(NOW)).map(|ticket| ticket.number), Ok(number));
    }
    for number in [0, NUMBER_MAX + 1, 1 << 63, u64::MAX] {
        let token = keys().sign_queue(&Ticket { number, ..ticket() }, JTI, at(NOW));
        assert_eq!(keys().read_queue(&token, at(NOW)), Err(TokenError::Invalid), "{number}");
    }
}

#[test]
fn a_token_from_the_future_is_invalid() {
    assert_eq!(read_user(&with(user_claims(), "nbf", json!(NOW + 1))), Err(TokenError::Invalid));
    assert!(read_user(&with(user_claims(), "nbf", json!(NOW))).is_ok());
    assert_eq!(read_queue(&with(queue_claims(), "nbf", json!("soon"))), Err(TokenError::Invalid));
}

#[test]
fn text_that_is_not_a_token_is_invalid() {
    let token = forge(Algorithm::HS256, &SECRET, &user_claims());
    let long = format!("{token}{}", "A".repeat(1_000_000));
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "💥.💥.💥",
        &token[..token.len() - 1],
        &format!("{token}="),
        &long,
    ] {
        assert_eq!(keys().read_user(text, at(NOW)), Err(TokenError::Invalid));
    }
    // Four parts with a valid signature.
    let message = format!("{OWN_HEADER}.x.{}", token.split('.').nth(1).unwrap());
    let signing = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signing, Algorithm::HS256).unwrap();
    assert_eq!(keys().read_user(&format!("{message}.{signature}"), at(NOW)), Err(TokenError::Invalid));
}

#[test]
fn debug_output_hides_the_keys() {
    assert_eq!(format!("{:?}", keys()), "TokenKeys([hidden])");
}

#[test]
fn another_library_reads_tokens_signed_here() {
    let keys = keys();
    let reading = DecodingKey::from_secret(SECRET.as_bytes());
    let mut validation = jsonwebtoken::Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.set_audience(&["onsale:queue"]);
    let token = keys.sign_queue(&ticket(), JTI, at(NOW));
    let read = jsonwebtoken::decode::<Value>(&token, &reading, &validation).unwrap().claims;
    assert_eq!(
        (&read["number"], &read["sub"], &read["exp"]),
        (&json!(41), &json!(ANNA), &json!(NOW + 24 * 3600))
    );
    validation.set_audience(&["onsale:user"]);
    let token = keys.sign_user(ANNA, Role::Operator, at(NOW));
    let read = jsonwebtoken::decode::<Value>(&token, &reading, &validation).unwrap().claims;
    assert_eq!((&read["role"], &read["sub"]), (&json!("operator"), &json!(ANNA)));
}

proptest! {
    #[test]
    fn a_mangled_token_never_verifies(position in 0_usize..2_000, byte in any::<u8>(), cut in any::<bool>()) {
        let keys = keys();
        let token = keys.sign_queue(&ticket(), JTI, at(NOW));
        let mut bytes = token.clone().into_bytes();
        let position = position % bytes.len();
        if cut { bytes.truncate(position) } else { bytes[position] = byte }
        let mangled = String::from_utf8_lossy(&bytes).into_owned();
        prop_assume!(mangled != token);
        prop_assert_eq!(keys.read_queue(&mangled, at(NOW)), Err(TokenError::Invalid));
        prop_assert_eq!(keys.read_user(&mangled, at(NOW)), Err(TokenError::Invalid));
    }

    #[test]
    fn any_text_is_refused_without_panic(text in ".{0,200}") {
        prop_assert_eq!(keys().read_queue(&text, at(NOW)), Err(TokenError::Invalid));
    }
}

/// `cargo test --locked --release -p onsale-app --lib tokens -- --ignored --nocapture`
#[test]
#[ignore = "a measurement, not a check"]
fn how_long_reading_takes() {
    let keys = keys();
    let token = keys.sign_queue(&ticket(), JTI, at(NOW));
    let mut validation = jsonwebtoken::Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    let reading = DecodingKey::from_secret(SECRET.as_bytes());
    validation.set_audience(&[QUEUE_AUDIENCE]);
    measure("read_queue", || keys.read_queue(&token, at(NOW)).is_ok());
    measure("signature check of read_queue", || keys.verify(&token).is_ok());
    measure("jsonwebtoken::decode", || {
        jsonwebtoken::decode::<QueueClaims>(&token, &reading, &validation).is_ok()
    });
    measure("sign_queue", || !keys.sign_queue(&ticket(), JTI, at(NOW)).is_empty());
}

/// Prints the best of many short runs, since the machine may be busy with something else.
fn measure(name: &str, mut work: impl FnMut() -> bool) {
    const TIMES: u32 = 2_000;
    let run = |_| {
        let start = Instant::now();
        for _ in 0..TIMES {
            assert!(std::hint::black_box(work()));
        }
        start.elapsed() / TIMES
    };
    let best = (0..200).map(run).min().unwrap();
    println!("{name}: {} ns", best.as_nanos());
}

#[test]
fn groups_are_those_that_the_token_names() {
    let (keys, now) = (keys(), at(NOW));
    let member = user_token(Role::User, &["fans", "members of 2026"]);
    let token = keys.sign_user_token(&member, now);
    assert_eq!(keys.read_user(&token, now), Ok(member.clone()));
    let later = at(NOW + USER_TOKEN_RENEWED_AFTER_SECONDS);
    let renewed = keys.renew_user(&token, later).unwrap();
    assert_eq!(keys.read_user(&renewed, later), Ok(member), "a renewed token keeps them");

    let claims = |token: &str| {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice::<Value>(&claims).unwrap()
    };
    assert_eq!(claims(&token)["groups"], json!(["fans", "members of 2026"]));
    assert!(claims(&keys.sign_user(ANNA, Role::User, now)).get("groups").is_none());
}

#[test]
fn a_claim_that_names_no_group_is_no_obstacle() {
    for (claim, expected) in [
        (json!(null), &[][..]),
        (json!([]), &[]),
        (json!(7), &[]),
        (json!({"name": "fans"}), &[]),
        (json!("fans"), &["fans"]),
        (json!(["fans", 7, null, {"name": "x"}, "press"]), &["fans", "press"]),
    ] {
        let read = read_user(&with(user_claims(), "groups", claim.clone())).unwrap();
        assert_eq!(read.groups, expected, "{claim}");
    }
    let many: Vec<_> = (0..=GROUPS_MAX).map(|n| n.to_string()).collect();
    let read = read_user(&with(user_claims(), "groups", json!(many))).unwrap();
    assert_eq!(read.groups, many[..GROUPS_MAX]);
}
