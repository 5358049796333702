//! Random traces over one and over several instances.

use onsale_line::Dials;
use proptest::prelude::*;

use crate::rig::Rig;
use crate::support::commands::room;
use crate::support::traces::{Replay, Step, steps};

async fn replay(instances: usize, capacity: u32, steps: &[Step]) {
    let dials = Dials { capacity: room(capacity), rate_per_minute: 0, paused: false };
    let rig = Rig::start();
    let mut lines = Vec::new();
    for _ in 0..instances {
        lines.push(rig.instance(dials).await);
    }
    let caller = rig.caller(&lines[0]);
    let (clock, moved) = (rig.fixture.clock.clone(), rig.fixture.clock.clone());
    Replay::new(lines, caller, dials, move || clock.now(), move |by| moved.advance(by)).play(steps).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_instance_answers_as_the_rules_do(capacity in 0..4_u32, steps in steps(60)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(replay(1, capacity, &steps));
    }

    #[test]
    fn three_instances_answer_as_one(capacity in 0..4_u32, steps in steps(60)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(replay(3, capacity, &steps));
    }
}
