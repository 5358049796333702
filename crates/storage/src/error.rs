//! What can go wrong while keeping things, told by what is known of the outcome.

use thiserror::Error;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// The transaction was rolled back: it had no effect, and the store goes on.
    #[error("rolled back: {0}")]
    RolledBack(String),
    /// Somebody else works on the same data for too long. Nothing had an effect, and smaller batches would
    /// fare no better.
    #[error("busy: {0}")]
    Busy(String),
    /// Nobody can say whether the transaction took effect, or the store can no longer be trusted. It stops.
    #[error("the store has failed: {0}")]
    Failed(String),
    /// A row contradicts itself. The address names table, row and column.
    #[error("impossible row: {0}")]
    ImpossibleRow(String),
}

/// Why a store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process works in the same folder.
    #[error("another process is using {folder}; one process at a time works in a data folder")]
    InUse {
        /// The data folder.
        folder: String,
    },
    /// The folder cannot be made, read or written.
    #[error("cannot use {path}: {source}")]
    Folder {
        /// What could not be used.
        path: String,
        /// Why.
        source: std::io::Error,
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
