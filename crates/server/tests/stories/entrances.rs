//! By which of several places somebody chooses a concert's seats, until when, and how many.

use serde_json::{Value, json};
use uuid::Uuid;

use super::openings::after;
use super::visitor::{Page, Visitor};
use crate::stage::{Stage, concert_with, secs};

/// Joins a sale on its page.
async fn join(visitor: &mut Visitor, sale: Uuid) -> Page {
    let path = format!("/sales/{sale}");
    let page = visitor.get(&path).await;
    visitor.fill(&page, &path, &[("name", "Mina")]).await
}

/// Whether the map offers to choose by a pass of this sale.
fn chooses_by(map: &Page, sale: Uuid) -> bool {
    map.shows(&format!("saleId={sale}")) && !map.shows("class=\"choice\" hidden")
}

/// The main sale sells the stage's concert besides the sales that name it.
async fn sold_in_main(stage: &Stage) {
    let main = stage.app.main_sale().0;
    stage.operator().change_sale(main, &json!({"concertIds": [stage.concert]})).await.ok();
}

#[tokio::test]
async fn a_sale_that_has_closed_is_in_nobodys_way() {
    let stage = Stage::open().await;
    let fields = |closes_at: Value| json!({"closesAt": closes_at, "concertIds": [stage.concert]});
    let presale = stage.make_sale(fields(after(&stage, 100))).await;
    let general = stage.make_sale(fields(after(&stage, 10_000))).await;
    let map = format!("/sale/{}", stage.concert);
    let hold = format!("{map}/hold");
    let mut mina = Visitor::new(&stage.client, "en");
    let turn = join(&mut mina, presale).await;
    assert!(turn.shows("data-seconds=\"100\""), "nobody chooses after the end: {}", turn.html);
    let only = mina.get(&map).await;
    assert!(chooses_by(&only, presale) && only.shows("data-seconds=\"100\""), "{}", only.html);
    stage.advance(secs(100)).await;
    let turn = mina.get(&format!("/sales/{presale}")).await;
    assert!(turn.shows("data-status=\"admitted\"") && turn.shows("The sale is over"), "{}", turn.html);
    for path in [format!("/sales/{presale}"), "/".to_owned()] {
        assert!(!mina.get(&path).await.shows(&format!("href=\"{map}\"")), "{path} offers to choose");
    }
    assert_eq!(
        mina.get(&map).await.location(),
        format!("/sales/{presale}"),
        "she can neither choose nor pay"
    );
    join(&mut mina, general).await;
    let open = mina.get(&map).await;
    assert!(chooses_by(&open, general), "{}", open.html);
    assert_eq!(mina.fill(&open, &hold, &[("seat", "7")]).await.status, 200);
    assert!(mina.get("/checkout").await.html.contains("Spring Night"), "the seat is held");
    stage.end().await;
}

#[tokio::test]
async fn who_held_a_seat_until_the_end_of_a_sale_can_still_pay() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"closesAt": after(&stage, 100), "concertIds": [stage.concert]})).await;
    let mut mina = Visitor::new(&stage.client, "en");
    join(&mut mina, sale).await;
    let map = mina.get(&format!("/sale/{}", stage.concert)).await;
    mina.fill(&map, &format!("/sale/{}/hold", stage.concert), &[("seat", "7")]).await;
    stage.advance(secs(100)).await;
    let turn = mina.get(&format!("/sales/{sale}")).await;
    assert!(turn.shows("Time left to pay") && turn.shows("href=\"/checkout\""), "{}", turn.html);
    assert!(!turn.shows("The sale is over") && !turn.shows("Choose seats"), "{}", turn.html);
    stage.end().await;
}

#[tokio::test]
async fn a_pass_that_can_only_pay_hides_none_that_can_choose() {
    let stage = Stage::with(&[("pass_seconds", "60"), ("hold_seconds", "50")]).await;
    let sale = stage.make_sale(json!({"concertIds": [stage.concert]})).await;
    sold_in_main(&stage).await;
    let map = format!("/sale/{}", stage.concert);
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    stage.advance(secs(30)).await;
    mina.submit(&format!("{map}/hold"), &[("seat", "7")]).await;
    join(&mut mina, sale).await;
    assert!(!chooses_by(&mina.get(&map).await, sale), "the main sale comes first while both can choose");
    stage.advance(secs(31)).await;
    let other = mina.get(&map).await;
    assert!(chooses_by(&other, sale), "{}", other.html);
    mina.fill(&other, &format!("{map}/hold"), &[("seat", "8")]).await;
    let checkout = mina.get("/checkout").await;
    assert!(checkout.shows("name=\"sale\"") && checkout.shows("Presale"), "{}", checkout.html);
    stage.end().await;
}

