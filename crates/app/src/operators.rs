//! Steering a sale: the dials, and the log of what operators have changed.

use onsale_booking::ids::UserId;
use onsale_line::DialChanges;
pub use onsale_storage::port::{LogAction, StoredLogEntry};

use crate::app::App;
use crate::error::AppError;

impl App {
    /// Sets dials for an operator. What is left out stays; what is set outlives a restart.
    ///
    /// # Errors
    /// When the line or the store does not answer.
    pub async fn set_dials(&self, changes: DialChanges, operator: UserId) -> Result<(), AppError> {
        tracing::info!(?changes, %operator, "an operator sets dials");
        self.admission.set_dials(changes, operator).await
    }

    /// The operator log, newest first, at most `limit` entries; `after` is the id of the last one seen.
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
