//! The dials, and the log of what operators have changed.

use onsale_booking::ids::{SaleId, UserId};
use onsale_line::{DialChanges, Dials};
pub use onsale_storage::port::{LogAction, SaleTerms, StoredLogEntry};

use crate::app::App;
use crate::error::AppError;

impl App {
    /// Sets dials of a sale's line for an operator. A dial that is left out keeps its value. The values
    /// survive a restart. With `seen`, the dials that a form's page showed, they are set only if no operator
    /// has set others since.
    ///
    /// # Errors
    /// There is no such sale; `DialsChanged`; the line or the store does not answer.
    pub async fn set_dials(
        &self,
        sale: SaleId,
        changes: DialChanges,
        seen: Option<Dials>,
        operator: UserId,
    ) -> Result<(), AppError> {
        tracing::info!(%sale, ?changes, %operator, "setting dials");
        self.admission_of(sale).await?.set_dials(changes, seen, operator).await
    }

    /// At most `limit` entries of the operator log, newest first. `after` is the id of the last entry already
    /// read.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn operator_log(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredLogEntry>, AppError> {
        Ok(self.store.reads.operator_log(after, limit).await?)
    }
}
