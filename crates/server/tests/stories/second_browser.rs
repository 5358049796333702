//! One person in two browsers: both show the same place, and both can act.

use serde_json::json;

use super::visitor::Visitor;
use crate::stage::{Stage, secs};

/// Another browser, signed in as the same person with a code.
async fn another(stage: &Stage, mina: &Visitor, language: &'static str) -> Visitor {
    let user = stage.app.keys.read_user(&mina.cookies["onsale_user"], stage.now()).expect("a user").user;
    // Codes of the same second are the same code, which counts once.
    stage.advance(secs(1)).await;
    let code = stage.app.keys.sign_in_code(user, stage.now());
    let mut other = Visitor::new(&stage.client, language);
    other.get("/enter").await;
    assert_eq!(other.post("/enter", &[("code", &code)]).await.location(), "/line");
    other
}

#[tokio::test]
async fn every_page_finds_the_place_of_somebody_who_signs_in() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let seats = format!("/sale/{}", stage.concert);
    mina.submit(&format!("{seats}/hold"), &[("seat", "7")]).await;
    for (path, sign) in [
        ("/line", "data-status=\"admitted\""),
        ("/", "It is your turn"),
        (seats.as_str(), "Hold these seats"),
        ("/checkout", "Release seat 7"),
    ] {
        let mut other = another(&stage, &mina, "en").await;
        let page = other.get(path).await;
        assert!(page.shows(sign), "{path}: {}", page.html);
        let read = |it: &Visitor| stage.app.keys.read_queue(&it.cookies["onsale_ticket"], stage.now());
        assert_eq!(read(&other).map(|it| it.number), read(&mina).map(|it| it.number), "{path}");
        let before = other.cookies["onsale_ticket"].clone();
        other.get(path).await;
        assert_eq!(other.cookies["onsale_ticket"], before, "{path} gives a ticket once");
    }
    stage.end().await;
}

#[tokio::test]
async fn both_browsers_can_pay_and_it_is_paid_once() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    mina.submit(&format!("/sale/{}/hold", stage.concert), &[("seat", "7"), ("seat", "8")]).await;
    let wallet = mina.get("/wallet").await;
    mina.fill(&wallet, "/wallet/charge", &[("amount", "150000")]).await;
    let mut other = another(&stage, &mina, "ko").await;
    let checkout = other.get("/checkout").await;
    let released = other.fill(&checkout, "/checkout/release", &[("seat", "8")]).await;
    assert!(released.shows("8번 좌석이 취소되었습니다"), "{}", released.html);
    // The page of the first browser shows what there is now, and one of the two pays.
    let checkout = mina.get("/checkout").await;
    let first = mina.fill(&checkout, "/checkout/pay", &[]).await;
    let again = other.fill(&checkout, "/checkout/pay", &[]).await;
    assert!(first.shows("Paid. The seats are yours"), "{}", first.html);
    assert!(again.shows("결제가 완료되었습니다"), "{}", again.html);
    assert_eq!(other.get("/tickets").await.html.matches("class=\"ticket\"").count(), 1);
    stage.end().await;
}

#[tokio::test]
async fn a_form_finds_the_place_although_its_browser_has_lost_the_ticket() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    mina.cookies.remove("onsale_ticket");
    let held = mina.post(&format!("/sale/{}/hold", stage.concert), &[("seat", "7")]).await;
    assert_eq!(held.location(), "/checkout");
    // Without any place, the page says that nothing was done.
    let turn = mina.get("/line").await;
    mina.fill(&turn, "/line/leave", &[]).await;
    for (form, fields) in [
        (format!("/sale/{}/hold", stage.concert), vec![("seat", "7")]),
        (
            "/checkout/pay".to_owned(),
            vec![("concert", "0199d6a0-0000-7000-8000-0000000000c1"), ("seat", "7")],
        ),
        (
            "/checkout/release".to_owned(),
            vec![("concert", "0199d6a0-0000-7000-8000-0000000000c1"), ("seat", "7")],
        ),
    ] {
        assert_eq!(mina.post(&form, &fields).await.outcome(), "/line no_place", "{form}");
        let mut stranger = Visitor::new(&stage.client, "en");
        assert_eq!(stranger.post(&form, &fields).await.outcome(), "/line no_user", "{form}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_new_place_replaces_the_ticket_of_one_that_has_ended() {
    let stage = Stage::with(&[("open_signup", "false"), ("line_capacity", "1")]).await;
    let fan = stage.newcomer();
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/enter", &[("code", &fan.token)]).await;
    mina.submit("/line", &[]).await;
    let mut other = another(&stage, &mina, "en").await;
    let turn = other.get("/line").await;
    assert!(
        turn.shows("data-status=\"admitted\""),
        "a code is enough where sign-up is closed: {}",
        turn.html
    );
    // Their turn runs out. The ticket still says how it ended.
    stage.advance(secs(3_600)).await;
    assert!(mina.get("/line").await.shows("Your turn is over"));
    // A browser without that ticket has nothing to find.
    assert!(another(&stage, &mina, "en").await.get("/line").await.shows("You are not in line"));
    stage.operator().steer(json!({"capacity": 0})).await.ok();
    other.submit("/line", &[]).await;
    for path in ["/", "/line"] {
        let mut tab = mina.copy();
        let page = tab.get(path).await;
        assert!(page.shows("You are in line"), "{path}: {}", page.html);
        assert_ne!(tab.cookies["onsale_ticket"], mina.cookies["onsale_ticket"], "{path}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_visit_leads_to_nobody_s_place() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.get("/line").await;
    let visit = mina.copy();
    mina.submit("/line", &[("name", "Mina")]).await;
    let mut eve = visit;
    for path in ["/", "/line"] {
        assert!(eve.get(path).await.shows("name=\"name\""), "{path}");
        assert!(!eve.cookies.contains_key("onsale_ticket"), "{path}");
    }
    assert_eq!(eve.get(&format!("/sale/{}", stage.concert)).await.location(), "/line");
    stage.end().await;
}
