//! Connections under clients that are slow, silent, greedy or many, over real sockets.

mod reading;
mod unread;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use onsale_http::connection::{Limits, collect_body, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n";

fn short() -> Limits {
    Limits { header_ms: 300, body_ms: 300, idle_ms: 400, write_ms: 400, grace_ms: 3_000, ..Limits::default() }
}

/// A server with handlers that are quick, slow, large, endless or take a body.
struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
    signals: Signals,
}

/// Between a test and the handler of `/wait`.
#[derive(Clone, Default)]
struct Signals {
    /// A request has reached the handler.
    arrived: Arc<Notify>,
    /// The handler may answer.
    go: Arc<Notify>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let shutdown = CancellationToken::new();
        let signals = Signals::default();
        let router = router(limits, signals.clone());
        let serving = tokio::spawn(serve(listener, router, limits, shutdown.clone()));
        Self { address, shutdown, serving, signals }
    }

    async fn connect(&self) -> Client {
        Client {
            stream: TcpStream::connect(self.address).await.expect("the server must accept"),
            connected: Instant::now(),
        }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        timeout(Duration::from_secs(5), self.serving)
            .await
            .expect("serve must return")
            .expect("serve must not panic");
    }
}

fn router(limits: Limits, signals: Signals) -> Router {
    let echo = move |body: Body| async move {
        match collect_body(body, &limits).await {
            Ok(bytes) => bytes.len().to_string().into_response(),
            Err(error) => error.into_response(),
        }
    };
    let wait = move || async move {
        signals.arrived.notify_one();
        signals.go.notified().await;
        "waited"
    };
    Router::new()
        .route("/hello", get(async || "hello"))
        .route("/wait", get(wait))
        .route("/large", get(async || vec![b'x'; 8 * 1024 * 1024]))
        .route("/ticks", get(ticks))
        .route("/echo", post(echo))
        .route("/ignore", post(async || "ignored"))
        .route("/part", post(part))
        .route("/lenient", post(lenient))
        .route("/hold", post(hold))
}

/// Reads only the first frame of the body.
async fn part(body: Body) -> &'static str {
    let _ = body.into_data_stream().next().await;
    "a part"
}

/// Answers a broken body like a whole one.
async fn lenient(body: Body) -> &'static str {
    if to_bytes(body, usize::MAX).await.is_ok() { "whole" } else { "broken" }
}

/// Answers while a task still has the body.
async fn hold(body: Body) -> &'static str {
    tokio::spawn(async move {
        // The test reads the answer earlier.
        sleep(Duration::from_millis(200)).await;
        drop(body);
    });
    "held"
}

/// A tick every 100 ms, 12 times: longer than any deadline, never silent for as long as one.
async fn ticks() -> Response {
    let ticks = stream::unfold(0, async |count| {
        // The pace of the stream.
        sleep(Duration::from_millis(100)).await;
        (count < 12).then(|| (Ok::<_, std::io::Error>(Bytes::from_static(b"tick\n")), count + 1))
    });
    Body::from_stream(ticks).into_response()
}

struct Client {
    stream: TcpStream,
    connected: Instant,
}

impl Client {
    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the server must take bytes");
    }

    /// Everything the server sends until it closes the connection; a reset counts as closing.
    async fn read_to_close(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = timeout(Duration::from_secs(4), self.stream.read_to_end(&mut bytes)).await;
        let _ = read.expect("the server must close");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What the server sends, up to and including `end`.
    async fn read_until(&mut self, end: &str) -> String {
        let mut bytes = Vec::new();
        let reading = async {
            while !bytes.ends_with(end.as_bytes()) {
                bytes.push(self.stream.read_u8().await.expect("the server must not close"));
            }
        };
        timeout(Duration::from_secs(4), reading).await.expect("the server must answer");
        String::from_utf8(bytes).expect("answers are text")
    }

    fn assert_lasted(&self, from_ms: u64, to_ms: u64) {
        let ms = self.connected.elapsed().as_millis();
        assert!((u128::from(from_ms)..u128::from(to_ms)).contains(&ms), "closed after {ms} ms");
    }
}

#[tokio::test]
async fn a_new_connection_that_sends_nothing_is_closed() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    assert_eq!(client.read_to_close().await, "");
    client.assert_lasted(380, 900);
    server.stop().await;
}

