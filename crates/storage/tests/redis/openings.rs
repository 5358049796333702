//! Openings over several instances, whose clocks differ and which hear of the opening at different times.

use std::sync::Arc;

use onsale_booking::Refusal;
use onsale_booking::new_sale::{NewSale, SaleChanges};
use onsale_line::{Number, NumberState, Order, Phase};
use onsale_storage::writer::{LineChange, LineTask, WriteError};

use crate::lobby::{Lobby, OPENS_IN, drawn_sale, sale_by_arrival};
use crate::support::commands::{member, seconds, start};
use crate::support::sales::{CLUB, SEED, change};

const NOBODY: [Number; 0] = [];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_before_the_commit_whatever_an_instances_clock_says() {
    let mut lobby = Lobby::of(drawn_sale(), 20, &[0, 30, -30]).await;
    lobby.join_all(6).await;
    lobby.sign_all(600).await;
    lobby.wait(OPENS_IN - 20);
    // By its clock it is time on the second instance, and the line believes that; the store does not.
    assert_eq!((lobby.fix(0).await, lobby.fix(2).await), (None, None));
    let early = lobby.fix(1).await.unwrap();
    assert_eq!(early.tail, 6);
    assert_eq!((lobby.join().await, lobby.fix(1).await), (7, Some(early)), "the lobby is fixed");
    let refused = lobby.commit(early).await.map(|sale| sale.opening.clone());
    assert!(matches!(refused, Err(WriteError::Refused(Refusal::SaleNotOpen { .. }))), "{refused:?}");
    assert_eq!(lobby.tick().await, NOBODY);
    lobby.lines[1].unfix_lobby().await.unwrap();
    assert_eq!(lobby.join().await, 8);
    lobby.wait(20);
    lobby.sign_all(600).await;
    assert_eq!((lobby.tick().await, lobby.fix(2).await), (vec![], None));
    let fixed = lobby.fix(0).await.unwrap();
    assert_eq!(fixed.tail, 8, "7 and 8 joined before the opening");
    let opened = lobby.commit(fixed).await.unwrap();
    lobby.lines[0].sale_changed(opened).await.unwrap();
    assert_eq!(lobby.tick().await, lobby.order().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_hears_late_never_answers_by_number() {
    let mut lobby = Lobby::of(drawn_sale(), 3, &[0, 0, 0]).await;
    lobby.join_all(10).await;
    lobby.sign_all(600).await;
    lobby.tick().await;
    lobby.wait(OPENS_IN);
    lobby.open(0).await;
    assert_eq!(lobby.lines[0].tick().await.unwrap().called.len(), 3);
    let order = lobby.order().await;
    // The others have heard nothing: they notice in Redis, and ask the store.
    for (place, number) in order.iter().enumerate() {
        let state = lobby.state(1, *number).await;
        if place < 3 {
            assert!(matches!(state, NumberState::Called { .. }), "{number}, at place {place}: {state:?}");
        } else {
            assert_eq!(state, NumberState::Waiting, "{number}, at place {place}");
        }
    }
    let called = lobby.lines[2].tick().await.unwrap();
    assert_eq!(called.called, order[..3], "the tick waits, too");
    assert_eq!(called.view.phase(lobby.rig.fixture.clock.now()), Phase::Open);
    for (place, number) in (1..).zip(&order) {
        assert_eq!(called.view.place(*number), Some(place));
    }
    assert_eq!(lobby.lines[1].lookup(0).await.unwrap().head, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_opens_what_another_has_committed_before_it_died() {
    let mut lobby = Lobby::of(drawn_sale(), 20, &[0, 0]).await;
    lobby.join_all(8).await;
    lobby.wait(OPENS_IN);
    lobby.sign_all(600).await;
    let fixed = lobby.fix(0).await.unwrap();
    lobby.commit(fixed).await.unwrap();
    assert_eq!(lobby.field("opened").await, 0);
    // The store is asked about the sale once a second.
    for _ in 0..60 {
        let called = lobby.lines[1].tick().await.unwrap().called;
        if !called.is_empty() {
            assert_eq!(called, lobby.order().await);
            return;
        }
        // That is a second of real time, not of the test's clock.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the sale stays closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_instances_open_it_at_once() {
    let mut lobby = Lobby::of(drawn_sale(), 20, &[0, 0, 0]).await;
    lobby.join_all(12).await;
    lobby.wait(OPENS_IN);
    lobby.sign_all(600).await;
    tokio::join!(lobby.open(0), lobby.open(1), lobby.open(2));
    assert_eq!(lobby.tick().await, lobby.order().await);
    assert_eq!((lobby.field("calls").await, lobby.field("drawn").await), (12, 12));
    lobby.open(1).await;
    assert_eq!(lobby.tick().await, NOBODY, "once more changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_redis_is_believed_about_an_opening_but_no() {
    let mut lobby = Lobby::of(drawn_sale(), 20, &[0]).await;
    lobby.join_all(3).await;
    lobby.sign_all(600).await;
    lobby.wait(OPENS_IN);
    let epoch = lobby.lines[0].epoch();
    lobby.set_field("opened", 1).await;
    let state = lobby.lines[0].lookup(1).await.map(|lookup| lookup.state);
    assert_eq!(state, Err(WriteError::Busy), "the store knows of no opening");
    lobby.come_back().await;
    assert!(lobby.lines[0].epoch() > epoch, "the line is built again");
    lobby.sign_all(600).await;
    lobby.rest_after_loss().await;
    assert_eq!((lobby.tick().await, lobby.field("opened").await), (vec![], 0));
    lobby.open(0).await;
    let called = lobby.tick().await;
    assert_eq!(called, lobby.order().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_nobody_is_answered_by_number() {
    let mut lobby = Lobby::of(drawn_sale(), 3, &[0, 0]).await;
    lobby.join_all(5).await;
    lobby.wait(OPENS_IN);
    lobby.sign_all(600).await;
    lobby.open(0).await;
    lobby.lines[0].tick().await.unwrap();
    let sql = lobby.rig.fixture.sql();
    sql.execute_batch("ALTER TABLE sale_concerts RENAME TO hidden").unwrap();
    let soon = std::time::Duration::from_secs(20);
    let lookup = tokio::time::timeout(soon, lobby.lines[1].lookup(1)).await.expect("an answer");
    assert_eq!(lookup.map(|lookup| lookup.state), Err(WriteError::Busy));
    sql.execute_batch("ALTER TABLE hidden RENAME TO sale_concerts").unwrap();
    let first = lobby.order().await[0];
    assert!(matches!(lobby.state(1, first).await, NumberState::Called { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_places_of_a_draw_of_many_lie_in_several_chunks() {
    let mut lobby = Lobby::of(drawn_sale(), 4, &[0, 0]).await;
    lobby.join_all(2).await;
    // As if many more had joined and left: no test has time for 140,000 joins.
    let more = LineChange::AllocateNumbers(140_000);
    let task = LineTask { sale: CLUB, epoch: lobby.lines[0].epoch(), change: more };
    lobby.rig.writer.submit_line(task).await.unwrap();
    lobby.set_field("allocated", 140_200).await;
    lobby.set_field("tail", 140_000).await;
    lobby.lines[0].tick().await.unwrap();
    lobby.wait(OPENS_IN);
    let last = lobby.join().await;
    assert_eq!(last, 140_001);
    lobby.sign_all(600).await;
    lobby.open(0).await;
    let order = Order::draw(&SEED, &[], 140_001);
    let mut expected = [1, 2, last];
    expected.sort_unstable_by_key(|number| order.place(*number));
    let mut called = Vec::new();
    while called.len() < 3 {
        // Every instance reports it.
        called.extend(lobby.tick().await);
        called.dedup();
    }
    assert_eq!(called, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_times_that_one_instance_hears_of_count_on_all() {
    let closes_at = start() + seconds(OPENS_IN + 100);
    let new = NewSale { closes_at: Some(closes_at), ..sale_by_arrival() };
    let mut lobby = Lobby::of(new, 1, &[0, 0]).await;
    lobby.join_all(2).await;
    lobby.sign_all(900).await;
    lobby.wait(OPENS_IN);
    lobby.open(0).await;
    assert_eq!(lobby.tick().await, [1]);
    let sooner = start() + seconds(OPENS_IN + 50);
    let changes = SaleChanges { closes_at: Some(Some(sooner)), ..SaleChanges::default() };
    lobby.rig.fixture_caller().ok(change(CLUB, changes)).await;
    lobby.lines[0].sale_changed(Arc::new(lobby.sale().await)).await.unwrap();
    lobby.wait(50);
    let refused = lobby.lines[1].join(member(9).user).await.map(|joined| joined.number);
    assert_eq!(refused, Err(WriteError::Refused(Refusal::SaleClosed { closes_at: sooner })));
    lobby.tick().await;
    assert_eq!(lobby.state(1, 2).await, NumberState::Ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_over_leaves_the_memory_of_redis() {
    let closes_at = start() + seconds(OPENS_IN + 50);
    let mut lobby = Lobby::of(NewSale { closes_at: Some(closes_at), ..drawn_sale() }, 0, &[0, 0]).await;
    lobby.join_all(9).await;
    lobby.wait(OPENS_IN);
    lobby.sign_all(900).await;
    lobby.open(0).await;
    lobby.tick().await;
    let keys = async || {
        let mut list = redis::cmd("KEYS");
        let of_line = format!("{}*", lobby.rig.options.prefix);
        list.arg(of_line).query_async::<Vec<String>>(&mut lobby.rig.redis().await).await.unwrap().len()
    };
    assert!(keys().await > 10, "the hash, dues, places, and nine people");
    lobby.wait(50);
    for _ in 0..60 {
        lobby.tick().await;
        if keys().await <= 4 {
            let next = lobby.another(lobby.rig.fixture.clock.clone()).await;
            for line in lobby.lines.iter().chain([&next]) {
                assert_eq!(line.lookup(3).await.unwrap().state, NumberState::Ended);
                assert_eq!(line.state_of_user(lobby.crowd[0].user).await.unwrap(), None);
            }
            assert!(keys().await <= 4, "nothing comes back");
            return;
        }
        // Upkeep comes once a second of real time.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{} keys stay", keys().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_instance_sees_who_is_present_whatever_their_number() {
    let mut lobby = Lobby::of(drawn_sale(), 1, &[0, 0]).await;
    lobby.join_all(10).await;
    lobby.wait(OPENS_IN);
    lobby.sign_all(20).await;
    lobby.open(0).await;
    let order = lobby.order().await;
    assert_eq!((lobby.tick().await, order[0] > 1), (vec![order[0]], true), "1 is behind the head by number");
    let other = lobby.lines.remove(1);
    lobby.sign_all(300).await;
    lobby.wait(100);
    // The other instance hears of signs by its sweep only.
    other.tick().await.unwrap();
    assert_eq!(other.tick().await.unwrap().view.tallies().waiting, 9);
}
