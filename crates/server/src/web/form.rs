//! What a form sends.

use axum::extract::{FromRequest, Request};
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
