//! Brings a database up to date, once, however many instances start at the same time.

use onsale_booking::ids::SaleId;

use super::connect::Connector;
use super::fault::words;
use super::session::params;

mod migrations {
    refinery::embed_migrations!("src/postgres/migrations");
}

/// The instance that holds this lock migrates; the others wait and find nothing left to do.
const LOCK: &str = "-- migration lock\nSELECT pg_advisory_lock(hashtextextended('onsale migrations', 0))";

/// New lines are closed: they never had an owner, so nobody has to be fenced off.
const LINE: &str = "-- first line
INSERT INTO lines (id, epoch, allocated, head, closed_tail) VALUES ($1, 1, 0, 0, 0) ON CONFLICT DO NOTHING";

const PRESENT: &str = "-- present\nSELECT to_regclass('lines') IS NOT NULL";

pub(super) async fn bring_up_to_date(connector: &Connector, main_sale: SaleId) -> Result<(), String> {
    let mut session = connector.connect_starter().await?;
    // The lock ends with the connection.
    session.send(LOCK, vec![]).rows().await.map_err(|error| words(&error))?;
    // Grouped, a migration and the record that it was applied are one transaction.
    let runner = migrations::migrations::runner().set_grouped(true);
    runner.run_async(session.client()).await.map_err(|error| with_causes(&error))?;
    session.send(LINE, params![main_sale.0]).rows().await.map_err(|error| words(&error))?;
    Ok(())
}

/// Whether there is a store at all: reading alone does not create one.
pub(super) async fn check_present(connector: &Connector) -> Result<(), String> {
    let session = connector.connect_first_reader().await?;
    let rows = session.send(PRESENT, vec![]).rows().await.map_err(|error| words(&error))?;
    let is_present = rows.first().is_some_and(|row| row.try_get(0).unwrap_or(false));
    if is_present { Ok(()) } else { Err("this database holds no onsale store".to_owned()) }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", with_causes(cause)),
        None => error.to_string(),
    }
}
