//! The lock of the only instance that keeps its line in process.

use std::time::Duration;

use tokio::time::sleep;

use super::PostgresOptions;
use super::connect::Connector;
use super::fault::words;
use super::session::Session;
use crate::error::OpenError;

/// How often and how many times the lock is tried: the lock of an instance that was just killed may still
/// seem to be held.
const TRY_EVERY: Duration = Duration::from_millis(100);
const TRIES_MAX: u32 = 10;

const LOCK: &str =
    "-- sole instance\nSELECT pg_try_advisory_lock(hashtextextended('onsale embedded line', 0))";
const UNLOCK: &str = "-- no sole instance\nSELECT pg_advisory_unlock_all()";

/// Held by one instance per database, as long as its connection lives.
pub struct SoleInstance(Box<Session>);

impl SoleInstance {
    /// Claims the database for this instance alone.
    ///
    /// # Errors
    /// [`OpenError`] when another instance has it, or the server cannot be asked.
    pub async fn claim(options: &PostgresOptions) -> Result<Self, OpenError> {
        let connector = Connector::new(options)?;
        let session = connector.connect_first_reader().await.map_err(|reason| connector.broken(reason))?;
        for _ in 0..TRIES_MAX {
            let rows = session.send(LOCK, vec![]).rows().await;
            let rows = rows.map_err(|error| connector.broken(words(&error)))?;
            if rows.first().is_some_and(|row| row.try_get(0).unwrap_or(false)) {
                return Ok(Self(Box::new(session)));
            }
            sleep(TRY_EVERY).await;
        }
        Err(connector.broken(
            "another instance uses this database; to run several, keep the line in Redis (ONSALE_LINE)"
                .to_owned(),
        ))
    }

    /// Releases the database.
    pub async fn release(self) {
        // If this fails, the server releases it when it notices that the connection is closed.
        let _ = self.0.send(UNLOCK, vec![]).rows().await;
    }
}
