//! Nothing outlives a process that was killed, not even what it had frozen.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use onsale_testbed::browser::Browser;
use onsale_testbed::postgres::{self, Postgres};
use onsale_testbed::redis::{self, Redis};

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn servers_and_folders_go_with_their_owner() {
    let myself = std::env::current_exe().unwrap();
    let mut owner = Command::new(myself)
        .args(["--ignored", "--exact", "an_owner_that_waits_to_be_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines().map_while(Result::ok);
    let paths: Vec<String> = lines
        .skip_while(|line| !line.ends_with("processes and folders:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    assert_eq!(paths.len(), 10, "{paths:?}");
    assert!(paths.iter().all(|path| Path::new(path).exists()), "{paths:?}");

    owner.kill().unwrap();
    owner.wait().unwrap();
    let deadline = Instant::now() + PATIENCE;
    for path in &paths {
        while is_there(path) {
            assert!(Instant::now() < deadline, "{path} is still there");
            // Between two looks at a condition.
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Its memory is gone when a process is dead, though nobody may have asked about its end yet.
fn is_there(path: &str) -> bool {
    let status = Path::new(path).join("status");
    match std::fs::read_to_string(status) {
        Ok(status) => status.contains("VmSize:"),
        Err(_) => !path.starts_with("/proc/") && Path::new(path).exists(),
    }
}

#[tokio::test]
#[ignore = "plays the owner in the test above"]
async fn an_owner_that_waits_to_be_killed() {
    let running = Postgres::start(&postgres::Options::default()).unwrap();
    let frozen = Postgres::start(&postgres::Options::default()).unwrap();
    let redis = Redis::start(&redis::Options::default()).unwrap();
    let browser = Browser::shared().unwrap();
    let session = browser.open("http://127.0.0.1").await.unwrap();
    frozen.freeze().unwrap();
    redis.freeze().unwrap();
    println!("processes and folders:");
    let chromium = [Some(browser.process_id()), session.process_id()];
    for id in [running.process_id(), frozen.process_id(), redis.process_id()].into_iter().chain(chromium) {
        let process = format!("/proc/{}", id.unwrap());
        let works_in = std::fs::read_link(format!("{process}/cwd")).unwrap();
        println!("{process}\n{}", works_in.display());
    }
    println!();
    loop {
        std::thread::park();
    }
}
