//! Path parameters of pages. What cannot be read names nothing: a cut link leads to "not found".

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use uuid::Uuid;

use super::page_error::PageError;
use crate::error::HttpError;
use crate::path::path_params;
use crate::site::Shared;

/// The id that is the only parameter of a path.
pub(super) struct PageId(pub(super) Uuid);

impl FromRequestParts<Shared> for PageId {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, PageError> {
        let params = path_params(parts, site).await.map_err(|_| HttpError::NotFound)?;
        let id = params.iter().next().and_then(|(_, id)| Uuid::try_parse(id).ok());
        Ok(Self(id.ok_or(HttpError::NotFound)?))
    }
}
