//! Why a use case did not succeed.

use std::time::Duration;

use onsale_booking::{Outcome, Refusal};
use onsale_storage::error::StoreError;
use onsale_storage::writer::WriteError;

/// Why a use case did not succeed. Except for [`AppError::Unknown`], nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AppError {
    /// The rules refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ticket does not belong to this line.
    #[error("the ticket does not belong to this line")]
    UnknownTicket,
    /// The client polled long before the time it was given.
    #[error("polled too early")]
    TooEarly {
        /// When to poll again.
        retry_after: Duration,
    },
    /// The store or the line cannot take it now.
    #[error("unavailable")]
    Unavailable,
    /// The connection broke during the commit: it may or may not have taken effect.
    #[error("the outcome is unknown")]
    Unknown,
}

impl From<WriteError> for AppError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(refusal) => Self::Refused(refusal),
            WriteError::Busy | WriteError::Superseded => Self::Unavailable,
            WriteError::Unknown => Self::Unknown,
        }
    }
}

impl From<StoreError> for AppError {
    /// A failed read changed nothing.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a read failed");
        Self::Unavailable
    }
}

/// The outcome does not match the command: a bug. Report it as unknown.
pub(crate) fn mismatched(outcome: &Outcome) -> AppError {
    tracing::error!(?outcome, "the outcome does not match the command");
    AppError::Unknown
}
