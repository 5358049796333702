//! Never more people inside than there is room for, and always the next in order.

use std::collections::BTreeMap;

use futures_util::future::{join, join_all};
use serde_json::Value;

use crate::actors::Actor;
use crate::stage::{PRICE, Stage, at_once, concert_with, secs};

const ROOM: usize = 5;

/// Everybody joins. Returns the fans by their numbers, and the numbers of those who were let in.
async fn everybody_joins(stage: &Stage, count: usize) -> (BTreeMap<u64, Actor>, Vec<u64>) {
    let fans = stage.crowd(count);
    let answers = at_once(fans.iter().map(Actor::join)).await;
    let joined: Vec<Value> = answers.iter().map(crate::answer::Answer::ok).collect();
    let number = |place: &Value| place["number"].as_u64().expect("a number");
    let mut inside: Vec<_> =
        joined.iter().filter(|place| place["status"] == "admitted").map(number).collect();
    inside.sort_unstable();
    (joined.iter().map(number).zip(fans).collect(), inside)
}

/// Everybody who waits polls at the same time. Returns who was let in.
async fn everybody_claims(waiting: &BTreeMap<u64, Actor>) -> Vec<u64> {
    let polls = waiting.iter().map(async |(number, fan)| (*number, fan.poll().await));
    let answers = join_all(polls).await.into_iter();
    answers.filter(|(_, answer)| answer.line() == "200 admitted").map(|(number, _)| number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_people_go_through_five_slots_in_order() {
    let stage = Stage::with(&[("line_capacity", "5")]).await;
    let large = stage.open_concert(&concert_with(&serde_json::json!({"capacity": 100}))).await;
    let (mut fans, mut inside) = everybody_joins(&stage, 100).await;
    for fan in fans.values_mut() {
        fan.concert = large;
    }
    at_once(fans.values().map(|fan| fan.charge(PRICE))).await;
    let operator = stage.operator();
    let mut next = 1..=100;
    let mut waiting = fans;
    loop {
        assert_eq!(inside, next.by_ref().take(ROOM).collect::<Vec<_>>(), "the next in order");
        let insiders: BTreeMap<u64, Actor> =
            inside.iter().filter_map(|number| Some((*number, waiting.remove(number)?))).collect();
        stage.advance(secs(2)).await;
        assert_eq!(everybody_claims(&waiting).await, [0; 0], "there is no room");
        stage.tick().await;
        assert_eq!(operator.line().await["inside"], ROOM);

        let payments = join_all(insiders.iter().map(async |(number, fan)| {
            let seat_no = u32::try_from(*number).expect("a small number");
            fan.hold(seat_no).await.ok();
            fan.pay(seat_no).await.ok();
        }));
        // The line ticks while they pay.
        join(payments, async { join_all((0..20).map(|_| stage.tick())).await }).await;
        if waiting.is_empty() {
            break;
        }
        stage.advance(secs(2)).await;
        inside = everybody_claims(&waiting).await;
        assert!(inside.len() <= ROOM, "{inside:?}");
    }
    assert_eq!(next.next(), None, "all hundred were let in");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_each_payment_the_next_in_order_comes_in() {
    let stage = Stage::with(&[("line_capacity", "5")]).await;
    let (mut waiting, inside) = everybody_joins(&stage, 20).await;
    let mut insiders: Vec<Actor> = inside.iter().filter_map(|number| waiting.remove(number)).collect();
    for number in 6..=20_u32 {
        let payer = insiders.remove(0);
        crate::stage::buy(&payer, number).await;
        stage.advance(secs(2)).await;
        assert_eq!(everybody_claims(&waiting).await, [u64::from(number)]);
        insiders.extend(waiting.remove(&u64::from(number)));
        assert_eq!(insiders.len(), ROOM);
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_polls_of_one_called_person_give_one_pass() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (alice, bob, carol) = (stage.insider().await, stage.newcomer(), stage.newcomer());
    bob.join().await.ok();
    carol.join().await.ok();
    alice.leave().await.ok();
    stage.advance(secs(2)).await;
    let answers = at_once((0..50).map(|_| bob.poll())).await;
    assert_eq!(crate::answer::tally(&answers), "50 x 200 admitted");
    assert!(answers.iter().all(|answer| answer.text == answers[0].text));
    stage.tick().await;
    assert_eq!(stage.operator().line().await["inside"], 1);
    assert_eq!(carol.poll().await.line(), "200 waiting");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_joins_of_one_person_give_one_place() {
    let stage = Stage::open().await;
    let alice = stage.newcomer();
    let answers = at_once((0..50).map(|_| alice.join())).await;
    assert!(answers.iter().all(|answer| answer.ok()["number"] == 1 && answer.line() == "200 admitted"));
    assert_eq!(stage.newcomer().join().await.ok()["number"], 2);
    stage.end().await;
}
