//! When pages say that a concert is on sale: in its own window and in that of its sale.

use serde_json::{Value, json};
use uuid::Uuid;

use super::openings::{after, opening_in};
use super::visitor::Visitor;
use crate::stage::{Stage, concert_with, secs};

/// A concert with these fields that these sales sell.
async fn concert(stage: &Stage, sales: &[Uuid], mut fields: Value) -> Uuid {
    fields["saleIds"] = json!(sales);
    fields["name"] = json!("Presold");
    stage.open_concert(&concert_with(&fields)).await
}

/// What a page says of the concert "Presold", in English and Korean.
async fn states_on(stage: &Stage, path: &str, from: &str) -> [String; 2] {
    let mut both = [String::new(), String::new()];
    for (language, state) in ["en", "ko"].into_iter().zip(&mut both) {
        let page = Visitor::new(&stage.client, language).get(path).await;
        let row = page.between(&format!("<bdi>Presold</bdi></{from}>"), "</li>");
        if let Some((_, text)) = row.split_once("<span class=\"state ") {
            let (words, _) = text.split_once('>').expect("a tag").1.split_once('<').expect("it ends");
            words.clone_into(state);
        }
    }
    both
}

#[tokio::test]
async fn a_concert_is_not_on_sale_before_its_sale_opens_nor_after_it_is_over() {
    let stage = Stage::with(&[("time_zone", "Asia/Seoul")]).await;
    let closes_at = after(&stage, 6 * 3_600);
    let sale = opening_in(&stage, 2 * 3_600, json!({"concertIds": [], "closesAt": closes_at})).await;
    let id = concert(&stage, &[sale], json!({})).await;
    let ahead = ["On sale from 1 March 2026, 20:00 (in 2 h)", "2026년 3월 1일 20:00 예매 시작 (2시간 후)"];
    assert_eq!(states_on(&stage, "/", "h3").await, ahead);
    let mut mina = Visitor::new(&stage.client, "en");
    let map = mina.get(&format!("/sale/{id}")).await;
    assert_eq!(map.location(), format!("/sales/{sale}"), "the map is for people inside");
    let page = mina.get(&map.location()).await;
    assert!(page.shows("Opens 1 March 2026, 20:00 (in 2 h)"), "{}", page.html);
    stage.clock.advance(secs(2 * 3_600));
    assert_eq!(states_on(&stage, "/", "h3").await, ["About to go on sale", "곧 예매가 시작됩니다"]);
    stage.tick().await;
    let open = ["On sale until 2 March 2026, 00:00", "2026년 3월 2일 00:00까지 예매 가능"];
    assert_eq!(states_on(&stage, "/", "h3").await, open, "its sale ends before its own time does");
    stage.advance(secs(4 * 3_600)).await;
    assert_eq!(states_on(&stage, "/", "h3").await, ["Sale closed", "예매 종료"]);
    stage.end().await;
}

#[tokio::test]
async fn a_concert_with_a_later_time_of_its_own_says_so_on_its_sale_s_page_and_on_its_map() {
    let stage = Stage::open().await;
    let sale = opening_in(&stage, 60, json!({"concertIds": []})).await;
    let id = concert(&stage, &[sale], json!({"openingAt": after(&stage, 3_600)})).await;
    let path = format!("/sales/{sale}");
    let ahead =
        ["On sale from 1 March 2026, 10:00 (in 60 minutes)", "2026년 3월 1일 10:00 예매 시작 (60분 후)"];
    for page in ["/", path.as_str()] {
        assert_eq!(states_on(&stage, page, if page == "/" { "h3" } else { "strong" }).await, ahead);
    }
    stage.advance(secs(60)).await;
    let mut mina = Visitor::new(&stage.client, "en");
    let page = mina.get(&path).await;
    mina.fill(&page, &path, &[("name", "Mina")]).await;
    let map = mina.get(&format!("/sale/{id}")).await;
    assert!(map.shows("On sale from 1 March 2026, 10:00 (in 59 minutes)"), "{}", map.html);
    assert!(map.shows(" data-closed"), "{}", map.html);
    stage.end().await;
}

#[tokio::test]
async fn a_concert_of_two_sales_is_on_sale_as_soon_as_one_of_them_is_open() {
    let stage = Stage::open().await;
    let later = opening_in(&stage, 7_200, json!({"concertIds": []})).await;
    let presale = opening_in(&stage, 3_600, json!({"concertIds": []})).await;
    let id = concert(&stage, &[later, presale], json!({})).await;
    let [ahead, _] = states_on(&stage, "/", "h3").await;
    assert_eq!(ahead, "On sale from 1 March 2026, 10:00 (in 60 minutes)");
    let hidden = json!({"listed": false});
    stage.operator().change_sale(presale, &hidden).await.ok();
    let [ahead, _] = states_on(&stage, "/", "h3").await;
    assert_eq!(ahead, "On sale from 1 March 2026, 11:00 (in 2 h)", "the other one is not public");
    stage.advance(secs(3_600)).await;
    let mut mina = Visitor::new(&stage.client, "en");
    let path = format!("/sales/{presale}");
    let page = mina.get(&path).await;
    mina.fill(&page, &path, &[("name", "Mina")]).await;
    let first = mina.get("/").await;
    assert!(
        first.shows(&format!("href=\"/sale/{id}\"")) && first.shows("On sale until 20 March"),
        "{}",
        first.html
    );
    stage.end().await;
}

#[tokio::test]
async fn while_a_draw_awaits_its_value_no_page_names_a_time() {
    let stage = Stage::open().await;
    let draw = json!({"concertIds": [], "order": "draw", "beaconSource": "dice"});
    let sale = opening_in(&stage, 60, draw).await;
    concert(&stage, &[sale], json!({})).await;
    stage.advance(secs(60)).await;
    stage.tick().await;
    let both =
        ["On sale once the public value of the draw is known", "추첨에 쓰일 공개 값이 정해지면 예매 시작"];
    assert_eq!(states_on(&stage, "/", "h3").await, both);
    assert_eq!(states_on(&stage, &format!("/sales/{sale}"), "strong").await, ["", ""], "the sale says it");
    stage.end().await;
}
