//! What pages say of a draw that waits for its beacon, perhaps for hours.

use serde_json::json;

use super::openings::opening_in;
use super::visitor::Visitor;
use crate::stage::{Stage, secs};

const BEACON: &str = "3 8 17 22 40 41";

/// The words, by language.
struct Words {
    language: &'static str,
    awaited: &'static str,
    drawn: &'static str,
    joins_late: &'static str,
    behind: &'static str,
    place: &'static str,
    check: &'static str,
    /// What only a draw that is still ahead says.
    ahead: [&'static str; 3],
}

const ENGLISH: Words = Words {
    language: "en",
    awaited: "Waiting for the public value of the draw",
    drawn: "You take part in the draw",
    joins_late: "You come behind those who were in the lobby",
    behind: "You come behind those who take part in the draw",
    place: "Drawn to place 1",
    check: "How to check the draw",
    ahead: ["everybody who is here", "Opens 1", "About to open"],
};

const KOREAN: Words = Words {
    language: "ko",
    awaited: "추첨에 쓰일 공개 값을 기다리는 중입니다",
    drawn: "추첨에 참가했습니다",
    joins_late: "추첨 참가가 마감되었습니다",
    behind: "추첨 참가자 다음에 대기 순서대로 입장합니다",
    place: "추첨 결과 1번째",
    check: "추첨 확인 방법",
    ahead: ["대기 중인 모든 고객을 대상으로", "분 예매 시작", "곧 예매가 시작됩니다. 지금"],
};

#[tokio::test]
async fn a_draw_that_awaits_its_beacon_promises_no_time_and_no_part_in_it() {
    for words in [ENGLISH, KOREAN] {
        let stage = Stage::open().await;
        let fields = json!({"order": "draw", "beaconSource": "Lotto of 1 March", "capacity": 1});
        let sale = opening_in(&stage, 100, fields).await;
        let path = format!("/sales/{sale}");
        let mut mina = Visitor::new(&stage.client, words.language);
        let page = mina.get(&path).await;
        let lobby = mina.fill(&page, &path, &[("name", "Mina")]).await;
        assert!(lobby.shows("data-opens-in=\"100\"") && lobby.shows(words.ahead[0]), "{}", lobby.html);
        assert!(!lobby.shows(&format!(">{}<", words.awaited)));
        stage.advance(secs(50)).await;
        mina.get(&path).await;
        stage.advance(secs(50)).await;
        stage.tick().await;

        let mut eve = Visitor::new(&stage.client, words.language);
        let sale_page = eve.get(&path).await;
        let late = eve.fill(&sale_page, &path, &[("name", "Eve")]).await;
        let drawn = mina.get(&path).await;
        assert!(sale_page.shows(words.joins_late), "{}", sale_page.html);
        assert!(drawn.shows(words.drawn) && !drawn.shows(words.behind), "{}", drawn.html);
        assert!(late.shows(words.behind) && !late.shows(words.drawn), "{}", late.html);
        for page in [&sale_page, &drawn, &late, &eve.get("/").await] {
            assert!(page.shows(words.awaited), "{}", page.html);
            for false_now in words.ahead {
                assert!(!page.shows(false_now), "{false_now}: {}", page.html);
            }
        }
        for page in [&drawn, &late] {
            assert!(page.shows("http-equiv=\"refresh\" content=\"30\""), "{}", page.html);
            assert!(page.shows("data-phase=\"lobby\"") && !page.shows("role=\"timer\""), "{}", page.html);
        }

        stage.operator().change_sale(sale, &json!({ "beacon": BEACON })).await.ok();
        stage.tick().await;
        let turn = mina.get(&path).await;
        assert!(turn.shows("data-status=\"admitted\""), "{}", turn.html);
        assert!(turn.shows(words.place) && turn.shows(words.check), "the front sees the draw: {}", turn.html);
        assert!(turn.shows(&format!("href=\"{path}/fairness\"")));
        stage.end().await;
    }
}
