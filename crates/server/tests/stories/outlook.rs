//! Whether those who wait will find a seat.

use onsale_app::statistics::Served;
use serde_json::json;

use super::visitor::Visitor;
use crate::stage::{Stage, secs};

#[tokio::test]
async fn the_first_in_line_will_likely_find_seats_and_the_last_will_not() {
    let stage = Stage::with(&[("line_capacity", "2")]).await;
    let inside = [stage.insider().await, stage.insider().await];
    let waiting = stage.crowd(60);
    for fan in &waiting {
        assert_eq!(fan.join().await.ok()["outlook"], json!(null), "nobody has counted the seats yet");
    }
    stage.advance(secs(2)).await;
    stage.app.record_statistics(Served::default());
    // Nobody has bought anything yet: each person counts as taking two of the 50 seats.
    for (ahead, outlook) in [(0, "likely"), (20, "uncertain"), (59, "unlikely")] {
        let polled = waiting[ahead].poll().await.ok();
        assert_eq!((&polled["ahead"], &polled["outlook"]), (&json!(ahead), &json!(outlook)));
    }
    inside[0].leave().await.ok();
    stage.advance(secs(2)).await;
    let admitted = waiting[0].poll().await.ok();
    assert_eq!((&admitted["status"], &admitted["outlook"]), (&json!("admitted"), &json!(null)));
    stage.end().await;
}

#[tokio::test]
async fn the_page_of_somebody_who_waits_says_whether_seats_will_be_left() {
    for (language, outlook) in [
        ("en", "Probably no seats will be left when your turn comes."),
        ("ko", "좌석이 남아 있지 않을 가능성이 높습니다."),
    ] {
        let stage = Stage::with(&[("line_capacity", "1")]).await;
        let _inside = stage.insider().await;
        for fan in stage.crowd(60) {
            fan.join().await.ok();
        }
        let mut mina = Visitor::new(&stage.client, language);
        let at_first = mina.submit("/line", &[("name", "Mina")]).await;
        assert!(at_first.shows("data-show=\"outlook\"></p>"), "nobody has counted: {}", at_first.html);
        stage.advance(secs(2)).await;
        stage.app.record_statistics(Served::default());
        let page = mina.get("/line").await;
        assert!(page.between("data-show=\"outlook\">", "</p>").contains(outlook), "{}", page.html);
        stage.end().await;
    }
}
