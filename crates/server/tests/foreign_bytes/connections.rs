//! Bytes on a connection over the limit: the server reads them only to find out whether a browser sent them.

use std::cell::Cell;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::readers::{Limits, connection, router};
use crate::rig::{Rig, check};

/// A response takes 250 ms at most, for a client that sends nothing.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The parts of a response that is valid HTTP/1.1 and ends where its length says.
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// Reads one strictly, by RFC 9112.
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let mut lines = std::str::from_utf8(&bytes[..end]).ok()?.split("\r\n");
        let (status, reason) = lines.next()?.strip_prefix("HTTP/1.1 ")?.split_once(' ')?;
        let is_reason =
            !reason.is_empty() && reason.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
        let is_token = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
        };
        let is_value = |value: &str| value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) =
                line.split_once(": ").filter(|(name, value)| is_token(name) && is_value(value))?;
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let response = Self { status: status.parse().ok()?, headers, body: bytes[end + 4..].to_vec() };
        let is_whole = response.header("content-length")? == response.body.len().to_string();
        (is_reason && is_status && is_whole).then_some(response)
    }

    /// The header of this name, if there is one and no other.
    fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|header| header.0 == name).map(|header| header.1.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

/// What a client sends first: bytes, heads of requests, and heads that are cut off or spoiled.
fn sent() -> impl Strategy<Value = Vec<u8>> {
    let pattern = |text: &str| proptest::string::string_regex(text).expect("a pattern");
    let header = "(Host: a|Accept: (text/html|\\*/\\*|application/json)|accept-language: (ko|en)(;q=[0-9.]{0,3})?|Cookie: [ -~]{0,20}|[A-Za-z-]{0,4}:? ?[ -~é]{0,9})";
    let head = format!(
        "(GET|POST|BREW|)( /[!-~]{{0,9}}| \\*|) HTTP/(1\\.[019]|2\\.0)\r\n({header}\r?\n){{0,5}}\r\n"
    );
    let cut = (pattern(&head), any::<proptest::sample::Index>())
        .prop_map(|(head, at)| head.as_bytes()[..at.index(head.len() + 1)].to_vec());
    let page = "GET / HTTP/1\\.1\r\nHost: a\r\nAccept: [ -~]{0,9}text/html[ -~]{0,9}\r\nAccept-Language: (ko|en|[ -~]{0,9})\r\n\r\n";
    prop_oneof![
        pattern(page).prop_map(String::into_bytes),
        pattern(&head).prop_map(String::into_bytes),
        cut,
        vec(any::<u8>(), 1..200),
        (pattern(&head), vec(any::<u8>(), 0..9_000))
            .prop_map(|(head, more)| [head.into_bytes(), more].concat()),
    ]
}

#[test]
fn a_connection_over_the_limit_gets_a_valid_response_whatever_it_sends() {
    let rig = Rig::open();
    let shutdown = CancellationToken::new();
    let listener = rig.runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let limits = Limits { connections_max: 0, ..Limits::default() };
    let answers = router::answers(&rig.site);
    let serving = rig.runtime.spawn(connection::serve(listener, answers, limits, shutdown.clone()));
    let ask = async |sent: &[u8]| {
        let mut stream = TcpStream::connect(address).await.expect("the server accepts");
        stream.write_all(sent).await.expect("the server takes bytes");
        let mut answer = Vec::new();
        let read = timeout(ANSWER_WITHIN, stream.read_to_end(&mut answer)).await;
        read.expect("the server answers").expect("and closes without a reset");
        answer
    };
    let (pages, problems) = (Cell::new(0), Cell::new(0));
    check(300, &sent(), |sent| {
        let answer = rig.runtime.block_on(ask(&sent));
        let response = Response::read(&answer);
        prop_assert!(response.is_some(), "{}", String::from_utf8_lossy(&answer));
        let response = response.expect("it was read");
        prop_assert_eq!(response.status, 503);
        for (name, value) in [("connection", "close"), ("retry-after", "1"), ("cache-control", "no-store")] {
            prop_assert_eq!(response.header(name), Some(value));
        }
        match response.header("content-type") {
            Some("application/problem+json") => {
                let problem: serde_json::Value = serde_json::from_slice(&response.body).expect("JSON");
                prop_assert_eq!(&problem["code"], "unavailable");
                problems.set(problems.get() + 1);
            }
            Some("text/html; charset=utf-8") => {
                prop_assert!(sent.windows(9).any(|part| part == b"text/html"), "nobody asked for a page");
                prop_assert!(response.body.ends_with(b"</html>\n") || response.body.ends_with(b"</html>"));
                pages.set(pages.get() + 1);
            }
            other => prop_assert!(false, "{:?}", other),
        }
        Ok(())
    });
    assert!(pages.get() > 20 && problems.get() > 20, "{pages:?} pages and {problems:?} problems: too few");
    shutdown.cancel();
    rig.runtime.block_on(serving).expect("the server ends");
    rig.end();
}
