//! What is lost on the way: commits that the line was not told of, keys, whole epochs, and instances that slept.

use std::sync::Arc;

use onsale_booking::Command;
use onsale_booking::Refusal;
use onsale_booking::command::Guest;
use onsale_line::{Dials, Number, Place, Sign};
use onsale_storage::line::LinePort;
use onsale_storage::writer::WriteError;

use crate::rig::Rig;
use crate::support::asks::{CONCERT, by_number, guest, leave, member, open_concert, reserve, seconds};
use crate::support::redis::forget;

fn dials(capacity: u32) -> Dials {
    Dials { capacity, rate_per_minute: 0, paused: false }
}

async fn join(line: &Arc<dyn LinePort>, by: Guest) -> Guest {
    by_number(by.user, line.join(by.user).await.unwrap().number)
}

async fn place(line: &Arc<dyn LinePort>, by: Guest) -> Place {
    line.look(by.pass.number).await.unwrap().place
}

/// Ticks until the line is there, which it is again soon after it was lost.
async fn tick(line: &Arc<dyn LinePort>) -> Vec<Number> {
    for _ in 0..100 {
        match line.tick().await {
            Ok(ticked) => return ticked.called,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
    panic!("the line does not come back");
}

async fn sign(rig: &Rig, line: &Arc<dyn LinePort>, by: Guest, back_in: i64) {
    let due = u32::try_from((rig.fixture.clock.now() + seconds(back_in)).as_second()).unwrap();
    line.signs_of_life(vec![Sign { number: by.pass.number, user: by.user.0, due }]).await.unwrap();
}

/// Until what rests after a loss is over.
async fn after_the_rest(line: &Arc<dyn LinePort>) -> Vec<Number> {
    tick(line).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    tick(line).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_not_given_away_while_its_pass_lives_untold() {
    let rig = Rig::deaf();
    let line = rig.instance(dials(1)).await;
    let (alice, bob) = (join(&line, guest("alice")).await, join(&line, guest("bob")).await);
    let call = line.claim(alice.pass.number).await.unwrap().unwrap();
    // The instance that lets alice in dies before it can tell the line.
    let admit = Command::Admit { user: alice.user, pass: alice.pass, call };
    rig.desk(&line).ok(admit).await;
    sign(&rig, &line, bob, 1_000).await;
    rig.fixture.clock.advance(seconds(60));
    assert_eq!(tick(&line).await, [] as [Number; 0], "the call is over, and alice is inside");
    assert!(matches!(place(&line, alice).await, Place::Inside { .. }));

    // Nor when a hold has moved the end of her pass, and nobody told.
    let desk = rig.desk(&line);
    desk.ok(open_concert(CONCERT, 10)).await;
    rig.fixture.clock.advance(seconds(500));
    desk.ok(reserve(alice, &[1])).await;
    rig.fixture.clock.advance(seconds(60));
    assert_eq!(tick(&line).await, [] as [Number; 0], "600 s are over, and she holds a seat");
    rig.fixture.clock.advance(seconds(300));
    assert_eq!(tick(&line).await, [bob.pass.number]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_ended_untold_frees_its_slot() {
    let rig = Rig::deaf();
    let line = rig.instance(dials(1)).await;
    let (alice, bob) = (join(&line, guest("alice")).await, join(&line, guest("bob")).await);
    let call = line.claim(alice.pass.number).await.unwrap().unwrap();
    let desk = rig.desk(&line);
    desk.ok(Command::Admit { user: alice.user, pass: alice.pass, call }).await;
    desk.ok(leave(alice)).await;
    sign(&rig, &line, bob, 1_000).await;
    // The store is asked about slots once a second.
    for _ in 0..40 {
        if tick(&line).await == [bob.pass.number] {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("alice's slot stays taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_loses_no_place_and_reissues_no_number() {
    let rig = Rig::start();
    let (one, other) = (rig.instance(dials(1)).await, rig.instance(dials(1)).await);
    let alice = join(&one, guest("alice")).await;
    let call = one.claim(alice.pass.number).await.unwrap().unwrap();
    rig.desk(&one).ok(Command::Admit { user: alice.user, pass: alice.pass, call }).await;
    let (bob, carol) = (join(&other, guest("bob")).await, join(&one, guest("carol")).await);
    let epoch = one.epoch();

    forget(&rig.options.url, &rig.options.prefix).await;
    assert_eq!(after_the_rest(&one).await, [] as [Number; 0], "alice is inside");
    after_the_rest(&other).await;
    assert!(one.epoch() > epoch && one.epoch() == other.epoch(), "{} {}", one.epoch(), other.epoch());
    for line in [&one, &other] {
        assert!(matches!(place(line, alice).await, Place::Inside { .. }));
        assert_eq!((place(line, bob).await, place(line, carol).await), (Place::Waiting, Place::Waiting));
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
    rig.desk(&one).ok(leave(alice)).await;
    assert_eq!(tick(&one).await, [bob.pass.number]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_the_epoch_before_lets_nobody_in() {
    let rig = Rig::start();
    let line = rig.instance(dials(1)).await;
    let (alice, bob) = (join(&line, guest("alice")).await, join(&line, guest("bob")).await);
    let call = line.claim(alice.pass.number).await.unwrap().unwrap();
    forget(&rig.options.url, &rig.options.prefix).await;
    // The line has forgotten the call, and makes it again.
    assert_eq!(after_the_rest(&line).await, [alice.pass.number]);
    let late = Command::Admit { user: alice.user, pass: alice.pass, call };
    assert_eq!(rig.desk(&line).refused(late).await, Refusal::NotAdmitted);
    let call = line.claim(alice.pass.number).await.unwrap().unwrap();
    rig.desk(&line).ok(Command::Admit { user: alice.user, pass: alice.pass, call }).await;
    assert_eq!(place(&line, bob).await, Place::Waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_went_back_in_time_is_found_out() {
    let rig = Rig::start();
    let line = rig.instance(dials(0)).await;
    let alice = join(&line, guest("alice")).await;
    let key = rig.line_key(&line);
    let before = rig.dump(&key).await;
    let bob = join(&line, guest("bob")).await;
    let epoch = line.epoch();
    // The same run of the server, the same key, with less in it: as after a copy was loaded.
    rig.restore(&key, before).await;
    assert_eq!(line.join(member(3).user).await.map(|joined| joined.number), Err(WriteError::Busy));
    after_the_rest(&line).await;
    assert!(line.epoch() > epoch);
    let carol = join(&line, member(3)).await;
    assert!(carol.pass.number > bob.pass.number, "{carol:?} after {bob:?}");
    assert_eq!((place(&line, alice).await, place(&line, bob).await), (Place::Waiting, Place::Waiting));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_slept_through_an_epoch_does_nothing_in_it() {
    let rig = Rig::start();
    let (awake, asleep) = (rig.instance(dials(1)).await, rig.instance(dials(1)).await);
    let alice = join(&awake, guest("alice")).await;
    forget(&rig.options.url, &rig.options.prefix).await;
    after_the_rest(&awake).await;
    sign(&rig, &awake, alice, 100).await;
    // It still believes in the epoch before. What it asks finds no line, and it looks for the new one.
    assert!(asleep.epoch() < awake.epoch());
    assert_eq!(asleep.join(guest("bob").user).await.map(|joined| joined.number), Err(WriteError::Busy));
    after_the_rest(&asleep).await;
    assert_eq!(asleep.epoch(), awake.epoch());
    assert!(join(&asleep, guest("bob")).await.pass.number > alice.pass.number);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_nobody_gets_a_number_and_nobody_waits_for_ever() {
    let rig = Rig::start();
    let line = rig.instance(dials(1)).await;
    let stall = rig.fixture.sql();
    stall.execute_batch("BEGIN IMMEDIATE").unwrap();
    let soon = std::time::Duration::from_secs(20);
    let joined = tokio::time::timeout(soon, line.join(guest("alice").user)).await.expect("an answer");
    assert_eq!(joined.map(|joined| joined.number), Err(WriteError::Busy));
    stall.execute_batch("ROLLBACK").unwrap();
    assert_eq!(line.join(guest("alice").user).await.unwrap().number, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_loss_newcomers_do_not_wait_for_numbers_that_nobody_has() {
    let rig = Rig::start();
    let line = rig.instance(dials(1)).await;
    let alice = join(&line, guest("alice")).await;
    rig.desk(&line).ok(leave(alice)).await;
    forget(&rig.options.url, &rig.options.prefix).await;
    after_the_rest(&line).await;
    let bob = join(&line, guest("bob")).await;
    assert!(bob.pass.number > 100, "a block was reserved, and no number of it is given out again");
    assert!(matches!(place(&line, bob).await, Place::Called { .. }), "nobody is ahead of bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_instance_vouches_for_the_numbers_that_it_knows() {
    let rig = Rig::start();
    let (one, other) = (rig.instance(dials(1)).await, rig.instance(dials(1)).await);
    let alice = join(&one, guest("alice")).await;
    let call = one.claim(alice.pass.number).await.unwrap().unwrap();
    rig.desk(&one).ok(Command::Admit { user: alice.user, pass: alice.pass, call }).await;
    // Only the other instance knows of bob, and it is not the one that builds the line again.
    let bob = join(&other, guest("bob")).await;
    forget(&rig.options.url, &rig.options.prefix).await;
    after_the_rest(&one).await;
    after_the_rest(&other).await;
    rig.desk(&one).ok(leave(alice)).await;
    assert_eq!(tick(&one).await, [bob.pass.number]);
}
