//! Losses: commits of which the line was not notified, keys, whole epochs, and instances that slept.

use std::sync::Arc;

use onsale_booking::Command;
use onsale_booking::Refusal;
use onsale_booking::command::PassHolder;
use onsale_line::{Dials, Number, NumberState, Sign};
use onsale_storage::line::LinePort;
use onsale_storage::writer::WriteError;

use crate::rig::Rig;
use crate::support::commands::{
    CONCERT, by_number, hold, holder, leave, member, open_concert, room, seconds,
};
use crate::support::redis::forget;

fn dials(capacity: u32) -> Dials {
    Dials { capacity: room(capacity), rate_per_minute: 0, paused: false }
}

async fn join(line: &Arc<dyn LinePort>, by: PassHolder) -> PassHolder {
    by_number(by.user, line.join(by.user).await.unwrap().number)
}

async fn state(line: &Arc<dyn LinePort>, by: PassHolder) -> NumberState {
    line.lookup(by.pass.number).await.unwrap().state
}

/// Ticks until the line is back, which takes a moment after a loss.
async fn tick(line: &Arc<dyn LinePort>) -> Vec<Number> {
    for _ in 0..100 {
        match line.tick().await {
            Ok(ticked) => return ticked.called,
            // The line reconnects in its own time.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
    panic!("the line did not come back");
}

async fn sign(rig: &Rig, line: &Arc<dyn LinePort>, by: PassHolder, back_in: i64) {
    let due = u32::try_from((rig.fixture.clock.now() + seconds(back_in)).as_second()).unwrap();
    line.signs_of_life(vec![Sign { number: by.pass.number, user: by.user.0, due }]).await.unwrap();
}

/// Waits until people are called again after a loss.
async fn after_the_rest(line: &Arc<dyn LinePort>) -> Vec<Number> {
    tick(line).await;
    // After a loss nobody is called for 1.5 s of real time, so that signs of life arrive first.
    tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    tick(line).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_stays_taken_while_an_unreported_pass_is_valid() {
    let rig = Rig::deaf();
    let line = rig.instance(dials(1)).await;
    let (alice, bob) = (join(&line, holder("alice")).await, join(&line, holder("bob")).await);
    let call = line.claim(alice.pass.number).await.unwrap().unwrap();
    // The instance that admits alice dies before it can notify the line.
    let admit = Command::Admit { user: alice.user, pass: alice.pass, call };
    rig.caller(&line).ok(admit).await;
    sign(&rig, &line, bob, 1_000).await;
    rig.fixture.clock.advance(seconds(60));
    assert_eq!(tick(&line).await, [] as [Number; 0], "the call has lapsed, but alice is inside");
    assert!(matches!(state(&line, alice).await, NumberState::Inside { .. }));

    // Nor is it free after a hold has extended her pass, which was not reported either.
    let caller = rig.caller(&line);
    caller.ok(open_concert(CONCERT, 10)).await;
    rig.fixture.clock.advance(seconds(500));
    caller.ok(hold(alice, &[1])).await;
    rig.fixture.clock.advance(seconds(60));
    assert_eq!(tick(&line).await, [] as [Number; 0], "600 s are over, but she holds a seat");
    rig.fixture.clock.advance(seconds(300));
    assert_eq!(tick(&line).await, [bob.pass.number]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_ended_unreported_frees_its_slot() {
    let rig = Rig::deaf();
    let line = rig.instance(dials(1)).await;
    let (alice, bob) = (join(&line, holder("alice")).await, join(&line, holder("bob")).await);
    let call = line.claim(alice.pass.number).await.unwrap().unwrap();
    let caller = rig.caller(&line);
    caller.ok(Command::Admit { user: alice.user, pass: alice.pass, call }).await;
    caller.ok(leave(alice)).await;
    sign(&rig, &line, bob, 1_000).await;
    // The store is asked about slots once a second.
    for _ in 0..40 {
        if tick(&line).await == [bob.pass.number] {
            return;
        }
        // That is a second of real time, not of the test's clock.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("alice's slot stays taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_loses_no_place_and_reissues_no_number() {
    let rig = Rig::start();
    let (one, other) = (rig.instance(dials(1)).await, rig.instance(dials(1)).await);
    let alice = join(&one, holder("alice")).await;
    let call = one.claim(alice.pass.number).await.unwrap().unwrap();
    rig.caller(&one).ok(Command::Admit { user: alice.user, pass: alice.pass, call }).await;
    let (bob, carol) = (join(&other, holder("bob")).await, join(&one, holder("carol")).await);
    let epoch = one.epoch();

    forget(&rig.options.url, &rig.options.prefix).await;
    assert_eq!(after_the_rest(&one).await, [] as [Number; 0], "alice is inside");
    after_the_rest(&other).await;
    assert!(one.epoch() > epoch && one.epoch() == other.epoch(), "{} {}", one.epoch(), other.epoch());
    for line in [&one, &other] {
        assert!(matches!(state(line, alice).await, NumberState::Inside { .. }));
        assert_eq!(
            (state(line, bob).await, state(line, carol).await),
            (NumberState::Waiting, NumberState::Waiting)
        );
    }
    sign(&rig, &other, carol, 100).await;
    sign(&rig, &one, bob, 100).await;
    assert_eq!(
        (join(&one, bob).await, join(&other, carol).await),
        (bob, carol),
        "their tickets say who they are"
    );
    let dave = join(&other, member(4)).await;
    assert!(dave.pass.number > carol.pass.number, "{dave:?}");
    rig.caller(&one).ok(leave(alice)).await;
    assert_eq!(tick(&one).await, [bob.pass.number]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_the_previous_epoch_lets_nobody_in() {
    let rig = Rig::start();
    let line = rig.instance(dials(1)).await;
    let (alice, bob) = (join(&line, holder("alice")).await, join(&line, holder("bob")).await);
    let call = line.claim(alice.pass.number).await.unwrap().unwrap();
    forget(&rig.options.url, &rig.options.prefix).await;
    // The line has lost the call, and makes it again.
    assert_eq!(after_the_rest(&line).await, [alice.pass.number]);
    let late = Command::Admit { user: alice.user, pass: alice.pass, call };
    assert_eq!(rig.caller(&line).refused(late).await, Refusal::NotAdmitted);
    let call = line.claim(alice.pass.number).await.unwrap().unwrap();
    rig.caller(&line).ok(Command::Admit { user: alice.user, pass: alice.pass, call }).await;
    assert_eq!(state(&line, bob).await, NumberState::Waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_with_older_data_is_noticed() {
    let rig = Rig::start();
    let line = rig.instance(dials(0)).await;
    let alice = join(&line, holder("alice")).await;
    let key = rig.line_key(&line);
    let before = rig.dump(&key).await;
    let bob = join(&line, holder("bob")).await;
    let epoch = line.epoch();
    // The same run of the server, the same key, with fewer numbers: as after an old copy was loaded.
    rig.restore(&key, before).await;
    assert_eq!(line.join(member(3).user).await.map(|joined| joined.number), Err(WriteError::Busy));
    after_the_rest(&line).await;
    assert!(line.epoch() > epoch);
    let carol = join(&line, member(3)).await;
    assert!(carol.pass.number > bob.pass.number, "{carol:?} after {bob:?}");
    assert_eq!(
        (state(&line, alice).await, state(&line, bob).await),
        (NumberState::Waiting, NumberState::Waiting)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_missed_a_rebuild_changes_nothing() {
    let rig = Rig::start();
    let (awake, asleep) = (rig.instance(dials(1)).await, rig.instance(dials(1)).await);
    let alice = join(&awake, holder("alice")).await;
    forget(&rig.options.url, &rig.options.prefix).await;
    after_the_rest(&awake).await;
    sign(&rig, &awake, alice, 100).await;
    // It still uses the old epoch. Its requests find no line there, so it looks for the new one.
    assert!(asleep.epoch() < awake.epoch());
    assert_eq!(asleep.join(holder("bob").user).await.map(|joined| joined.number), Err(WriteError::Busy));
    after_the_rest(&asleep).await;
    assert_eq!(asleep.epoch(), awake.epoch());
    assert!(join(&asleep, holder("bob")).await.pass.number > alice.pass.number);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_a_join_fails_in_time_and_takes_no_number() {
    let rig = Rig::start();
    let line = rig.instance(dials(1)).await;
    let stall = rig.fixture.sql();
    stall.execute_batch("BEGIN IMMEDIATE").unwrap();
    let soon = std::time::Duration::from_secs(20);
    let joined = tokio::time::timeout(soon, line.join(holder("alice").user)).await.expect("an answer");
    assert_eq!(joined.map(|joined| joined.number), Err(WriteError::Busy));
    stall.execute_batch("ROLLBACK").unwrap();
    assert_eq!(line.join(holder("alice").user).await.unwrap().number, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_loss_nobody_waits_for_numbers_that_were_never_given_out() {
    let rig = Rig::start();
    let line = rig.instance(dials(1)).await;
    let alice = join(&line, holder("alice")).await;
    rig.caller(&line).ok(leave(alice)).await;
    forget(&rig.options.url, &rig.options.prefix).await;
    after_the_rest(&line).await;
    let bob = join(&line, holder("bob")).await;
    assert!(bob.pass.number > 100, "a block was allocated, and no number of it is given out again");
    assert!(matches!(state(&line, bob).await, NumberState::Called { .. }), "nobody is ahead of bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_instance_confirms_the_numbers_that_it_knows() {
    let rig = Rig::start();
    let (one, other) = (rig.instance(dials(1)).await, rig.instance(dials(1)).await);
    let alice = join(&one, holder("alice")).await;
    let call = one.claim(alice.pass.number).await.unwrap().unwrap();
    rig.caller(&one).ok(Command::Admit { user: alice.user, pass: alice.pass, call }).await;
    // Only the other instance knows bob, and it is not the one that rebuilds the line.
    let bob = join(&other, holder("bob")).await;
    forget(&rig.options.url, &rig.options.prefix).await;
    after_the_rest(&one).await;
    after_the_rest(&other).await;
    rig.caller(&one).ok(leave(alice)).await;
    assert_eq!(tick(&one).await, [bob.pass.number]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_inside_is_called_again_after_a_rebuild() {
    let rig = Rig::start();
    let (one, other) = (rig.instance(dials(3)).await, rig.instance(dials(3)).await);
    for name in ["alice", "bob"] {
        let by = join(&one, holder(name)).await;
        let call = one.claim(by.pass.number).await.unwrap().unwrap();
        rig.caller(&one).ok(Command::Admit { user: by.user, pass: by.pass, call }).await;
    }
    // The instance that rebuilds the line does not know their numbers, and the head was never noted.
    forget(&rig.options.url, &rig.options.prefix).await;
    tick(&other).await;
    // This one does, and vouches for them before anybody is called.
    assert_eq!(after_the_rest(&one).await, [] as [Number; 0], "both are inside");
    let carol = join(&one, holder("carol")).await;
    assert!(matches!(state(&one, carol).await, NumberState::Called { .. }), "the third slot is free");
}
