//! Fans see who they are, and can make a browser forget them.

use super::visitor::Visitor;
use crate::stage::Stage;

#[tokio::test]
async fn every_page_of_a_fan_names_them_and_links_to_signing_out() {
    let stage = Stage::open().await;
    for (language, signed_in) in [
        ("en", "<a class=\"plain\" href=\"/sign-out\"><bdi>Mina &#60;M&#62;</bdi> Sign out</a>"),
        ("ko", "<a class=\"plain\" href=\"/sign-out\"><bdi>Mina &#60;M&#62;</bdi> 로그아웃</a>"),
    ] {
        let mut mina = Visitor::new(&stage.client, language);
        assert!(!mina.get("/").await.shows("/sign-out"), "a stranger is nobody");
        mina.submit("/line", &[("name", "Mina <M>")]).await;
        let sale = format!("/sale/{}", stage.concert);
        for path in ["/", "/line", &sale, "/checkout", "/wallet", "/tickets", "/enter", "/sign-out"] {
            let page = mina.get(path).await;
            assert!(page.shows(signed_in), "{path}: {}", page.html);
        }
        mina.post("/line/leave", &[]).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn signing_out_forgets_the_person_and_gives_nothing_up() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    mina.submit(&format!("/sale/{}/hold", stage.concert), &[("seat", "7")]).await;
    let user = stage.app.keys.read_user(&mina.cookies["onsale_user"], stage.now()).expect("a user").user;
    let asked = mina.get("/sign-out").await;
    for fact in ["signed in as \u{2068}Mina\u{2069}", "It is your turn until", "You hold one seat."] {
        assert!(asked.shows(fact), "{fact}: {}", asked.html);
    }
    let before = mina.copy();
    // The answer counts for the person whom the page named.
    assert_eq!(mina.post("/sign-out", &[]).await.location(), "/sign-out");
    assert_eq!(mina.cookies, before.cookies);
    let out = mina.fill(&asked, "/sign-out", &[]).await;
    assert!(out.shows("You are signed out on this browser") && out.shows("name=\"name\""), "{}", out.html);
    let kept: Vec<_> = mina.cookies.keys().cloned().collect();
    assert_eq!(kept, ["onsale_visit"], "a stranger again");
    for (path, leads_to) in [("/checkout", "/line"), ("/sign-out", "/")] {
        assert_eq!(mina.get(path).await.location(), leads_to);
    }
    // Pressed twice, or in a second tab.
    assert_eq!(mina.fill(&asked, "/sign-out", &[]).await.status, 200);
    // A code finds everything again.
    let code = stage.app.keys.sign_in_code(user, stage.now());
    mina.submit("/enter", &[("code", &code)]).await;
    assert!(mina.get("/checkout").await.shows("Release seat 7"));
    stage.end().await;
}

#[tokio::test]
async fn leaving_can_be_considered_on_a_page_that_does_not_reload() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    assert_eq!(mina.get("/line/leave").await.location(), "/line", "a stranger");
    let waiting = mina.submit("/line", &[("name", "Mina")]).await;
    assert!(waiting.between("<noscript><p", "</noscript>").contains("href=\"/line/leave\""));
    let asked = mina.get("/line/leave").await;
    assert!(asked.shows("You give up your number") && !asked.shows("http-equiv"), "{}", asked.html);
    let left = mina.fill(&asked, "/line/leave", &[]).await;
    assert!(left.shows("You have left the line"), "{}", left.html);
    stage.end().await;
}
