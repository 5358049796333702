//! Brings a database up to date, once, however many instances start at the same time.

use onsale_booking::ids::SaleId;
use onsale_booking::new_sale::{NewDials, NewLine};
use onsale_booking::sale::Sale;

use super::commit;
use super::connect::Connector;
use super::fault::words;
use super::read;
use super::session::Session;
use crate::clock::Clock;
use crate::error::StoreError;

mod migrations {
    refinery::embed_migrations!("src/postgres/migrations");
}

/// The instance that holds this lock migrates; the others wait and find nothing left to do.
const LOCK: &str = "-- migration lock\nSELECT pg_advisory_lock(hashtextextended('onsale migrations', 0))";

/// Whether there is a main sale, which another instance may have named otherwise.
const HAS_MAIN_SALE: &str = "-- has main sale\nSELECT EXISTS (SELECT FROM sales WHERE is_main)";

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
    let has_main_sale = session.send(HAS_MAIN_SALE, vec![]).rows().await.map_err(|error| words(&error))?;
    if has_main_sale.first().is_some_and(|row| row.try_get(0).unwrap_or(false)) {
        return Ok(());
    }
    let now = read::now(&session).await.map_err(|error| error.to_string())?;
    add_main_sale(&session, &Sale::main(main_sale, clock.sync(now))).await.map_err(|error| error.to_string())
}

/// Adds the main sale with its line, under the lock of migrations.
async fn add_main_sale(session: &Session, main: &Sale) -> Result<(), StoreError> {
    let line = NewLine { sale: main.id, dials: NewDials::default() };
    let writes = commit::new_sales(&[main], &[line])?;
    session.send_plain("BEGIN").rows().await?;
    for (sql, params) in writes {
        session.send(sql, params).rows().await?;
    }
    session.send_plain("COMMIT").rows().await?;
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
