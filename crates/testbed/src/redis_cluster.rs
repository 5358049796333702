//! A Redis Cluster of three nodes without replicas.

use std::ops::RangeInclusive;

use crate::redis::{Options, Redis};
use crate::wait::{PATIENCE, until};

/// How many slots a cluster has.
const SLOTS: u16 = 16_384;

/// Three nodes on loopback ports, each with a third of the slots. They go on without full coverage: a node
/// that dies takes only its own slots with it. Stopped and removed on drop.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    /// Starts a cluster and waits until every node serves.
    ///
    /// # Errors
    /// When the program is missing, a node does not come up, or they do not find each other.
    pub fn start() -> Result<Self, String> {
        let options = Options { is_node: true, ..Options::default() };
        let nodes = (0..3).map(|_| Redis::start(&options)).collect::<Result<_, _>>()?;
        let cluster = Self { nodes };
        for (index, node) in cluster.nodes.iter().enumerate() {
            node.expect(&format!("CLUSTER SET-CONFIG-EPOCH {}", index + 1), "+OK")?;
            let slots = cluster.slots(index);
            node.expect(&format!("CLUSTER ADDSLOTSRANGE {} {}", slots.start(), slots.end()), "+OK")?;
            let (first, bus) = (&cluster.nodes[0], cluster.nodes[0].bus_port().unwrap_or_default());
            if index > 0 {
                node.expect(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", first.port()), "+OK")?;
            }
        }
        for index in 0..cluster.nodes.len() {
            cluster.wait_until_known(index, index)?;
        }
        Ok(cluster)
    }

    /// Where to connect: all nodes, separated by commas.
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        format!("redis://{}/", hosts.join(","))
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node: never.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node.
    pub fn node(&mut self, index: usize) -> &mut Redis {
        &mut self.nodes[index]
    }

    /// The node that has the slot of a key at first.
    ///
    /// # Errors
    /// When no node answers.
    pub fn node_of(&self, key: &str) -> Result<usize, String> {
        let slot = self.nodes[0].read(&format!("CLUSTER KEYSLOT {key}"))?;
        let slot: u16 = slot.parse().map_err(|error| format!("slot {slot}: {error}"))?;
        (0..self.nodes.len())
            .find(|index| self.slots(*index).contains(&slot))
            .ok_or_else(|| format!("no node has slot {slot}"))
    }

    /// Gives the slots of a dead node to another, as an operator would.
    ///
    /// # Errors
    /// When the nodes that live refuse that or do not agree about it.
    pub fn hand_over(&self, dead: usize, heir: usize) -> Result<(), String> {
        let slots = self.slots(dead);
        for (index, node) in self.nodes.iter().enumerate().filter(|(index, _)| *index != dead) {
            node.expect(&format!("CLUSTER DELSLOTSRANGE {} {}", slots.start(), slots.end()), "+OK")?;
            if index == heir {
                node.expect(&format!("CLUSTER ADDSLOTSRANGE {} {}", slots.start(), slots.end()), "+OK")?;
            }
        }
        self.nodes[heir].expect("CLUSTER BUMPEPOCH", "+BUMPED")?;
        self.wait_until_known(dead, heir)
    }

    /// Waits until all nodes that live agree that `owner` has the slots that `range` had at first.
    fn wait_until_known(&self, range: usize, owner: usize) -> Result<(), String> {
        let slot = *self.slots(range).start();
        let port = self.nodes[owner].port();
        let all_know = || {
            let mut living = self.nodes.iter().filter(|node| node.process_id().is_some());
            living.all(|node| knows(node, slot, port))
        };
        if until(PATIENCE, all_know) {
            return Ok(());
        }
        Err(format!("the nodes do not agree about slot {slot}:\n{}", self.nodes[owner].log_tail()))
    }

    fn slots(&self, index: usize) -> RangeInclusive<u16> {
        let count = u16::try_from(self.nodes.len()).unwrap_or(1);
        let bound = |index: usize| SLOTS * u16::try_from(index).unwrap_or(0) / count;
        bound(index)..=bound(index + 1) - 1
    }
}

/// Whether a node serves, and says that the one at `port` has a slot.
fn knows(node: &Redis, slot: u16, port: u16) -> bool {
    let is_in = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        matches!((first.parse(), last.parse()), (Ok(first), Ok(last)) if (first..=last).contains(&slot))
    };
    // Of each node: its id, its address, flags, times and epoch, and from the ninth word on its slots.
    let has_slot = |nodes: String| {
        nodes.lines().any(|line| line.contains(&format!(":{port}@")) && line.split(' ').skip(8).any(is_in))
    };
    let serves = |info: String| info.contains("cluster_state:ok");
    node.read("CLUSTER NODES").is_ok_and(has_slot) && node.read("CLUSTER INFO").is_ok_and(serves)
}
