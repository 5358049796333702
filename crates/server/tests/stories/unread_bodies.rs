//! Refusals that need no body, on connections that are used again.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stage::{Stage, secs};

const NEXT: &str = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";

/// A connection on which each packet is sent alone.
struct Connection(TcpStream);

impl Connection {
    async fn open(stage: &Stage) -> Self {
        let address = stage.client.base().replace("http://", "");
        Self(TcpStream::connect(address).await.expect("the server accepts"))
    }

    /// The head and the body of the next response.
    async fn ask(&mut self, stage: &Stage, packets: &[&str]) -> (String, String) {
        for packet in packets {
            self.0.write_all(packet.as_bytes()).await.expect("the server reads");
            // The server has worked on a packet when it has answered a later request.
            assert_eq!(stage.client.get("/livez").await.status, 200);
        }
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("the server answers"));
        }
        let head = String::from_utf8(head).expect("a head is text").to_ascii_lowercase();
        let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next());
        let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
        self.0.read_exact(&mut body).await.expect("the body is whole");
        (head, String::from_utf8(body).expect("a body is text"))
    }
}

#[tokio::test]
async fn a_refusal_loses_no_later_request_of_the_connection() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (inside, waiting) = (stage.insider().await, stage.newcomer());
    assert_eq!(waiting.join().await.line(), "200 waiting");
    stage.tick().await;
    let user = format!("authorization: Bearer {}\r\n", inside.token);
    let queue = format!("authorization: Bearer {}\r\n", waiting.ticket());
    let (json, form) =
        ("content-type: application/json\r\n", "content-type: application/x-www-form-urlencoded\r\n");
    let cross_site = format!("sec-fetch-site: cross-site\r\n{form}");
    let large = "x".repeat(60_000);
    let chunked = format!("ea60\r\n{large}\r\n0\r\n\r\n");
    for (status, line, headers) in [
        (200, "GET /v1/enqueues", &queue),
        (200, "GET /v1/charges", &user),
        (401, "POST /v1/concerts", &format!("authorization: Bearer bad\r\n{json}")),
        (401, "POST /v1/concerts", &json.to_owned()),
        (403, "POST /v1/concerts", &format!("{user}{json}")),
        (404, "POST /nothing", &json.to_owned()),
        (405, "PUT /v1/charges", &format!("{user}{json}")),
        (415, "PATCH /v1/charges", &format!("{user}content-type: text/plain\r\n")),
        (403, "POST /language", &cross_site),
        (403, "POST /line", &cross_site),
        (403, "POST /operator/dials", &cross_site),
    ] {
        let mut connection = Connection::open(&stage).await;
        for (framing, body) in [
            ("content-length: 2", "{}"),
            ("content-length: 60000", &large),
            ("transfer-encoding: chunked", "2\r\n{}\r\n0\r\n\r\n"),
            ("transfer-encoding: chunked", &chunked),
        ] {
            // Polls may not be too close to each other.
            stage.advance(secs(5)).await;
            let request = format!("{line} HTTP/1.1\r\nhost: x\r\n{headers}{framing}\r\n\r\n");
            let (head, _) = connection.ask(&stage, &[&request, body]).await;
            assert!(head.starts_with(&format!("http/1.1 {status} ")), "{line} {framing}: {head}");
            assert!(!head.contains("connection: close"), "{line} {framing}: {head}");
            let (head, body) = connection.ask(&stage, &[NEXT]).await;
            assert_eq!(body, "ok", "{line} {framing}: {head}");
        }
    }
    stage.end().await;
}

#[tokio::test]
async fn a_connection_with_a_body_that_is_too_large_is_kept_or_says_close() {
    let stage = Stage::open().await;
    let (json, form) = ("application/json", "application/x-www-form-urlencoded");
    let large = "x".repeat(65_537);
    let chunked = format!("10001\r\n{large}\r\n0\r\n\r\n");
    for (path, content_type, status) in [
        ("/v1/users", json, 413),
        ("/language", form, 413),
        ("/v1/concerts", json, 401),
        ("/nothing", json, 404),
    ] {
        for (framing, body, status) in
            [("content-length: 65537", &large, 413), ("transfer-encoding: chunked", &chunked, status)]
        {
            let mut connection = Connection::open(&stage).await;
            let request = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nsec-fetch-site: same-origin\r\ncookie: onsale_visit=x\r\n\
                 content-type: {content_type}\r\n{framing}\r\n\r\n"
            );
            let (head, _) = connection.ask(&stage, &[&request, body]).await;
            assert!(head.starts_with(&format!("http/1.1 {status} ")), "{path} {framing}: {head}");
            if !head.contains("\r\nconnection: close\r\n") {
                let (head, body) = connection.ask(&stage, &[NEXT]).await;
                assert_eq!(body, "ok", "{path} {framing}: {head}");
            }
        }
    }
    stage.end().await;
}
