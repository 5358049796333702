//! PostgreSQL goes away, or the way to it.

use std::time::Duration;

use crate::cluster::Plan;
use crate::trial::Trial;
use crate::verdict::Expected;

/// People in line are answered without it.
const WITHOUT_STORE: Expected =
    Expected { works: &["poll"], is_refused: &["charge", "hold"], is_unready: true };
const AWHILE: Duration = Duration::from_secs(3);

fn behind_proxy() -> Plan {
    Plan { has_proxy: true, ..Plan::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_stopped_and_started_again() {
    let mut trial = Trial::begin("PostgreSQL stopped", Plan::default(), WITHOUT_STORE).await;
    trial.breaks(AWHILE, |cluster| cluster.postgres.stop_gracefully().expect("it stops")).await;
    trial.heals(|cluster| cluster.postgres.restart().expect("it starts"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_killed_and_started_again() {
    let mut trial = Trial::begin("PostgreSQL killed", Plan::default(), WITHOUT_STORE).await;
    trial.breaks(AWHILE, |cluster| cluster.postgres.kill().expect("it goes")).await;
    trial.heals(|cluster| cluster.postgres.restart().expect("it starts"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_loses_its_backends_again_and_again() {
    let expected = Expected { works: &["poll", "charge", "hold"], ..Expected::default() };
    let mut trial = Trial::begin("PostgreSQL's backends killed", Plan::default(), expected).await;
    let kill_all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..20 {
        let pause = Duration::from_millis(150);
        trial.breaks_again(pause, |cluster| _ = cluster.sql(kill_all).expect("a connection")).await;
    }
    trial.heals(|_| ());
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_to_postgres_is_cut() {
    let mut trial = Trial::begin("PostgreSQL cut off", behind_proxy(), WITHOUT_STORE).await;
    trial.breaks(AWHILE, |cluster| cluster.proxy.cut()).await;
    trial.heals(|cluster| cluster.proxy.heal().expect("the proxy's port"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_to_postgres_swallows() {
    let mut trial = Trial::begin("PostgreSQL out of reach", behind_proxy(), WITHOUT_STORE).await;
    trial.breaks(AWHILE * 2, |cluster| cluster.proxy.stall().expect("the proxy's port")).await;
    trial.heals(|cluster| cluster.proxy.heal().expect("the proxy's port"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_postgres_are_lost() {
    let mut trial = Trial::begin("PostgreSQL's answers lost", behind_proxy(), WITHOUT_STORE).await;
    trial.breaks(AWHILE, |cluster| cluster.proxy.mute().expect("the proxy's port")).await;
    trial.heals(|cluster| {
        cluster.proxy.cut();
        cluster.proxy.heal().expect("the proxy's port");
    });
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_frozen_and_thawed() {
    let mut trial = Trial::begin("PostgreSQL frozen", Plan::default(), WITHOUT_STORE).await;
    trial.breaks(AWHILE * 2, |cluster| cluster.postgres.freeze().expect("it freezes")).await;
    trial.heals(|cluster| cluster.postgres.thaw().expect("it thaws"));
    trial.end().await;
}
