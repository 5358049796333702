//! Bugs of the implementation before this one, each with the crowd that showed it.

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

use crate::actors::Actor;
use crate::answer::tally;
use crate::stage::{DATE, PRICE, Stage, at_once, buy, concert_with, secs};

const MANY: (&str, &str) = ("line_capacity", "1000");
const ALL_DAY: (&str, &str) = ("pass_seconds", "86400");

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_who_take_one_expired_seat_exactly_one_gets_it() {
    let stage = Stage::with(&[MANY, ALL_DAY]).await;
    let fans = stage.crowd(200);
    at_once(fans.iter().map(Actor::join)).await;
    for seat_no in 1..=12 {
        fans[0].hold(seat_no).await.ok();
        stage.advance(secs(300)).await;
        let answers = at_once(fans.iter().map(|fan| fan.hold(seat_no))).await;
        assert_eq!(tally(&answers), "1 x 200 held, 199 x 400 seat_held", "seat {seat_no}");
        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        assert_eq!(answers[winner].json()["holderId"], fans[winner].id.to_string());
        assert_eq!(fans[winner].seat(seat_no as usize).await["mine"], true);
        stage.advance(secs(300)).await;
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_who_want_fifty_seats_fifty_get_one_each() {
    let stage = Stage::with(&[MANY]).await;
    let fans = stage.crowd(200);
    at_once(fans.iter().map(Actor::join)).await;
    let asks =
        fans.iter().enumerate().map(|(place, fan)| fan.hold(u32::try_from(place % 50 + 1).unwrap_or(1)));
    assert_snapshot!(tally(&at_once(asks).await), @"50 x 200 held, 150 x 400 seat_held");
    assert_eq!(fans[0].dates().await.ok()[0]["available"], 0);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_lists_are_held_whole_or_not_at_all() {
    let stage = Stage::with(&[MANY]).await;
    let fans = stage.crowd(100);
    at_once(fans.iter().map(Actor::join)).await;
    let lists: Vec<Vec<u32>> =
        (0..100).map(|place| (1..=3).map(|step| (place * 7 + step * step) % 50 + 1).collect()).collect();
    at_once(fans.iter().zip(&lists).map(|(fan, list)| fan.hold_all(list))).await;
    let mut taken = 0;
    for fan in &fans {
        let held = fan.reservations().await.as_array().map_or(0, Vec::len);
        assert!(held == 0 || held == 3, "{held} of 3");
        taken += held;
    }
    assert_eq!(fans[0].dates().await.ok()[0]["available"], 50 - taken);
    stage.end().await;
}

#[tokio::test]
async fn a_hold_keeps_others_out_for_exactly_five_minutes() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.buyer(PRICE).await, stage.insider().await);
    alice.hold(7).await.ok();
    stage.advance(secs(300) - crate::stage::MICROSECOND).await;
    assert_snapshot!(bob.hold(7).await.line(), @"400 seat_held");
    stage.advance(crate::stage::MICROSECOND).await;
    assert_snapshot!(alice.pay(7).await.line(), @"400 hold_expired");
    assert_eq!(alice.balance().await, PRICE, "a refused payment takes nothing");
    assert_eq!(bob.seat(7).await["status"], "available");
    assert_snapshot!(bob.hold(7).await.line(), @"200 held");
    stage.end().await;
}

#[tokio::test]
async fn a_hold_can_be_paid_until_its_last_microsecond() {
    let stage = Stage::open().await;
    let alice = stage.buyer(PRICE).await;
    alice.hold(7).await.ok();
    stage.advance(secs(300) - crate::stage::MICROSECOND).await;
    assert_snapshot!(alice.pay(7).await.line(), @"200");
    stage.end().await;
}

#[tokio::test]
async fn paying_ends_the_token_and_lowers_the_count_inside() {
    let stage = Stage::with(&[("line_capacity", "2")]).await;
    let (alice, bob, operator) = (stage.insider().await, stage.insider().await, stage.operator());
    let carol = stage.newcomer();
    carol.join().await.ok();
    stage.advance(secs(2)).await;
    let line = operator.line().await;
    assert_eq!((&line["inside"], &line["waiting"]), (&json!(2), &json!(1)));
    buy(&alice, 1).await;
    assert_snapshot!(alice.poll().await.line(), @"200 ended");
    assert_snapshot!(alice.seats().await.line(), @"401 pass_ended");
    stage.tick().await;
    assert_snapshot!(carol.poll().await.line(), @"200 admitted");
    buy(&bob, 2).await;
    stage.tick().await;
    let line = operator.line().await;
    assert_eq!((&line["inside"], &line["waiting"]), (&json!(1), &json!(0)));
    stage.end().await;
}

#[tokio::test]
async fn dates_and_seats_are_for_people_inside() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let alice = stage.newcomer();
    alice.join().await.ok();
    let seats = format!("/v1/concerts/{}/seats", stage.concert);
    for path in ["/v1/dates", &format!("/v1/dates/{DATE}/seats"), &seats, &seats["/v1".len()..]] {
        assert_eq!(alice.user(Method::GET, path).send().await.line(), "401 token_kind", "{path}");
        assert_eq!(alice.queue(Method::GET, path).send().await.line(), "403 not_admitted", "{path}");
        assert_eq!(stage.client.get(path).await.line(), "401 token_missing", "{path}");
    }
    stage.end().await;
}

