//! Sales on three instances.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::actors::Actor;
use crate::answer::{Answer, tally};
use crate::stage::{PRICE, Stage, at_once, concert_with};
use crate::stories::operator_sales::signed_in;
use crate::three::{Three, at, eventually};

/// A fan at each instance in turn, all of one sale.
async fn join_all(fans: &[Actor], body: &Value) -> Vec<Answer> {
    at_once(fans.iter().map(|fan| fan.join_with(body))).await
}

async fn shown(stage: &Stage, sale: Uuid) -> Value {
    stage.client.get(&format!("/v1/sales/{sale}")).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_made_at_one_can_be_joined_at_another_at_once() {
    let three = Three::open().await;
    for round in 0..3 {
        let (first, second) = (&three.0[round % 3], &three.0[(round + 1) % 3]);
        let sale = first.make_sale(json!({})).await;
        let joined = second.newcomer().join_with(&json!({"saleId": sale})).await.ok();
        assert_eq!((&joined["number"], &joined["saleId"]), (&json!(1), &json!(sale)));
        assert_eq!(shown(&three.0[(round + 2) % 3], sale).await["name"], "Presale");
    }
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_access_at_one_counts_at_another_at_once() {
    let three = Three::open().await;
    let sale = three.0[0].make_sale(json!({"capacity": 0})).await;
    let body = json!({"saleId": sale});
    for round in 0..10 {
        let changed = &three.0[round % 3];
        let group = json!({"access": "group:members"});
        changed.operator().change_sale(sale, &group).await.ok();
        let refused = three.0[(round + 1) % 3].newcomer().join_with(&body).await;
        assert_eq!(refused.line(), "403 group_required", "round {round}");
        changed.operator().change_sale(sale, &json!({"access": "everyone"})).await.ok();
        let joined = three.0[(round + 2) % 3].newcomer().join_with(&body).await;
        assert_eq!(joined.line(), "200 waiting", "round {round}");
    }
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_a_sale_follow_the_order_of_joining_at_any_instance() {
    let three = Three::open().await;
    let sale = three.0[1].make_sale(json!({"capacity": 0})).await;
    let body = json!({"saleId": sale});
    let fans = three.crowd(9);
    for (place, fan) in fans.iter().enumerate() {
        assert_eq!(fan.join_with(&body).await.ok()["number"], place + 1);
    }
    let crowd = three.crowd(60);
    let joined = join_all(&crowd, &body).await;
    let mut numbers: Vec<_> = joined.iter().map(|answer| answer.ok()["number"].as_u64()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (10..=69).map(Some).collect::<Vec<_>>());
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_people_at_three_instances_as_many_join_as_a_code_has_uses() {
    let three = Three::open().await;
    let sale = three.0[0].make_sale(json!({"access": "code", "capacity": 0})).await;
    let made = three.0[1].operator().make_codes(sale, &json!({"count": 1, "uses": 5})).await.ok();
    let body = json!({"saleId": sale, "code": made["codes"][0]});
    let answers = join_all(&three.crowd(60), &body).await;
    assert_eq!(tally(&answers), "5 x 200 waiting, 55 x 400 code_used_up");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_at_three_instances_never_have_more_seats_than_the_sale_allows() {
    let three = Three::with(&[("holds_per_user", "50"), ("line_capacity", "1000")]).await;
    let concerts = json!([three.0[0].concert]);
    let mut sales = Vec::new();
    for stage in &three.0 {
        sales.push(stage.make_sale(json!({"seatsPerPerson": 4, "concertIds": concerts})).await);
    }
    let fan = three.0[0].newcomer();
    let mut tabs = Vec::new();
    for (stage, sale) in three.0.iter().zip(&sales) {
        let tab = fan.in_another_tab();
        let body = json!({"saleId": sale});
        eventually("there is room", async || {
            stage.tick().await;
            tab.join_with(&body).await.line() == "200 admitted"
        })
        .await;
        tabs.push(at(stage, &tab));
    }
    let asks = (1..=30_u32).zip(tabs.iter().cycle());
    let answers = at_once(asks.map(|(seat_no, tab)| tab.hold(seat_no))).await;
    assert_eq!(tally(&answers), "4 x 200 held, 26 x 400 seat_limit");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_concert_is_seen_at_every_instance_and_a_live_hold_can_be_paid() {
    let three = Three::open().await;
    let sale = three.0[0].make_sale(json!({})).await;
    let concert = three.0[1].open_concert(&concert_with(&json!({"saleIds": [sale]}))).await;
    let mut fan = three.0[2].newcomer();
    fan.concert = concert;
    eventually("there is room", async || {
        three.0[2].tick().await;
        fan.join_with(&json!({"saleId": sale})).await.line() == "200 admitted"
    })
    .await;
    fan.hold(7).await.ok();
    fan.charge(PRICE).await.ok();
    three.0[0].operator().change_sale(sale, &json!({"concertIds": []})).await.ok();
    assert_eq!(fan.hold(8).await.line(), "403 other_sale", "the store decides, at once");
    for stage in &three.0 {
        let tab = at(stage, &fan);
        eventually("the move is seen", async || tab.seats().await.line() == "403 other_sale").await;
        assert_eq!(shown(stage, sale).await["from"], Value::Null);
    }
    assert_eq!(at(&three.0[1], &fan).pay(7).await.line(), "200");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_at_any_instance_sees_who_waits_at_another() {
    let three = Three::open().await;
    let sale = three.0[0].make_sale(json!({"capacity": 0})).await;
    let fan = three.0[1].newcomer();
    fan.join_with(&json!({"saleId": sale})).await.ok();
    let mut operator = signed_in(&three.0[2], "en").await;
    let path = format!("/operator/people/{}", fan.id);
    let operator = &tokio::sync::Mutex::new(&mut operator);
    eventually("the page shows the place", async || {
        three.tick().await;
        let page = operator.lock().await.get(&path).await;
        page.shows("Presale") && page.shows("state-soon\">Waiting")
    })
    .await;
    three.end().await;
}
