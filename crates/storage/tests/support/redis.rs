//! A line in Redis on a database of its own, under keys of its own.

use std::time::Duration;

use jiff::SignedDuration;
use onsale_booking::ids::SaleId;
use onsale_storage::error::StoreError;
use onsale_storage::port::LineRow;
use onsale_storage::redis::RedisOptions;
use onsale_storage::store::{Store, StoreOptions};

use crate::support::fixture::StoreFixture;
use crate::support::postgres::PostgresFixture;

/// The URL of a server that tests may use.
pub(crate) fn redis_url() -> String {
    let url = std::env::var("ONSALE_TEST_REDIS");
    url.expect("ONSALE_TEST_REDIS names no Redis server: run `cargo xtask test`, which starts one")
}

/// A different prefix for every call, in this process or another.
pub(crate) fn fresh_prefix() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("test-{:016x}:", RandomState::new().hash_one(0))
}

/// Deletes every key that begins with `prefix`, as if the server had been emptied.
pub(crate) async fn forget(url: &str, prefix: &str) {
    let client = redis::Client::open(url).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{prefix}*")).query_async(&mut redis).await.unwrap();
    if !keys.is_empty() {
        redis::cmd("UNLINK").arg(keys).exec_async(&mut redis).await.unwrap();
    }
}

/// PostgreSQL and Redis. With `FORGETS`, a crash also empties Redis; otherwise only the instance is gone.
pub(crate) struct RedisFixture<const FORGETS: bool> {
    postgres: PostgresFixture,
    prefix: String,
}

impl<const FORGETS: bool> RedisFixture<FORGETS> {
    pub(crate) fn options(&self) -> RedisOptions {
        let prefix = self.prefix.clone();
        RedisOptions { prefix, tick_every: Duration::ZERO, ..RedisOptions::new(redis_url()) }
    }
}

impl<const FORGETS: bool> StoreFixture for RedisFixture<FORGETS> {
    async fn fresh() -> Self {
        Self { postgres: PostgresFixture::fresh().await, prefix: fresh_prefix() }
    }

    async fn open(&self, options: StoreOptions) -> Store {
        let (postgres, clock) = (self.postgres.options(), self.postgres.clock.clone());
        Store::open_shared(&postgres, self.options(), clock, options).await.unwrap()
    }

    async fn crash(&self) -> Self {
        let postgres = self.postgres.crash().await;
        if FORGETS {
            forget(&redis_url(), &self.prefix).await;
        }
        Self { postgres, prefix: self.prefix.clone() }
    }

    fn advance(&self, by: SignedDuration) {
        self.postgres.advance(by);
    }

    async fn stall(&self) -> Box<dyn Send> {
        self.postgres.stall().await
    }

    async fn add_sale(&self, sale: SaleId) {
        self.postgres.add_sale(sale).await;
    }

    async fn plant(&self, sql: &str) {
        self.postgres.plant(sql).await;
    }

    async fn stored_results(&self) -> u64 {
        self.postgres.stored_results().await
    }

    async fn change_line(&self, change: fn(&mut LineRow)) -> Result<(), StoreError> {
        self.postgres.change_line(change).await
    }
}