#[tokio::test]
async fn only_operators_open_concerts_and_only_valid_ones() {
    let stage = Stage::open().await;
    let (operator, alice) = (stage.operator(), stage.insider().await);
    let open = |call: crate::actors::Call| async { call.json(&concert_with(&json!({}))).send().await.line() };
    assert_eq!(open(alice.user(Method::POST, "/v1/concerts")).await, "403 operator_only");
    assert_eq!(open(alice.queue(Method::POST, "/v1/concerts")).await, "401 token_kind");
    for (changes, expected) in [
        (json!({"capacity": -5}), "400 invalid_request capacity"),
        (json!({"capacity": 0}), "400 invalid_request capacity"),
        (json!({"capacity": 50_001}), "400 invalid_request capacity"),
        (json!({"capacity": 4_294_967_346_i64}), "400 invalid_request capacity"),
        (json!({"capacity": 1.5}), "400 invalid_request capacity"),
        (json!({"price": -1}), "400 invalid_request price"),
        (json!({"price": 1_000_000_001}), "400 invalid_request price"),
        (json!({"price": null}), "400 invalid_request price"),
        (json!({"openingAt": "2026-03-21T00:00:00Z"}), "400 invalid_request closingAt"),
        (json!({"openingAt": "2026-03-20T09:00:00Z"}), "400 invalid_request closingAt"),
        (json!({"eventDate": "2026-03-20T08:59:59Z"}), "400 invalid_request eventDate"),
        (json!({"openingAt": "soon"}), "400 invalid_request openingAt"),
        (json!({"openingAt": "2026-03-01T08:00:00"}), "400 invalid_request openingAt"),
        (json!({"openingAt": "2026-03-01T08:00:00.0000001Z"}), "400 invalid_request openingAt"),
        (json!({"name": ""}), "400 invalid_request name"),
        (json!({"name": "x".repeat(201)}), "400 invalid_request name"),
        (json!({"name": "two\nlines"}), "400 invalid_request name"),
        (json!({"id": "0199d6a0-0000-7000-8000-0000000000c1"}), "400 invalid_request id"),
    ] {
        assert_eq!(operator.open_concert(&concert_with(&changes)).await.line(), expected, "{changes}");
    }
    assert_eq!(alice.concerts().await.ok().as_array().map(Vec::len), Some(1), "nothing was opened");
    let edges = json!({"capacity": 50_000, "price": 0, "name": "표".repeat(200), "eventDate": "2026-03-20T09:00:00Z"});
    let opened = operator.open_concert(&concert_with(&edges)).await.ok();
    assert_eq!(opened["available"], 50_000);
    let mut without = concert_with(&json!({}));
    without.as_object_mut().unwrap().remove("capacity");
    assert_eq!(operator.open_concert(&without).await.ok()["capacity"], 50);
    stage.end().await;
}

#[tokio::test]
async fn seat_one_exists_in_every_concert() {
    let stage = Stage::open().await;
    let (mut alice, mut bob) = (stage.insider().await, stage.insider().await);
    alice.hold(1).await.ok();
    for _ in 0..3 {
        bob.concert = stage.open_concert(&concert_with(&json!({}))).await;
        assert_eq!(bob.hold(1).await.line(), "200 held");
    }
    alice.concert = bob.concert;
    assert_snapshot!(alice.hold(1).await.line(), @"400 seat_held");
    stage.end().await;
}

#[tokio::test]
async fn free_seats_are_listed_and_taken_ones_are_not() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.insider().await, stage.insider().await);
    alice.hold_all(&[1, 50]).await.ok();
    let free = bob.seats_on(DATE).await.ok();
    assert_eq!(free[0]["seats"], json!((2..=49).collect::<Vec<_>>()));
    stage.advance(secs(300)).await;
    let free = bob.seats_on(DATE).await.ok();
    assert_eq!(free[0]["seats"], json!((1..=50).collect::<Vec<_>>()), "expired, swept or not");
    stage.end().await;
}

#[tokio::test]
async fn nobody_can_tell_who_others_are() {
    let stage = Stage::open().await;
    let (alice, bob) = (stage.fan("Alice").await, stage.fan("Bob").await);
    alice.enter().await;
    bob.enter().await;
    alice.hold(8).await.ok();
    alice.charge(PRICE).await.ok();
    alice.hold(7).await.ok();
    let seen_while_held = [bob.seats().await, bob.hold(7).await, bob.pay(7).await, bob.release(7).await];
    alice.pay(7).await.ok();
    let seen_when_sold = [
        bob.seats().await,
        bob.seats_on(DATE).await,
        bob.dates().await,
        bob.concerts().await,
        bob.hold(7).await,
        bob.pay(7).await,
        bob.release(7).await,
        bob.poll().await,
        bob.user(Method::GET, "/v1/reservations").send().await,
        bob.user(Method::GET, "/v1/bills").send().await,
        bob.user(Method::GET, "/v1/charges").send().await,
        stage.operator().call(Method::GET, "/v1/line").send().await,
        stage.metrics().await,
    ];
    for answer in seen_while_held.iter().chain(&seen_when_sold) {
        let (text, id) = (answer.text.to_lowercase(), alice.id.to_string());
        assert!(!text.contains(&id) && !text.contains(&id.replace('-', "")), "{answer:?}");
        assert!(!text.contains("alice"), "{answer:?}");
    }
    stage.end().await;
}

#[tokio::test]
async fn unknown_concerts_and_empty_wallets_are_client_errors() {
    let stage = Stage::open().await;
    let mut alice = stage.insider().await;
    alice.hold(7).await.ok();
    assert_snapshot!(alice.pay(7).await.line(), @"400 insufficient_balance");
    alice.concert = uuid::Uuid::now_v7();
    for answer in [
        alice.seats().await,
        alice.hold(7).await,
        alice.pay(7).await,
        alice.release(7).await,
        alice.hold_all(&[1]).await,
    ] {
        assert_eq!(answer.line(), "404 not_found");
    }
    stage.end().await;
}
