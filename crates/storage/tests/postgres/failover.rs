//! Several servers of which one takes writes, with real ones: a standby that follows, and is promoted.

use std::time::Duration;

use onsale_storage::clock::Clock;
use onsale_storage::port::{Backend, Reads};
use onsale_storage::postgres::{self, Postgres, PostgresOptions, PostgresReads, SoleInstance};
use onsale_testbed::postgres::{Options, Postgres as Server};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::commands::{MAIN_SALE, charge, holder, start};
use crate::support::postgres::connect;
use crate::write;

const RETRY_EVERY: Duration = Duration::from_millis(50);
/// Far above what it takes, so that a busy machine fails nothing.
const RETRIES_MAX: u32 = 600;

/// A URL of both, in this order.
fn url_of(first: &Server, second: &Server) -> String {
    format!(
        "postgres://onsale@127.0.0.1:{},127.0.0.1:{}/postgres?target_session_attrs=read-write",
        first.port(),
        second.port()
    )
}

async fn open(url: String) -> Result<(Postgres, PostgresReads), String> {
    let (mut writers, reads) = open_writers(url, 1).await?;
    Ok((writers.remove(0), reads))
}

async fn open_writers(url: String, writers: usize) -> Result<(Vec<Postgres>, PostgresReads), String> {
    let options = PostgresOptions { url, allow_weak_durability: false, writers };
    let opened = postgres::open(&options, &Clock::manual(start()), MAIN_SALE).await;
    opened.map_err(|error| error.to_string())
}

