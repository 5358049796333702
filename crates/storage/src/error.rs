//! Errors of a store, by what is known about the outcome.

use onsale_booking::Refusal;
use onsale_booking::ids::SaleId;
use thiserror::Error;

/// Why a store failed.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// The transaction was rolled back. It had no effect, and the store goes on.
    #[error("rolled back: {0}")]
    RolledBack(String),
    /// Another transaction blocks the same data for too long. Nothing had an effect, and smaller batches
    /// would not help.
    #[error("busy: {0}")]
    Busy(String),
    /// Two transactions conflicted and this one was rolled back. It may be retried unchanged.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The store cannot be reached. Nothing had an effect.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The store went away during the commit, and nobody knows yet whether that took effect.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
    /// The store can no longer be trusted. It stops.
    #[error("the store has failed: {0}")]
    Failed(String),
    /// A row contradicts itself. The text names table, row and column.
    #[error("impossible row: {0}")]
    ImpossibleRow(String),
}

impl StoreError {
    /// A line that must be there is not.
    pub(crate) fn no_line(sale: SaleId) -> Self {
        Self::ImpossibleRow(format!("lines {sale}: no row"))
    }
}

/// Why a write was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The rules refused it. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store cannot take it now. Nothing was changed.
    #[error("the store is busy or stopping; nothing was changed")]
    Busy,
    /// Nobody knows whether it took effect. The same request with the same Idempotency-Key finds out.
    #[error("the outcome is unknown")]
    Unknown,
    /// It was meant for an epoch of the line that is over. Nothing was changed.
    #[error("the line was rebuilt; nothing was changed")]
    Superseded,
}

/// Why a store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process uses the same folder.
    #[error("another process is using {folder}; one process at a time works in a data folder")]
    InUse {
        /// The data folder.
        folder: String,
    },
    /// The folder cannot be created, read or written.
    #[error("cannot use {path}: {source}")]
    Folder {
        /// What could not be used.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The server cannot be used, or its database not be brought up to date.
    #[error("setting store (ONSALE_STORE): cannot use {address}: {reason}")]
    Server {
        /// The server's address without its password.
        address: String,
        /// Why.
        reason: String,
    },
    /// The database cannot be opened or brought up to date.
    #[error("cannot open {path}: {reason}")]
    Database {
        /// The database file.
        path: String,
        /// Why.
        reason: String,
    },
}
