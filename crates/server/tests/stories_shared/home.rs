//! Where a stage stores its sale: in a PostgreSQL database that no other stage uses at the time, with the
//! line in Redis under keys of its own.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use onsale_storage::postgres::PostgresOptions;
use onsale_storage::redis::RedisOptions;
use onsale_storage::store::StoreConfig;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// The epoch of a new line: the first instance begins one when it opens the line.
pub(crate) const FIRST_EPOCH: u32 = 2;

/// The most homes in use at once, so that the server has enough connections for all their instances.
const HOMES_MAX: usize = 8;
static PERMITS: Semaphore = Semaphore::const_new(HOMES_MAX);

/// Databases whose stories have ended. Emptying one takes a tenth of the time that a new one takes.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// See the module.
pub(crate) struct Home {
    database: String,
    prefix: String,
    /// The Redis server that keeps the line.
    pub(crate) redis: String,
    /// See [`RedisOptions::tick_every`]. A manual clock does not say when the next tick is due.
    pub(crate) tick_every: Duration,
    /// See [`RedisOptions::view_lifetime`]. The stories decide when there is a tick, so that views are of any
    /// age.
    pub(crate) view_lifetime: Duration,
    _permit: SemaphorePermit<'static>,
}

impl Home {
    pub(crate) async fn fresh() -> Self {
        let permit = PERMITS.acquire().await.expect("it is never closed");
        let name = format!("onsale_{}", Uuid::now_v7().simple());
        let prefix = format!("{name}:");
        let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let database = if let Some(database) = left {
            empty(&database).await;
            database
        } else {
            run(&server("ONSALE_TEST_POSTGRES"), &format!("CREATE DATABASE {name}")).await;
            name
        };
        Self {
            database,
            prefix,
            redis: server("ONSALE_TEST_REDIS"),
            tick_every: Duration::ZERO,
            view_lifetime: Duration::ZERO,
            _permit: permit,
        }
    }

    pub(crate) fn store_config(&self) -> StoreConfig {
        let url = url_of(&self.database);
        let postgres = PostgresOptions { url, allow_weak_durability: false, writers: 2 };
        let redis = RedisOptions {
            prefix: self.prefix.clone(),
            tick_every: self.tick_every,
            view_lifetime: self.view_lifetime,
            ..RedisOptions::new(&self.redis)
        };
        StoreConfig::Postgres(postgres, Some(redis))
    }
}

/// The tasks of a failed story may still use its database, so that one is not used again. It is lost with the
/// throwaway server.
impl Drop for Home {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            LEFT.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.database));
        }
    }
}

/// The address of a server that stories may use.
fn server(variable: &str) -> String {
    let url = std::env::var(variable);
    url.unwrap_or_else(|_| panic!("{variable} names no server: run `cargo xtask test`, which starts one"))
}

fn url_of(database: &str) -> String {
    let server = server("ONSALE_TEST_POSTGRES");
    let (place, _) = server.rsplit_once('/').expect("ONSALE_TEST_POSTGRES ends with /database");
    format!("{place}/{database}")
}

/// Removes all rows, and all connections that a dead instance may have left.
async fn empty(database: &str) {
    let others = "pid <> pg_backend_pid() AND datname = current_database()";
    let cut_off = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}");
    run(&url_of(database), &format!("{cut_off}; DROP SCHEMA public CASCADE; CREATE SCHEMA public")).await;
}

async fn run(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("it takes connections");
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}