async fn run(server: &Server, sql: &str) {
    connect(&server.url("postgres"))
        .await
        .batch_execute(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Whether a charge was written.
async fn charges(backend: &mut Postgres, amount: i64) -> bool {
    backend.revive().await && write(backend, &[charge(holder("bob"), amount)], |_| (), |_| ()).await.is_ok()
}

/// Charges once, as soon as a server takes it.
async fn charges_in_the_end(backend: &mut Postgres, amount: i64) {
    for _ in 0..RETRIES_MAX {
        if charges(backend, amount).await {
            return;
        }
        // Between two looks, as the writer waits between two attempts.
        tokio::time::sleep(RETRY_EVERY).await;
    }
    panic!("no server took a write");
}

async fn balance(reads: &PostgresReads) -> i64 {
    for _ in 0..RETRIES_MAX {
        // A pooled connection may be to a server that is gone.
        if let Ok(balance) = reads.balance(holder("bob").user).await {
            return balance.0;
        }
    }
    panic!("no server answers");
}

/// Promotes a standby, once it has everything.
async fn promote(standby: &Server, primary: &Server) {
    let (from, to) = (connect(&primary.url("postgres")).await, connect(&standby.url("postgres")).await);
    let written: String =
        from.query_one("SELECT pg_current_wal_flush_lsn()::text", &[]).await.unwrap().get(0);
    let has_it = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn");
    while !to.query_one(&has_it, &[]).await.unwrap().get::<_, bool>(0) {
        // Between two looks.
        tokio::time::sleep(RETRY_EVERY).await;
    }
    to.batch_execute("SELECT pg_promote()").await.unwrap();
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_passed_over() {
    let settings = vec![("default_transaction_read_only".to_owned(), "on".to_owned())];
    let read_only = Server::start(&Options { settings, ..Options::default() }).unwrap();
    let writable = Server::start(&Options::default()).unwrap();
    for url in [url_of(&read_only, &writable), url_of(&writable, &read_only)] {
        let (mut backend, reads) = open(url).await.unwrap();
        let before = balance(&reads).await;
        assert!(charges(&mut backend, 5).await);
        assert_eq!(balance(&reads).await, before + 5);
    }
    let error = open(url_of(&read_only, &read_only)).await.err().unwrap();
    let place = format!("127.0.0.1:{}", read_only.port());
    assert!(
        error.starts_with("setting store (ONSALE_STORE): cannot use postgres://")
            && error.contains(&format!("{place}: "))
            && error.contains("does not allow writes"),
        "{error}"
    );
}

#[tokio::test]
async fn after_a_failover_the_new_primary_is_found_and_the_old_one_left_alone() {
    let mut old = Server::start(&Options::default()).unwrap();
    let (mut backend, _) = open(old.url("postgres")).await.unwrap();
    assert!(charges(&mut backend, 1).await);
    let mut new = old.start_standby().unwrap();
    let (mut backend, reads) = open(url_of(&old, &new)).await.unwrap();
    assert!(charges(&mut backend, 10).await);
    assert_eq!(balance(&reads).await, 11);
    promote_and_kill(&new, &mut old).await;
    charges_in_the_end(&mut backend, 100).await;
    assert_eq!(balance(&reads).await, 111);

    // It comes back as if nothing had happened, first in the URL, while the new primary is away.
    old.restart().unwrap();
    new.stop_gracefully().unwrap();
    for _ in 0..5 {
        assert!(!charges(&mut backend, 1_000).await, "the old primary took a write");
        assert!(reads.balance(holder("bob").user).await.is_err(), "the old primary answered");
    }
    assert!(open(old.url("postgres")).await.is_ok(), "it would have taken it");
    new.restart().unwrap();
    charges_in_the_end(&mut backend, 10_000).await;
    assert_eq!(balance(&reads).await, 10_111);
}

async fn promote_and_kill(standby: &Server, primary: &mut Server) {
    promote(standby, primary).await;
    primary.kill().unwrap();
}

#[tokio::test]
async fn a_primary_that_only_reads_any_more_is_left() {
    let old = Server::start(&Options::default()).unwrap();
    let new = old.start_standby().unwrap();
    let (mut backend, reads) = open(url_of(&old, &new)).await.unwrap();
    assert!(charges(&mut backend, 1).await);
    assert_eq!(balance(&reads).await, 1);
    // Its connections stay open, as in a switchover that kills nothing.
    run(&old, "ALTER SYSTEM SET default_transaction_read_only = on").await;
    run(&old, "SELECT pg_reload_conf()").await;
    promote(&new, &old).await;
    charges_in_the_end(&mut backend, 10).await;
    assert_eq!(balance(&reads).await, 11, "read where it was written");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_passed_over() {
    let frozen = Server::start(&Options::default()).unwrap();
    let standby = frozen.start_standby().unwrap();
    let (mut backend, reads) = open(url_of(&frozen, &standby)).await.unwrap();
    assert!(charges(&mut backend, 1).await);
    promote(&standby, &frozen).await;
    frozen.freeze().unwrap();
    charges_in_the_end(&mut backend, 10).await;
    assert_eq!(balance(&reads).await, 11);
    // A start, too, comes past the one that does not answer.
    let (mut backend, reads) = open(url_of(&frozen, &standby)).await.unwrap();
    assert!(charges(&mut backend, 100).await);
    assert_eq!(balance(&reads).await, 111);
}

#[tokio::test]
async fn a_writer_leaves_an_old_primary_that_goes_on_when_another_writer_has_left_it() {
    let old = Server::start(&Options::default()).unwrap();
    let new = old.start_standby().unwrap();
    let (mut writers, reads) = open_writers(url_of(&old, &new), 2).await.unwrap();
    let (mut busy, mut idle) = (writers.remove(0), writers.remove(0));
    assert!(charges(&mut busy, 1).await && charges(&mut idle, 1).await);
    promote(&new, &old).await;
    old.freeze().unwrap();
    charges_in_the_end(&mut busy, 10).await;
    // It goes on with every connection that it had, as after a short partition.
    old.thaw().unwrap();
    charges_in_the_end(&mut idle, 100).await;
    assert_eq!(balance(&reads).await, 112, "nothing was written to the old primary");
}

#[tokio::test]
async fn a_server_that_accepts_no_connection_is_passed_over() {
    let server = Server::start(&Options::default()).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    // Its queue is full, so that it leaves further connections unanswered, like a machine that is gone.
    let _full = socket.listen(0).unwrap();
    let address = format!("127.0.0.1:{port}");
    let _waiting = [TcpStream::connect(&address).await.unwrap()];
    let url = format!(
        "postgres://onsale@{address},127.0.0.1:{}/postgres?target_session_attrs=read-write",
        server.port()
    );
    let (mut backend, reads) = open(url.clone()).await.unwrap();
    assert!(charges(&mut backend, 1).await);
    assert_eq!(balance(&reads).await, 1);
    let options = PostgresOptions { url: url.clone(), allow_weak_durability: false, writers: 0 };
    SoleInstance::claim(&options).await.unwrap().release().await;
    assert!(postgres::open_reads(&url, &Clock::manual(start())).await.is_ok());
}

#[tokio::test]
async fn a_password_is_asked_for_and_never_shown() {
    let password = Some("p@ss: 0/1".to_owned());
    let server = Server::start(&Options { password, ..Options::default() }).unwrap();
    let url = |user: &str| format!("postgres://{user}@127.0.0.1:{}/postgres", server.port());
    let (mut backend, _) = open(url("onsale:p%40ss%3A%200%2F1")).await.unwrap();
    assert!(charges(&mut backend, 1).await);
    for wrong in ["onsale:hunter2", "onsale", "hunter2:hunter2"] {
        let error = open(url(wrong)).await.err().unwrap();
        let place = format!(
            "setting store (ONSALE_STORE): cannot use postgres://127.0.0.1:{}/postgres: ",
            server.port()
        );
        assert!(error.starts_with(&place), "{error}");
        assert!(wrong.starts_with("hunter2") || !error.contains("hunter2"), "{error}");
    }
}
