//! Finding out the outcome of a commit whose answer got lost.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::commit::OUTCOME;
use super::connect::Connector;
use super::row;
use super::session::{History, Session, in_time, params};
use crate::error::StoreError;

/// How long to wait between two queries about a transaction in progress.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// The state of a transaction, by PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    Aborted,
    InProgress,
    /// Too old to be known, or another server's.
    NotKnown,
}

impl Fate {
    fn of(status: Option<&str>) -> Self {
        match status {
            Some("committed") => Self::Committed,
            Some("aborted") => Self::Aborted,
            Some("in progress") => Self::InProgress,
            _ => Self::NotKnown,
        }
    }

    pub(super) fn read(rows: &[tokio_postgres::Row]) -> Result<Self, StoreError> {
        let Some(row) = rows.first() else { return Ok(Self::NotKnown) };
        Ok(Self::of(row::column::<Option<&str>>("pg_xact_status", row, 0)?))
    }
}

/// Asks on a new connection until the transaction has ended, and returns that connection for further use.
///
/// `Ok` means committed, [`StoreError::Unreachable`] that it was not. Anything that could not be found out in
/// time is [`StoreError::Unknown`].
pub(super) async fn find_out(
    connector: &Connector,
    transaction: &str,
    history: &History,
    until: Instant,
) -> (Option<Session>, Result<(), StoreError>) {
    let asked = in_time(until, async {
        loop {
            if let Ok(session) = connector.connect_writer().await {
                match ask(&session, transaction, history).await {
                    Ok(fate) => return Ok((session, fate)),
                    Err(error) => tracing::debug!(%error, "cannot query the outcome yet"),
                }
            }
            sleep(ASK_EVERY).await;
        }
    });
    match asked.await {
        Ok((session, Fate::Committed)) => (Some(session), Ok(())),
        Ok((session, Fate::Aborted)) => {
            let reason = "the connection was lost before the commit".to_owned();
            (Some(session), Err(StoreError::Unreachable(reason)))
        }
        Ok((session, Fate::InProgress | Fate::NotKnown)) => (
            Some(session),
            Err(StoreError::Unknown(format!("PostgreSQL does not know transaction {transaction}"))),
        ),
        Err(error) => (None, Err(StoreError::Unknown(error.to_string()))),
    }
}

async fn ask(session: &Session, transaction: &str, history: &History) -> Result<Fate, StoreError> {
    if session.history != *history {
        return Ok(Fate::NotKnown);
    }
    loop {
        let answer = session.send(OUTCOME, params![transaction.to_owned()]);
        match Fate::read(&answer.rows().await?)? {
            Fate::InProgress => sleep(ASK_EVERY).await,
            fate => return Ok(fate),
        }
    }
}
