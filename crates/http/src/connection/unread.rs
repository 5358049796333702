//! Reads the part of a request's body that its handler left unread, so that the connection can take the next
//! request.
//!
//! If a handler drops a body before its end, hyper reads what has already arrived. If that is not all, hyper
//! closes the connection after the response, but the response does not say so, and the client loses the next
//! request that it sends. So a dropped body comes back here before the response is sent. Either the rest is
//! read and discarded, or the response says `Connection: close`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::{Request, Version};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::timeout;

use super::Limits;

/// How long a client may send nothing while a response waits for the rest of its body. Most clients send the
/// body right after the head.
const SILENCE_MAX: Duration = Duration::from_millis(500);

/// The request with a body that comes back if it is not read to its end.
pub(super) fn with_returning_body(request: Request<Incoming>) -> (Request<Body>, Option<ReturnedBody>) {
    if request.body().is_end_stream() {
        return (request.map(Body::new), None);
    }
    let is_coming = !request.headers().contains_key(EXPECT);
    let (sender, receiver) = oneshot::channel();
    let request = request
        .map(|incoming| Body::new(ReturningBody { unread: Some((Unread { incoming, is_coming }, sender)) }));
    (request, Some(ReturnedBody(receiver)))
}

/// A body that is not read to its end.
struct Unread {
    incoming: Incoming,
    /// Whether the client sends the rest. It does not if it waits for `100 Continue`, which hyper sends when
    /// the body is first read, or if the body is broken.
    is_coming: bool,
}

/// The body of a request for its handler.
struct ReturningBody {
    /// `None` after the end of the body, or after it came back.
    unread: Option<(Unread, oneshot::Sender<Unread>)>,
}

impl ReturningBody {
    fn send_back(&mut self) {
        if let Some((unread, sender)) = self.unread.take()
            && !unread.incoming.is_end_stream()
        {
            // Nothing receives this if the connection is gone.
            let _ = sender.send(unread);
        }
    }
}

impl hyper::body::Body for ReturningBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some((unread, _)) = &mut self.unread else {
            return Poll::Ready(None);
        };
        unread.is_coming = true;
        let frame = ready!(Pin::new(&mut unread.incoming).poll_frame(cx));
        match &frame {
            Some(Ok(_)) => {}
            Some(Err(_)) => {
                unread.is_coming = false;
                self.send_back();
            }
            None => self.unread = None,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.unread.as_ref().is_none_or(|(unread, _)| unread.incoming.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.unread
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), |(unread, _)| unread.incoming.size_hint())
    }
}

impl Drop for ReturningBody {
    fn drop(&mut self) {
        self.send_back();
    }
}

/// Receives a body that its handler did not read to its end.
pub(super) struct ReturnedBody(oneshot::Receiver<Unread>);

impl ReturnedBody {
    /// Reads the rest of the body, or says in the response that the connection closes.
    pub(super) async fn read_or_close(mut self, response: &mut Response, limits: &Limits) {
        let unread = match self.0.try_recv() {
            Ok(unread) => Some(unread),
            Err(TryRecvError::Closed) => return,
            // The body is still held somewhere, so nobody knows when it will be read.
            Err(TryRecvError::Empty) => None,
        };
        if closes(response.headers()) {
            return;
        }
        let is_read = match unread {
            // Boxed because the future of every request has room for this one.
            Some(Unread { incoming, is_coming: true }) => Box::pin(discard(incoming, limits)).await,
            _ => false,
        };
        if !is_read {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Reads a body to its end. Returns false if it is too large, too slow or broken.
async fn discard(incoming: Incoming, limits: &Limits) -> bool {
    if incoming.size_hint().lower() > limits.body_bytes_max as u64 {
        return false;
    }
    let mut body = Limited::new(incoming, limits.body_bytes_max);
    let reading = async {
        loop {
            match timeout(SILENCE_MAX, body.frame()).await {
                Ok(Some(Ok(_))) => {}
                Ok(None) => return true,
                Ok(Some(Err(_))) | Err(_) => return false,
            }
        }
    };
    timeout(Duration::from_millis(limits.body_ms), reading).await.unwrap_or(false)
}

/// To a client of HTTP/1.0 that asked to keep the connection, hyper would send `close` and `keep-alive`
/// together, unless the response is of HTTP/1.0 too.
pub(super) fn close_for_http_1_0(response: &mut Response) {
    if closes(response.headers()) {
        *response.version_mut() = Version::HTTP_10;
    }
}

/// Whether a response says that the connection closes.
fn closes(headers: &HeaderMap) -> bool {
    headers.get(CONNECTION).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}
