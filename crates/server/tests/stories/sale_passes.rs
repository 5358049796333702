//! What a pass of a sale lets its person see and buy, and how many seats they may have.

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::events::Events;
use crate::actors::Actor;
use crate::answer::{Answer, tally};
use crate::stage::{DATE, PRICE, Stage, at_once, concert_with, secs};

/// A concert that only this sale sells.
async fn concert_of(stage: &Stage, sale: Uuid, name: &str) -> Uuid {
    stage.open_concert(&concert_with(&json!({"name": name, "saleIds": [sale]}))).await
}

/// Somebody inside by a pass of this sale, who looks at this concert.
async fn insider(stage: &Stage, sale: Uuid, concert: Uuid) -> Actor {
    let mut fan = stage.newcomer();
    fan.concert = concert;
    assert_eq!(fan.join_with(&json!({"saleId": sale})).await.line(), "200 admitted");
    fan
}

/// The same person inside by a pass of the main sale.
async fn in_main(fan: &Actor) -> Actor {
    let tab = fan.in_another_tab();
    tab.enter().await;
    tab
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|concert| concert["name"].as_str()).collect()
}

#[tokio::test]
async fn a_pass_shows_what_its_sale_sells_and_nothing_else() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({})).await;
    let concert = concert_of(&stage, sale, "Presold").await;
    let (fan, other) = (insider(&stage, sale, concert).await, stage.insider().await);
    assert_eq!(names(&fan.concerts().await.ok()), ["Presold"]);
    assert_eq!(names(&other.concerts().await.ok()), ["Spring Night"]);
    let everything = fan.user(Method::GET, "/v1/concerts").send().await.ok();
    assert_eq!(
        names(&everything),
        ["Spring Night", "Presold"],
        "a user token shows what any listed sale sells"
    );
    stage.operator().change_sale(sale, &json!({"listed": false})).await.ok();
    let listed = fan.user(Method::GET, "/v1/concerts").send().await.ok();
    assert_eq!(names(&listed), ["Spring Night"]);
    for (tab, name) in [(&fan, "Presold"), (&other, "Spring Night")] {
        assert_eq!(tab.dates().await.ok(), json!([{"available": 50, "concerts": 1, "date": DATE}]));
        assert_eq!(names(&tab.seats_on(DATE).await.ok()), [name], "both are on one date");
        assert_eq!(tab.seats().await.status, 200);
    }
    let waiting = stage.newcomer();
    stage.operator().steer(json!({"paused": true})).await.ok();
    waiting.join().await.ok();
    assert_eq!(names(&waiting.concerts().await.ok()), ["Spring Night"]);

    let elsewhere = |fan: &Actor, concert: Uuid, what: &str| {
        fan.queue(Method::GET, &format!("/v1/concerts/{concert}/seats{what}")).send()
    };
    for what in ["", "/events"] {
        assert_eq!(elsewhere(&fan, stage.concert, what).await.line(), "403 other_sale", "{what}");
        assert_eq!(elsewhere(&other, concert, what).await.line(), "403 other_sale", "{what}");
        assert_eq!(elsewhere(&fan, Uuid::now_v7(), what).await.line(), "404 not_found", "{what}");
        assert_eq!(elsewhere(&waiting, concert, what).await.line(), "403 not_admitted", "{what}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_pass_buys_what_its_sale_sells_and_nothing_else() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({})).await;
    let concert = concert_of(&stage, sale, "Presold").await;
    let fan = insider(&stage, sale, concert).await;
    fan.charge(2 * PRICE).await.ok();
    let mut tab = in_main(&fan).await;
    tab.concert = concert;
    assert_snapshot!(tab.hold(1).await.line(), @"403 other_sale");
    assert_snapshot!(fan.hold(1).await.line(), @"200 held");
    // The same seat by another pass of the same person is the same hold, but that pass can do nothing with
    // it.
    assert_snapshot!(tab.hold(1).await.line(), @"200 held");
    assert_snapshot!(tab.pay(1).await.line(), @"403 other_sale");
    assert_snapshot!(tab.release(1).await.line(), @"403 other_sale");
    assert_snapshot!(tab.leave().await.line(), @"200 ended");
    assert_snapshot!(fan.pay(1).await.line(), @"200");
    assert_eq!(fan.balance().await, PRICE);
    stage.end().await;
}

#[tokio::test]
async fn a_pass_ends_with_its_own_holds_only() {
    let stage = Stage::open().await;
    let main = stage.client.get("/v1/sales").await.ok()[0]["id"].clone();
    let sale = stage.make_sale(json!({"concertIds": [stage.concert]})).await;
    stage
        .operator()
        .change_sale(main.as_str().unwrap().parse().unwrap(), &json!({"concertIds": [stage.concert]}))
        .await
        .ok();
    let fan = insider(&stage, sale, stage.concert).await;
    fan.charge(2 * PRICE).await.ok();
    let tab = in_main(&fan).await;
    fan.hold(1).await.ok();
    tab.hold(2).await.ok();
    assert_snapshot!(fan.pay(2).await.line(), @"403 other_sale");
    assert_snapshot!(fan.pay(1).await.line(), @"200");
    assert_eq!(tab.seat(2).await["mine"], true, "the payment ended the other pass's holds only");
    assert_snapshot!(tab.pay(2).await.line(), @"200");
    stage.end().await;
}

#[tokio::test]
async fn moving_a_concert_leaves_a_live_hold_payable() {
    let stage = Stage::open().await;
    let (sale, next) = (stage.make_sale(json!({})).await, stage.make_sale(json!({})).await);
    let concert = concert_of(&stage, sale, "Moved").await;
    let (fan, rival) = (insider(&stage, sale, concert).await, insider(&stage, sale, concert).await);
    fan.charge(PRICE).await.ok();
    fan.hold(7).await.ok();
    let mut events = Events::at(&fan, &format!("/v1/concerts/{concert}/seats/events")).await;
    events.data("seats").await;
    stage.operator().change_sale(next, &json!({"concertIds": [concert]})).await.ok();
    assert_eq!(fan.seats().await.status, 200, "both sell it now");
    stage.operator().change_sale(sale, &json!({"concertIds": []})).await.ok();
    assert_eq!(events.data("ended").await, json!({"code": "other_sale"}));
    assert!(events.next().await.is_none(), "the stream ends");
    assert_snapshot!(fan.seats().await.line(), @"403 other_sale");
    assert_eq!(names(&fan.concerts().await.ok()), Vec::<&str>::new());
    assert_snapshot!(fan.hold(8).await.line(), @"403 other_sale");
    assert_snapshot!(rival.hold(7).await.line(), @"403 other_sale");
    assert_snapshot!(fan.hold(7).await.line(), @"200 held");
    assert_snapshot!(fan.pay(7).await.line(), @"200");
    let late = insider(&stage, next, concert).await;
    assert_snapshot!(late.hold(7).await.line(), @"400 seat_sold");
    assert_snapshot!(late.hold(8).await.line(), @"200 held");
    stage.end().await;
}

#[tokio::test]
async fn a_concert_that_no_sale_names_any_more_is_the_main_sales_again() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"concertIds": [stage.concert]})).await;
    let (fan, bob) = (insider(&stage, sale, stage.concert).await, stage.insider().await);
    assert_snapshot!(bob.hold(1).await.line(), @"403 other_sale");
    stage.operator().change_sale(sale, &json!({"concertIds": []})).await.ok();
    assert_snapshot!(bob.hold(1).await.line(), @"200 held");
    assert_snapshot!(fan.hold(2).await.line(), @"403 other_sale");
    stage.end().await;
}

