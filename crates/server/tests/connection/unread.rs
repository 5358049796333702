//! Responses that a handler gives without reading the request's body: the next request on the connection is
//! answered, or the response says `Connection: close`.

use std::time::Duration;

use onsale_http::connection::Limits;
use tokio::time::sleep;

use crate::{Client, HELLO, Server, short};

/// A body within the limit, with its framing.
fn bodies() -> Vec<(String, Vec<u8>)> {
    let chunked = "transfer-encoding: chunked".to_owned();
    let large = "x".repeat(60_000);
    vec![
        ("content-length: 5".to_owned(), b"hello".to_vec()),
        ("content-length: 60000".to_owned(), large.clone().into_bytes()),
        ("content-length: 65536".to_owned(), vec![b'x'; 65_536]),
        (chunked.clone(), b"5\r\nhello\r\n0\r\n\r\n".to_vec()),
        (chunked.clone(), b"5\r\nhello\r\n1\r\n!\r\n0\r\ntrailer: x\r\n\r\n".to_vec()),
        (chunked, format!("ea60\r\n{large}\r\n0\r\n\r\n").into_bytes()),
    ]
}

fn head(path: &str, headers: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n").into_bytes()
}

/// The packets of a request: all in one, the head alone, the body in two, and the first byte of it with the
/// head.
fn packets(head: &[u8], body: &[u8]) -> [Vec<Vec<u8>>; 4] {
    let (first, rest) = body.split_at(1);
    let (begin, end) = body.split_at(body.len() / 2);
    [
        vec![[head, body].concat()],
        vec![head.to_vec(), body.to_vec()],
        vec![head.to_vec(), begin.to_vec(), end.to_vec()],
        vec![[head, first].concat(), rest.to_vec()],
    ]
}

async fn send(client: &mut Client, packets: &[Vec<u8>]) {
    for (index, packet) in packets.iter().enumerate() {
        if index > 0 {
            // The server gets time to work on the earlier packet alone.
            sleep(Duration::from_millis(20)).await;
        }
        client.send(packet).await;
    }
}

fn says_close(answer: &str) -> bool {
    answer.to_ascii_lowercase().contains("\r\nconnection: close\r\n")
}

#[tokio::test]
async fn the_connection_stays_open_after_an_unread_body() {
    let server = Server::start(short()).await;
    for (framing, body) in bodies() {
        // The paths of a handler that reads nothing, of one that reads a part, and of none at all.
        for (path, end) in [("/ignore", "ignored"), ("/part", "a part"), ("/none", "\r\n\r\n")] {
            let mut client = server.connect().await;
            for packets in packets(&head(path, &framing), &body) {
                send(&mut client, &packets).await;
                let answer = client.read_until(end).await;
                assert!(!says_close(&answer), "{path} {framing} in {} packets: {answer}", packets.len());
                client.send(HELLO).await;
                client.read_until("\r\n\r\nhello").await;
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn requests_after_an_unread_body_are_answered_in_order() {
    let server = Server::start(short()).await;
    for (framing, body) in bodies() {
        let mut client = server.connect().await;
        let rest = [&body[..], HELLO, &head("/ignore", &framing)].concat();
        send(&mut client, &[head("/ignore", &framing), rest, [&body[..], HELLO].concat()]).await;
        for _ in 0..2 {
            client.read_until("\r\n\r\nignored").await;
            client.read_until("\r\n\r\nhello").await;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_response_that_cannot_wait_for_the_body_says_close() {
    let server = Server::start(short()).await;
    let (large, chunk) = ("x".repeat(65_537), format!("11170\r\n{}\r\n0\r\n\r\n", "x".repeat(70_000)));
    for (headers, body) in [
        ("content-length: 65537", ""),
        ("content-length: 65537", &large),
        ("transfer-encoding: chunked", &chunk),
        ("content-length: 10", ""),
        ("content-length: 10", "x"),
        ("transfer-encoding: chunked", "5\r\nhello\r\n"),
        ("transfer-encoding: chunked", "zz\r\n"),
        ("content-length: 5\r\nexpect: 100-continue", ""),
        ("content-length: 5\r\nexpect: 100-continue", "hello"),
    ] {
        let (head, body) = (head("/ignore", headers), body.as_bytes().to_vec());
        for packets in [vec![[&head[..], &body].concat()], vec![head, body]] {
            let mut client = server.connect().await;
            send(&mut client, &packets).await;
            let answer = client.read_to_close().await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{headers}: {answer}");
            assert!(says_close(&answer) && answer.ends_with("ignored"), "{headers}: {answer}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_was_asked_for_its_body_keeps_the_connection() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(&head("/part", "content-length: 60000\r\nexpect: 100-continue")).await;
    client.read_until("HTTP/1.1 100 Continue\r\n\r\n").await;
    send(&mut client, &[vec![b'x'; 1_000], vec![b'x'; 59_000]]).await;
    assert!(!says_close(&client.read_until("a part").await));
    client.send(HELLO).await;
    client.read_until("\r\n\r\nhello").await;
    server.stop().await;
}

#[tokio::test]
async fn a_response_to_a_broken_body_says_close() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    send(&mut client, &[head("/lenient", "transfer-encoding: chunked"), b"zz\r\n".to_vec()]).await;
    let answer = client.read_to_close().await;
    assert!(says_close(&answer) && answer.ends_with("broken"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_response_says_close_while_the_body_is_held_elsewhere() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    send(&mut client, &[head("/hold", "content-length: 5"), b"hello".to_vec()]).await;
    let answer = client.read_until("held").await;
    assert!(says_close(&answer), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_one_connection_header() {
    let server = Server::start(short()).await;
    let old = |path: &str, length: usize| {
        format!("POST {path} HTTP/1.0\r\nconnection: keep-alive\r\ncontent-length: {length}\r\n\r\n")
            .into_bytes()
    };
    let mut client = server.connect().await;
    send(&mut client, &[old("/ignore", 5), b"hello".to_vec()]).await;
    let answer = client.read_until("ignored").await;
    assert!(answer.contains("\r\nconnection: keep-alive\r\n") && !says_close(&answer), "{answer}");
    for (path, length) in [("/ignore", 10), ("/ignore", 65_537), ("/echo", 65_537)] {
        client.send(&old(path, length)).await;
        let answer = client.read_to_close().await;
        assert!(says_close(&answer) && !answer.contains("keep-alive"), "{answer}");
        client = server.connect().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_shutdown_waits_for_an_unread_body() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(&head("/ignore", "content-length: 5")).await;
    // The server gets time to work on the head.
    sleep(Duration::from_millis(50)).await;
    server.shutdown.cancel();
    client.send(b"hello").await;
    let answer = client.read_to_close().await;
    assert!(says_close(&answer) && answer.ends_with("ignored"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_sends_a_large_body_slowly_is_not_reset() {
    let server = Server::start(Limits { body_ms: 10_000, ..short() }).await;
    let mut client = server.connect().await;
    client.send(&head("/ignore", "content-length: 500000")).await;
    for _ in 0..10 {
        // The body takes longer than a silence may last.
        sleep(Duration::from_millis(150)).await;
        client.send(&vec![b'x'; 50_000]).await;
    }
    let answer = client.read_to_close().await;
    assert!(says_close(&answer) && answer.ends_with("ignored"), "{answer}");
    server.stop().await;
}
