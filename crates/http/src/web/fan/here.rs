//! The sale that a page is about: the pages at `/line` are about the main sale, those at `/sales/{id}` about
//! any other.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use onsale_booking::ids::SaleId;
use onsale_booking::sale::Sale;

use super::super::page::see_other;
use super::super::page_error::PageError;
use super::super::page_path::PageId;
use super::super::sale_address::path_of;
use super::super::words::SaleWords;
use crate::site::Shared;

/// See the module.
pub(super) struct Here {
    pub(super) sale: Arc<Sale>,
    /// Where its page is.
    pub(super) path: String,
}

/// A link to the page about the order of a draw.
pub(super) struct FairnessLink {
    pub(super) path: String,
    pub(super) text: &'static str,
}

impl Here {
    /// The sale with this id.
    pub(super) async fn find(site: &Shared, sale: SaleId) -> Result<Self, PageError> {
        Ok(Self { sale: site.app.known_sale(sale).await?, path: path_of(site, sale) })
    }

    /// The main sale.
    pub(super) async fn main(site: &Shared) -> Result<Self, PageError> {
        Self::find(site, site.app.main_sale()).await
    }

    /// The name above a page about a place in it. The main sale's pages need none.
    pub(super) fn name(&self) -> Option<String> {
        (!self.sale.is_main).then(|| self.sale.name.clone())
    }

    /// Where a place in it is given up.
    pub(super) fn leave_path(&self) -> String {
        format!("{}/leave", self.path)
    }

    /// Where anybody can check its order.
    pub(super) fn fairness_path(&self) -> String {
        format!("/sales/{}/fairness", self.sale.id)
    }

    /// The link to that page from a page of a draw; before the draw there is nothing to check yet.
    pub(super) fn fairness_link(&self, s: &SaleWords) -> Option<FairnessLink> {
        self.sale.draw()?;
        let text = if self.sale.is_opened() { s.how_to_check } else { s.fairness };
        Some(FairnessLink { path: self.fairness_path(), text })
    }
}

impl FromRequestParts<Shared> for Here {
    type Rejection = Response;

    /// The sale that a path names. The main sale has its own pages.
    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Response> {
        let PageId(sale) = PageId::from_request_parts(parts, site).await.map_err(PageError::into_response)?;
        let here = Self::find(site, SaleId(sale)).await.map_err(PageError::into_response)?;
        if here.sale.is_main && parts.method.is_safe() { Err(see_other(&here.path)) } else { Ok(here) }
    }
}
