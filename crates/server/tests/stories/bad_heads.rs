//! Heads and bodies that proxies and attackers send: an unclear host, an unclear end, a compressed body.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::visitor::Visitor;
use crate::stage::Stage;

/// What the server sends for these bytes until it closes the connection.
async fn sent(stage: &Stage, bytes: &str) -> String {
    let base = stage.client.base();
    let address = base.strip_prefix("http://").expect("stages serve HTTP");
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    stream.write_all(bytes.as_bytes()).await.expect("the server takes bytes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the answer is text");
    answer
}

fn assert_refused(answer: &str, field: &str, why: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{why}: {answer:?}"));
    assert!(head.starts_with("HTTP/1.1 400 "), "{why}: {answer}");
    for header in ["connection: close", "cache-control: no-store", "content-type: application/problem+json"] {
        assert!(head.contains(header), "{why}: {answer}");
    }
    let problem: serde_json::Value = serde_json::from_str(body).expect("one answer, and no more");
    assert_eq!((&problem["code"], &problem["field"]), (&json!("invalid_request"), &json!(field)), "{why}");
}

/// Where people are, they get one page, and the connection is closed as well.
fn assert_refused_with_page(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("connection: close"), "{answer}");
    assert!(
        answer.contains("content-type: text/html") && answer.contains("frame-ancestors 'none'"),
        "{answer}"
    );
    assert_eq!(answer.matches("<h1>We cannot read that request</h1>").count(), 1, "{answer}");
}

#[tokio::test]
async fn a_request_without_one_clear_host_is_refused_everywhere() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let fan = stage.newcomer();
    fan.join().await.ok();
    let token = format!("Authorization: Bearer {}\r\n", fan.ticket());
    // The last path is a poll, which is answered before the router.
    for (path, more) in
        [("/", ""), ("/docs/", ""), ("/nothing", ""), ("/livez", ""), ("/v1/enqueues", &token)]
    {
        for (why, hosts) in [
            ("missing", ""),
            ("doubled", "Host: a\r\nHost: a\r\n"),
            ("two", "Host: a\r\nHost: b\r\n"),
            ("empty", "Host: \r\n"),
            ("no host", "Host: a/b\r\n"),
        ] {
            // Its second request must not be read.
            let request = format!("GET {path} HTTP/1.1\r\n{hosts}{more}\r\n");
            let answer = sent(&stage, &format!("{request}{request}")).await;
            if path == "/" {
                assert_refused_with_page(&answer);
                continue;
            }
            assert_refused(&answer, "Host", &format!("{why}: {path}"));
        }
        let request = format!("GET {path} HTTP/1.1\r\nHost: a:3000\r\nConnection: close\r\n{more}\r\n");
        let answer = sent(&stage, &request).await;
        assert!(!answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
    }
    let old = sent(&stage, "GET /livez HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 ") && old.ends_with("ok"), "HTTP/1.0 has no Host: {old}");
    stage.end().await;
}

#[tokio::test]
async fn a_transfer_coding_other_than_chunked_is_refused() {
    let stage = Stage::open().await;
    let body = "c\r\n{\"name\":\"K\"}\r\n0\r\n\r\n";
    let request = |codings: &str| {
        format!(
            "POST /v1/users HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n{codings}\r\n{body}"
        )
    };
    for codings in [
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    ] {
        assert_refused(&sent(&stage, &request(codings)).await, "Transfer-Encoding", codings);
    }
    for codings in ["Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked, gzip\r\n"] {
        // These have no end, so hyper refuses them itself.
        let answer = sent(&stage, &request(codings)).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{codings}: {answer}");
    }
    let answer = sent(&stage, &request("Transfer-Encoding: chunked\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    stage.end().await;
}

#[tokio::test]
async fn a_compressed_body_is_refused_everywhere() {
    let stage = Stage::open().await;
    let alice = stage.newcomer();
    let operator = stage.operator();
    for coding in ["gzip", "br", "identity, gzip"] {
        for call in [
            alice.user(Method::PATCH, "/v1/charges"),
            alice.user(Method::POST, "/v1/enqueues"),
            operator.call(Method::PATCH, "/v1/line"),
            stage.client.call(Method::POST, "/v1/users"),
            stage.client.call(Method::POST, "/nothing"),
        ] {
            let call = call.header("content-encoding", coding).json(&json!({"amount": 5}));
            assert_eq!(call.send().await.line(), "415 unsupported_media_type", "{coding}");
        }
    }
    let mut mina = Visitor::new(&stage.client, "en");
    let form = mina.request(Method::POST, "/line").header("origin", stage.client.base());
    let form = form.header("content-type", "application/x-www-form-urlencoded").body("name=Mina");
    assert_eq!(mina.send(form.header("content-encoding", "gzip")).await.status, 415);

    let identity = alice.user(Method::PATCH, "/v1/charges").header("content-encoding", "identity");
    identity.json(&json!({"amount": 5})).send().await.ok();
    let bodiless = alice.user(Method::GET, "/v1/charges").header("content-encoding", "gzip");
    assert_eq!(bodiless.send().await.ok()["amount"], 5, "there is nothing to decode");
    stage.end().await;
}
