//! One sale on three instances: what is promised of one holds for all of them together.
//!
//! They share a clock that the stories move, except in the last story. Updates between instances take real
//! time, though: a story that waits for one uses [`eventually`].

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use onsale_http::connection::Limits;
use onsale_storage::clock::Clock;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::actors::Actor;
use crate::answer::{Answer, tally};
use crate::events::Events;
use crate::home::Home;
use crate::stage::{MICROSECOND, PRICE, Stage, at_once, buy, concert_with, secs};
use crate::three::{Three, at, beside, eventually, number};

#[tokio::test(flavor = "multi_thread")]
async fn numbers_follow_the_order_of_joining_at_any_instance() {
    let three = Three::with(&[("line_capacity", "2")]).await;
    let fans = three.crowd(9);
    for (place, fan) in fans.iter().enumerate() {
        assert_eq!(number(&fan.join().await), place as u64 + 1);
    }
    three.advance(secs(2)).await;
    for (place, fan) in fans.iter().enumerate().skip(2) {
        let elsewhere = at(&three.0[(place + 1) % 3], fan);
        assert_eq!(elsewhere.poll().await.ok()["ahead"], place - 2, "the same at every instance");
        assert_eq!(number(&elsewhere.join().await), place as u64 + 1, "one person has one place");
    }
    let crowd = three.crowd(120);
    let mut numbers: Vec<_> = at_once(crowd.iter().map(Actor::join)).await.iter().map(number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (10..=129).collect::<Vec<_>>(), "none twice, and none left out");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_at_three_instances_exactly_one_gets_the_seat() {
    let three = Three::with(&[("line_capacity", "1000"), ("pass_seconds", "86400")]).await;
    let fans = three.insiders(200).await;
    for _ in 0..3 {
        let answers = at_once(fans.iter().map(|fan| fan.hold(7))).await;
        assert_eq!(tally(&answers), "1 x 200 held, 199 x 400 seat_held");
        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        assert_eq!(answers[winner].json()["holderId"], fans[winner].id.to_string());
        // The next round is about an expired seat.
        three.advance(secs(300)).await;
    }
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_at_three_instances_fifty_get_the_fifty_seats() {
    let three = Three::with(&[("line_capacity", "1000")]).await;
    let fans = three.insiders(200).await;
    let seats = (1..=50_u32).cycle();
    let answers = at_once(fans.iter().zip(seats).map(|(fan, seat_no)| fan.hold(seat_no))).await;
    assert_eq!(tally(&answers), "50 x 200 held, 150 x 400 seat_held");
    for stage in &three.0 {
        let fan = at(stage, &fans[0]);
        eventually("no seat is shown as free", async || fan.dates().await.ok()[0]["available"] == 0).await;
    }
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_capacity_holds_for_all_instances_together() {
    const ROOM: usize = 5;
    let three = Three::with(&[("line_capacity", "5")]).await;
    let fans = three.crowd(45);
    let mut waiting: Vec<(u64, &Actor)> = Vec::new();
    let joined = at_once(fans.iter().map(Actor::join)).await;
    waiting.extend(joined.iter().map(number).zip(&fans));
    waiting.sort_unstable_by_key(|(number, _)| *number);
    let is_admitted = |answer: &Answer| answer.line() == "200 admitted";
    assert!(joined.iter().filter(|answer| is_admitted(answer)).count() <= ROOM);
    while !waiting.is_empty() {
        three.advance(secs(2)).await;
        let polls = at_once(waiting.iter().map(|(_, fan)| fan.poll())).await;
        let inside: Vec<_> = polls.iter().zip(&waiting).filter(|(answer, _)| is_admitted(answer)).collect();
        let numbers: Vec<_> = inside.iter().map(|(_, (number, _))| *number).collect();
        let next: Vec<_> = waiting.iter().map(|(number, _)| *number).take(ROOM).collect();
        assert_eq!(numbers, next, "the next in order");
        three.tick().await;
        for stage in &three.0 {
            assert_eq!(stage.operator().line().await["inside"], ROOM);
        }
        // Each leaves at another instance than the one that let them in.
        let others = three.0.iter().cycle();
        let elsewhere: Vec<_> =
            inside.iter().zip(others).map(|((_, (_, fan)), other)| at(other, fan)).collect();
        assert_eq!(tally(&at_once(elsewhere.iter().map(Actor::leave)).await), "5 x 200 ended");
        waiting.drain(..ROOM);
    }
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_let_in_at_one_can_hold_and_pay_at_the_others_at_once() {
    let three = Three::open().await;
    let buyers = (1..=30_u32).map(async |seat_no| {
        let place = seat_no as usize;
        let stage = &three.0[place % 3];
        let fan = stage.newcomer();
        // An instance that lost the race to call somebody calls at the next tick.
        eventually("there is room", async || {
            stage.tick().await;
            fan.join().await.line() == "200 admitted"
        })
        .await;
        let (next, last) = (at(&three.0[(place + 1) % 3], &fan), at(&three.0[(place + 2) % 3], &fan));
        assert_eq!(next.seats().await.status, 200, "seat {seat_no}");
        assert_eq!(last.hold(seat_no).await.line(), "200 held");
        assert_eq!(next.charge(PRICE).await.ok()["amount"], PRICE);
        assert_eq!(next.pay(seat_no).await.line(), "200");
        assert_eq!(last.poll().await.line(), "200 ended");
    });
    join_all(buyers).await;
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_at_one_instance_ends_the_pass_at_all() {
    let three = Three::open().await;
    let [first, second, third] = &three.0;
    let alice = first.buyer(2 * PRICE).await;
    let (there, elsewhere) = (at(second, &alice), at(third, &alice));
    for fan in [&alice, &there, &elsewhere] {
        assert_eq!(fan.seats().await.status, 200);
    }
    alice.hold_all(&[7, 8]).await.ok();
    alice.pay(7).await.ok();
    // Writes see it at once, without waiting for an update.
    assert_eq!(there.hold(9).await.line(), "401 pass_ended");
    assert_eq!(elsewhere.pay(8).await.line(), "401 pass_ended");
    assert_eq!(there.release(8).await.line(), "401 pass_ended");
    three.tick().await;
    for fan in [&alice, &there, &elsewhere] {
        assert_eq!(fan.seats().await.line(), "401 pass_ended");
        assert_eq!(fan.poll().await.line(), "200 ended");
    }
    assert_eq!(elsewhere.balance().await, PRICE);
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_spent_once_over_all_instances() {
    let three = Three::open().await;
    for seat_no in [1, 11, 21] {
        let alice = three.0[0].insider().await;
        let everywhere: Vec<_> = three.0.iter().map(|stage| at(stage, &alice)).collect();
        let charges = at_once(everywhere.iter().cycle().take(10).map(|fan| fan.charge(PRICE / 10))).await;
        assert_eq!(tally(&charges), "10 x 200");
        assert_eq!(alice.balance().await, PRICE, "and no charge is lost");
        let seat_nos = [seat_no, seat_no + 1, seat_no + 2];
        alice.hold_all(&seat_nos).await.ok();
        let payments = at_once(everywhere.iter().zip(seat_nos).map(|(fan, seat_no)| fan.pay(seat_no))).await;
        assert_eq!(tally(&payments), "1 x 200, 2 x 401 pass_ended");
        assert_eq!((alice.balance().await, alice.bills().await.as_array().map(Vec::len)), (0, Some(1)));
    }
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_sent_to_all_instances_at_once_has_one_effect() {
    let three = Three::open().await;
    let alice = three.0[0].insider().await;
    let everywhere: Vec<_> = three.0.iter().map(|stage| at(stage, &alice)).collect();
    let sends = || everywhere.iter().cycle().take(30);
    for sent in [
        at_once(sends().map(|fan| fan.charge_keyed(PRICE, "charge"))).await,
        at_once(sends().map(|fan| fan.hold_keyed(7, "hold"))).await,
        at_once(sends().map(|fan| fan.pay_keyed(7, "pay"))).await,
    ] {
        assert!(sent.iter().all(|answer| answer.status == 200 && answer.text == sent[0].text), "{sent:?}");
    }
    assert_eq!((alice.balance().await, alice.bills().await.as_array().map(Vec::len)), (0, Some(1)));
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_changes_at_one_instance_is_shown_at_the_others() {
    let three = Three::open().await;
    let [first, second, third] = &three.0;
    let (alice, bob, carol) = (first.buyer(PRICE).await, second.insider().await, third.insider().await);
    let shown = async |status: &str| {
        for watcher in [&bob, &carol] {
            eventually(status, async || watcher.seat(7).await["status"] == status).await;
        }
        // Two changes at the same time would have no order.
        three.advance(MICROSECOND).await;
    };
    alice.hold(7).await.ok();
    shown("held").await;
    alice.release(7).await.ok();
    shown("available").await;
    alice.hold(7).await.ok();
    shown("held").await;
    alice.pay(7).await.ok();
    shown("sold").await;
    assert_eq!(bob.seats().await.text, carol.seats().await.text, "to the last byte");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_one_instance_is_streamed_by_another() {
    let three = Three::with(&[("line_capacity", "1")]).await;
    let [first, second, third] = &three.0;
    let (alice, bob) = (first.insider().await, second.newcomer());
    bob.join().await.ok();
    let mut events = Events::of(&at(third, &bob)).await;
    assert_eq!(events.status().await, "waiting");
    alice.leave().await.ok();
    first.tick().await;
    third.tick().await;
    assert_eq!(events.status().await, "admitted");
    buy(&bob, 7).await;
    third.tick().await;
    assert_eq!(events.status().await, "ended");
    assert!(events.next().await.is_none());
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_instance_answers_with_an_older_status() {
    let three = Three::with_views(&[("line_capacity", "1")]).await;
    let [first, second, third] = &three.0;
    // Joining: the instances have not seen the call.
    three.tick().await;
    let alice = first.newcomer();
    assert_eq!(alice.join().await.line(), "200 admitted");
    for stage in [second, third] {
        assert_eq!(at(stage, &alice).poll().await.line(), "200 admitted");
    }
    // A call by a tick. Bob's ticket is from before it.
    let (bob, carol) = (second.newcomer(), third.newcomer());
    for fan in [&bob, &carol] {
        assert_eq!(fan.join().await.line(), "200 waiting");
    }
    three.advance(secs(2)).await;
    alice.leave().await.ok();
    second.tick().await;
    third.tick().await;
    first.tick().await;
    assert_eq!(at(first, &bob).poll().await.line(), "200 admitted");
    for stage in [second, third] {
        assert_eq!(at(stage, &bob).poll().await.line(), "200 admitted");
    }
    // Leaving while waiting, and joining again elsewhere.
    three.tick().await;
    assert_eq!(at(first, &carol).leave().await.line(), "200 ended");
    for stage in [second, third] {
        assert_eq!(at(stage, &carol).poll().await.line(), "200 ended");
    }
    assert_eq!(number(&at(second, &carol).join().await), 4, "a new number");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_paid_at_one_instance_gets_a_new_number_at_the_others() {
    let three = Three::with_views(&[("line_capacity", "1")]).await;
    for (round, stage) in three.0.iter().cycle().take(6).enumerate() {
        let fan = stage.newcomer();
        eventually("there is room", async || {
            three.tick().await;
            fan.join().await.line() == "200 admitted"
        })
        .await;
        let seat_no = u32::try_from(round).unwrap() + 1;
        buy(&fan, seat_no).await;
        let elsewhere = at(&three.0[(round + 1) % 3], &fan);
        assert_eq!(elsewhere.poll().await.line(), "200 ended");
        let before = number(&fan.poll().await);
        let again = elsewhere.join().await;
        assert!(number(&again) > before && again.line() != "200 ended", "{again:?}");
        elsewhere.leave().await.ok();
    }
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dials_set_at_one_instance_count_at_all() {
    let three = Three::with(&[("line_capacity", "0")]).await;
    let [first, second, third] = &three.0;
    let bob = second.newcomer();
    assert_eq!(bob.join().await.line(), "200 waiting");
    first.operator().steer(json!({"capacity": 1})).await.ok();
    assert_eq!(third.newcomer().join().await.line(), "200 waiting", "bob is first");
    assert_eq!(bob.poll().await.line(), "200 admitted");
    let (one, other) = (second.operator(), third.operator());
    at_once([one.steer(json!({"capacity": 3})), other.steer(json!({"ratePerMinute": 60}))]).await;
    three.tick().await;
    for stage in &three.0 {
        let line = stage.operator().line().await;
        assert_eq!((&line["capacity"], &line["ratePerMinute"]), (&json!(3), &json!(60)), "both are kept");
    }
    first.operator().steer(json!({"paused": true})).await.ok();
    assert_eq!(third.newcomer().join().await.line(), "200 waiting");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concert_opened_at_one_instance_is_on_sale_at_the_others() {
    let three = Three::open().await;
    let [first, second, third] = &three.0;
    let mut bob = second.insider().await;
    bob.concert = first.open_concert(&concert_with(&json!({"name": "Extra Night"}))).await;
    assert_eq!(bob.hold(7).await.line(), "200 held", "at once");
    for stage in [second, third] {
        let fan = at(stage, &bob);
        eventually("it is listed", async || fan.concerts().await.ok().as_array().map(Vec::len) == Some(2))
            .await;
        eventually("it is shown", async || fan.seats().await.status == 200).await;
        eventually("bob's seat is shown as his", async || fan.seat(7).await["mine"] == true).await;
    }
    three.end().await;
}

/// Alice is inside and holds seat 7; bob and carol wait, in this order.
async fn three_at(stage: &Stage) -> [Actor; 3] {
    let (alice, bob, carol) = (stage.buyer(PRICE).await, stage.newcomer(), stage.newcomer());
    alice.hold(7).await.ok();
    for (fan, expected) in [(&bob, 2), (&carol, 3)] {
        assert_eq!(number(&fan.join().await), expected);
    }
    [alice, bob, carol]
}

/// Plays on with them at this instance, as if nothing had happened.
async fn they_go_on_at(stage: &Stage, fans: [Actor; 3]) {
    stage.advance(secs(2)).await;
    // A sign of life at one instance reaches the others a tick later.
    stage.tick().await;
    let [alice, bob, carol] = fans.map(|fan| at(stage, &fan));
    assert_eq!(alice.poll().await.line(), "200 admitted");
    for (fan, place) in [(&carol, 3), (&bob, 2)] {
        let polled = fan.poll().await.ok();
        assert_eq!((&polled["number"], &polled["ahead"]), (&json!(place), &json!(place - 2)));
    }
    assert_eq!(number(&stage.newcomer().join().await), 4, "none twice, and none left out");
    alice.pay(7).await.ok();
    stage.advance(secs(2)).await;
    assert_eq!(carol.poll().await.line(), "200 waiting");
    assert_eq!(bob.poll().await.line(), "200 admitted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_stops_cleanly_costs_nobody_their_place() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let mut other = beside(&stage).await;
    let fans = three_at(&other).await;
    other.restart().await;
    other.end().await;
    they_go_on_at(&stage, fans).await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_dies_costs_nobody_their_place() {
    let stage = Arc::new(Stage::with(&[("line_capacity", "1")]).await);
    let runtime = Runtime::new().expect("a runtime can be built");
    let first = Arc::clone(&stage);
    let other = runtime.spawn(async move { beside(&first).await }).await.expect("it opens");
    let fans = three_at(&other).await;
    // All its tasks stop where they are, and its connections are cut.
    runtime.shutdown_background();
    std::mem::forget(other);
    they_go_on_at(&stage, fans).await;
    Arc::into_inner(stage).expect("nobody else has it").end().await;
}

/// On PostgreSQL's clock, with each instance running its own ticks.
#[tokio::test(flavor = "multi_thread")]
async fn instances_that_run_by_themselves_call_one_person_after_the_other() {
    let manual = Stage::with(&[("line_capacity", "2")]).await;
    let settings = manual.settings.clone();
    manual.end().await;
    let mut home = Home::fresh().await;
    home.tick_every = Duration::from_millis(90);
    let home = Arc::new(home);
    let mut stages = Vec::new();
    for _ in 0..3 {
        let settings = settings.clone();
        stages.push(Stage::at(Arc::clone(&home), Clock::of_store(), settings, Limits::default()).await);
    }
    let running: Vec<_> = stages.iter().map(|stage| tokio::spawn(Arc::clone(&stage.site).run())).collect();
    let now = stages[0].now();
    let times = json!({"openingAt": now - secs(3_600), "closingAt": now + secs(3_600),
        "eventDate": now + secs(7_200)});
    let concert = stages[0].open_concert(&concert_with(&times)).await;

    let mut fans: Vec<Actor> = (0..8).map(|place| stages[place % 3].newcomer()).collect();
    let mut streams = Vec::new();
    for (place, fan) in fans.iter_mut().enumerate() {
        fan.concert = concert;
        fan.join().await.ok();
        let mut events = Events::of(&at(&stages[(place + 1) % 3], fan)).await;
        let status = events.status().await;
        assert_eq!(status, if place < 2 { "admitted" } else { "waiting" }, "{place}");
        streams.push((events, status));
    }
    for (place, (fan, (events, status))) in fans.iter().zip(&mut streams).enumerate() {
        // The person two places ahead has paid at another instance. The stories run no ticks here.
        while status == "waiting" {
            *status = events.status().await;
        }
        assert_eq!(status, "admitted", "{place}");
        buy(&at(&stages[(place + 2) % 3], fan), u32::try_from(place).unwrap_or(0) + 1).await;
    }
    drop(streams);
    for stage in &stages {
        stage.app.stopping.cancel();
    }
    for run in running {
        run.await.expect("it does not panic");
    }
    for stage in stages {
        stage.end().await;
    }
}