/// Two sales that sell the same concert, of which the first allows this many seats.
async fn limited(stage: &Stage, seats: u32) -> (Uuid, Uuid) {
    let concerts = json!([stage.concert]);
    let one = stage.make_sale(json!({"seatsPerPerson": seats, "concertIds": concerts})).await;
    (one, stage.make_sale(json!({"seatsPerPerson": seats, "concertIds": concerts})).await)
}

#[tokio::test]
async fn nobody_has_more_seats_than_the_sale_allows_whichever_sale_sold_them() {
    let stage = Stage::with(&[("holds_per_user", "10")]).await;
    let (one, two) = limited(&stage, 3).await;
    let fan = insider(&stage, one, stage.concert).await;
    let tab = fan.in_another_tab();
    tab.join_with(&json!({"saleId": two})).await.ok();
    fan.charge(5 * PRICE).await.ok();
    assert_snapshot!(fan.hold_all(&[1, 2, 3, 4]).await.line(), @"400 seat_limit");
    fan.hold_all(&[1, 2]).await.ok();
    assert_snapshot!(tab.hold_all(&[3, 4]).await.line(), @"400 seat_limit");
    assert_snapshot!(tab.hold(3).await.line(), @"200 held");
    assert_snapshot!(fan.hold(4).await.line(), @"400 seat_limit");
    fan.release(2).await.ok();
    assert_snapshot!(fan.hold(5).await.line(), @"200 held");
    fan.pay_all(&[1, 5]).await.ok();
    // What is owned counts as well, also by a new pass.
    fan.join_with(&json!({"saleId": one})).await.ok();
    assert_snapshot!(fan.hold(6).await.line(), @"400 seat_limit");
    tab.leave().await.ok();
    assert_snapshot!(fan.hold(6).await.line(), @"200 held");
    stage.operator().change_sale(one, &json!({"seatsPerPerson": null})).await.ok();
    assert_snapshot!(fan.hold(7).await.line(), @"200 held");
    stage.end().await;
}

