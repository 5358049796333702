//! Where a sale is kept: here, in a database of its own, with the line under keys of its own.

use std::time::Duration;

use onsale_storage::postgres::PostgresOptions;
use onsale_storage::redis::RedisOptions;
use onsale_storage::store::Kept;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// The epoch of a line that nothing has happened to: it begins with that of moving in.
pub(crate) const FIRST_EPOCH: u32 = 2;

/// How many may be lived in at once, so that the server's connections are enough for all their instances.
const HOMES_MAX: usize = 8;
static HOMES: Semaphore = Semaphore::const_new(HOMES_MAX);

/// See the module.
pub(crate) struct Home {
    name: String,
    /// See [`RedisOptions::tick_every`]. A clock that is moved by hand does not say when the next tick is due.
    pub(crate) tick_every: Duration,
    _turn: SemaphorePermit<'static>,
}

impl Home {
    pub(crate) async fn fresh() -> Self {
        let turn = HOMES.acquire().await.expect("it is never closed");
        let name = format!("onsale_{}", Uuid::now_v7().simple());
        on_server(&format!("CREATE DATABASE {name}")).await;
        Self { name, tick_every: Duration::ZERO, _turn: turn }
    }

    pub(crate) fn kept(&self) -> Kept {
        let postgres = server("ONSALE_TEST_POSTGRES");
        let (place, _) = postgres.rsplit_once('/').expect("ONSALE_TEST_POSTGRES ends with /database");
        let url = format!("{place}/{}", self.name);
        let postgres = PostgresOptions { url, allow_weak_durability: false, writers: 2 };
        let redis = RedisOptions {
            prefix: format!("{}:", self.name),
            tick_every: self.tick_every,
            ..RedisOptions::new(server("ONSALE_TEST_REDIS"))
        };
        Kept::Postgres(postgres, Some(redis))
    }
}

/// The database goes with the story; the keys go with the server, which whoever started it throws away.
impl Drop for Home {
    fn drop(&mut self) {if std::env::var_os("ND").is_some() {return;}
        let drop_it = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The story's runtime may be ending.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be built").block_on(on_server(&drop_it));
        });
        let _ = dropped.join();
    }
}

/// The address of a server that stories may use.
fn server(variable: &str) -> String {
    let url = std::env::var(variable);
    url.unwrap_or_else(|_| panic!("{variable} names no server: run `cargo xtask test`, which starts one"))
}

async fn on_server(sql: &str) {
    let server = server("ONSALE_TEST_POSTGRES");
    let connected = tokio_postgres::connect(&server, NoTls).await;
    let (client, connection) = connected.expect("the server takes connections");
    tokio::spawn(connection);
    client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}
