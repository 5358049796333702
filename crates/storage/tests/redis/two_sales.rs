//! Two sales in one Redis, under one prefix.

use std::collections::BTreeSet;
use std::sync::Arc;

use onsale_booking::ids::SaleId;
use onsale_line::{Dials, NumberState};
use onsale_storage::line::LinePort;
use uuid::Uuid;

use crate::rig::Rig;
use crate::support::commands::{MAIN_SALE, member, room, seconds};
use crate::support::redis::forget;

const OTHER: SaleId = SaleId(Uuid::from_u128(0x22));

fn dials(capacity: u32) -> Dials {
    Dials { capacity: room(capacity), rate_per_minute: 0, paused: false }
}

/// One person is called and comes too late, so that the line has keys of every kind but passes.
async fn use_line(rig: &Rig, line: &Arc<dyn LinePort>) {
    for person in 1..=3 {
        line.join(member(person).user).await.unwrap();
    }
    rig.fixture.clock.advance(seconds(60));
    line.tick().await.unwrap();
}

/// The parts in braces of all keys of a rig.
async fn tags(rig: &Rig) -> BTreeSet<String> {
    let client = redis::Client::open(rig.options.url.as_str()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let mut list = redis::cmd("KEYS");
    let keys: Vec<String> =
        list.arg(format!("{}*", rig.options.prefix)).query_async(&mut redis).await.unwrap();
    let tag = |key: &String| {
        let (_, rest) = key.split_once('{').unwrap_or_else(|| panic!("{key} has no hash tag"));
        rest.split_once('}').unwrap().0.to_owned()
    };
    keys.iter().map(tag).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_keys_of_a_sale_share_one_hash_tag() {
    let rig = Rig::start();
    let (main, other) = (rig.instance(dials(1)).await, rig.line_of(OTHER, dials(1)).await);
    use_line(&rig, &main).await;
    use_line(&rig, &other).await;
    assert_eq!(tags(&rig).await, [MAIN_SALE.0.to_string(), OTHER.0.to_string()].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_whose_keys_are_lost_disturbs_no_other() {
    let rig = Rig::start();
    let (main, other) = (rig.instance(dials(0)).await, rig.line_of(OTHER, dials(0)).await);
    use_line(&rig, &main).await;
    use_line(&rig, &other).await;
    let (mains, others) = (main.epoch(), other.epoch());
    forget(&rig.options.url, &format!("{}{{{}}}", rig.options.prefix, OTHER.0)).await;
    for _ in 0..100 {
        let known = main.lookup(3).await.unwrap().state;
        assert_eq!((known, main.epoch()), (NumberState::Waiting, mains), "the main sale goes on");
        if other.tick().await.is_ok() && other.epoch() > others {
            let number = other.join(member(4).user).await.unwrap().number;
            assert!(number > 3, "{number} was given out before");
            assert_eq!(main.join(member(4).user).await.unwrap().number, 4);
            return;
        }
        // The line reconnects in its own time.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the other line did not come back");
}