#[tokio::test]
async fn two_tabs_at_once_never_have_more_seats_than_the_sale_allows() {
    let stage = Stage::with(&[("holds_per_user", "50")]).await;
    let (one, two) = limited(&stage, 4).await;
    for round in 0..3_u32 {
        let fan = insider(&stage, one, stage.concert).await;
        let tab = fan.in_another_tab();
        tab.join_with(&json!({"saleId": two})).await.ok();
        let seats = round * 12 + 1..=round * 12 + 12;
        let tabs = [&fan, &tab].into_iter().cycle();
        let answers: Vec<Answer> = at_once(seats.zip(tabs).map(|(seat, tab)| tab.hold(seat))).await;
        assert_eq!(tally(&answers), "4 x 200 held, 8 x 400 seat_limit");
        assert_eq!(fan.reservations().await.as_array().map(Vec::len), Some(4));
    }
    stage.end().await;
}

#[tokio::test]
async fn the_refusals_of_sales_come_in_this_order() {
    let stage = Stage::open().await;
    let (sale, later) = (stage.make_sale(json!({"seatsPerPerson": 4})).await, stage.now() + secs(200));
    let concert = concert_of(&stage, sale, "One").await;
    let short = concert_with(&json!({"saleIds": [sale], "closingAt": later.to_string()}));
    let second = stage.open_concert(&short).await;
    let mut fan = insider(&stage, sale, stage.concert).await;
    let owner = stage.buyer(PRICE).await;
    owner.hold(1).await.ok();
    owner.pay(1).await.ok();

    // After the pass, and before anything about the seats.
    let ended = fan.ticket();
    fan.leave().await.ok();
    assert_snapshot!(fan.hold_all(&[99, 1]).await.line(), @"401 pass_ended");
    fan.join_with(&json!({"saleId": sale})).await.ok();
    assert_ne!(fan.ticket(), ended);
    for seats in [&[99][..], &[1], &[2]] {
        assert_eq!(fan.hold_all(seats).await.line(), "403 other_sale", "{seats:?}");
        assert_eq!(fan.pay_all(seats).await.line(), "403 other_sale", "{seats:?}");
    }
    assert_snapshot!(fan.release(99).await.line(), @"403 other_sale");
    fan.concert = Uuid::now_v7();
    assert_snapshot!(fan.hold(99).await.line(), @"404 not_found");
    assert_snapshot!(fan.pay(99).await.line(), @"404 not_found");

    // The limit of the sale comes last, after that of holds.
    fan.concert = concert;
    fan.hold_all(&[1, 2, 3, 4]).await.ok();
    assert_snapshot!(fan.hold(5).await.line(), @"400 hold_limit");
    fan.concert = second;
    assert_snapshot!(fan.hold_all(&[99]).await.line(), @"400 seat_no_out_of_range");
    assert_snapshot!(fan.hold(1).await.line(), @"400 seat_limit");
    stage.advance(secs(200)).await;
    assert_snapshot!(fan.hold(1).await.line(), @"400 sale_closed");
    stage.end().await;
}
