//! What a form sends, and what a page's address asks.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::door::Sorry;
use crate::api::error::ApiError;
use crate::app::Shared;
use crate::connection::collect_body;

/// A form's fields, whole, in time and within the size of any body. A field may come several times.
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Form<T> {
    type Rejection = Sorry;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Sorry> {
        let bytes = collect_body(request.into_body(), &app.limits).await.map_err(ApiError::from)?;
        let fields = serde_html_form::from_bytes(&bytes);
        Ok(Self(fields.map_err(|error| ApiError::invalid("form", error.to_string()))?))
    }
}

/// What a page's address asks. What makes no sense there is as if nobody had asked: a page is shown all the same.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequestParts<Shared> for Asked<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(serde_html_form::from_str(query).unwrap_or_default()))
    }
}
