//! What operators see of a person who stands in several sales.

use serde_json::json;

use super::operator_sales::signed_in;
use crate::stage::{PRICE, Stage, buy};

#[tokio::test]
async fn a_person_is_shown_in_every_sale_that_they_are_or_were_in() {
    let stage = Stage::open().await;
    let fan = stage.buyer(PRICE).await;
    let path = format!("/operator/people/{}", fan.id);
    let mut operator = signed_in(&stage, "en").await;
    let alone = operator.get(&path).await;
    assert!(alone.shows("Inside") && !alone.shows("Main sale"), "there is no other sale: {}", alone.html);
    let named = async |name: &str, fields| {
        let sale = stage.make_sale(fields).await;
        stage.operator().change_sale(sale, &json!({"name": name})).await.ok();
        sale
    };
    let club = named("Fan club", json!({"capacity": 0})).await;
    let left = named("Left sale", json!({})).await;
    let other = named("Other sale", json!({})).await;
    fan.join_with(&json!({"saleId": left})).await.ok();
    fan.leave().await.ok();
    fan.join_with(&json!({"saleId": club})).await.ok();
    stage.newcomer().join_with(&json!({"saleId": other})).await.ok();
    let again = fan.join_with(&json!({})).await.ok();
    assert_eq!(again["status"], "admitted");
    buy(&fan, 7).await;
    for (language, main, states) in [
        ("en", "Main sale", ["Waiting", "Over: paid", "Over: left"]),
        ("ko", "기본 예매", ["대기 중", "종료: 결제", "종료: 본인 취소"]),
    ] {
        let mut operator = signed_in(&stage, language).await;
        let page = operator.get(&path).await;
        let state_in = |sale: &str| {
            let card = page.between(&format!("<bdi>{sale}</bdi></a></h3>"), "</dl>");
            card.split_once("<span class=\"state ")
                .expect("a state")
                .1
                .split(['>', '<'])
                .nth(1)
                .map(str::to_owned)
        };
        let shown = ["Fan club", main, "Left sale"].map(|sale| state_in(sale).unwrap_or_default());
        assert_eq!(shown, states, "{}", page.html);
        assert!(!page.shows("Other sale"), "{}", page.html);
        let found = operator.get(&format!("/operator/people?find={}", fan.id)).await;
        for (sale, state) in ["Fan club", main, "Left sale"].iter().zip(states) {
            assert!(found.shows(&format!("<bdi>{sale}</bdi>: {state}")), "{}", found.html);
        }
    }
    stage.end().await;
}
