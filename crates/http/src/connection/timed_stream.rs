//! The socket of one connection, with an end to every wait for its client.
//!
//! hyper reads, then writes, then flushes, each time its connection is polled; so a flush that has nothing left to do is the
//! moment at which the connection waits for its client, and the one place where reading's deadlines are looked at. A request
//! that arrives in one piece costs two atomic additions and a look at the clock; the timer is moved only when it would ring
//! too late.

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

/// Counts the starts and ends of exchanges on a connection: even while it waits for a request, odd while one is answered.
#[derive(Debug, Default)]
pub(super) struct Exchanges(AtomicU64);

impl Exchanges {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn turn(&self) {
        // One task reads and writes this, so no order with other memory is needed.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// An exchange from its request's head to the end of its answer's body, however that comes.
pub(super) struct Serving(Arc<Exchanges>);

impl Serving {
    pub(super) fn start(exchanges: &Arc<Exchanges>) -> Self {
        exchanges.turn();
        Self(Arc::clone(exchanges))
    }

    pub(super) fn until_sent(self, body: Body) -> Answer {
        Answer { body, _serving: self }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.turn();
    }
}

/// An answer's body, which ends its exchange when hyper lets go of it.
pub(super) struct Answer {
    body: Body,
    _serving: Serving,
}

impl hyper::body::Body for Answer {
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

/// A socket whose client is given up when it keeps the server waiting.
pub(super) struct Wire {
    stream: TcpStream,
    exchanges: Arc<Exchanges>,
    header: Duration,
    idle: Duration,
    write: Duration,
    /// The count of exchanges that `is_head_begun` and `read_by` belong to.
    seen: u64,
    is_head_begun: bool,
    read_by: Option<Instant>,
    write_by: Option<Instant>,
    alarm: Alarm,
    is_given_up: bool,
    is_ended_by_peer: bool,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, exchanges: Arc<Exchanges>, limits: &Limits) -> Self {
        Self {
            stream,
            exchanges,
            header: Duration::from_millis(limits.header_ms),
            idle: Duration::from_millis(limits.idle_ms),
            write: Duration::from_millis(limits.write_ms),
            seen: 0,
            is_head_begun: false,
            read_by: None,
            write_by: None,
            alarm: Alarm::default(),
            is_given_up: false,
            is_ended_by_peer: false,
        }
    }

    /// The socket, if a last answer may still be on its way to a client that is there.
    pub(super) fn into_listening(self) -> Option<TcpStream> {
        let is_gone = self.is_given_up || self.is_ended_by_peer;
        (!is_gone).then_some(self.stream)
    }

    /// Whether the connection waits for a request, as opposed to answering one.
    fn awaits_request(&mut self) -> bool {
        let count = self.exchanges.count();
        if count != self.seen {
            self.seen = count;
            self.is_head_begun = false;
            self.read_by = None;
        }
        count.is_multiple_of(2)
    }

    fn check_read(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.awaits_request() {
            return Ok(());
        }
        let now = Instant::now();
        let allowed = if self.is_head_begun { self.header } else { self.idle };
        let deadline = *self.read_by.get_or_insert(now + allowed);
        self.wait(deadline, now, cx)
    }

    fn check_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.write_by = None;
            return written;
        }
        let now = Instant::now();
        let deadline = *self.write_by.get_or_insert(now + self.write);
        self.wait(deadline, now, cx)?;
        Poll::Pending
    }

    fn wait(&mut self, deadline: Instant, now: Instant, cx: &mut Context<'_>) -> io::Result<()> {
        if now >= deadline {
            self.is_given_up = true;
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.alarm.ring_by(deadline, now, cx);
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() == before {
            self.is_ended_by_peer = true;
        } else if self.awaits_request() && !self.is_head_begun {
            self.is_head_begun = true;
            self.read_by = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
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

/// Wakes the connection's task. It may ring too early, never too late: who is woken looks at the clock.
#[derive(Default)]
struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    rings_at: Option<Instant>,
}

impl Alarm {
    fn ring_by(&mut self, deadline: Instant, now: Instant, cx: &mut Context<'_>) {
        if self.rings_at.is_some_and(|at| now < at && at <= deadline) {
            return;
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        sleep.as_mut().reset(deadline);
        self.rings_at = Some(deadline);
        if sleep.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}
