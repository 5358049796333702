//! Random traces through the opening of a draw, over one and over several instances.

use onsale_line::{Dials, LineOpening, LineWindow, Order, Schedule};
use proptest::prelude::*;

use crate::lobby::{Lobby, OPENS_IN, drawn_sale};
use crate::support::commands::room;
use crate::support::sales::SEED;
use crate::support::traces::{Replay, Step, steps};

async fn replay(instances: usize, capacity: u32, before: &[Step], after: &[Step]) {
    let sale = drawn_sale();
    let window = LineWindow { lobby_at: sale.lobby_at, opens_at: sale.opens_at, closes_at: None };
    let schedule = |opening| Schedule { window, opening };
    let lobby = Lobby::of(sale, capacity, &vec![0; instances]).await;
    lobby.rig.notify(&lobby.lines[0]);
    let dials = Dials { capacity: room(capacity), rate_per_minute: 0, paused: false };
    let is_draw = LineOpening::Lobby { is_draw: true, tail: None };
    let (clock, clocks) = (lobby.rig.fixture.clock.clone(), lobby.clocks.clone());
    let advance = move |by| {
        clock.advance(by);
        for clock in &clocks {
            clock.advance(by);
        }
    };
    let now = lobby.rig.fixture.clock.clone();
    let (lines, caller) = (lobby.lines.clone(), lobby.rig.caller(&lobby.lines[0]));
    let rules = (dials, schedule(is_draw));
    let mut replay = Replay::with_schedule(lines, caller, rules, move || now.now(), advance);
    replay.play(before).await;
    lobby.wait(OPENS_IN);
    let now = lobby.rig.fixture.clock.now();
    let fixed = lobby.fix(instances - 1).await.unwrap();
    assert_eq!(replay.model().fix_lobby(now), Some(fixed.tail));
    let opened = lobby.commit(fixed).await.unwrap();
    // The other instances hear of it when they use the line.
    lobby.lines[0].sale_changed(opened).await.unwrap();
    replay.model().set_schedule(schedule(LineOpening::Open(Order::draw(&SEED, &[], fixed.tail))));
    replay.play(after).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_instance_draws_as_the_rules_do(
        capacity in 0..4_u32, before in steps(30), after in steps(50),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(replay(1, capacity, &before, &after));
    }

    #[test]
    fn three_instances_draw_as_one(capacity in 0..4_u32, before in steps(30), after in steps(50)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(replay(3, capacity, &before, &after));
    }
}
