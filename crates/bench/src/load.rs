//! A cheap load generator: it sends prepared bytes over kept-alive connections, and reads only as much of an
//! answer as its length needs. The same code loads onsale and its yardsticks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One request, ready to send.
pub(crate) type Request = Arc<[u8]>;

/// The parts of an answer that benches use.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// The result of a burst.
pub(crate) struct Burst {
    /// How many requests were answered.
    pub(crate) count: usize,
    /// How long all requests took together.
    pub(crate) took: Duration,
    /// Latencies in microseconds, from the intended send time.
    pub(crate) latency_us: Histogram<u64>,
    /// How many answers had an unexpected status.
    pub(crate) unexpected: usize,
    /// One of them, for the report.
    pub(crate) example: Option<String>,
}

impl Burst {
    /// Answers per second.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(crate) fn per_second(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64()
    }

    /// A percentile of the latency in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^53")]
    pub(crate) fn latency_ms(&self, percentile: f64) -> f64 {
        self.latency_us.value_at_percentile(percentile) as f64 / 1_000.0
    }
}

/// A request with a bearer token and an optional JSON body.
pub(crate) fn request(method: &str, path: &str, token: &str, body: Option<&str>) -> Request {
    let rest = match body {
        Some(body) => {
            format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        }
        None if method == "GET" => "\r\n".to_owned(),
        None => "Content-Length: 0\r\n\r\n".to_owned(),
    };
    let text =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{rest}");
    text.into_bytes().into()
}

/// One kept-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8_192) })
    }

    /// Sends one request and reads its answer.
    pub(crate) async fn send(&mut self, request: &Request) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((status, head, length)) = parse_head(&self.buffer) {
                while self.buffer.len() < head + length {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                return Ok(Answer { status, body: self.buffer[head..head + length].to_vec() });
            }
        }
    }
}

/// The status, the length of the head and that of the body. As cheap as possible: the client shares the
/// processors with the server that it measures.
fn parse_head(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(bytes).expect("an HTTP/1.1 head") else {
        return None;
    };
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok())
        .unwrap_or(0);
    Some((response.code?, head, length))
}

/// Sends every request once over `connections` connections, each as fast as answers arrive.
pub(crate) async fn burst(
    address: SocketAddr,
    connections: usize,
    requests: &Arc<Vec<Request>>,
    expected: u16,
) -> Burst {
    run(address, connections, requests, expected, None).await
}

/// Sends every request once at a fixed rate. Latency counts from the moment a request was due, so that a
/// stalled server cannot hide behind a stalled client.
pub(crate) async fn at_rate(
    address: SocketAddr,
    connections: usize,
    requests: &Arc<Vec<Request>>,
    expected: u16,
    per_second: f64,
) -> Burst {
    run(address, connections, requests, expected, Some(per_second)).await
}

async fn run(
    address: SocketAddr,
    connections: usize,
    requests: &Arc<Vec<Request>>,
    expected: u16,
    rate: Option<f64>,
) -> Burst {
    let next = Arc::new(AtomicUsize::new(0));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address).await.expect("the server takes connections"));
    }
    let start = Instant::now();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|connection| {
            let (requests, next) = (Arc::clone(requests), Arc::clone(&next));
            tokio::spawn(drain(connection, requests, next, expected, rate, start))
        })
        .collect();
    let mut latency_us = latencies();
    let (mut unexpected, mut example) = (0, None);
    for task in tasks {
        let (taken, wrong, answer) = task.await.expect("a connection's task ends");
        latency_us.add(taken).expect("histograms of one shape");
        unexpected += wrong;
        example = example.or(answer);
    }
    Burst { count: requests.len(), took: start.elapsed(), latency_us, unexpected, example }
}

/// From a microsecond to a minute, with three exact digits.
fn latencies() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("bounds in order")
}

async fn drain(
    mut connection: Connection,
    requests: Arc<Vec<Request>>,
    next: Arc<AtomicUsize>,
    expected: u16,
    rate: Option<f64>,
    start: Instant,
) -> (Histogram<u64>, usize, Option<String>) {
    let mut taken = latencies();
    let (mut unexpected, mut example) = (0, None);
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = requests.get(place) else { return (taken, unexpected, example) };
        let due = match rate {
            None => Instant::now(),
            Some(per_second) => {
                let place = u32::try_from(place).expect("fewer requests than 2^32");
                let due = start + Duration::from_secs_f64(f64::from(place) / per_second);
                tokio::time::sleep_until(due.into()).await;
                due
            }
        };
        let answer = connection.send(request).await.expect("an answer");
        taken.saturating_record(u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX));
        if answer.status != expected {
            unexpected += 1;
            example.get_or_insert_with(|| {
                format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
            });
        }
    }
}

/// Sends every request once and returns the answers.
pub(crate) async fn ask(address: SocketAddr, connections: usize, requests: Vec<Request>) -> Vec<Answer> {
    let chunk = requests.len().div_ceil(connections).max(1);
    let tasks: Vec<_> = requests
        .chunks(chunk)
        .map(<[Request]>::to_vec)
        .map(|requests| {
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await.expect("the server takes connections");
                let mut answers = Vec::with_capacity(requests.len());
                for request in &requests {
                    answers.push(connection.send(request).await.expect("an answer"));
                }
                answers
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.extend(task.await.expect("a connection's task ends"));
    }
    answers
}