#[tokio::test]
async fn a_stranger_is_led_to_no_unlisted_sale() {
    let stage = Stage::open().await;
    let hidden = stage.make_sale(json!({"listed": false, "capacity": 0})).await;
    let concert = stage.open_concert(&concert_with(&json!({"saleIds": [hidden]}))).await;
    let map = format!("/sale/{concert}");
    let mut stranger = Visitor::new(&stage.client, "en");
    assert_eq!(stranger.get(&map).await.location(), "/line");
    let mut mina = Visitor::new(&stage.client, "en");
    join(&mut mina, hidden).await;
    assert_eq!(mina.get(&map).await.location(), format!("/sales/{hidden}"), "she waits there");
    stage.operator().change_sale(hidden, &json!({"listed": true})).await.ok();
    assert_eq!(stranger.get(&map).await.location(), format!("/sales/{hidden}"));
    stage.end().await;
}

#[tokio::test]
async fn the_map_offers_what_the_sale_leaves_of_its_limit() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"seatsPerPerson": 3})).await;
    let concert =
        async |name: &str| stage.open_concert(&concert_with(&json!({"name": name, "saleIds": [sale]}))).await;
    let (one, two) = (format!("/sale/{}", concert("One").await), format!("/sale/{}", concert("Two").await));
    let offers = |map: &Page, limit: u32, text: &str| {
        assert!(map.shows(&format!("data-limit=\"{limit}\"")), "{limit}: {}", map.html);
        assert!(map.shows(&format!(">{text}<")), "{text}: {}", map.html);
    };
    let mut mina = Visitor::new(&stage.client, "en");
    join(&mut mina, sale).await;
    let map = mina.get(&one).await;
    offers(&map, 3, "You may choose up to 3");
    let too_many = [("seat", "1"), ("seat", "2"), ("seat", "3"), ("seat", "4")];
    let refused = mina.fill(&map, &format!("{one}/hold"), &too_many).await;
    assert!(
        refused.shows("One person may have up to 3 seats in this sale, and you have 0."),
        "{}",
        refused.html
    );
    mina.fill(&map, &format!("{one}/hold"), &too_many[..2]).await;
    offers(&mina.get(&one).await, 3, "You may choose up to 1");
    offers(&mina.get(&two).await, 1, "You may choose up to 1");
    let checkout = mina.get("/checkout").await;
    let charged = mina.fill(&checkout, "/wallet/charge", &[("amount", "100000")]).await;
    mina.fill(&charged, "/checkout/pay", &[]).await;
    join(&mut mina, sale).await;
    let map = mina.get(&one).await;
    offers(&map, 1, "You may choose up to 1");
    mina.fill(&map, &format!("{one}/hold"), &[("seat", "3")]).await;
    let full = mina.get(&two).await;
    offers(&full, 0, "You have as many seats as you may");
    assert!(full.between("class=\"button hold\"", ">").contains(" disabled"), "{}", full.html);
    stage.end().await;
}

#[tokio::test]
async fn what_another_tab_has_used_of_a_limit_leaves_the_choice_and_the_page_says_why() {
    let stage = Stage::open().await;
    let concert = async |sale: Uuid| {
        let id = stage.open_concert(&concert_with(&json!({"saleIds": [sale]}))).await;
        format!("/sale/{id}")
    };
    for (language, sale_limit, hold_limit) in [
        (
            "en",
            "One person may have up to 3 seats in this sale, and you have 2. No longer selected: 5, 6",
            "You may hold up to 4 seats of this concert at a time, and you hold 2. No longer selected: 6",
        ),
        (
            "ko",
            "이 예매에서는 1인당 최대 3석까지 예매할 수 있으며, 현재 2석을 선점 또는 예매했습니다. 선택이 해제된 좌석: 5, 6번",
            "이 공연에서는 한 번에 최대 4석까지 선점할 수 있으며, 현재 2석을 선점했습니다. 선택이 해제된 좌석: 6번",
        ),
    ] {
        let limited = stage.make_sale(json!({"seatsPerPerson": 3})).await;
        let (one, two) = (concert(limited).await, concert(limited).await);
        let unlimited = stage.make_sale(json!({})).await;
        let plain = concert(unlimited).await;
        let mut mina = Visitor::new(&stage.client, language);
        for sale in [limited, unlimited] {
            join(&mut mina, sale).await;
        }
        // In the limited sale the other tab is at its other concert.
        for (map, elsewhere, why, kept) in [(&one, &two, sale_limit, 1), (&plain, &plain, hold_limit, 2)] {
            let form = format!("{map}/hold");
            let page = mina.get(map).await;
            let other = mina.get(elsewhere).await;
            let held = mina.fill(&other, &format!("{elsewhere}/hold"), &[("seat", "1"), ("seat", "2")]).await;
            assert!(held.shows("data-until"), "{}", held.html);
            let refused = mina.fill(&page, &form, &[("seat", "4"), ("seat", "5"), ("seat", "6")]).await;
            assert!(refused.shows(why), "{}", refused.html);
            assert_eq!(refused.html.matches(" checked").count(), kept);
            let left = mina.get(&format!("{map}?seat=4&seat=5")).await;
            assert_eq!(left.html.matches(" checked").count(), kept, "an address chooses no more");
        }
        let parts = format!("{one}/parts?saleId={limited}");
        let answer: Value = serde_json::from_str(&mina.get(&parts).await.html).expect("it is JSON");
        assert_eq!((&answer["limit"], &answer["besides"]), (&json!(1), &json!(2)));
    }
    stage.end().await;
}
