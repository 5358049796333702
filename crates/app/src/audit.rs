//! The audit of a store, with the secret that opens its seeds.

use jiff::Timestamp;
use onsale_booking::audit::{Audit, Breach};
use onsale_storage::error::StoreError;
use onsale_storage::port::Reads;

use crate::tokens::TokenKeys;

/// Checks every row of a store against what must always be true. Returns the breaches and the number of rows
/// read. Without `keys` no seed of a draw can be read.
///
/// # Errors
/// When the store does not answer, or has an impossible row.
pub async fn audit(
    reads: &dyn Reads,
    keys: Option<&TokenKeys>,
    now: Timestamp,
) -> Result<(Vec<Breach>, u64), StoreError> {
    let (mut breaches, rows) = reads.audit().await?;
    let sales = reads.sales().await?;
    breaches.extend(sales.iter().filter_map(|record| {
        let sale = &record.sale;
        Audit::sealed_seed(sale, |sealed| keys?.open_seed(sale.id, sealed), now)
    }));
    Ok((breaches, rows))
}
