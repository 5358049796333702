//! The socket of one connection, with a timeout for every wait for its client.
//!
//! Each time a connection is polled, hyper reads, then writes, then flushes. After a complete flush the
//! connection waits for its client, so that is the one place where read deadlines are checked. A request that
//! arrives in one piece costs two atomic additions and one read of the clock; the timer is reset only if it
//! would fire too late.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::Limits;

/// Counts the begins and ends of a connection's exchanges (a request and its response).
#[derive(Debug, Default)]
pub(super) struct ExchangeCount(AtomicU64);

/// A value of [`ExchangeCount`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count(u64);

impl Count {
    /// Whether a request is being answered.
    pub(super) fn is_answering(self) -> bool {
        !self.0.is_multiple_of(2)
    }
}

impl ExchangeCount {
    pub(super) fn current(&self) -> Count {
        Count(self.0.load(Ordering::Relaxed))
    }

    fn advance(&self) {
        // Only one task reads and writes this, so relaxed ordering is enough.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// An exchange, from the head of the request until the response's body is dropped.
pub(super) struct Exchange(Arc<ExchangeCount>);

impl Exchange {
    pub(super) fn begin(count: &Arc<ExchangeCount>) -> Self {
        count.advance();
        Self(Arc::clone(count))
    }

    pub(super) fn with_body(self, body: Body) -> ResponseBody {
        ResponseBody { body, _exchange: self }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.advance();
    }
}

/// A response's body. hyper drops it when it is sent or cannot be sent, which ends the exchange.
pub(super) struct ResponseBody {
    body: Body,
    _exchange: Exchange,
}

impl hyper::body::Body for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that fails when its client keeps the server waiting.
pub(super) struct TimedStream {
    stream: TcpStream,
    exchanges: Arc<ExchangeCount>,
    header_timeout: Duration,
    idle_timeout: Duration,
    write_timeout: Duration,
    reading: ReadingRate,
    /// The count of exchanges for which `has_partial_head` and `read_deadline` are valid.
    seen: Count,
    has_partial_head: bool,
    read_deadline: Option<Instant>,
    write_deadline: Option<Instant>,
    timer: WakeTimer,
    has_timed_out: bool,
    has_peer_closed: bool,
}

impl TimedStream {
    pub(super) fn new(stream: TcpStream, exchanges: Arc<ExchangeCount>, limits: &Limits) -> Self {
        Self {
            stream,
            exchanges,
            header_timeout: Duration::from_millis(limits.header_ms),
            idle_timeout: Duration::from_millis(limits.idle_ms),
            write_timeout: Duration::from_millis(limits.write_ms),
            reading: ReadingRate::new(limits),
            seen: Count::default(),
            has_partial_head: false,
            read_deadline: None,
            write_deadline: None,
            timer: WakeTimer::default(),
            has_timed_out: false,
            has_peer_closed: false,
        }
    }

    /// The socket, if the client is still there to receive the last response.
    pub(super) fn into_open_stream(self) -> Option<TcpStream> {
        let is_gone = self.has_timed_out || self.has_peer_closed;
        (!is_gone).then_some(self.stream)
    }

    /// Whether the connection is waiting for a request. Resets the read deadline if an exchange began or
    /// ended.
    fn awaits_request(&mut self) -> bool {
        let count = self.exchanges.current();
        if count != self.seen {
            self.seen = count;
            self.has_partial_head = false;
            self.read_deadline = None;
        }
        !count.is_answering()
    }

    fn check_read(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.awaits_request() {
            return Ok(());
        }
        let now = Instant::now();
        let timeout = if self.has_partial_head { self.header_timeout } else { self.idle_timeout };
        let deadline = *self.read_deadline.get_or_insert(now + timeout);
        self.check_deadline(deadline, now, cx)
    }

    fn check_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            self.write_deadline = None;
            self.reading.took(*written.as_ref().unwrap_or(&0));
            return Poll::Ready(written);
        }
        let now = Instant::now();
        let silent_until = *self.write_deadline.get_or_insert(now + self.write_timeout);
        // A deadline in the past is one that was missed.
        let slow_until = self.reading.wait(now).unwrap_or(now);
        self.check_deadline(silent_until.min(slow_until), now, cx)?;
        Poll::Pending
    }

    /// Fails after the deadline; before it, makes sure that the task wakes by then.
    fn check_deadline(&mut self, deadline: Instant, now: Instant, cx: &mut Context<'_>) -> io::Result<()> {
        if now >= deadline {
            self.has_timed_out = true;
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.timer.wake_by(deadline, now, cx);
        Ok(())
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() == before {
            self.has_peer_closed = true;
        } else if self.awaits_request() && !self.has_partial_head {
            self.has_partial_head = true;
            self.read_deadline = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.check_write(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.check_write(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        Poll::Ready(self.check_read(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Judges how fast a client reads. Only the time counts in which the server waits for it, so that a stream
/// with few events is not slow.
struct ReadingRate {
    bytes_per_second_min: u64,
    judged_after: Duration,
    /// Since the last judgement.
    waited: Duration,
    taken: u64,
    waiting_since: Option<Instant>,
}

impl ReadingRate {
    fn new(limits: &Limits) -> Self {
        Self {
            bytes_per_second_min: limits.write_bytes_per_second_min,
            judged_after: Duration::from_millis(limits.write_ms),
            waited: Duration::ZERO,
            taken: 0,
            waiting_since: None,
        }
    }

    /// The client took bytes.
    fn took(&mut self, bytes: usize) {
        self.taken = self.taken.saturating_add(bytes as u64);
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
    }

    /// The client takes nothing at the moment. Returns when to judge it next; `None` if it is too slow.
    fn wait(&mut self, now: Instant) -> Option<Instant> {
        if self.waited.is_zero() && self.waiting_since.is_none() {
            // What it took before the first wait says nothing about how it reads now.
            self.taken = 0;
        }
        let waited = self.waited + now.saturating_duration_since(*self.waiting_since.get_or_insert(now));
        if let Some(left) = self.judged_after.checked_sub(waited).filter(|left| !left.is_zero()) {
            return Some(now + left);
        }
        let is_slow =
            u128::from(self.taken) * 1_000 < u128::from(self.bytes_per_second_min) * waited.as_millis();
        (self.waited, self.taken, self.waiting_since) = (Duration::ZERO, 0, Some(now));
        (!is_slow).then(|| now + self.judged_after)
    }
}

/// Wakes the connection's task. It may fire too early, never too late; the task checks the clock.
#[derive(Default)]
struct WakeTimer {
    sleep: Option<Pin<Box<Sleep>>>,
    fires_at: Option<Instant>,
}

impl WakeTimer {
    fn wake_by(&mut self, deadline: Instant, now: Instant, cx: &mut Context<'_>) {
        if self.fires_at.is_some_and(|at| now < at && at <= deadline) {
            return;
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        sleep.as_mut().reset(deadline);
        self.fires_at = Some(deadline);
        if sleep.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}
