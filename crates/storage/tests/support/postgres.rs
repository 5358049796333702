//! Each test's own database on the test server.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::SignedDuration;
use onsale_booking::ids::SaleId;
use onsale_storage::clock::Clock;
use onsale_storage::error::StoreError;
use onsale_storage::port::LineRow;
use onsale_storage::postgres::{self, PostgresOptions};
use onsale_storage::store::{Store, StoreOptions};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

use crate::support::commands::{MAIN_SALE, start};
use crate::support::fixture::{StoreFixture, change_line};

/// Locks everything that a load locks or a commit of results writes.
const STALL: &str = "BEGIN; LOCK TABLE charges, requests IN EXCLUSIVE MODE";

/// PostgreSQL, in a database of its own.
pub(crate) struct PostgresFixture<const WRITERS: usize = 1> {
    database: String,
    pub(crate) clock: Clock,
}

/// The server on which tests may create databases.
fn server() -> String {
    let url = std::env::var("ONSALE_TEST_POSTGRES");
    url.expect("ONSALE_TEST_POSTGRES names no PostgreSQL server: run `cargo xtask test`, which starts one")
}

pub(crate) fn url_of(database: &str) -> String {
    let server = server();
    let (place, _) = server.rsplit_once('/').expect("ONSALE_TEST_POSTGRES ends with /database");
    format!("{place}/{database}")
}

/// A connection that bypasses the store.
pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn on_server(sql: &str) {
    connect(&server()).await.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// A name that no other database has, in this process or another.
fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("onsale_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A migrated database from which others are copied: faster than migrating each.
async fn template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let name = fresh_name();
            on_server(&format!("CREATE DATABASE {name}")).await;
            let clock = Clock::manual(start());
            drop(postgres::open(&options_of(&name, 1), &clock, MAIN_SALE).await.unwrap());
            until_nobody_is_in(&name).await;
            name
        })
        .await
}

async fn until_nobody_is_in(database: &str) {
    let server = connect(&server()).await;
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
    while server.query_one(count, &[&database]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn options_of(database: &str, writers: usize) -> PostgresOptions {
    PostgresOptions { url: url_of(database), allow_weak_durability: false, writers }
}

impl<const WRITERS: usize> PostgresFixture<WRITERS> {
    /// An empty database.
    pub(crate) async fn empty() -> Self {
        let database = fresh_name();
        on_server(&format!("CREATE DATABASE {database}")).await;
        Self { database, clock: Clock::manual(start()) }
    }

    pub(crate) fn url(&self) -> String {
        url_of(&self.database)
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        options_of(&self.database, WRITERS)
    }

    /// A connection that bypasses the store.
    pub(crate) async fn sql(&self) -> Client {
        connect(&self.url()).await
    }

    /// Cuts every connection to this database.
    pub(crate) async fn cut(&self) {
        let name = &self.database;
        on_server(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
    }
}

impl<const WRITERS: usize> StoreFixture for PostgresFixture<WRITERS> {
    async fn fresh() -> Self {
        let (database, template) = (fresh_name(), template().await);
        on_server(&format!("CREATE DATABASE {database} TEMPLATE {template}")).await;
        Self { database, clock: Clock::manual(start()) }
    }

    async fn open(&self, options: StoreOptions) -> Store {
        Store::open_postgres(self.options(), self.clock.clone(), options).await.unwrap()
    }

    /// Renames the database, so that the old store's connections do not come back.
    async fn crash(&self) -> Self {
        let (old, new) = (&self.database, fresh_name());
        on_server(&format!("ALTER DATABASE {old} ALLOW_CONNECTIONS false")).await;
        self.cut().await;
        until_nobody_is_in(old).await;
        on_server(&format!("ALTER DATABASE {old} RENAME TO {new}")).await;
        on_server(&format!("ALTER DATABASE {new} ALLOW_CONNECTIONS true")).await;
        Self { database: new, clock: self.clock.clone() }
    }

    fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    async fn stall(&self) -> Box<dyn Send> {
        let client = self.sql().await;
        client.batch_execute(STALL).await.unwrap();
        Box::new(client)
    }

    async fn add_sale(&self, sale: SaleId) {
        let now = self.clock.now().as_microsecond();
        let both = format!(
            "BEGIN;
            INSERT INTO sales (id, name, listed, is_main, \"order\", access, opened_at, revision, created_at, updated_at)
            SELECT '{0}', 'Presale', true, false, 'arrival', 'everyone', at, 1, at, at
                FROM (SELECT to_timestamp({now}::numeric / 1000000) AS at) AS now;
            INSERT INTO lines (sale_id, epoch, allocated, head, given, closed_tail) VALUES ('{0}', 1, 0, 0, 0, 0);
            COMMIT",
            sale.0
        );
        self.sql().await.batch_execute(&both).await.unwrap();
    }

    async fn plant(&self, sql: &str) {
        self.sql().await.batch_execute(sql).await.unwrap();
    }

    async fn stored_results(&self) -> u64 {
        let row = self.sql().await.query_one("SELECT count(*) FROM requests", &[]).await.unwrap();
        u64::try_from(row.get::<_, i64>(0)).unwrap()
    }

    async fn change_line(&self, change: fn(&mut LineRow)) -> Result<(), StoreError> {
        let (mut backends, _) = postgres::open(&self.options(), &self.clock, MAIN_SALE).await.unwrap();
        change_line(&mut backends[0], change).await
    }
}

/// Each database goes with its test. The server is removed by the program that started it.
impl<const WRITERS: usize> Drop for PostgresFixture<WRITERS> {
    fn drop(&mut self) {
        let drop_it = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
        // A test's runtime may be ending.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(on_server(&drop_it));
        });
        let _ = dropped.join();
    }
}
