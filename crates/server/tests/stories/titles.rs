//! The titles of tabs: which sale, and where one stands in it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::openings::opening_in;
use super::visitor::Visitor;
use crate::stage::{Stage, concert_with, secs};

async fn title(visitor: &mut Visitor, path: &str) -> String {
    let title = visitor.get(path).await.between("<title>", "</title>");
    // A name is isolated from the sentence around it.
    title.replace(['\u{2068}', '\u{2069}'], "")
}

async fn join(visitor: &mut Visitor, path: &str) {
    let page = visitor.get(path).await;
    visitor.fill(&page, path, &[("name", "Mina")]).await;
}

/// A sale with a concert, and its path.
async fn sale(stage: &Stage, seconds: i64, mut fields: Value) -> (Uuid, String, String) {
    fields["concertIds"] = json!([]);
    let sale = opening_in(stage, seconds, fields).await;
    let concert = concert_with(&json!({"name": "Night Two", "saleIds": [sale]}));
    let concert = stage.open_concert(&concert).await;
    (sale, format!("/sales/{sale}"), format!("/sale/{concert}"))
}

#[tokio::test]
async fn a_title_names_the_sale_and_where_one_stands_in_it() {
    for (language, [stranger, lobby, leaving, next, turn, seats, fairness, over]) in [
        (
            "en",
            [
                "Presale · Opens 1 March 2026, 09:01 · onsale",
                "Waiting for the opening · Presale · onsale",
                "Leave the line · Presale · onsale",
                "You are next · Presale · onsale",
                "Your turn! · Presale · onsale",
                "Night Two · Presale · onsale",
                "How the order is decided · Presale · onsale",
                "Your turn is over · Presale · onsale",
            ],
        ),
        (
            "ko",
            [
                "Presale · 2026년 3월 1일 09:01 예매 시작 · onsale",
                "예매 시작 대기 중 · Presale · onsale",
                "대기 취소 · Presale · onsale",
                "다음 차례입니다 · Presale · onsale",
                "입장 차례입니다! · Presale · onsale",
                "Night Two · Presale · onsale",
                "입장 순서 결정 방법 · Presale · onsale",
                "예매 가능 시간이 종료되었습니다 · Presale · onsale",
            ],
        ),
    ] {
        let stage = Stage::open().await;
        let (sale, path, map) = sale(&stage, 60, json!({"capacity": 0})).await;
        let mut mina = Visitor::new(&stage.client, language);
        assert_eq!(title(&mut mina, &path).await, stranger);
        join(&mut mina, &path).await;
        assert_eq!(title(&mut mina, &path).await, lobby);
        assert_eq!(title(&mut mina, &format!("{path}/leave")).await, leaving);
        stage.advance(secs(60)).await;
        assert_eq!(title(&mut mina, &path).await, next);
        let waiting = mina.get(&path).await;
        let end = waiting.between("data-title-end=\"", "\"").replace(['\u{2068}', '\u{2069}'], "");
        assert_eq!(end, " · Presale · onsale", "its script writes the rest");
        let line = format!("/v1/sales/{sale}/line");
        let operator = stage.operator();
        operator.call(reqwest::Method::PATCH, &line).json(&json!({"capacity": 1})).send().await.ok();
        assert_eq!(title(&mut mina, &path).await, turn);
        assert_eq!(title(&mut mina, &map).await, seats);
        assert_eq!(title(&mut mina, &format!("{path}/fairness")).await, fairness);
        stage.advance(secs(3_600)).await;
        assert_eq!(title(&mut mina, &path).await, over);
        stage.end().await;
    }
}

#[tokio::test]
async fn a_title_names_the_main_sale_where_there_are_others_to_mistake_it_for() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    assert_eq!(title(&mut mina, "/line").await, "My place · onsale");
    mina.submit("/line", &[("name", "Mina")]).await;
    assert_eq!(title(&mut mina, "/line").await, "You are next · onsale");
    sale(&stage, 60, json!({})).await;
    assert_eq!(title(&mut mina, "/line").await, "You are next · Main sale · onsale");
    stage.end().await;
}

#[tokio::test]
async fn a_sale_that_is_open_or_over_says_so_in_the_title_of_its_page() {
    let stage = Stage::open().await;
    let closes_at = json!((stage.now() + secs(120)).to_string());
    let (_, path, _) = sale(&stage, 60, json!({"closesAt": closes_at})).await;
    let mut mina = Visitor::new(&stage.client, "en");
    stage.advance(secs(60)).await;
    assert_eq!(title(&mut mina, &path).await, "Presale · Open now · onsale");
    stage.advance(secs(60)).await;
    assert_eq!(title(&mut mina, &path).await, "Presale · The sale is over · onsale");
    mina.submit("/line", &[("name", "Mina")]).await;
    let map = format!("/sale/{}", stage.concert);
    mina.submit(&format!("{map}/hold"), &[("seat", "7")]).await;
    assert_eq!(title(&mut mina, "/checkout").await, "Checkout · Spring Night · onsale");
    stage.end().await;
}
