//! Turns every error into its problem document (RFC 9457): one exhaustive match.

use std::time::Duration;

use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use onsale_booking::Refusal;
use onsale_storage::error::StoreError;
use onsale_storage::writer::WriteError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::connection::BodyError;
use crate::tokens::TokenError;

/// The content type of every refusal.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not answered with success.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiError {
    /// No token, or not one that is valid here.
    Token(TokenError),
    /// The rules say no.
    Refused(Refusal),
    /// A field of path, query, header or body is invalid.
    Invalid {
        /// Which field, as the API spells it.
        field: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A user's token where an operator's is required.
    OperatorOnly,
    /// A form that another site sent with our cookies.
    CrossSite,
    /// No such path, or nothing of that name.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The `Content-Type` is not JSON.
    UnsupportedMediaType,
    /// The body could not be read.
    Body(BodyError),
    /// Polled much earlier than `pollAfterMs` said.
    TooEarly {
        /// When to poll again.
        retry_after: Duration,
    },
    /// Not now; nothing was changed.
    Unavailable,
    /// It is not known whether the request took effect.
    Unknown,
}

impl ApiError {
    /// An invalid field.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), detail: detail.into() }
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(refusal) => Self::Refused(refusal),
            WriteError::Busy | WriteError::Superseded => Self::Unavailable,
            WriteError::Unknown => Self::Unknown,
        }
    }
}

impl From<StoreError> for ApiError {
    /// A failed read changed nothing.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a read failed");
        Self::Unavailable
    }
}

/// A problem document (RFC 9457): why a request did not succeed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The kind of problem; its last part is the `code`.
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
    /// The invalid field, if a field is the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// The parts of a problem that differ.
struct Said {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<String>,
    retry_after: Option<Duration>,
}

impl Said {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), field: None, retry_after: None }
    }

    fn field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }
}

/// When to retry if the server cannot take a request now.
const BUSY_FOR: Duration = Duration::from_secs(1);

fn say(error: ApiError) -> Said {
    use StatusCode as S;
    match error {
        ApiError::Token(token) => Said::new(S::UNAUTHORIZED, token.code(), token.to_string()),
        ApiError::Refused(refusal) => refused(refusal),
        ApiError::Invalid { field, detail } => {
            Said::new(S::BAD_REQUEST, "invalid_request", format!("{field}: {detail}")).field(field)
        }
        ApiError::OperatorOnly => Said::new(S::FORBIDDEN, "operator_only", "only an operator may do this"),
        ApiError::CrossSite => Said::new(S::FORBIDDEN, "cross_site", "this came from a page of another site"),
        ApiError::NotFound => Said::new(S::NOT_FOUND, "not_found", "there is nothing here"),
        ApiError::MethodNotAllowed => {
            Said::new(S::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not take this method")
        }
        ApiError::UnsupportedMediaType => Said::new(
            S::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "the body must be JSON, with content-type: application/json",
        ),
        ApiError::Body(body) => Said::new(body.status(), body.code(), body.to_string()),
        ApiError::TooEarly { retry_after } => {
            let detail = "asked again much earlier than pollAfterMs said";
            Said::new(S::TOO_MANY_REQUESTS, "too_many_requests", detail).retry_after(retry_after)
        }
        ApiError::Unavailable => {
            let detail = "the server cannot take this now; nothing was changed";
            Said::new(S::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(BUSY_FOR)
        }
        ApiError::Unknown => {
            let detail = "the outcome is unknown: ask again with the same Idempotency-Key to find out";
            Said::new(S::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(BUSY_FOR)
        }
    }
}

fn refused(refusal: Refusal) -> Said {
    let detail = refusal.to_string();
    let (status, code) = match refusal {
        Refusal::Invalid { field, detail } => return say(ApiError::invalid(field, detail)),
        Refusal::PassEnded => (StatusCode::UNAUTHORIZED, "pass_ended"),
        Refusal::NotAdmitted => (StatusCode::FORBIDDEN, "not_admitted"),
        Refusal::NotHolder { .. } => (StatusCode::FORBIDDEN, "not_holder"),
        Refusal::ConcertNotFound => (StatusCode::NOT_FOUND, "not_found"),
        Refusal::IdempotencyKeyReused => (StatusCode::BAD_REQUEST, "idempotency_key_reused"),
        Refusal::SeatNoOutOfRange { .. } => (StatusCode::BAD_REQUEST, "seat_no_out_of_range"),
        Refusal::SeatSold { .. } => (StatusCode::BAD_REQUEST, "seat_sold"),
        Refusal::SeatHeld { .. } => (StatusCode::BAD_REQUEST, "seat_held"),
        Refusal::SeatNotHeld { .. } => (StatusCode::BAD_REQUEST, "seat_not_held"),
        Refusal::HoldExpired { .. } => (StatusCode::BAD_REQUEST, "hold_expired"),
        Refusal::SaleNotOpen { .. } => (StatusCode::BAD_REQUEST, "sale_not_open"),
        Refusal::SaleClosed { .. } => (StatusCode::BAD_REQUEST, "sale_closed"),
        Refusal::HoldLimit { .. } => (StatusCode::BAD_REQUEST, "hold_limit"),
        Refusal::BalanceLimit { .. } => (StatusCode::BAD_REQUEST, "balance_limit"),
        Refusal::InsufficientBalance { .. } => (StatusCode::BAD_REQUEST, "insufficient_balance"),
    };
    Said::new(status, code, detail)
}

/// The code of a problem document, for the metrics.
#[derive(Debug, Clone, Copy)]
pub struct Code(pub &'static str);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let closes = matches!(self, Self::Body(_));
        let said = say(self);
        let problem = Problem {
            r#type: format!("urn:onsale:problem:{}", said.code),
            title: said.status.canonical_reason().unwrap_or_default(),
            status: said.status.as_u16(),
            code: said.code,
            detail: said.detail,
            field: said.field,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (said.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(wait) = said.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if said.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if closes {
            // What is left of the body would be read as the next request.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(Code(said.code));
        response
    }
}

/// `Retry-After` in seconds, never too early.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
