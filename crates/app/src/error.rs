//! Why a use case failed.

use std::time::Duration;

use onsale_booking::{Outcome, Refusal};
use onsale_storage::error::StoreError;
use onsale_storage::line::OpenLineError;
use onsale_storage::writer::WriteError;

/// Why a use case failed. Except for [`AppError::Unknown`], nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AppError {
    /// A rule refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ticket does not belong to this line.
    #[error("the ticket does not belong to this line")]
    UnknownTicket,
    /// The client polled long before the time that its last answer gave.
    #[error("polled too early")]
    TooEarly {
        /// How long to wait before the next poll.
        retry_after: Duration,
    },
    /// The store or the line does not answer, or is too busy.
    #[error("unavailable")]
    Unavailable,
    /// The connection broke during the commit, which may or may not have taken effect.
    #[error("the outcome is unknown")]
    Unknown,
}

impl AppError {
    /// The refusal, if a rule refused it.
    pub(crate) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
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
    /// A failed read changed nothing, so the outcome is never unknown.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "cannot read from the store");
        Self::Unavailable
    }
}

impl From<OpenLineError> for AppError {
    fn from(error: OpenLineError) -> Self {
        match error {
            OpenLineError::NoSuchSale => Self::UnknownTicket,
            OpenLineError::Write(error) => error.into(),
            OpenLineError::Read(error) => error.into(),
            OpenLineError::Redis(reason) => {
                tracing::error!(%reason, "cannot open a line");
                Self::Unavailable
            }
        }
    }
}

/// The outcome does not match the command: a bug. Report it as unknown.
pub(crate) fn mismatched(outcome: &Outcome) -> AppError {
    tracing::error!(?outcome, "the outcome does not match the command");
    AppError::Unknown
}
