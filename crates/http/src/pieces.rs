//! A body in pieces, which are sent one after the other and are never copied together.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};

use crate::answer_budget::Counted;
use crate::ticket_limits::RequestPermit;

/// Pieces of JSON, and the permit of the request that they answer: it counts as in flight until its client
/// has read nearly everything.
pub(crate) struct JsonPieces {
    pieces: VecDeque<Bytes>,
    bytes: u64,
    _permit: RequestPermit,
}

impl JsonPieces {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Bytes>, permit: RequestPermit) -> Self {
        let pieces: VecDeque<Bytes> = pieces.into_iter().collect();
        let bytes = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self { pieces, bytes, _permit: permit }
    }
}

impl IntoResponse for JsonPieces {
    fn into_response(self) -> Response {
        let mut response = ([(CONTENT_TYPE, "application/json")], Body::new(self)).into_response();
        response.extensions_mut().insert(Counted);
        response
    }
}

impl HttpBody for JsonPieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(piece) = self.pieces.pop_front() else { return Poll::Ready(None) };
        self.bytes -= piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes)
    }
}
