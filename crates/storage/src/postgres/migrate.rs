//! Brings a database up to date, once, however many instances start at the same time.

use onsale_booking::ids::SaleId;

use super::connect::Connector;
use super::fault::words;
use super::read;
use super::row::Micros;
use super::session::params;
use crate::clock::Clock;
use crate::port::MAIN_SALE_NAME;

mod migrations {
    refinery::embed_migrations!("src/postgres/migrations");
}

/// The instance that holds this lock migrates; the others wait and find nothing left to do.
const LOCK: &str = "-- migration lock\nSELECT pg_advisory_lock(hashtextextended('onsale migrations', 0))";

/// The main sale with its line, unless there is one: an instance may be starting that named it otherwise. New
/// lines are closed: they never had an owner, so nobody has to be fenced off.
const MAIN_SALE: &str = "-- main sale
WITH main AS (
    INSERT INTO sales (id, name, listed, is_main, \"order\", access, opened_at, revision, created_at, updated_at)
    VALUES ($1, $2, true, true, 'arrival', 'everyone', $3, 1, $3, $3) ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO lines (sale_id, epoch, allocated, head, given, closed_tail) SELECT id, 1, 0, 0, 0, 0 FROM main";

const PRESENT: &str = "-- present\nSELECT to_regclass('sales') IS NOT NULL";

pub(super) async fn bring_up_to_date(
    connector: &Connector,
    main_sale: SaleId,
    clock: &Clock,
) -> Result<(), String> {
    let mut session = connector.connect_starter().await?;
    // The lock ends with the connection.
    session.send(LOCK, vec![]).rows().await.map_err(|error| words(&error))?;
    // Grouped, a migration and the record that it was applied are one transaction.
    let runner = migrations::migrations::runner().set_grouped(true);
    runner.run_async(session.client()).await.map_err(|error| with_causes(&error))?;
    let now = read::now(&session).await.map_err(|error| error.to_string())?;
    let row = params![main_sale.0, MAIN_SALE_NAME, Micros(clock.sync(now))];
    session.send(MAIN_SALE, row).rows().await.map_err(|error| words(&error))?;
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
