//! The error of page handlers.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::error::HttpError;

/// Why a page cannot be shown. The middleware renders it as a page in the visitor's language.
#[derive(Debug, Clone)]
pub(super) struct PageError(pub(super) HttpError);

impl<E: Into<HttpError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
