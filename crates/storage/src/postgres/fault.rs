//! PostgreSQL's errors, by what is known about the outcome.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::error::StoreError;

pub(super) const TOO_LATE: &str = "PostgreSQL did not answer in time";

impl From<Error> for StoreError {
    /// For errors before a COMMIT was sent: nothing had an effect.
    fn from(error: Error) -> Self {
        match error.as_db_error() {
            Some(reported) if ends_the_connection(reported) => Self::Unreachable(words(&error)),
            Some(reported) => from_server(reported, words(&error)),
            None if is_lost(&error) => Self::Unreachable(words(&error)),
            None => Self::RolledBack(words(&error)),
        }
    }
}

fn from_server(reported: &DbError, words: String) -> StoreError {
    match *reported.code() {
        SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED => StoreError::Busy(words),
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::IN_FAILED_SQL_TRANSACTION => StoreError::Conflict(words),
        // Another instance has just opened this concert, or made this sale. Loading again finds it.
        SqlState::UNIQUE_VIOLATION
            if matches!(reported.constraint(), Some("concerts_pkey" | "sales_pkey")) =>
        {
            StoreError::Conflict(words)
        }
        _ => StoreError::RolledBack(words),
    }
}

/// Whether the connection is unusable. Then the transaction has ended, one way or the other.
pub(super) fn is_lost(error: &Error) -> bool {
    match error.as_db_error() {
        Some(reported) => ends_the_connection(reported),
        // What the driver cannot encode is never sent. Any other error that is not from the server is a
        // network failure.
        None => !error.to_string().starts_with("error serializing parameter"),
    }
}

fn ends_the_connection(reported: &DbError) -> bool {
    let code = reported.code().code();
    let fatal = matches!(reported.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    // 57P01 to 57P03: shut down, crashed, starting. 25P03: idle in a transaction for too long. 53300: too
    // many connections. 25006: read-only, so another server may be the primary now.
    let others = ["25P03", "53300", "25006"];
    fatal || code.starts_with("08") || code.starts_with("57P0") || others.contains(&code)
}

/// The error with its causes, and without what a client sent.
pub(super) fn words(error: &Error) -> String {
    if let Some(reported) = error.as_db_error() {
        return format!("{} ({})", reported.message(), reported.code().code());
    }
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
