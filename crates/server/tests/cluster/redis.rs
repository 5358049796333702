//! Redis goes away, or what it knows.

use std::time::Duration;

use crate::cluster::Plan;
use crate::trial::Trial;
use crate::verdict::Expected;

/// Who is inside goes on, and who waits is answered from what was last seen of the line.
const WITHOUT_LINE: Expected =
    Expected { works: &["poll", "charge", "hold", "pay"], is_refused: &["join"], is_unready: true };
/// Over before anybody can say so.
const BRIEF: Expected = Expected { works: &[], is_refused: &[], is_unready: false };
const AWHILE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_stopped_and_started_again() {
    let plan = Plan { append_only: true, ..Plan::default() };
    let mut trial = Trial::begin("Redis stopped", plan, WITHOUT_LINE).await;
    trial.breaks(AWHILE, |cluster| cluster.redis.stop().expect("it stops")).await;
    trial.heals(|cluster| cluster.redis.restart().expect("it starts"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed_and_starts_empty() {
    let mut trial = Trial::begin("Redis killed, empty", Plan::default(), WITHOUT_LINE).await;
    trial.breaks(AWHILE, |cluster| cluster.redis.kill().expect("it goes")).await;
    trial.heals(|cluster| cluster.redis.restart().expect("it starts"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_frozen_and_thawed() {
    let mut trial = Trial::begin("Redis frozen", Plan::default(), WITHOUT_LINE).await;
    trial.breaks(Duration::from_secs(5), |cluster| cluster.redis.freeze().expect("it freezes")).await;
    trial.heals(|cluster| cluster.redis.thaw().expect("it thaws"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_emptied() {
    let mut trial = Trial::begin("Redis emptied", Plan::default(), BRIEF).await;
    trial.breaks(Duration::ZERO, |_| ()).await;
    trial.heals(|cluster| _ = cluster.redis_cli(&["FLUSHALL"]).expect("Redis answers"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_comes_back_with_what_it_knew_earlier() {
    let mut trial = Trial::begin("Redis set back", Plan::default(), BRIEF).await;
    let earlier = trial.cluster.redis.snapshot().expect("a snapshot");
    // The line moves on, so that the snapshot is out of date.
    tokio::time::sleep(AWHILE).await;
    trial.breaks(Duration::ZERO, |_| ()).await;
    trial.heals(|cluster| cluster.redis.restart_from(&earlier).expect("it starts"));
    trial.end().await;
}
