//! The sale that an operator's page is about: the one that the path names, or the main sale.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use onsale_booking::ids::SaleId;
use onsale_booking::sale::Sale;
use uuid::Uuid;

use super::super::page_error::PageError;
use super::HOME;
use crate::error::HttpError;
use crate::path::path_params;
use crate::site::Shared;

/// See the module.
pub(super) struct Steered {
    pub(super) sale: Arc<Sale>,
    /// Where its cockpit is.
    pub(super) base: String,
}

/// Where what belongs to a sale is, the cockpit of any but the main one among it.
pub(super) fn cockpit_of(sale: SaleId) -> String {
    format!("{HOME}/sales/{sale}")
}

/// Where the cockpit of a sale is.
pub(super) fn home_of(sale: &Sale) -> String {
    if sale.is_main { HOME.to_owned() } else { cockpit_of(sale.id) }
}

impl FromRequestParts<Shared> for Steered {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, PageError> {
        let params = path_params(parts, site).await.map_err(|_| HttpError::NotFound)?;
        let (sale, base) = match params.iter().next() {
            Some((_, id)) => {
                let sale = SaleId(Uuid::try_parse(id).map_err(|_| HttpError::NotFound)?);
                (sale, cockpit_of(sale))
            }
            None => (site.app.main_sale(), HOME.to_owned()),
        };
        Ok(Self { sale: site.app.known_sale(sale).await?, base })
    }
}