#[tokio::test]
async fn an_unfinished_head_is_closed_at_the_header_deadline() {
    let server = Server::start(Limits { idle_ms: 2_000, ..short() }).await;
    let mut client = server.connect().await;
    client.send(b"GET /hello HTTP/1.1\r\nhost:").await;
    assert_eq!(client.read_to_close().await, "");
    client.assert_lasted(280, 1_500);
    server.stop().await;
}

#[tokio::test]
async fn the_header_deadline_starts_at_the_first_byte() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    // A silence shorter than the idle time, then a head that takes less than the header deadline.
    sleep(Duration::from_millis(300)).await;
    client.send(b"GET /hello").await;
    // Together with the silence, longer than the header deadline.
    sleep(Duration::from_millis(200)).await;
    client.send(b" HTTP/1.1\r\n\r\n").await;
    client.read_until("hello").await;
    server.stop().await;
}

#[tokio::test]
async fn a_head_sent_byte_by_byte_is_closed_at_the_header_deadline() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    for byte in HELLO {
        if client.stream.write_all(&[*byte]).await.is_err() {
            break;
        }
        // The client is slow on purpose: the whole head would take longer than the header deadline.
        sleep(Duration::from_millis(50)).await;
    }
    client.read_to_close().await;
    // The writes go on until one fails, which is a byte or two after the close.
    client.assert_lasted(280, 1_200);
    server.stop().await;
}

#[tokio::test]
async fn a_connection_is_kept_alive_for_the_idle_time_after_each_request() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    for _ in 0..4 {
        client.send(HELLO).await;
        client.read_until("hello").await;
        // A pause shorter than the idle time.
        sleep(Duration::from_millis(250)).await;
    }
    client.connected = Instant::now();
    assert_eq!(client.read_to_close().await, "");
    client.assert_lasted(100, 900);
    server.stop().await;
}

#[tokio::test]
async fn the_idle_time_begins_after_a_slow_answer() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(b"GET /wait HTTP/1.1\r\n\r\n").await;
    // The answer takes longer than the idle time.
    sleep(Duration::from_millis(700)).await;
    server.signals.go.notify_one();
    client.read_until("waited").await;
    client.connected = Instant::now();
    assert_eq!(client.read_to_close().await, "");
    client.assert_lasted(380, 900);
    server.stop().await;
}

