//! Why a request failed, and the problem document of each reason: one exhaustive match.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use onsale_app::error::AppError;
use onsale_app::tokens::TokenError;
use onsale_booking::Refusal;

use crate::connection::BodyError;
use crate::cookies::DoubledCookie;
use crate::problem::ProblemResponse;

/// Why a request failed.
#[derive(Debug, Clone, PartialEq)]
pub enum HttpError {
    /// A use case failed.
    App(AppError),
    /// The token is missing or not accepted here.
    Token(TokenError),
    /// A field of path, query, header or body is invalid.
    Invalid {
        /// The field, as the API spells it.
        field: String,
        /// What is wrong with it, or what would be right.
        detail: String,
    },
    /// The user is not an operator.
    OperatorOnly,
    /// Another site sent the form, with the visitor's cookies.
    CrossSite,
    /// A browser has sent a form without any of our cookies: it refuses them.
    CookiesRefused,
    /// Two cookies have the same name.
    DoubledCookie(DoubledCookie),
    /// There is no such path, or nothing with that id.
    NotFound,
    /// The path exists, but does not support the method.
    MethodNotAllowed,
    /// The `Content-Type` is not JSON.
    UnsupportedMediaType,
    /// The body could not be read.
    Body(BodyError),
    /// The memory for answers in flight is used up; nothing was changed.
    Busy,
    /// The ticket has too many requests in flight.
    TooManyRequests,
    /// The ticket has too many event streams open.
    TooManyStreams,
}

impl HttpError {
    /// An invalid field, and what is wrong with it.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), detail: detail.into() }
    }
}

impl From<AppError> for HttpError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<TokenError> for HttpError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<DoubledCookie> for HttpError {
    fn from(error: DoubledCookie) -> Self {
        Self::DoubledCookie(error)
    }
}

impl From<BodyError> for HttpError {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        problem(self).into_response()
    }
}

fn problem(error: HttpError) -> ProblemResponse {
    use StatusCode as S;
    match error {
        HttpError::App(error) => of_app(error),
        HttpError::Token(token) => of_token(token),
        HttpError::Invalid { field, detail } => {
            let detail = format!("{field}: {detail}");
            ProblemResponse::new(S::BAD_REQUEST, "invalid_request", detail).field(field)
        }
        HttpError::OperatorOnly => {
            ProblemResponse::new(S::FORBIDDEN, "operator_only", "only operators may do this")
        }
        HttpError::CrossSite => {
            ProblemResponse::new(S::FORBIDDEN, "cross_site", "another site sent this request")
        }
        HttpError::CookiesRefused => problem(HttpError::invalid("Cookie", "is missing; pages need cookies")),
        HttpError::DoubledCookie(doubled) => problem(HttpError::invalid("Cookie", doubled.to_string())),
        HttpError::NotFound => ProblemResponse::new(S::NOT_FOUND, "not_found", "there is nothing here"),
        HttpError::MethodNotAllowed => {
            let detail = "this path does not support this method";
            ProblemResponse::new(S::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        }
        HttpError::UnsupportedMediaType => {
            let detail = "the body must be JSON, with Content-Type: application/json";
            ProblemResponse::new(S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
        }
        HttpError::Body(body) => body.problem(),
        HttpError::Busy => ProblemResponse::unavailable(
            "the server is sending as much as it can keep in memory; nothing was changed",
        ),
        HttpError::TooManyRequests => ProblemResponse::too_many(
            "too_many_requests",
            "this ticket has too many requests in flight; read their answers first",
        ),
        HttpError::TooManyStreams => ProblemResponse::too_many(
            "too_many_streams",
            "this ticket has too many event streams open; close one, or poll instead",
        ),
    }
}

fn of_token(token: TokenError) -> ProblemResponse {
    ProblemResponse::new(StatusCode::UNAUTHORIZED, token.code(), token.to_string())
}

fn of_app(error: AppError) -> ProblemResponse {
    match error {
        AppError::Refused(refusal) => of_refusal(&refusal),
        AppError::UnknownTicket => of_token(TokenError::Invalid),
        AppError::TooEarly { retry_after } => {
            let detail = "polled too early; wait for pollAfterMs";
            ProblemResponse::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
                .retry_after(retry_after)
        }
        AppError::Unavailable => {
            ProblemResponse::unavailable("the server cannot do this now; nothing was changed")
        }
        AppError::Unknown => ProblemResponse::unavailable(
            "the outcome is unknown: to learn it, repeat the request with the same Idempotency-Key",
        ),
    }
}

fn of_refusal(refusal: &Refusal) -> ProblemResponse {
    let status = match refusal {
        Refusal::Invalid { field, detail } => {
            return problem(HttpError::invalid(*field, detail.clone()));
        }
        Refusal::PassEnded => StatusCode::UNAUTHORIZED,
        Refusal::NotAdmitted
        | Refusal::NotHolder { .. }
        | Refusal::OtherSale
        | Refusal::GroupRequired { .. } => StatusCode::FORBIDDEN,
        Refusal::NotFound(_) => StatusCode::NOT_FOUND,
        Refusal::AlreadyRegistered
        | Refusal::IdempotencyKeyReused
        | Refusal::SeatNoOutOfRange { .. }
        | Refusal::SeatUnavailable { .. }
        | Refusal::SeatSold { .. }
        | Refusal::SeatHeld { .. }
        | Refusal::SeatNotHeld { .. }
        | Refusal::HoldExpired { .. }
        | Refusal::SaleNotOpen { .. }
        | Refusal::SaleClosed { .. }
        | Refusal::HoldLimit { .. }
        | Refusal::SeatLimit { .. }
        | Refusal::CodeInvalid
        | Refusal::CodeUsedUp
        | Refusal::BalanceLimit { .. }
        | Refusal::InsufficientBalance { .. }
        | Refusal::HoldsChanged
        | Refusal::PlaceChanged
        | Refusal::BalanceChanged { .. }
        | Refusal::DialsChanged
        | Refusal::SaleChanged
        | Refusal::ConcertExists { .. }
        | Refusal::SaleExists { .. } => StatusCode::BAD_REQUEST,
    };
    let problem = ProblemResponse::new(status, refusal.code(), refusal.to_string());
    match *refusal {
        Refusal::SaleNotOpen { lobby_at, opens_at } => problem.times(lobby_at, opens_at),
        _ => problem,
    }
}
