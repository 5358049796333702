//! What everybody in a line hears of it, as of the last tick.

use jiff::Timestamp;
use onsale_booking::ids::SaleId;
use onsale_line::Phase;
use onsale_storage::store::Store;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Announced {
    phase: Phase,
    opens_at: Option<Timestamp>,
}

impl Announced {
    /// In this phase. The opening comes from where answers take it, so that nobody is woken for an old one.
    pub(super) fn of(phase: Phase, sale: SaleId, store: &Store) -> Self {
        let opens_at = store.sales.get(sale).and_then(|sale| sale.times.opens_at);
        Self { phase, opens_at }
    }
}
