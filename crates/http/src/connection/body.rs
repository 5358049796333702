//! Reads a request's body, within limits of size and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use tokio::time::timeout;

use super::Limits;
use crate::problem::ProblemResponse;

/// Why a body was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than `body_bytes_max`.
    #[error("the body is too large")]
    TooLarge,
    /// It did not arrive within `body_ms`.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It has a `Content-Encoding`.
    #[error("the body must not be compressed: send it without Content-Encoding")]
    Encoded,
    /// It ended early, or its framing is wrong.
    #[error("the body could not be read")]
    Broken,
}

impl BodyError {
    /// The response with a problem document. It closes the connection.
    pub(crate) fn problem(self) -> ProblemResponse {
        let (status, code) = match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "request_timeout"),
            Self::Encoded => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Self::Broken => (StatusCode::BAD_REQUEST, "invalid_request"),
        };
        ProblemResponse::new(status, code, self.to_string()).closing()
    }
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        self.problem().into_response()
    }
}

/// Reads the whole body, chunked or not.
///
/// # Errors
/// The body is too large, too slow or broken. If its length is declared as too large, nothing is read.
pub async fn collect_body(body: Body, limits: &Limits) -> Result<Bytes, BodyError> {
    let bytes_max = limits.body_bytes_max;
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(BodyError::TooLarge);
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let collected = timeout(Duration::from_millis(limits.body_ms), Limited::new(body, bytes_max).collect());
    match collected.await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_elapsed) => Err(BodyError::TooSlow),
    }
}
