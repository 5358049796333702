//! Where the pages of a sale are.

use onsale_booking::ids::SaleId;

use crate::site::Site;

/// Where the pages of a sale are. The main sale's have been at `/line` since before there were others.
pub(super) fn path_of(site: &Site, sale: SaleId) -> String {
    if sale == site.app.main_sale() { "/line".to_owned() } else { format!("/sales/{sale}") }
}

/// The end of the query with which a page's script asks for what concerns a sale.
pub(super) fn query_of(site: &Site, sale: SaleId) -> String {
    if sale == site.app.main_sale() { String::new() } else { format!("saleId={sale}") }
}
