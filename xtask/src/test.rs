//! `cargo xtask test`: every test, with servers of its own, and two small rehearsals of a sale.

use std::process::{Command, Stdio};

use onsale_testbed::postgres::{self, Postgres};
use onsale_testbed::redis::{self, Redis};

use crate::cargo::cargo;
use crate::rehearse::Wanted;
use crate::servers::onsale;
use crate::tools::{
    self, CHROMEDRIVER, CHROMIUM, CURL, FC_LIST, KOREAN_FONT, OPENSSL, POSTGRES, PSQL, REDIS,
};

/// A PostgreSQL where databases may be created.
const POSTGRES_URL: &str = "ONSALE_TEST_POSTGRES";
/// A Redis that tests may use.
const REDIS_URL: &str = "ONSALE_TEST_REDIS";

/// Where Docker's compose plugin is, it reads compose.yaml; nothing is started. Where it is not, that is said.
fn compose_file() -> Result<(), String> {
    let compose = |args: &[&str]| {
        let mut docker = Command::new("docker");
        docker.arg("compose").args(args).stdout(Stdio::null());
        docker
    };
    let succeeds = |mut docker: Command| docker.status().is_ok_and(|status| status.success());
    let mut version = compose(&["version"]);
    version.stderr(Stdio::null());
    if !succeeds(version) {
        eprintln!("compose.yaml was not checked: there is no `docker compose` here");
        return Ok(());
    }
    if succeeds(compose(&["config", "--quiet"])) { Ok(()) } else { Err("compose.yaml is wrong".to_owned()) }
}

/// Everything after `test` goes to `cargo test`.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    // The testbed's own tests start servers, whoever's the others use.
    tools::ensure(&[CHROMIUM, CHROMEDRIVER, CURL, FC_LIST, KOREAN_FONT, OPENSSL, POSTGRES, PSQL, REDIS])?;
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
    compose_file()?;
    cargo(&["test", "--workspace", "--all-targets"], args, &environment)?;
    cargo(&["test", "--workspace", "--doc"], &[], &environment)?;
    if args.is_empty() { rehearse() } else { Ok(()) }
}

/// A sale through an embedded instance that is killed, and one through three instances of which one is killed, and
/// Redis and PostgreSQL with it. Small enough for every commit.
fn rehearse() -> Result<(), String> {
    let sale = "--kill-instance --setting hold_seconds=15 --fans 1500 --seats 120 --capacity 40 --think 1 --arrivals \
                burst:5 --patience 15 --mischief 0.2 --sse 0.2 --lasts 40 --plain";
    let cluster = "--instances 3 --kill-redis --restart-postgres";
    // Built with the tests of its package.
    let onsale = onsale("debug")?;
    for flags in [sale.to_owned(), format!("{cluster} {sale}")] {
        eprintln!("cargo xtask rehearse {flags}");
        let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        Wanted::parse(&flags)?.play(&onsale)?;
    }
    Ok(())
}
