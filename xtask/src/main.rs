//! Project tasks: `cargo xtask tidy`, `test`, `api`, `bench`, `rehearse`, `cluster` and `screenshots`.
//!
//! Kept without dependencies from elsewhere, so that it starts at once on a fresh machine.

mod api;
mod bench;
mod cargo;
mod cluster;
mod rehearse;
mod screenshots;
mod servers;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask tidy             check the house rules that a program can check, in under a second
cargo xtask test [ARGS..]    run every test, getting what they need first, and rehearse two small sales;
                             with ARGS, which go to `cargo test`, only the tests that they name
                             ONSALE_TEST_POSTGRES and ONSALE_TEST_REDIS, both URLs, name servers to use
                             instead of throwaway ones; databases are created in the former
cargo xtask test --fast      only what needs no server and no browser: unit tests, rules, properties,
                             conformance on SQLite, stories on the embedded store; under a minute once built
cargo xtask api              check a running instance against its OpenAPI document with Schemathesis, which
                             it installs below target/; `cargo xtask test` includes it
cargo xtask bench [NAME..]   measure: polls, reservations, payments, journeys, pages, streams, million,
                             waiting-joins, drawn-polls, draw, idle-sales, neighbour,
                             shared-reservations, shared-payments, shared-journeys, shared-joins,
                             shared-burst, hot-seat (all if none is named)
cargo xtask cluster [--instances N] [--listen ADDRESS]
                             N (2) instances on PostgreSQL and Redis behind a balancer at ADDRESS
                             (127.0.0.1:3000), all of it gone on Ctrl-C
cargo xtask rehearse [--instances N] [--kill-instance[=SECONDS]] [--kill-redis[=SECONDS]]
                     [--restart-postgres[=SECONDS]] [--setting NAME=VALUE].. [ARGS..]
                             play a sale through N instances on PostgreSQL and Redis, or through an
                             embedded one, while those faults happen one after the other or at their time,
                             and audit it; NAME is a setting of onsale, ARGS go to `onsale rehearse`
cargo xtask screenshots [FOLDER]
                             take pictures of the pages in a browser, wide and narrow, light and dark,
                             into FOLDER (docs/screenshots)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.split_first() {
        Some((task, rest)) if task == "test" => test::run(rest),
        Some((task, [])) if task == "api" => api::run(),
        Some((task, rest)) if task == "bench" => bench::run(rest),
        Some((task, rest)) if task == "cluster" => cluster::run(rest),
        Some((task, rest)) if task == "rehearse" => rehearse::run(rest),
        Some((task, rest)) if task == "screenshots" => screenshots::run(rest),
        Some((task, rest)) if task == "tidy" => tidy::run(rest),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
