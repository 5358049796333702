//! What pages offer during a turn.

use serde_json::json;
use uuid::Uuid;

use super::visitor::{Page, Visitor};
use crate::stage::{Stage, buy, concert_with, secs};

/// A hold makes a turn longer, for paying only.
#[tokio::test]
async fn once_the_time_to_choose_is_over_no_page_offers_to_choose() {
    let stage = Stage::with(&[("pass_seconds", "60"), ("hold_seconds", "50")]).await;
    for (language, choose, pay, left) in [
        ("en", "Choose seats", "Go to checkout", "Time left to pay"),
        ("ko", "좌석 선택", "결제하러 가기", "결제 남은 시간"),
    ] {
        let mut mina = Visitor::new(&stage.client, language);
        mina.submit("/line", &[("name", "Mina")]).await;
        let sale = format!("/sale/{}", stage.concert);
        stage.advance(secs(30)).await;
        mina.submit(&format!("{sale}/hold"), &[("seat", "7")]).await;
        let offers = format!("href=\"{sale}\"");
        for path in ["/", "/line"] {
            let page = mina.get(path).await;
            assert!(page.shows(&offers), "{path}: {}", page.html);
        }
        let turn = mina.get("/line").await;
        assert!(turn.shows("data-seconds=\"30\""), "the time to choose comes first: {}", turn.html);
        stage.advance(secs(30)).await;
        let turn = mina.get("/line").await;
        assert!(turn.shows(left) && turn.shows("data-seconds=\"20\""), "{}", turn.html);
        for path in ["/", "/line"] {
            let page = mina.get(path).await;
            assert!(!page.shows(&offers) && !page.shows(&format!(">{choose}<")), "{path}: {}", page.html);
            assert!(page.shows(&format!("<a class=\"button\" href=\"/checkout\">{pay}</a>")), "{path}");
        }
        let map = mina.get(&sale).await;
        assert!(
            map.shows("class=\"button pay\"") && map.shows("class=\"button hold\" hidden"),
            "{}",
            map.html
        );
        assert!(map.shows("class=\"choice\" hidden"), "{}", map.html);
        stage.advance(secs(60)).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn who_needs_an_invitation_is_not_asked_to_join() {
    let stage = Stage::with(&[("open_signup", "false")]).await;
    for (language, join) in [("en", "Join, and you get"), ("ko", "대기 순번이 바로 발급됩니다")] {
        let mut mina = Visitor::new(&stage.client, language);
        let page = mina.get("/line").await;
        assert!(page.shows("name=\"code\"") && !page.shows(join), "{}", page.html);
    }
    stage.end().await;
}

/// Sends the form of a sale's page for joining.
async fn join(visitor: &mut Visitor, path: &str) -> Page {
    let page = visitor.get(path).await;
    visitor.fill(&page, path, &[("name", "Mina")]).await
}

/// A sale that closes in so many seconds, and a concert that only it sells.
async fn closing_sale(stage: &Stage, seconds: i64) -> (Uuid, Uuid) {
    let closes_at = stage.now() + secs(seconds);
    let sale = stage.make_sale(json!({"closesAt": closes_at.to_string()})).await;
    let concert = concert_with(&json!({"name": "Presold", "saleIds": [sale]}));
    (sale, stage.open_concert(&concert).await)
}

/// A pass may last longer than its sale, but holds alone can still be paid.
#[tokio::test]
async fn once_the_sale_is_over_the_clock_shows_what_can_still_be_paid() {
    let stage = Stage::with(&[("pass_seconds", "600"), ("hold_seconds", "50")]).await;
    for (language, pay, over, leave) in [
        ("en", "Time left to pay", "The sale is over", "See the dates"),
        ("ko", "결제 남은 시간", "예매가 종료되었습니다", "공연 일정 보기"),
    ] {
        let (sale, concert) = closing_sale(&stage, 60).await;
        let (path, map) = (format!("/sales/{sale}"), format!("/sale/{concert}"));
        let mut mina = Visitor::new(&stage.client, language);
        let mut eve = mina.copy();
        join(&mut mina, &path).await;
        join(&mut eve, &path).await;
        stage.advance(secs(30)).await;
        mina.submit(&format!("{map}/hold"), &[("seat", "7"), ("sale", &sale.to_string())]).await;
        stage.advance(secs(20)).await;
        mina.submit(&format!("{map}/hold"), &[("seat", "8"), ("sale", &sale.to_string())]).await;
        stage.advance(secs(10)).await;
        let turn = mina.get(&path).await;
        assert!(turn.shows(pay) && turn.shows("data-seconds=\"20\""), "the first deadline: {}", turn.html);
        assert!(mina.get(&map).await.shows("data-seconds=\"20\""), "and beside the seats");
        let turn = eve.get(&path).await;
        assert!(turn.shows(&format!("<h1>{over}</h1>")), "{}", turn.html);
        assert!(!turn.shows("role=\"timer\"") && !turn.shows("href=\"/checkout\""), "{}", turn.html);
        assert!(turn.shows(&format!("<a class=\"button\" href=\"/\">{leave}</a>")), "{}", turn.html);
        assert_eq!(eve.get(&map).await.location(), path, "there is nothing to do beside the seats");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_hold_after_the_sale_is_refused_with_the_sales_end() {
    let stage = Stage::open().await;
    for (language, refused) in [("en", "so no seat was held"), ("ko", "좌석을 선점하지 못했습니다")]
    {
        let (sale, concert) = closing_sale(&stage, 60).await;
        let mut mina = Visitor::new(&stage.client, language);
        join(&mut mina, &format!("/sales/{sale}")).await;
        let map = mina.get(&format!("/sale/{concert}")).await;
        stage.advance(secs(60)).await;
        let page = mina.fill(&map, &format!("/sale/{concert}/hold"), &[("seat", "7")]).await;
        assert!(page.shows(refused) && !page.shows("href=\"/checkout\""), "{}", page.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_turn_in_a_sold_out_sale_says_so() {
    let stage = Stage::open().await;
    for (language, sold_out) in [("en", "Every seat is sold."), ("ko", "전 좌석이 매진되었습니다.")]
    {
        let sale = stage.make_sale(json!({})).await;
        let only = concert_with(&json!({"name": "Small", "capacity": 1, "saleIds": [sale]}));
        let mut fan = stage.newcomer();
        fan.concert = stage.open_concert(&only).await;
        fan.join_with(&json!({"saleId": sale})).await.ok();
        let mut mina = Visitor::new(&stage.client, language);
        let path = format!("/sales/{sale}");
        assert!(!join(&mut mina, &path).await.shows(sold_out));
        buy(&fan, 1).await;
        let turn = mina.get(&path).await;
        assert!(turn.shows(sold_out), "{}", turn.html);
    }
    stage.end().await;
}
