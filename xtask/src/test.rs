//! `cargo xtask test`: every test, with servers of its own.

use onsale_testbed::postgres::{self, Postgres};
use onsale_testbed::redis::{self, Redis};

use crate::cargo::cargo;
use crate::tools::{self, CURL, POSTGRES, PSQL, REDIS};

/// A PostgreSQL where databases may be created.
const POSTGRES_URL: &str = "ONSALE_TEST_POSTGRES";
/// A Redis that tests may use.
const REDIS_URL: &str = "ONSALE_TEST_REDIS";

/// Everything after `test` goes to `cargo test`.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    // The testbed's own tests start servers, whoever's the others use.
    tools::ensure(&[CURL, POSTGRES, PSQL, REDIS])?;
    // Both live until the tests have ended, whichever way.
    let (mut postgres, mut redis) = (None, None);
    let mut environment = Vec::new();
    if std::env::var_os(POSTGRES_URL).is_none() {
        let started = postgres.insert(Postgres::start(&postgres::Options::default())?);
        environment.push((POSTGRES_URL, started.url("postgres")));
    }
    if std::env::var_os(REDIS_URL).is_none() {
        let started = redis.insert(Redis::start(&redis::Options::default())?);
        environment.push((REDIS_URL, started.url()));
    }
    cargo(&["test", "--workspace", "--all-targets"], args, &environment)?;
    cargo(&["test", "--workspace", "--doc"], &[], &environment)
}
