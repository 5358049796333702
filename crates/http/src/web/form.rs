//! Extractors of forms and queries.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::page_error::PageError;
use crate::connection::collect_body;
use crate::error::HttpError;
use crate::site::Shared;

/// The fields of a form, within the limits of size and time. A field may occur several times.
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Form<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, site: &Shared) -> Result<Self, PageError> {
        let bytes = collect_body(request.into_body(), &site.limits).await.map_err(HttpError::from)?;
        let fields = serde_html_form::from_bytes(&bytes);
        Ok(Self(fields.map_err(|error| HttpError::invalid("form", error.to_string()))?))
    }
}

/// The query of a page. An invalid query counts as empty, so that the page is shown anyway.
pub(super) struct LenientQuery<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequestParts<Shared> for LenientQuery<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(serde_html_form::from_str(query).unwrap_or_default()))
    }
}
