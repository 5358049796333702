//! What PostgreSQL complains of, told by what is known of the outcome.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::error::StoreError;

pub(super) const TOO_LATE: &str = "PostgreSQL did not answer in time";

impl From<Error> for StoreError {
    /// For whatever goes wrong before a COMMIT is on its way: nothing had an effect.
    fn from(error: Error) -> Self {
        match error.as_db_error() {
            Some(told) if ends_the_connection(told) => Self::Unreachable(words(&error)),
            Some(told) => from_server(told, words(&error)),
            None if is_lost(&error) => Self::Unreachable(words(&error)),
            None => Self::RolledBack(words(&error)),
        }
    }
}

fn from_server(told: &DbError, words: String) -> StoreError {
    match *told.code() {
        SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED => StoreError::Busy(words),
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::IN_FAILED_SQL_TRANSACTION => StoreError::Conflict(words),
        _ => StoreError::RolledBack(words),
    }
}

/// Whether the connection is of no use any more. Then the transaction is over, one way or the other.
pub(super) fn is_lost(error: &Error) -> bool {
    match error.as_db_error() {
        Some(told) => ends_the_connection(told),
        // What the driver could not encode never left; everything else that the server did not say itself is trouble
        // on the way.
        None => !error.to_string().starts_with("error serializing parameter"),
    }
}

fn ends_the_connection(told: &DbError) -> bool {
    let code = told.code().code();
    let fatal = matches!(told.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    // 57P01 to 57P03: shut down, crashed, starting. 25P03: idle in transaction for too long. 53300: no connection left.
    fatal || code.starts_with("08") || code.starts_with("57P0") || code == "25P03" || code == "53300"
}

/// What went wrong with the causes, and without what a client sent.
pub(super) fn words(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{} ({})", told.message(), told.code().code());
    }
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
