//! SIGKILL in the middle of payments: what was acknowledged is there, and nothing is there by half.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use onsale_rehearsal::crowd::breaches;
use onsale_rehearsal::history::PromiseId;
use onsale_rehearsal::report::Promise;

use crate::api::{Api, Outcome, number};
use crate::program::{Folder, PATIENCE, Process, serve_args};
use crate::sale::Sale;

const FANS: u32 = 40;
const ROUNDS: u64 = 10;
/// Payments of a round before the end comes.
const PAYMENTS: u64 = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_sigkill_under_load() {
    let (mut sale, mut server) = Sale::open(FANS).await;
    for round in 0..ROUNDS {
        sale.rush();
        let enough = PAYMENTS + 17 * round;
        sale.wait_for_payments(enough).await;
        if round % 2 == 1 {
            // Between the writes of one commit is where a half could be left.
            wait_for_write(&sale.folder, 1, || false);
        }
        server.process.kill();
        sale.go_home().await;
        // Before anybody has repaired anything.
        sale.assert_check_passes();

        server = sale.serve();
        assert_eq!(sale.read_final_states(&server).await, Vec::<String>::new(), "round {round}");

        let api = Api::new(&server.base);
        let (_, number) = api.enter(&api.sign_up("newcomer").await).await;
        assert!(number > sale.number_max(), "round {round}: number {number} was given before");
    }
    // The kills hit requests on either side of their commit, or this was no test.
    let fates = sale.fates();
    assert!(!fates.done.is_empty() && !fates.not_done.is_empty(), "{fates:?}");
    server.stop();
    sale.assert_check_passes();
}

/// Negative control: the audit from outside notices a store that has forgotten what it acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_forgets_is_found_out() {
    let (mut sale, server) = Sale::open(4).await;
    server.stop();
    let early = contents(&sale.folder.data());

    let server = sale.serve();
    sale.rush();
    sale.wait_for_payments(4).await;
    server.stop();
    sale.go_home().await;
    std::fs::remove_dir_all(sale.folder.data()).expect("the data can be removed");
    std::fs::create_dir(sale.folder.data()).expect("and created again");
    for (path, bytes) in early {
        std::fs::write(path, bytes).expect("a file is written back");
    }

    let server = sale.serve();
    let found = sale.finish_and_audit().await;
    // Tickets of numbers that were never given out are refused, too; this control is about money and seats.
    let of_money = [PromiseId::Money, PromiseId::Acknowledged];
    let found: Vec<Promise> = found.into_iter().filter(|promise| of_money.contains(&promise.id)).collect();
    let evidence = breaches(&found);
    for story in &sale.history().stories {
        let name = format!("fan {} ", story.fan);
        assert!(evidence.iter().any(|it| it.contains(&name)), "{name}is not in {evidence:?}");
    }
    server.stop();
    // The store in itself is sound; only those who were answered otherwise can know.
    sale.assert_check_passes();
}

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    files.map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect()
}

#[tokio::test]
async fn tickets_outlive_a_sigkill() {
    let folder = Folder::new();
    let settings = ["--line-capacity", "2"];
    let server = folder.serve(&settings);
    let api = Api::new(&server.base);
    let mut tickets = Vec::new();
    for name in 0..6 {
        let user = api.sign_up(&format!("fan {name}")).await;
        let joined = api.ask("POST", "/v1/enqueues").token(&user).send().await.yes();
        tickets.push((user, joined));
    }
    server.process.kill();

    let server = folder.serve(&settings);
    let api = Api::new(&server.base);
    for (index, (user, before)) in tickets.iter().enumerate() {
        let token = before["token"].as_str().expect("a token");
        let now = api.get("/v1/enqueues", token).await;
        assert_eq!(now["number"], before["number"]);
        assert_eq!(now["status"], if index < 2 { "admitted" } else { "waiting" }, "{now}");
        if index < 2 {
            let again = api.ask("POST", "/v1/enqueues").token(user).send().await.yes();
            assert_eq!((&again["number"], &again["status"]), (&before["number"], &now["status"]));
        }
    }
    let last = number(&tickets[5].1["number"]);
    let user = api.sign_up("newcomer").await;
    let newcomer = api.ask("POST", "/v1/enqueues").token(&user).send().await.yes();
    assert!(number(&newcomer["number"]) > last, "{newcomer}");
    assert_eq!(newcomer["status"], "waiting");

    // The line goes on in its order: the person inside leaves, and number 3 is next.
    let token = |index: usize| tickets[index].1["token"].as_str().expect("a token");
    api.ask("DELETE", "/v1/enqueues").token(token(0)).send().await.yes();
    let third = api.wait_in_line(token(2)).await;
    assert_eq!(number(&third["number"]), 3);
    assert_eq!(
        api.ask("GET", "/v1/dates").token(token(3)).send().await,
        Outcome::No(403, "not_admitted".to_owned())
    );
}

/// A first start writes its tables, notes that it did, and more: a kill after any of these writes must not
/// lock anybody out.
#[test]
fn a_start_that_is_killed_can_be_repeated() {
    for write in 1..=12 {
        let folder = Folder::new();
        let starting = Process::start(folder.onsale(&serve_args(&[])));
        wait_for_write(&folder, write, || starting.stderr_so_far().contains("serving"));
        starting.kill();
        folder.serve(&[]).stop();
        assert!(folder.print(&["check"]).ends_with(": 0 breaches"), "killed after write {write}");
    }
}

/// Waits until the database's log has been seen to change `count` times, or it is over.
fn wait_for_write(folder: &Folder, count: usize, is_over: impl Fn() -> bool) {
    let log = folder.data().join("onsale.sqlite-wal");
    let size_and_time = || std::fs::metadata(&log).ok().map(|file| (file.len(), file.modified().ok()));
    let deadline = Instant::now() + PATIENCE;
    let (mut last, mut changes) = (size_and_time(), 0);
    while changes < count && !is_over() {
        assert!(Instant::now() < deadline, "nothing is written");
        // Between two looks at a file that nobody can wait for.
        std::thread::sleep(Duration::from_micros(50));
        let found = size_and_time();
        if found != last {
            (last, changes) = (found, changes + 1);
        }
    }
}
