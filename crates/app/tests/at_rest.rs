//! A hundred lines at rest leave no task, and next to no memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

#[path = "support/instance.rs"]
mod instance;
#[path = "support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use instance::{Instance, to};
use support::somebody;

const SALES: usize = 100;
const KIB_MAX: u64 = 1_024;
const ROUNDS_MAX: usize = 6;

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Somebody joins each of so many new sales and leaves again; then all of their lines come to rest.
async fn open_and_rest(instance: &Instance) {
    let mut sales = Vec::new();
    for _ in 0..SALES {
        let sale = instance.home.add_sale();
        let (ticket, _) = instance.app.join(to(sale, somebody())).await.unwrap();
        instance.app.poll(&ticket).await.unwrap();
        instance.app.leave(&ticket, None).await.unwrap();
        sales.push(sale);
    }
    assert!(tasks() >= SALES, "each open line ticks by itself");
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        instance.home.advance(10);
        // Ticks come in real time.
        tokio::time::sleep(Duration::from_millis(20)).await;
        if sales.iter().all(|sale| instance.home.closed_tail(*sale).is_some()) {
            return;
        }
        assert!(Instant::now() < until, "the lines did not come to rest");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_lines_at_rest_leave_no_task_and_next_to_no_memory() {
    let instance = Instance::open(1).await;
    let _ticking = instance.app.tick_by_itself(Duration::from_millis(5));
    let before = tasks();
    let mut grown = Vec::new();
    // Freed memory stays with the process, so the first rounds may take some. What is lost is lost in each.
    while grown.last().is_none_or(|kib| *kib >= KIB_MAX) {
        assert!(
            grown.len() < ROUNDS_MAX,
            "{SALES} lines at rest take this much in each round: {grown:?} KiB"
        );
        let memory = memory_kib();
        open_and_rest(&instance).await;
        grown.push(memory_kib().saturating_sub(memory));
    }
    for _ in 0..100 {
        if tasks() <= before {
            return;
        }
        // The last tasks end in their own time.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} tasks, and {before} before", tasks());
}
