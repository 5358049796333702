//! The disk is full: callers hear that it did not work or that nobody knows, the program stops, and nothing is kept by half.

use std::sync::atomic::Ordering;

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
    let crowd = sale.rush(&server);
    let finished = server.process.finish();
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    let told = |line: &str| line.contains("\"level\":\"ERROR\"") && line.contains("the store has failed");
    assert!(finished.stderr.lines().any(told), "{}", finished.stderr);
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    let counts = crowd.go_home(&mut sale).await;
    assert!(counts.paid.load(Ordering::Relaxed) > 0, "the disk was full before anything happened");
    assert!(counts.unavailable.load(Ordering::Relaxed) > 0, "nobody was answered 503");
    sale.assert_check_passes();

    // There is room again.
    let server = sale.serve();
    let (complaints, fates) = sale.settle(&server).await;
    assert_eq!(complaints, Vec::<String>::new());
    assert!(!fates.done.is_empty() || !fates.not_done.is_empty(), "nobody heard that the outcome is unknown");
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
