//! `cargo xtask test`: every test, with servers of its own, the API against its document, and two small
//! rehearsals of an opening.
//!
//! `--fast` leaves out what needs PostgreSQL, Redis, a browser or a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use onsale_testbed::postgres::{self, Postgres};
use onsale_testbed::redis::{self, Redis};

use crate::api;
use crate::cargo::cargo;
use crate::rehearse::Wanted;
use crate::servers::onsale;
use crate::tools::{self, CHROMEDRIVER, CHROMIUM, CURL, FC_LIST, KOREAN_FONT, POSTGRES, PSQL, PYTHON, REDIS};

/// A PostgreSQL where databases may be created.
const POSTGRES_URL: &str = "ONSALE_TEST_POSTGRES";
/// A Redis that tests may use.
const REDIS_URL: &str = "ONSALE_TEST_REDIS";

/// What compose.yaml asks for.
const COMPOSE_SECRETS: [&str; 3] =
    ["ONSALE_TOKEN_SECRET", "ONSALE_POSTGRES_PASSWORD", "ONSALE_REDIS_PASSWORD"];

/// Crates whose tests are all pure.
const RULES: [&str; 3] = ["crates/booking", "crates/line", "crates/plan"];
/// Tests of the server that need nothing but a folder.
const SERVER: [&str; 2] = ["stories", "foreign_bytes"];
/// Filters of the conformance suite: SQLite, the embedded line, and the check that no case is missing.
const CONFORMANCE_ON_SQLITE: [&str; 3] = ["sqlite::", "embedded::", "coverage::"];

/// Lets Docker's compose plugin read compose.yaml, without starting anything. Without the plugin, says so.
fn compose_file() -> Result<(), String> {
    let compose = |args: &[&str]| {
        let mut docker = Command::new("docker");
        docker.arg("compose").args(args).stdout(Stdio::null());
        docker.envs(COMPOSE_SECRETS.map(|name| (name, "for-this-check")));
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

/// Runs `--fast`, or everything; other arguments go to `cargo test`.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    match args.split_first() {
        Some((flag, [])) if flag == "--fast" => return fast(),
        Some((flag, _)) if flag == "--fast" => return Err("test --fast takes no arguments".to_owned()),
        _ => {}
    }
    // The testbed's own tests start servers, even if the other tests get URLs.
    tools::ensure(&[CHROMIUM, CHROMEDRIVER, CURL, FC_LIST, KOREAN_FONT, POSTGRES, PSQL, PYTHON, REDIS])?;
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
    cargo(&selection(args), args, &environment)?;
    if !args.is_empty() {
        return Ok(());
    }
    cargo(&["test", "--workspace", "--doc"], &[], &environment)?;
    api::check()?;
    rehearse()
}

/// What `cargo test` selects beside `args`: everything, as far as they select nothing themselves.
fn selection(args: &[String]) -> Vec<&'static str> {
    let own: Vec<_> = args.iter().take_while(|arg| *arg != "--").collect();
    let selects =
        |flags: &[&str]| own.iter().any(|arg| flags.contains(&arg.split('=').next().unwrap_or(arg)));
    let mut selection = vec!["test"];
    if !selects(&["-p", "--package", "--workspace"]) {
        selection.push("--workspace");
    }
    if !selects(&[
        "--lib",
        "--bin",
        "--bins",
        "--test",
        "--tests",
        "--example",
        "--examples",
        "--doc",
        "--all-targets",
    ]) {
        selection.push("--all-targets");
    }
    selection
}

/// Unit tests, rules, properties, stories on the embedded store, foreign bytes, and conformance on SQLite.
fn fast() -> Result<(), String> {
    // The whole workspace, so that what the full `cargo xtask test` has built is used.
    let mut task = vec!["test".to_owned(), "--workspace".to_owned(), "--lib".to_owned()];
    for name in rules(&RULES)?.into_iter().chain(SERVER.map(str::to_owned)) {
        task.extend(["--test".to_owned(), name]);
    }
    cargo(&task.iter().map(String::as_str).collect::<Vec<_>>(), &[], &[])?;
    let conformance = ["test", "--workspace", "--test", "conformance", "--"];
    cargo(&[&conformance[..], &CONFORMANCE_ON_SQLITE].concat(), &[], &[])
}

/// The test targets of crates, by their files.
fn rules(crates: &[&str]) -> Result<Vec<String>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = Vec::new();
    for folder in crates {
        let folder = root.join(folder).join("tests");
        let files = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        // A file, or a folder with a main file.
        let is_target =
            |path: &PathBuf| path.extension().is_some_and(|it| it == "rs") || path.join("main.rs").is_file();
        let targets = paths.filter(is_target);
        names.extend(targets.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())));
    }
    names.sort();
    Ok(names)
}

/// One sale that opens by a draw, on an embedded instance that is killed within the second of the opening;
/// and one with access codes on three instances, of which one is killed then, as is Redis, and PostgreSQL a
/// little later. Small enough for every commit.
fn rehearse() -> Result<(), String> {
    let sale = "--setting hold_seconds=15 --fans 1500 --seats 120 --capacity 40 --think 1 \
                --opening 5 --order draw --arrivals burst:5 --patience 15 --mischief 0.2 --sse 0.2 --lasts 40 --plain";
    // Redis is back before the instance is: without it, none can start.
    let cluster =
        "--instances 3 --kill-redis=5.1 --kill-instance=5.7 --restart-postgres=20 --codes --limit 3";
    // Built with the tests of its package.
    let onsale = onsale("debug")?;
    for flags in [format!("--kill-instance=5.2 {sale}"), format!("{cluster} {sale}")] {
        eprintln!("cargo xtask rehearse {flags}");
        let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        Wanted::parse(&flags)?.play(&onsale)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_of_the_rules_is_fast() {
        let names = rules(&RULES).unwrap();
        assert!(
            ["properties", "rules", "sequences"].iter().all(|name| names.contains(&(*name).to_owned())),
            "{names:?}"
        );
        assert!(!names.contains(&"support".to_owned()));
        assert!(rules(&["crates/none"]).is_err());
    }

    #[test]
    fn arguments_select_what_they_name_and_no_more() {
        let of =
            |args: &str| selection(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).join(" ");
        assert_eq!(of(""), "test --workspace --all-targets");
        assert_eq!(of("a_name"), "test --workspace --all-targets");
        assert_eq!(of("-p onsale --test stories"), "test");
        assert_eq!(of("--package=onsale"), "test --all-targets");
        assert_eq!(of("--lib"), "test --workspace");
        assert_eq!(of("-- --test"), "test --workspace --all-targets");
    }
}
