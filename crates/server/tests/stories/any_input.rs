//! Arbitrary requests: the server never fails, and nonsense has no effect.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use tokio::runtime::Runtime;

use crate::actors::Actor;
use crate::answer::Answer;
use crate::stage::Stage;

const CASES: u32 = 400;

/// One request of any kind; everything in it is bounded.
#[derive(Debug, Clone)]
struct Any {
    method: Method,
    path: String,
    token: u8,
    content_type: Option<String>,
    key: Option<String>,
    body: Vec<u8>,
}

fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        Just("{concert}".to_owned()),
        Just("v1".to_owned()),
        "(concerts|seats|reservations|payments|enqueues|events|charges|bills|dates|line|users)",
        "(wallet|tickets|enter|operator|people|sale|checkout|language|leave|assets|docs|metrics|readyz|sign-in|dials|pay|hold)",
        "[0-9]{1,22}",
        "2026-[0-9]{2}-[0-9]{2}",
        "[ -~]{0,12}",
        "(%[0-9A-F]{2}){1,6}",
        "\\PC{0,6}",
    ];
    let known = prop_oneof![
        Just("v1/charges".to_owned()),
        Just("v1/users".to_owned()),
        Just("v1/concerts".to_owned()),
        Just("v1/line".to_owned()),
        "v1/concerts/\\{concert\\}/seats/[0-9]{1,4}/(reservations|payments)",
        "v1/concerts/\\{concert\\}/(reservations|payments)",
        "v1/(bills|reservations)\\?after=[ -~]{0,20}",
        "v1/concerts/\\{concert\\}/seats\\?status=[a-z]{0,9}",
        "v1/dates/[0-9T:Z-]{0,12}/seats",
    ];
    prop_oneof![known, vec(segment, 0..7).prop_map(|segments| segments.join("/"))]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        "\\{\"(amount|seatNos|name|capacity|paused)\": ?[ -~]{0,30}\\}".prop_map(String::into_bytes),
        "\\{\"amount\": ?-?[0-9]{1,25}(\\.[0-9]{1,5})?(e[0-9]{1,4})?\\}".prop_map(String::into_bytes),
        "\\{\"seatNos\": ?\\[(-?[0-9]{1,12},?){0,6}\\]\\}".prop_map(String::into_bytes),
        "\\{\"name\": ?\"\\PC{0,30}\"\\}".prop_map(String::into_bytes),
        (1..40_usize).prop_map(|depth| "[{\"a\":".repeat(depth * 40).into_bytes()),
    ]
}

fn any_request() -> impl Strategy<Value = Any> {
    let method =
        proptest::sample::select(vec!["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "QUERY"]);
    let method = method.prop_map(|name| Method::from_bytes(name.as_bytes()).expect("a method"));
    let content_type = prop_oneof![3 => Just(Some("application/json".to_owned())), 1 => Just(None), 1 => "[ -~]{0,20}".prop_map(Some)];
    let key = prop_oneof![3 => Just(None), 1 => "[ -~]{0,300}".prop_map(Some)];
    (method, path(), 0..4_u8, content_type, key, body()).prop_map(
        |(method, path, token, content_type, key, body)| Any { method, path, token, content_type, key, body },
    )
}

fn is_of_the_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

async fn send(stage: &Stage, alice: &Actor, any: Any) -> u16 {
    let path = format!("/{}", any.path.replace("{concert}", &stage.concert.to_string()));
    let mut call = match any.token {
        0 => stage.client.call(any.method.clone(), &path),
        1 => alice.user(any.method.clone(), &path),
        2 => alice.queue(any.method.clone(), &path),
        _ => stage.operator().call(any.method.clone(), &path),
    };
    if let Some(content_type) = &any.content_type {
        call = call.header("content-type", content_type);
    }
    if let Some(key) = &any.key {
        call = call.key(key);
    }
    // A stream of events has no end, an answer to HEAD no body, and a page refuses without a problem
    // document: their heads are enough.
    let response = call.body(any.body).open().await;
    let status = response.status().as_u16();
    if status >= 400 && any.method != Method::HEAD && is_of_the_api(&path) {
        Answer::of(response).await;
    }
    status
}

#[test]
fn no_request_makes_the_server_fail() {
    let runtime = Runtime::new().unwrap();
    let (stage, alice) = runtime.block_on(async {
        let stage = Stage::open().await;
        let alice = stage.buyer(100).await;
        (stage, alice)
    });
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let played = TestRunner::new(config).run(&any_request(), |any| {
        let status = runtime.block_on(send(&stage, &alice, any));
        prop_assert!(status < 500, "{status}");
        Ok(())
    });
    played.unwrap();
    runtime.block_on(async {
        stage.audit().await;
        assert!(alice.balance().await >= 100);
        assert_eq!(stage.client.get("/readyz").await.status, 200);
        stage.end().await;
    });
}
