//! What a page says of a draw before it has happened, while it waits for its value, and afterwards.

use serde_json::{Value, json};
use uuid::Uuid;

use super::openings::{after, opening_in};
use super::visitor::{Page, Visitor};
use crate::stage::{Stage, secs};

/// The words that only a draw that has happened allows.
const DONE: [[&str; 5]; 2] = [
    ["could have known", "did not exist", "was drawn", "Called up to place", "How to check the draw"],
    ["미리 알 수 있었습니다", "미리 알 수 없었습니다", "추첨했습니다", "현재 입장 순서", "추첨 확인 방법"],
];

/// The pages about a sale in both languages: how its order is decided, and the sale's own.
async fn pages(stage: &Stage, sale: Uuid) -> [[Page; 2]; 2] {
    let read = async |language| {
        let mut visitor = Visitor::new(&stage.client, language);
        let path = format!("/sales/{sale}");
        [visitor.get(&format!("{path}/fairness")).await, visitor.get(&path).await]
    };
    [read("en").await, read("ko").await]
}

/// Sees these texts on the first page, and none of a draw that has happened on either.
async fn is_ahead(stage: &Stage, sale: Uuid, texts: [[&str; 2]; 2]) {
    for ((pages, texts), done) in pages(stage, sale).await.iter().zip(texts).zip(DONE) {
        for text in texts {
            assert!(pages[0].shows(text), "{text}: {}", pages[0].html);
        }
        for (page, text) in pages.iter().flat_map(|page| done.map(|text| (page, text))) {
            assert!(!page.shows(text), "{text}: {}", page.html);
        }
    }
}

async fn draw(stage: &Stage, fields: Value) -> Uuid {
    let mut sale = fields;
    sale["order"] = json!("draw");
    opening_in(stage, 60, sale).await
}

#[tokio::test]
async fn the_seed_of_a_draw_that_is_ahead_can_be_known_and_that_of_another_could() {
    let stage = Stage::open().await;
    let sale = draw(&stage, json!({})).await;
    let ahead = [
        ["The order will be drawn at the opening", "The operator can know the seed in advance."],
        ["예매 시작 시각에 비밀 시드로 순서를 추첨합니다", "운영자는 시드를 미리 알 수 있습니다."],
    ];
    is_ahead(&stage, sale, ahead).await;
    stage.advance(secs(60)).await;
    for (pages, [known, _, drawn, head, check]) in pages(&stage, sale).await.iter().zip(DONE) {
        for text in [known, drawn, head, check] {
            assert!(pages[0].shows(text), "{text}: {}", pages[0].html);
        }
        assert!(pages[1].shows(check), "{}", pages[1].html);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_beacon_does_not_exist_before_the_draw_and_did_not_afterwards() {
    let stage = Stage::open().await;
    let sale = draw(&stage, json!({"beaconSource": "dice"})).await;
    let unknown = ["so nobody can know the order in advance", "누구도 순서를 미리 알 수 없습니다"];
    let ahead = ["The order will be drawn at the opening", "예매 시작 시각에 비밀 시드로 순서를 추첨합니다"];
    is_ahead(&stage, sale, [[ahead[0], unknown[0]], [ahead[1], unknown[1]]]).await;
    stage.advance(secs(60)).await;
    let fixed = ["It is settled who takes part in the draw", "추첨 참가가 마감되었습니다"];
    is_ahead(&stage, sale, [[fixed[0], unknown[0]], [fixed[1], unknown[1]]]).await;
    stage.operator().change_sale(sale, &json!({"beacon": "3 6 1"})).await.ok();
    stage.tick().await;
    for (pages, [_, did_not, drawn, ..]) in pages(&stage, sale).await.iter().zip(DONE) {
        assert!(pages[0].shows(did_not) && pages[0].shows(drawn), "{}", pages[0].html);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_sale_that_is_over_before_its_draw_says_that_there_was_none() {
    let stage = Stage::open().await;
    let sale = draw(&stage, json!({"beaconSource": "dice", "closesAt": after(&stage, 120)})).await;
    stage.advance(secs(60)).await;
    stage.advance(secs(60)).await;
    let never = ["so no order was drawn", "추첨이 진행되지 않았습니다"];
    for (pages, text) in pages(&stage, sale).await.iter().zip(never) {
        assert!(pages[0].shows(text), "{}", pages[0].html);
    }
    stage.end().await;
}
