//! An opening that is lost between any two of its steps: of the instance, or of Redis.

use onsale_line::{Number, NumberState};
use onsale_storage::line::FixedLobby;

use crate::lobby::{Lobby, OPENS_IN, drawn_sale};
use crate::support::redis::forget;

const NOBODY: [Number; 0] = [];

/// What has been done of an opening when something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Nothing,
    Fixed,
    Committed,
    Opened,
    Called,
}

const STEPS: [Step; 5] = [Step::Nothing, Step::Fixed, Step::Committed, Step::Opened, Step::Called];

/// A lobby of ten on two instances, opened up to a step, and who was called.
async fn opened_up_to(step: Step) -> (Lobby, Vec<Number>) {
    let mut lobby = Lobby::of(drawn_sale(), 4, &[0, 0]).await;
    lobby.join_all(10).await;
    lobby.sign_all(900).await;
    lobby.wait(OPENS_IN);
    // The tail is noted.
    lobby.tick().await;
    let mut called = Vec::new();
    if step >= Step::Fixed {
        let fixed = lobby.fix(0).await.unwrap();
        assert_eq!(fixed.tail, 10);
        if step >= Step::Committed {
            let opened = lobby.commit(fixed).await.unwrap();
            if step >= Step::Opened {
                lobby.lines[0].sale_changed(opened).await.unwrap();
            }
        }
    }
    if step == Step::Called {
        called = lobby.lines[0].tick().await.unwrap().called;
    }
    (lobby, called)
}

/// Goes on to the end, and checks that there was one opening, whose order counts.
async fn goes_on(lobby: &mut Lobby, before: &[Number], message: &str) {
    if !lobby.sale().await.is_opened() {
        assert_eq!(lobby.tick().await, NOBODY, "{message}: it is not open");
    }
    lobby.open(1).await;
    let order = lobby.order().await;
    let called = lobby.tick().await;
    // After a loss of Redis calls that nobody has claimed are made again.
    if before.is_empty() || called.is_empty() {
        assert_eq!([before, &called[..]].concat(), order[..4], "{message}");
    } else {
        assert_eq!(called, order[..4], "{message}");
    }
    for (place, number) in order.iter().enumerate() {
        for instance in [0, 1] {
            let state = lobby.state(instance, *number).await;
            let is_called = matches!(state, NumberState::Called { .. });
            assert!(is_called || state == NumberState::Waiting, "{message}: {number} is {state:?}");
            assert_eq!(is_called, place < 4, "{message}: {number} at place {place}");
        }
    }
    let late = lobby.join().await;
    assert!(late > 10, "{message}: {late} was given out before");
    let place = lobby.lines[1].tick().await.unwrap().view.place(late);
    assert_eq!(place, Some(late), "{message}: who joins now comes behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_may_die_between_any_two_steps() {
    for step in STEPS {
        let (mut lobby, before) = opened_up_to(step).await;
        lobby.replace(0).await;
        let message = format!("dead after {step:?}");
        goes_on(&mut lobby, &before, &message).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_be_emptied_between_any_two_steps() {
    for step in STEPS {
        let (mut lobby, before) = opened_up_to(step).await;
        let epoch = lobby.lines[0].epoch();
        forget(&lobby.rig.options.url, &lobby.rig.options.prefix).await;
        lobby.come_back().await;
        assert!(lobby.lines[0].epoch() > epoch && lobby.lines[1].epoch() > epoch);
        lobby.sign_all(900).await;
        lobby.rest_after_loss().await;
        goes_on(&mut lobby, &before, &format!("emptied after {step:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_instances_and_redis_may_be_lost_between_any_two_steps() {
    for step in STEPS {
        let (mut lobby, before) = opened_up_to(step).await;
        forget(&lobby.rig.options.url, &lobby.rig.options.prefix).await;
        lobby.replace(0).await;
        lobby.replace(1).await;
        lobby.sign_all(900).await;
        lobby.rest_after_loss().await;
        goes_on(&mut lobby, &before, &format!("all lost after {step:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_of_a_lost_epoch_opens_nothing() {
    let (mut lobby, _) = opened_up_to(Step::Nothing).await;
    let stale = lobby.fix(0).await.unwrap();
    forget(&lobby.rig.options.url, &lobby.rig.options.prefix).await;
    lobby.come_back().await;
    let late = lobby.join().await;
    assert!(lobby.commit(stale).await.is_err(), "{late} joined since, and must be in the draw");
    let FixedLobby { epoch, tail } = lobby.fix(1).await.unwrap();
    assert!(epoch > stale.epoch && tail >= late, "{tail} {late}");
    lobby.sign_all(900).await;
    lobby.rest_after_loss().await;
    lobby.open(0).await;
    let called = lobby.tick().await;
    assert_eq!(called, lobby.order().await[..4]);
}

/// Every key of the line, as a snapshot keeps it.
async fn snapshot(lobby: &Lobby) -> Vec<(String, Vec<u8>)> {
    let mut redis = lobby.rig.redis().await;
    let mut list = redis::cmd("KEYS");
    let keys: Vec<String> =
        list.arg(format!("{}*", lobby.rig.options.prefix)).query_async(&mut redis).await.unwrap();
    let mut snapshot = Vec::new();
    for key in keys {
        let dump = lobby.rig.dump(&key).await;
        snapshot.push((key, dump));
    }
    snapshot
}

async fn restore(lobby: &Lobby, snapshot: Vec<(String, Vec<u8>)>) {
    forget(&lobby.rig.options.url, &lobby.rig.options.prefix).await;
    for (key, dump) in snapshot {
        lobby.rig.restore(&key, dump).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_snapshot_of_redis_takes_no_opening_back() {
    let (mut lobby, _) = opened_up_to(Step::Fixed).await;
    let before = snapshot(&lobby).await;
    lobby.open(0).await;
    let called = lobby.tick().await;
    assert_eq!(called, lobby.order().await[..4]);
    let epoch = lobby.lines[0].epoch();
    restore(&lobby, before).await;
    // The same run of the server, with the line as it was in the lobby.
    lobby.come_back().await;
    assert!(lobby.lines[0].epoch() > epoch, "an instance knows better");
    lobby.sign_all(900).await;
    lobby.rest_after_loss().await;
    goes_on(&mut lobby, &called, "an older snapshot").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_that_know_nothing_open_an_older_snapshot_in_the_same_order() {
    let (mut lobby, _) = opened_up_to(Step::Nothing).await;
    let before = snapshot(&lobby).await;
    lobby.open(0).await;
    lobby.lines.clear();
    restore(&lobby, before).await;
    for _ in 0..2 {
        let line = lobby.another(lobby.rig.fixture.clock.clone()).await;
        lobby.lines.push(line);
    }
    assert_eq!(lobby.field("opened").await, 1, "it is opened as soon as it is found");
    lobby.sign_all(900).await;
    goes_on(&mut lobby, &[], "found in its lobby").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_place_is_noticed() {
    let (lobby, _) = opened_up_to(Step::Called).await;
    let epoch = lobby.lines[0].epoch();
    let places = format!("{}:places:0", lobby.rig.line_key(&lobby.lines[0]));
    forget(&lobby.rig.options.url, &places).await;
    let number = lobby.order().await[7];
    let user = lobby.crowd.iter().find(|by| by.pass.number == number).unwrap().user;
    assert!(lobby.lines[0].join(user).await.is_err());
    lobby.come_back().await;
    assert!(lobby.lines[0].epoch() > epoch);
    let view = lobby.lines[0].tick().await.unwrap().view;
    assert_eq!(view.place(number), Some(8));
}
