//! An instance goes away, or comes back with beliefs that are out of date.

use std::time::Duration;

use crate::cluster::Plan;
use crate::trial::Trial;
use crate::verdict::Expected;

/// The others do everything.
const THE_OTHERS: Expected =
    Expected { works: &["join", "poll", "charge", "hold", "pay"], is_refused: &[], is_unready: false };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_killed() {
    let plan = Plan { instances: 3, ..Plan::default() };
    let mut trial = Trial::begin("an instance killed", plan, THE_OTHERS).await;
    trial.without(0);
    trial.breaks(Duration::from_secs(3), |cluster| cluster.instances[0].kill().expect("it goes")).await;
    trial.heals(|cluster| cluster.instances[0].restart().expect("it starts"));
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_frozen_for_longer_than_a_hold() {
    let plan = Plan { hold_seconds: 3, pass_seconds: 8, ..Plan::default() };
    let mut trial = Trial::begin("an instance frozen", plan, THE_OTHERS).await;
    trial.without(0);
    trial.breaks(Duration::from_secs(5), |cluster| cluster.instances[0].freeze().expect("it freezes")).await;
    trial.heals(|cluster| cluster.instances[0].thaw().expect("it thaws"));
    trial.end().await;
}
