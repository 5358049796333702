//! Connections: accepted, bounded in number and in time, and ended without losing an answer.
//!
//! This takes the place of `axum::serve`, which keeps partial heads, idle connections and slow bodies open for ever. Every wait
//! for a client has an end here; how long a handler works is not this module's business. hyper's own header deadline starts
//! when it begins to wait, so `wire` tells an idle client from a slow one.

mod body;
mod wire;

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::future::{Either, ready};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

pub use body::{BodyError, collect_body};

use crate::problem::ProblemResponse;
use wire::{Exchanges, Serving, Wire};

/// What a client may take of the server's time and memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first byte of a request's head to its last.
    pub header_ms: u64,
    /// From the moment a handler asks for the body to its last byte.
    pub body_ms: u64,
    /// Without a byte of a next request; a fresh connection counts.
    pub idle_ms: u64,
    /// Without the client taking a byte of the answer.
    pub write_ms: u64,
    /// For requests in flight once the server shuts down.
    pub grace_ms: u64,
    /// The longest head. hyper itself takes 100 headers in it at most.
    pub header_bytes_max: usize,
    /// The longest body.
    pub body_bytes_max: usize,
    /// Connections served at once.
    pub connections_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_ms: 10_000,
            body_ms: 10_000,
            idle_ms: 30_000,
            write_ms: 30_000,
            grace_ms: 20_000,
            header_bytes_max: 16 * 1024,
            body_bytes_max: 64 * 1024,
            connections_max: 65_536,
        }
    }
}

/// What hyper buffers of one connection in each direction; a bigger answer is taken from the handler bit by bit.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long, and for how many bytes, a closed connection is read on, so that the client sees the last answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 1024 * 1024;
/// Connections over the limit that are told so at once; more than these are closed without a word.
const REFUSALS_MAX: usize = 256;
const ACCEPT_PAUSE_MIN: Duration = Duration::from_millis(10);
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);

const BAD_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// The answer to a connection over the limit.
static TOO_MANY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    ProblemResponse::unavailable("the server has too many connections; nothing was changed").to_http1()
});

/// What answers requests: a router, and a fast path before it.
#[derive(Clone)]
pub struct Answers {
    router: Router,
    fast_path: FastPath,
}

/// Answers a request from its head without waiting for anything, or leaves it to the router.
pub type FastPath = Arc<dyn Fn(&Request<Incoming>) -> Option<Response<Body>> + Send + Sync>;

impl Answers {
    /// Both.
    pub fn new(router: Router, fast_path: FastPath) -> Self {
        Self { router, fast_path }
    }
}

impl From<Router> for Answers {
    fn from(router: Router) -> Self {
        Self::new(router, Arc::new(|_| None))
    }
}

/// Serves `answers` until `shutdown`, then lets requests in flight finish for `grace_ms`, and returns.
///
/// A connection over `connections_max` is answered 503 and closed, not left in the backlog: a client that is told can wait
/// and return, one that hears nothing cannot tell a full server from a dead one.
pub async fn serve(
    listener: TcpListener,
    answers: impl Into<Answers>,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let abandon = CancellationToken::new();
    let tasks = TaskTracker::new();
    let host = Host { answers: answers.into(), limits, shutdown: shutdown.clone(), abandon: abandon.clone() };
    tokio::select! {
        () = accept(listener, host, &tasks) => {}
        () = shutdown.cancelled() => {}
    }
    tasks.close();
    if timeout(Duration::from_millis(limits.grace_ms), tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "closing connections that did not finish in time");
    }
    abandon.cancel();
    tasks.wait().await;
}

/// What every connection needs.
#[derive(Clone)]
struct Host {
    answers: Answers,
    limits: Limits,
    shutdown: CancellationToken,
    abandon: CancellationToken,
}

async fn accept(listener: TcpListener, host: Host, tasks: &TaskTracker) {
    let places = Arc::new(Semaphore::new(host.limits.connections_max));
    let refusals = Arc::new(Semaphore::new(REFUSALS_MAX));
    let mut pause = ACCEPT_PAUSE_MIN;
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                pause = ACCEPT_PAUSE_MIN;
                if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                    tasks.spawn(host.for_connection().hold(stream, place));
                } else if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
                    tasks.spawn(host.clone().refuse(stream, place));
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Most likely out of file descriptors: trying again at once would only burn the processor.
                tracing::warn!(%error, "cannot accept a connection");
                sleep(pause).await;
                pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl Host {
    /// Tokens of its own, so that connections do not meet at one lock whenever they wake.
    fn for_connection(&self) -> Self {
        let (shutdown, abandon) = (self.shutdown.child_token(), self.abandon.child_token());
        Self { shutdown, abandon, ..self.clone() }
    }

    async fn hold(self, stream: TcpStream, _place: OwnedSemaphorePermit) {
        tokio::select! {
            () = self.converse(stream) => {}
            () = self.abandon.cancelled() => {}
        }
    }

    async fn refuse(self, stream: TcpStream, _place: OwnedSemaphorePermit) {
        // The send buffer of a fresh connection is empty, so one try is enough.
        if stream.writable().await.is_ok() && stream.try_write(&TOO_MANY).is_ok() {
            tokio::select! {
                () = linger(stream) => {}
                () = self.shutdown.cancelled() => {}
            }
        }
    }

    /// Answers one request after the other until either side ends the connection.
    async fn converse(&self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY refused");
        }
        let exchanges = Arc::new(Exchanges::default());
        let wire = TokioIo::new(Wire::new(stream, Arc::clone(&exchanges), &self.limits));
        let Answers { router, fast_path } = self.answers.clone();
        let counted = Arc::clone(&exchanges);
        let service = service_fn(move |request: Request<Incoming>| {
            let serving = Serving::start(&counted);
            let answer = match fast_path(&request) {
                Some(response) => Either::Left(ready(Ok(response))),
                None => Either::Right(router.clone().call(request.map(Body::new))),
            };
            async move {
                let Ok(response) = answer.await;
                Ok::<Response<_>, Infallible>(response.map(|body| serving.until_sent(body)))
            }
        });
        let mut connection = http1_builder(&self.limits).serve_connection(wire, service);
        let ended = tokio::select! {
            ended = &mut connection => Some(ended),
            () = self.shutdown.cancelled() => None,
        };
        let (ended, is_answered) = if let Some(ended) = ended {
            (ended, true)
        } else {
            let count = exchanges.count();
            Pin::new(&mut connection).graceful_shutdown();
            let ended = (&mut connection).await;
            // An idle client was told nothing that it could miss.
            (ended, exchanges.count() != count || !count.is_multiple_of(2))
        };
        let is_http2 = ended.is_err_and(|error| error.is_parse_version_h2());
        let wire = connection.into_parts().io.into_inner();
        if let Some(stream) = wire.into_listening().filter(|_| is_answered) {
            if is_http2 {
                // hyper answers every other head that it cannot parse, but not this one.
                let _ = stream.try_write(BAD_REQUEST);
            }
            linger(stream).await;
        }
    }
}

fn http1_builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None);
    builder.max_header_size(limits.header_bytes_max).max_buf_size(BUFFER_BYTES_MAX);
    builder
}

/// Closes the sending side and reads on for a moment. A socket closed on unread bytes is reset, and a reset can reach the
/// client before the answer that it would destroy.
async fn linger(mut stream: TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut scratch = vec![0; 4096];
    let mut left = LINGER_BYTES_MAX;
    let drained = async {
        while let Ok(read @ 1..) = stream.read(&mut scratch).await {
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
    };
    let _ = timeout(LINGER, drained).await;
}
