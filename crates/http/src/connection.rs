//! Accepts connections, limits their number and every wait for a client, and closes them without losing a
//! response.
//!
//! It replaces `axum::serve`, which keeps partial heads, idle connections and slow bodies open for ever. It
//! does not limit how long a handler works. hyper's own header timeout starts when hyper begins to wait for a
//! request, so `timed_stream` distinguishes idle clients from slow ones instead.

mod body;
mod refusal;
mod timed_stream;
mod unread;

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::FutureExt;
use futures_util::future::{Either, ready};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

pub use body::{BodyError, collect_body};
pub(crate) use refusal::{BusyPage, too_many};

use crate::forwarding::Peer;
use timed_stream::{Exchange, ExchangeCount, TimedStream};
use unread::{close_for_http_1_0, with_returning_body};

/// Limits on the time and memory that clients can use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first byte of a request's head to its last, in milliseconds.
    pub header_ms: u64,
    /// From the moment a handler reads the body to its last byte, in milliseconds.
    pub body_ms: u64,
    /// How long a connection may be idle before a request, in milliseconds.
    pub idle_ms: u64,
    /// How long a client may accept no byte of the response, in milliseconds.
    pub write_ms: u64,
    /// How fast a client must read while the server waits for it, in bytes per second. It is judged over
    /// `write_ms` of such waiting.
    pub write_bytes_per_second_min: u64,
    /// How long requests in flight may take when the server shuts down, in milliseconds.
    pub grace_ms: u64,
    /// The largest head, in bytes. hyper itself accepts at most 100 headers.
    pub header_bytes_max: usize,
    /// The largest body, in bytes.
    pub body_bytes_max: usize,
    /// How many connections are served at once.
    pub connections_max: usize,
    /// The memory for answers in flight, in bytes; what many answers share counts once.
    pub answer_bytes_max: usize,
    /// How many requests of one ticket may be in flight at once.
    pub requests_per_ticket: usize,
    /// How many event streams one ticket may have open at once.
    pub streams_per_ticket: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_ms: 10_000,
            body_ms: 10_000,
            idle_ms: 30_000,
            write_ms: 30_000,
            write_bytes_per_second_min: 16 * 1024,
            grace_ms: 20_000,
            header_bytes_max: 16 * 1024,
            body_bytes_max: 64 * 1024,
            connections_max: 65_536,
            answer_bytes_max: 256 * 1024 * 1024,
            requests_per_ticket: 8,
            streams_per_ticket: 12,
        }
    }
}

/// How much hyper buffers per connection and direction; a larger response is read from the handler in parts.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How many unsent bytes the system buffers per connection.
#[cfg(target_os = "linux")]
const UNSENT_BYTES_MAX: u32 = 128 * 1024;
/// How many bytes to read from a closed connection, so that the client receives the last response, and for
/// how long after the last byte.
const LINGER_BYTES_MAX: usize = 1024 * 1024;
const LINGER: Duration = Duration::from_secs(1);
/// How many connections over the limit get a 503 at the same time; more are closed without a response.
const REFUSALS_MAX: usize = 256;
const ACCEPT_PAUSE_MIN: Duration = Duration::from_millis(10);
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);

const BAD_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Answers requests: a router, and a fast path before it.
#[derive(Clone)]
pub struct Answers {
    router: Router,
    fast_path: FastPath,
    busy_page: Option<BusyPage>,
}

/// Answers a request from its head and its sender, or leaves it to the router with `None`.
pub(crate) type FastPath = Arc<dyn Fn(&Request<Incoming>, Option<Peer>) -> Option<FastAnswer> + Send + Sync>;

/// The answer of a fast path.
pub(crate) enum FastAnswer {
    /// It is known already.
    Ready(Response<Body>),
    /// The line or the store is asked first.
    Later(Pin<Box<dyn Future<Output = Response<Body>> + Send>>),
}

impl Answers {
    /// A router with a fast path before it.
    pub(crate) fn new(router: Router, fast_path: FastPath) -> Self {
        Self { router, fast_path, busy_page: None }
    }

    /// With a page for browsers whose connection is over the limit.
    pub(crate) fn with_busy_page(self, page: BusyPage) -> Self {
        Self { busy_page: Some(page), ..self }
    }
}

impl From<Router> for Answers {
    fn from(router: Router) -> Self {
        Self::new(router, Arc::new(|_, _| None))
    }
}

/// Serves `answers` until `shutdown`, then lets requests in flight finish for up to `grace_ms`, and returns.
///
/// A connection over `connections_max` gets a 503 and is closed, not left in the backlog: a client with a
/// response can wait and return, but without one a full server looks like a dead one.
pub async fn serve(
    listener: TcpListener,
    answers: impl Into<Answers>,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let abort = CancellationToken::new();
    let tasks = TaskTracker::new();
    let server = Server { answers: answers.into(), limits, shutdown: shutdown.clone(), abort: abort.clone() };
    tokio::select! {
        () = accept(listener, server, &tasks) => {}
        () = shutdown.cancelled() => {}
    }
    tasks.close();
    if timeout(Duration::from_millis(limits.grace_ms), tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "closing connections that did not finish in time");
    }
    abort.cancel();
    tasks.wait().await;
}

/// What serves one connection.
#[derive(Clone)]
struct Server {
    answers: Answers,
    limits: Limits,
    /// Cancelled when the server shuts down: requests in flight may finish.
    shutdown: CancellationToken,
    /// Cancelled when the grace period is over.
    abort: CancellationToken,
}

