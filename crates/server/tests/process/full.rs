//! The disk is full: callers hear that it did not work or that nobody knows, the program stops, and nothing
//! is kept by half.

use onsale_rehearsal::history::{Event, Lost, Outcome};

use crate::api::Api;
use crate::program::{Folder, Process, serve_args};
use crate::sale::Sale;

/// Less than the log grows to before it is folded into the database, in shells of either block size.
const BLOCKS: u32 = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_cannot_write_stops_the_program() {
    let (mut sale, server) = Sale::open(24).await;
    server.stop();
    let server = sale.serve_with_files_up_to(BLOCKS);
    sale.rush();
    let finished = server.process.finish();
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    let says_so = |line: &str| line.contains("\"level\":\"ERROR\"") && line.contains("the store has failed");
    assert!(finished.stderr.lines().any(says_so), "{}", finished.stderr);
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    sale.go_home().await;
    assert!(sale.paid() > 0, "the disk was full before anything happened");
    let history = sale.history();
    let is_503 = |event: &Event| matches!(event.outcome, Outcome::Busy | Outcome::Unknown(Lost::SaidSo));
    let mut events = history.stories.iter().flat_map(|story| &story.events);
    assert!(events.any(is_503), "nobody was answered 503");
    sale.assert_check_passes();

    // There is room again.
    let server = sale.serve();
    assert_eq!(sale.read_final_states(&server).await, Vec::<String>::new());
    let fates = sale.fates();
    assert!(!fates.done.is_empty() || !fates.not_done.is_empty(), "nobody was left without an outcome");
    server.stop();
    sale.assert_check_passes();
}

#[tokio::test]
async fn a_disk_that_is_full_at_the_start_is_an_error() {
    let folder = Folder::new();
    let finished = Process::start(folder.onsale_with_files_up_to(8, &serve_args(&[]))).finish();
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.stderr.contains("onsale.sqlite"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    let server = folder.serve(&[]);
    Api::new(&server.base).sign_up("alice").await;
}
