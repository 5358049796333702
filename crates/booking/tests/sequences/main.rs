//! Random sequences of commands, in batches of random size, on random clocks: two sales, one of which has yet
//! to open, a concert that both sell, and people who come to both, several times.
//!
//! A store of plain maps keeps the rows. A witness with its own model watches every answer.

mod play;
mod store;
mod witness;

use std::collections::HashMap;

use jiff::SignedDuration;
use onsale_booking::Command;
use onsale_booking::ids::UserId;
use onsale_booking::sale::Sale;
use onsale_booking::seen::SeenHolds;
use proptest::prelude::*;
use uuid::Uuid;

use play::{MAIN, Players, Step, opening_acts, opening_steps, start, steps};
use store::Store;
use witness::Witness;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_breaks_an_invariant(is_early in prop::bool::weighted(0.2), steps in steps()) {
        let mut now = start();
        let mut players = Players::default();
        let mut store = Store::new(Sale::main(MAIN, now));
        let mut witness = Witness::default();
        let acts = opening_acts();
        for (act, result) in acts.iter().zip(store.run(&acts, now)) {
            prop_assert!(result.is_ok(), "{act:?}: {result:?}");
            witness.sees(act, &result, now);
        }
        let users: Vec<UserId> = (1..=3).map(|user| UserId(Uuid::from_u128(user))).collect();
        let mut pages = Vec::<HashMap<UserId, SeenHolds>>::new();
        let opening = opening_steps().into_iter().filter(|_| !is_early);
        for step in opening.chain(steps) {
            pages.push(users.iter().map(|user| (*user, store.page_of(*user, now))).collect());
            let page = |user: UserId, ago: usize| pages[pages.len().saturating_sub(1 + ago)][&user].clone();
            match step {
                Step::Wait(seconds) => now += SignedDuration::from_secs(seconds),
                Step::Batch(batch) => {
                    let batch: Vec<Command> = batch.into_iter().map(|act| players.command(act, page)).collect();
                    for (command, result) in batch.iter().zip(store.run(&batch, now)) {
                        players.learn(command, &result);
                        witness.sees(command, &result, now);
                    }
                }
            }
            witness.agrees_with(|user| store.page_of(user, now), now);
            store.audit(now);
        }
    }
}
