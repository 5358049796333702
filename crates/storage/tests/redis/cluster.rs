//! Lines on the nodes of a Redis Cluster: a node that is gone stops its own lines only.

use std::sync::Arc;
use std::time::Duration;

use onsale_booking::ids::SaleId;
use onsale_line::{Dials, NumberState};
use onsale_storage::line::{Joined, LinePort};
use onsale_storage::redis::{RedisLine, RedisOptions};
use onsale_storage::writer::WriteError;
use onsale_testbed::redis_cluster::RedisCluster;
use uuid::Uuid;

use crate::rig::Rig;
use crate::support::commands::{MAIN_SALE, member, room};

const DIALS: fn() -> Dials = || Dials { capacity: room(0), rate_per_minute: 0, paused: false };

/// A cluster, and one line on each of its nodes, in which one person stands.
async fn started() -> (RedisCluster, Rig, Vec<Arc<dyn LinePort>>) {
    let cluster = RedisCluster::start().unwrap();
    let rig = Rig::on(&cluster.url(), false);
    let mut lines = Vec::new();
    for node in 0..cluster.len() {
        let tag = |sale: &SaleId| format!("{{{}}}", sale.0);
        let sale = (0x1_0000_u128..).map(|id| SaleId(Uuid::from_u128(id)));
        let sale = sale.into_iter().find(|sale| cluster.node_of(&tag(sale)).unwrap() == node).unwrap();
        let line = rig.line_of(sale, DIALS()).await;
        assert_eq!(line.join(member(1).user).await.unwrap().number, 1);
        lines.push(line);
    }
    (cluster, rig, lines)
}

/// Joins as soon as the line is back.
async fn join_again(line: &Arc<dyn LinePort>, person: u64) -> Joined {
    for _ in 0..300 {
        match line.join(member(person).user).await {
            Ok(joined) => return joined,
            // The line is looked for in its own time, and so is the node by the others.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    panic!("the line did not come back");
}

/// The lines of the nodes that live go on, in the epoch they were in.
async fn assert_others_go_on(lines: &[Arc<dyn LinePort>], person: u64) {
    for line in lines {
        let joined = line.join(member(person).user).await.unwrap();
        assert_eq!((joined.number, line.epoch()), (person, 2));
        assert_eq!(line.lookup(1).await.unwrap().state, NumberState::Waiting);
        line.tick().await.unwrap();
    }
}

/// A line that was lost with its node: nobody has lost a place, and no number comes twice.
async fn assert_rebuilt(line: &Arc<dyn LinePort>) {
    let joined = join_again(line, 9).await;
    assert!(joined.number > 1, "{} was given out before", joined.number);
    assert_eq!(line.epoch(), 3);
    assert_eq!(line.lookup(1).await.unwrap().state, NumberState::Waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_node_stops_its_own_lines_until_it_is_back() {
    let (mut cluster, _rig, lines) = started().await;
    cluster.node(0).kill().unwrap();
    for person in 2..=5 {
        assert!(matches!(lines[0].join(member(person).user).await, Err(WriteError::Busy)));
        assert_others_go_on(&lines[1..], person).await;
    }
    cluster.node(0).restart().unwrap();
    assert_rebuilt(&lines[0]).await;
    assert_others_go_on(&lines[1..], 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_takes_over_the_lines_of_a_dead_one() {
    let (mut cluster, rig, lines) = started().await;
    cluster.node(0).kill().unwrap();
    assert!(matches!(lines[0].join(member(2).user).await, Err(WriteError::Busy)));
    cluster.hand_over(0, 1).unwrap();
    assert_rebuilt(&lines[0]).await;
    assert_others_go_on(&lines[1..], 2).await;
    let heir = redis::Client::open(cluster.node(1).url()).unwrap();
    let mut heir = heir.get_multiplexed_async_connection().await.unwrap();
    let exists: u8 = redis::cmd("EXISTS").arg(rig.line_key(&lines[0])).query_async(&mut heir).await.unwrap();
    assert_eq!(exists, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_forgotten_the_others_is_passed_over() {
    let (mut cluster, _rig, lines) = started().await;
    // All lines have asked this node for theirs. It goes on to answer, and knows of nobody.
    let first = redis::Client::open(cluster.node(0).url()).unwrap();
    let mut first = first.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHALL").exec_async(&mut first).await.unwrap();
    redis::cmd("CLUSTER").arg("RESET").arg("HARD").exec_async(&mut first).await.unwrap();
    cluster.node(1).restart().unwrap();
    assert_rebuilt(&lines[1]).await;
    let joined = lines[2].join(member(2).user).await.unwrap();
    assert_eq!((joined.number, lines[2].epoch()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_servers_that_are_no_cluster_are_refused() {
    let rig = Rig::start();
    let url = rig.options.url.trim_end_matches('/').replacen("redis://", "", 1);
    let options = RedisOptions::new(format!("redis://{url},{url}/"));
    let (reads, writer, clock) = (Arc::clone(&rig.reads) as _, rig.writer.clone(), rig.fixture.clock.clone());
    let opened = RedisLine::open(&options, MAIN_SALE, reads, writer, clock, DIALS()).await;
    let refused = opened.err().expect("one of them would get half of the people");
    assert!(refused.contains("not a node of a cluster"), "{refused}");
}
