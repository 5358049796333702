//! Problem documents (RFC 9457): the body of every error response.

use std::time::Duration;

use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::tokens::TokenError;
use onsale_booking::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

/// The content type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The `Retry-After` of a busy server, or to a client that has too much in flight.
const BUSY_FOR: Duration = Duration::from_secs(1);

/// Why a request failed (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The type of problem as a URN; its last part is the `code`.
    #[schema(example = "urn:onsale:problem:seat_held")]
    pub r#type: String,
    /// The HTTP status in words.
    #[schema(example = "Bad Request")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    pub status: u16,
    /// A stable code for programs.
    #[schema(example = "seat_held")]
    pub code: &'static str,
    /// What is wrong with this request, in a sentence.
    #[schema(example = "seat 7 is held by somebody else")]
    pub detail: String,
    /// The invalid field, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// With `sale_not_open`: from when one may join the sale's line.
    #[serde(rename = "lobbyAt", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lobby_at: Option<Timestamp>,
    /// With `sale_not_open`: when it opens.
    #[serde(rename = "opensAt", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Timestamp>,
}

/// Codes that neither the rules nor the check of a token return.
const HTTP_CODES: [&str; 9] = [
    "operator_only",
    "cross_site",
    "method_not_allowed",
    "body_too_large",
    "unsupported_media_type",
    "request_timeout",
    "too_many_requests",
    "too_many_streams",
    "unavailable",
];

/// Every code that a problem document can have.
pub fn codes() -> impl Iterator<Item = &'static str> {
    let tokens = TokenError::ALL.map(TokenError::code);
    tokens.into_iter().chain(Refusal::ALL_CODES.iter().copied()).chain(HTTP_CODES)
}

/// The code of a problem document, for the metrics.
#[derive(Debug, Clone, Copy)]
pub struct Code(pub &'static str);

/// A response with a problem document.
#[derive(Debug)]
pub struct ProblemResponse {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<String>,
    lobby_at: Option<Timestamp>,
    opens_at: Option<Timestamp>,
    retry_after: Option<Duration>,
    closes_connection: bool,
}

impl ProblemResponse {
    /// A problem with this status and code.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            field: None,
            lobby_at: None,
            opens_at: None,
            retry_after: None,
            closes_connection: false,
        }
    }

    /// The server cannot take the request now (503 `unavailable`).
    pub fn unavailable(detail: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(BUSY_FOR)
    }

    /// One client has too much in flight (429).
    pub fn too_many(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail).retry_after(BUSY_FOR)
    }

    /// Names the invalid field.
    pub fn field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// Says when one may join, and when it opens.
    pub fn times(self, lobby_at: Option<Timestamp>, opens_at: Timestamp) -> Self {
        Self { lobby_at, opens_at: Some(opens_at), ..self }
    }

    /// Sets `Retry-After`.
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// Closes the connection after the response: an unread rest of the body would be read as the next
    /// request.
    pub fn closing(self) -> Self {
        Self { closes_connection: true, ..self }
    }

    /// The whole response as HTTP/1.1, with `Connection: close`, for a connection that is not served.
    pub fn to_http1(&self) -> Vec<u8> {
        self.to_http1_with(&format!("content-type: {PROBLEM_JSON}\r\n"), &self.body())
    }

    /// The same with another body, and `headers` that describe it.
    pub(crate) fn to_http1_with(&self, headers: &str, body: &[u8]) -> Vec<u8> {
        let title = self.status.canonical_reason().unwrap_or_default();
        let retry_after = match self.retry_after {
            Some(wait) => format!("retry-after: {}\r\n", whole_seconds(wait)),
            None => String::new(),
        };
        let head = format!(
            "HTTP/1.1 {} {title}\r\n{headers}{retry_after}cache-control: no-store\r\n\
             x-content-type-options: nosniff\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            self.status.as_u16(),
            body.len(),
        );
        [head.as_bytes(), body].concat()
    }

    fn body(&self) -> Vec<u8> {
        let problem = Problem {
            r#type: format!("urn:onsale:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail.clone(),
            field: self.field.clone(),
            lobby_at: self.lobby_at,
            opens_at: self.opens_at,
        };
        serde_json::to_vec(&problem).unwrap_or_default()
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.closes_connection {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(Code(self.code));
        response
    }
}

/// A wait in whole seconds for `Retry-After`, rounded up so that nobody returns too early.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_as_bytes_is_complete() {
        let bytes = ProblemResponse::unavailable("too many connections").to_http1();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
        assert!(
            head.contains("\r\nretry-after: 1\r\n") && head.contains("\r\nconnection: close\r\n"),
            "{head}"
        );
        assert!(
            head.contains("\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"),
            "{head}"
        );
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{head}");
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["type"], "urn:onsale:problem:unavailable");
        assert_eq!(problem["detail"], "too many connections");
    }

    #[test]
    fn retry_after_is_rounded_up() {
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
    }
}
