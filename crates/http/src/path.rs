//! Path parameters of both API and pages.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use onsale_booking::ids::{ConcertId, SaleId};
use uuid::Uuid;

use crate::error::HttpError;
use crate::site::Shared;

/// The concert that a path names with `{id}`.
pub(crate) struct ConcertPath(pub(crate) ConcertId);

impl FromRequestParts<Shared> for ConcertPath {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        let params = path_params(parts, site).await?;
        Ok(Self(concert_id(param(&params, "id")?)?))
    }
}

/// The sale that a path names with `{id}`.
pub(crate) struct SalePath(pub(crate) SaleId);

impl FromRequestParts<Shared> for SalePath {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        let params = path_params(parts, site).await?;
        Ok(Self(SaleId(uuid(param(&params, "id")?)?)))
    }
}

/// The decoded parameters of a path.
pub(crate) async fn path_params(parts: &mut Parts, site: &Shared) -> Result<RawPathParams, HttpError> {
    let params = RawPathParams::from_request_parts(parts, site).await;
    params.map_err(|_| HttpError::invalid("path", "is not UTF-8"))
}

/// The parameter with this name.
pub(crate) fn param<'a>(params: &'a RawPathParams, name: &str) -> Result<&'a str, HttpError> {
    let found = params.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value).ok_or(HttpError::NotFound)
}

/// Reads a concert's id.
pub(crate) fn concert_id(text: &str) -> Result<ConcertId, HttpError> {
    uuid(text).map(ConcertId)
}

fn uuid(text: &str) -> Result<Uuid, HttpError> {
    Uuid::try_parse(text).map_err(|_| HttpError::invalid("id", "must be a UUID"))
}