#[tokio::test]
async fn pipelined_requests_are_all_answered() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(&HELLO.repeat(40)).await;
    for _ in 0..40 {
        client.read_until("\r\n\r\nhello").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_slow_body_gets_408_and_is_closed() {
    let server = Server::start(short()).await;
    for head in ["content-length: 10", "transfer-encoding: chunked"] {
        let mut client = server.connect().await;
        client.send(format!("POST /echo HTTP/1.1\r\n{head}\r\n\r\n2").as_bytes()).await;
        let answer = client.read_to_close().await;
        assert!(
            answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"code\":\"request_timeout\""),
            "{answer}"
        );
        client.assert_lasted(280, 1_000);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_large_body_gets_413_and_is_closed() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(b"POST /echo HTTP/1.1\r\ncontent-length: 65537\r\n\r\n").await;
    client.send(&vec![b'x'; 65_537]).await;
    let answer = client.read_to_close().await;
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("\"code\":\"body_too_large\""),
        "{answer}"
    );
    let mut client = server.connect().await;
    client.send(b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n20000\r\n").await;
    client.send(&vec![b'x'; 0x20000]).await;
    assert!(client.read_to_close().await.starts_with("HTTP/1.1 413 "));
    server.stop().await;
}

#[tokio::test]
async fn a_body_of_the_largest_size_is_accepted_and_the_connection_stays_open() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(b"POST /echo HTTP/1.1\r\ncontent-length: 65536\r\n\r\n").await;
    client.send(&vec![b'x'; 65_536]).await;
    client.read_until("\r\n\r\n65536").await;
    client.send(b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").await;
    client.read_until("\r\n\r\n3").await;
    client.send(b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n").await;
    assert!(client.read_to_close().await.starts_with("HTTP/1.1 400 "));
    server.stop().await;
}

#[tokio::test]
async fn an_answer_arrives_even_if_nobody_reads_the_body() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(b"POST /ignore HTTP/1.1\r\ncontent-length: 500000\r\n\r\n").await;
    // The handler gets time to answer before the body comes.
    sleep(Duration::from_millis(50)).await;
    let _ = client.stream.write_all(&vec![b'x'; 400_000]).await;
    assert!(client.read_to_close().await.ends_with("ignored"));
    server.stop().await;
}

#[tokio::test]
async fn a_large_head_gets_431_and_is_closed() {
    let server = Server::start(short()).await;
    let long = format!("GET /hello HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(16 * 1024));
    let many = format!("GET /hello HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(101));
    for head in [long, many] {
        let mut client = server.connect().await;
        client.send(head.as_bytes()).await;
        let answer = client.read_to_close().await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    let mut client = server.connect().await;
    client.send(format!("GET /hello HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(100)).as_bytes()).await;
    client.read_until("hello").await;
    server.stop().await;
}

#[tokio::test]
async fn anything_but_http_1_gets_400_and_is_closed() {
    let server = Server::start(short()).await;
    let http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    for bytes in [&http2[..], tls, b"hello there\r\n\r\n", b"GET /hello HTTP/3.7\r\n\r\n"] {
        let mut client = server.connect().await;
        client.send(bytes).await;
        let answer = client.read_to_close().await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer:?}");
        client.assert_lasted(0, 250);
    }
    server.stop().await;
}

#[tokio::test]
async fn connections_over_the_limit_get_503_and_later_ones_are_served() {
    let server = Server::start(Limits { connections_max: 2, idle_ms: 5_000, ..short() }).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    for client in [&mut first, &mut second] {
        client.send(HELLO).await;
        client.read_until("hello").await;
    }
    let mut third = server.connect().await;
    third.send(HELLO).await;
    let answer = third.read_to_close().await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"), "{answer}");
    assert!(answer.contains("\"type\":\"urn:onsale:problem:unavailable\""), "{answer}");
    assert!(answer.contains("\"code\":\"unavailable\"") && answer.ends_with('}'), "{answer}");
    drop(first);
    // Only the server knows when it has noticed that a connection was closed.
    sleep(Duration::from_millis(50)).await;
    let mut fourth = server.connect().await;
    fourth.send(HELLO).await;
    fourth.read_until("hello").await;
    server.stop().await;
}

#[tokio::test]
async fn a_stream_stays_open_while_the_client_reads() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(b"GET /ticks HTTP/1.1\r\n\r\n").await;
    let received = client.read_until("0\r\n\r\n").await;
    assert_eq!(received.matches("tick").count(), 12);
    server.stop().await;
}

#[tokio::test]
async fn a_shutdown_finishes_running_requests_and_closes_idle_connections() {
    let server = Server::start(Limits { idle_ms: 10_000, header_ms: 10_000, ..short() }).await;
    let mut idle = server.connect().await;
    idle.send(HELLO).await;
    idle.read_until("hello").await;
    let mut fresh = server.connect().await;
    let mut busy = server.connect().await;
    busy.send(b"GET /wait HTTP/1.1\r\n\r\n").await;
    server.signals.arrived.notified().await;
    server.shutdown.cancel();
    let began = Instant::now();
    assert_eq!((idle.read_to_close().await, fresh.read_to_close().await), (String::new(), String::new()));
    assert!(began.elapsed() < Duration::from_millis(200));
    // Time in which a server that does not wait for running requests would end.
    sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(server.address).await.is_err(), "the listener must be gone");
    assert!(!server.serving.is_finished());
    server.signals.go.notify_one();
    let answer = busy.read_to_close().await;
    assert!(answer.contains("connection: close") && answer.ends_with("waited"), "{answer}");
    drop(busy);
    server.stop().await;
}

#[tokio::test]
async fn a_shutdown_ends_when_its_grace_time_is_over() {
    let server = Server::start(Limits { grace_ms: 200, ..short() }).await;
    let mut busy = server.connect().await;
    busy.send(b"GET /wait HTTP/1.1\r\n\r\n").await;
    server.signals.arrived.notified().await;
    let began = Instant::now();
    server.stop().await;
    assert!((180..600).contains(&began.elapsed().as_millis()));
    assert_eq!(busy.read_to_close().await, "");
}