async fn accept(listener: TcpListener, server: Server, tasks: &TaskTracker) {
    let permits = Arc::new(Semaphore::new(server.limits.connections_max));
    let refusals = Arc::new(Semaphore::new(REFUSALS_MAX));
    let mut pause = ACCEPT_PAUSE_MIN;
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                pause = ACCEPT_PAUSE_MIN;
                if let Ok(permit) = Arc::clone(&permits).try_acquire_owned() {
                    tasks.spawn(server.for_connection().serve(stream, permit));
                } else if let Ok(permit) = Arc::clone(&refusals).try_acquire_owned() {
                    tasks.spawn(server.clone().refuse(stream, permit));
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Most likely the process is out of file descriptors: trying again at once would only waste
                // CPU time.
                tracing::warn!(%error, "cannot accept a connection");
                sleep(pause).await;
                pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
            }
        }
    }
}

/// Whether an error of `accept` concerns only the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl Server {
    /// A clone with child tokens: connections that shared a token would contend for its lock whenever they
    /// wake.
    fn for_connection(&self) -> Self {
        let (shutdown, abort) = (self.shutdown.child_token(), self.abort.child_token());
        Self { shutdown, abort, ..self.clone() }
    }

    async fn serve(self, stream: TcpStream, _permit: OwnedSemaphorePermit) {
        tokio::select! {
            () = self.serve_requests(stream) => {}
            () = self.abort.cancelled() => {}
        }
    }

    /// Answers 503 and closes the connection.
    async fn refuse(self, stream: TcpStream, _permit: OwnedSemaphorePermit) {
        let response = refusal::response(&stream, self.answers.busy_page.as_ref()).await;
        // The send buffer of a new connection is empty, so one write is enough.
        if stream.writable().await.is_ok() && stream.try_write(&response).is_ok() {
            tokio::select! {
                () = linger(stream, LINGER) => {}
                () = self.shutdown.cancelled() => {}
            }
        }
    }

    /// Answers one request after another until either side closes the connection.
    async fn serve_requests(&self, stream: TcpStream) {
        if let Err(error) = set_options(&stream, &self.limits) {
            tracing::debug!(%error, "cannot set an option of a socket");
        }
        let peer = stream.peer_addr().ok().map(|address| Peer(address.ip()));
        let exchanges = Arc::new(ExchangeCount::default());
        let io = TokioIo::new(TimedStream::new(stream, Arc::clone(&exchanges), &self.limits));
        let Answers { router, fast_path, .. } = self.answers.clone();
        let (count, limits) = (Arc::clone(&exchanges), &self.limits);
        let service = service_fn(move |request: Request<Incoming>| {
            let exchange = Exchange::begin(&count);
            let is_http_1_0 = request.version() == Version::HTTP_10;
            let (answer, returned) = match fast_path(&request, peer) {
                Some(FastAnswer::Ready(response)) => (Either::Left(Either::Left(ready(Ok(response)))), None),
                Some(FastAnswer::Later(response)) => (Either::Left(Either::Right(response.map(Ok))), None),
                None => {
                    let (mut request, returned) = with_returning_body(request);
                    peer.map(|peer| request.extensions_mut().insert(peer));
                    (Either::Right(router.clone().call(request)), returned)
                }
            };
            async move {
                let Ok(mut response) = answer.await;
                if let Some(returned) = returned {
                    returned.read_or_close(&mut response, limits).await;
                }
                if is_http_1_0 {
                    close_for_http_1_0(&mut response);
                }
                Ok::<Response<_>, Infallible>(response.map(|body| exchange.with_body(body)))
            }
        });
        let mut connection = http1_builder(&self.limits).serve_connection(io, service);
        let ended = tokio::select! {
            ended = &mut connection => Some(ended),
            () = self.shutdown.cancelled() => None,
        };
        let (ended, is_answered) = if let Some(ended) = ended {
            (ended, true)
        } else {
            let before = exchanges.current();
            Pin::new(&mut connection).graceful_shutdown();
            let ended = (&mut connection).await;
            // An idle client has no response to wait for.
            (ended, before.is_answering() || exchanges.current() != before)
        };
        let is_http2 = ended.is_err_and(|error| error.is_parse_version_h2());
        let timed = connection.into_parts().io.into_inner();
        if let Some(stream) = timed.into_open_stream().filter(|_| is_answered) {
            if is_http2 {
                // hyper answers every other invalid head itself, but not HTTP/2.
                let _ = stream.try_write(BAD_REQUEST);
            }
            // A body that is still being sent gets as much time as one that is read.
            linger(stream, LINGER.max(Duration::from_millis(self.limits.body_ms))).await;
        }
    }
}

/// Sets what the system does with bytes that were written. It buffers few that are not sent yet, so that a
/// slow client takes little memory and the server sees how fast it reads; and it gives up a client that is
/// silent, so that the streams of a phone that has lost its network end.
fn set_options(stream: &TcpStream, limits: &Limits) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    {
        let socket = socket2::SockRef::from(stream);
        socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
        socket.set_tcp_user_timeout(Some(Duration::from_millis(limits.write_ms)))?;
    }
    Ok(())
}

fn http1_builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None);
    builder.max_header_size(limits.header_bytes_max).max_buf_size(BUFFER_BYTES_MAX);
    builder
}

/// Closes the sending side, then reads and discards until the client is silent, for at most `time_max`.
/// Closing a socket with unread bytes resets the connection, and a reset can make the client lose the last
/// response.
async fn linger(mut stream: TcpStream, time_max: Duration) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut scratch = vec![0; 4096];
    let mut left = LINGER_BYTES_MAX;
    let drained = async {
        while let Ok(Ok(read @ 1..)) = timeout(LINGER, stream.read(&mut scratch)).await {
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
    };
    let _ = timeout(time_max, drained).await;
}
