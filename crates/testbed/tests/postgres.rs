//! A throwaway PostgreSQL: real, durable, and gone afterwards.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use onsale_testbed::postgres::{Options, Postgres};
use onsale_testbed::programs::find_program;

#[test]
fn it_is_durable_by_default_and_otherwise_on_demand() {
    let usual = Postgres::start(&Options::default()).unwrap();
    assert_eq!(ask(&usual, "select 1"), "1");
    let settings = ["fsync", "synchronous_commit", "full_page_writes", "max_connections", "server_encoding"];
    let shown: Vec<String> = settings.iter().map(|name| ask(&usual, &format!("show {name}"))).collect();
    assert_eq!(shown, ["on", "on", "on", "400", "UTF8"]);

    let weak = Options { settings: vec![("fsync".to_owned(), "off".to_owned())], ..Options::default() };
    let weak = Postgres::start(&weak).unwrap();
    assert_eq!(ask(&weak, "show fsync"), "off");
}

#[test]
fn what_was_committed_outlives_a_kill_and_a_stop() {
    let mut postgres = Postgres::start(&Options::default()).unwrap();
    postgres.create_database("sale").unwrap();
    let (url, port) = (postgres.url("sale"), postgres.port());
    ask_at(&url, "create table seats as select 7 as seat").unwrap();
    postgres.kill().unwrap();
    assert!(ask_at(&url, "select 1").is_err(), "it is down");
    postgres.restart().unwrap();
    assert_eq!((postgres.port(), ask_at(&url, "select seat from seats")), (port, Ok("7".to_owned())));
    postgres.stop_gracefully().unwrap();
    assert!(ask_at(&url, "select 1").is_err(), "it is down");
    postgres.restart().unwrap();
    assert_eq!(ask_at(&url, "select seat from seats"), Ok("7".to_owned()));
}

#[test]
fn a_kill_takes_working_backends_along() {
    let mut postgres = Postgres::start(&Options::default()).unwrap();
    let mut busy =
        // The backend sleeps until it is killed.
        psql(&postgres.url("postgres"), "select pg_sleep(600)").stderr(Stdio::null()).spawn().unwrap();
    while ask(&postgres, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == "0" {}
    postgres.kill().unwrap();
    assert!(!busy.wait().unwrap().success());
    postgres.restart().unwrap();
    assert_eq!(ask(&postgres, "select 1"), "1");
}

#[test]
fn frozen_it_is_silent_and_thawed_it_goes_on() {
    let postgres = Postgres::start(&Options::default()).unwrap();
    // The backend is at work when it is frozen.
    let mut open = psql(&postgres.url("postgres"), "select pg_sleep(0.3); select 1").spawn().unwrap();
    while ask(&postgres, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == "0" {}
    postgres.freeze().unwrap();
    let mut new = psql(&postgres.url("postgres"), "select 1").stdout(Stdio::null()).spawn().unwrap();
    // Time for answers that must not come.
    std::thread::sleep(Duration::from_secs(1));
    assert!(open.try_wait().unwrap().is_none(), "a backend answers though frozen");
    assert!(new.try_wait().unwrap().is_none(), "the postmaster answers though frozen");
    postgres.thaw().unwrap();
    assert!(open.wait().unwrap().success() && new.wait().unwrap().success());
}

#[test]
fn dropping_it_leaves_nothing_even_when_it_is_frozen() {
    let postgres = Postgres::start(&Options::default()).unwrap();
    let folder = ask(&postgres, "show data_directory");
    let id = postgres.process_id().unwrap();
    assert!(Path::new(&folder).exists());
    postgres.freeze().unwrap();
    let start = Instant::now();
    drop(postgres);
    assert!(!Path::new(&folder).parent().unwrap().exists());
    assert!(!Path::new(&format!("/proc/{id}")).exists());
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_setting_that_it_refuses_is_named() {
    let bad =
        Options { settings: vec![("max_connections".to_owned(), "many".to_owned())], ..Options::default() };
    let problem = Postgres::start(&bad).map(drop).unwrap_err();
    assert!(problem.contains("max_connections"), "{problem}");
}

fn ask(postgres: &Postgres, query: &str) -> String {
    ask_at(&postgres.url("postgres"), query).expect("an answer")
}

fn ask_at(url: &str, query: &str) -> Result<String, String> {
    let answer = psql(url, query).output().expect("psql runs");
    if answer.status.success() {
        Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&answer.stderr).into_owned())
    }
}

fn psql(url: &str, query: &str) -> Command {
    let mut command = Command::new(find_program("psql").expect("psql is installed"));
    command.args(["--no-psqlrc", "--tuples-only", "--no-align", "--command", query, url]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}
