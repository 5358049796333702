//! What pages offer during a turn.

use super::visitor::Visitor;
use crate::stage::{Stage, secs};

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
