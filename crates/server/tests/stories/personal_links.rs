//! Links that sign in.

use onsale_app::tokens::Role;
use serde_json::json;
use uuid::Uuid;

use super::visitor::Visitor;
use crate::stage::{Stage, secs};

#[tokio::test]
async fn a_code_in_the_query_is_ignored_and_carried_on_by_nothing() {
    let stage = Stage::open().await;
    let token = stage.newcomer().token;
    let mut mina = Visitor::new(&stage.client, "en");
    for name in ["token", "code"] {
        let page = mina.get(&format!("/enter?{name}={token}")).await;
        assert_eq!(page.status, 200);
        assert!(
            page.shows("Enter the code that the organiser sent you") && !page.shows(&token),
            "{}",
            page.html
        );
        assert_eq!(page.hidden("back"), "/enter");
    }
    assert!(!mina.cookies.contains_key("onsale_user"));
    stage.end().await;
}

#[tokio::test]
async fn a_code_replaces_somebody_else_only_after_a_question() {
    for (language, name, seats) in [
        ("en", "signed in as \u{2068}Mina &#60;M&#62;\u{2069}", "You hold 2 seats"),
        ("ko", "Mina &#60;M&#62;\u{2069} 님", "좌석 2석"),
    ] {
        let stage = Stage::open().await;
        let mut mina = Visitor::new(&stage.client, language);
        mina.submit("/line", &[("name", "Mina <M>")]).await;
        mina.submit(&format!("/sale/{}/hold", stage.concert), &[("seat", "7"), ("seat", "8")]).await;
        let before = mina.cookies.clone();
        let (joon, token) = (stage.newcomer(), stage.newcomer().token);
        let asked = mina.post("/enter", &[("code", &token)]).await;
        assert_eq!((asked.status, &mina.cookies), (200, &before), "{}", asked.html);
        for fact in [name, seats, "href=\"/line\""] {
            assert!(asked.shows(fact), "{fact}: {}", asked.html);
        }
        assert_eq!((asked.hidden("code"), asked.hidden("back")), (token.clone(), "/enter".to_owned()));
        // Somebody else's answer does not count.
        let other = [("code", token.as_str()), ("replaces", &joon.id.to_string())];
        assert_eq!((mina.post("/enter", &other).await.status, &mina.cookies), (200, &before));
        let yes = [("code", token.as_str()), ("replaces", &asked.hidden("replaces"))];
        let entered = mina.submit("/enter", &yes).await;
        assert!(entered.shows("action=\"/line\"") && !entered.shows("name=\"name\""), "{}", entered.html);
        assert_eq!(mina.cookies["onsale_user"], token);
        assert!(!mina.cookies.contains_key("onsale_ticket"));
        // What Mina had is still hers.
        let mut elsewhere = Visitor::new(&stage.client, language);
        elsewhere.cookies = before;
        assert!(elsewhere.get("/checkout").await.shows("value=\"7\""));
        // Nor is anybody asked who comes with their own code; their place stays.
        mina.submit("/line", &[]).await;
        let (ticket, again) =
            (mina.cookies["onsale_ticket"].clone(), mina.post("/enter", &[("code", &token)]).await);
        assert_eq!((again.location().as_str(), &mina.cookies["onsale_ticket"]), ("/line", &ticket));
        stage.end().await;
    }
}

#[tokio::test]
async fn a_code_signs_in_one_browser_once() {
    let stage = Stage::with(&[("open_signup", "false")]).await;
    let fan = stage.newcomer();
    let code = stage.app.keys.sign_in_code(fan.id, stage.now());
    let mut mina = Visitor::new(&stage.client, "en");
    assert!(mina.get("/").await.shows("name=\"code\""));
    let before = mina.copy();
    // Typed as people type, and pressed twice at once: the browser sends both before it hears anything.
    let typed = code.to_lowercase().replace('-', " ");
    let (mut one, mut other) = (before.copy(), before.copy());
    let fields = [("code", typed.as_str())];
    let (first, second) =
        tokio::join!(one.post_as_it_is("/enter", &fields), other.post_as_it_is("/enter", &fields));
    for (browser, answer) in [(&one, &first), (&other, &second)] {
        assert_eq!(answer.location(), "/line");
        let token = stage.app.keys.read_user(&browser.cookies["onsale_user"], stage.now());
        assert_eq!(token.map(|token| token.user), Ok(fan.id));
    }
    // Any other browser, and this one later, gets nothing.
    let mut eve = Visitor::new(&stage.client, "en");
    assert!(eve.submit("/enter", &fields).await.shows("expired or been used"));
    stage.advance(secs(30)).await;
    assert_eq!(before.copy().post_as_it_is("/enter", &fields).await.outcome(), "/enter token");
    assert!(!eve.cookies.contains_key("onsale_user"));
    stage.end().await;
}

#[tokio::test]
async fn a_question_does_not_use_a_code_up() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let fan = stage.newcomer();
    let code = stage.app.keys.sign_in_code(fan.id, stage.now());
    for _ in 0..2 {
        assert!(mina.post("/enter", &[("code", &code)]).await.shows("signed in as \u{2068}Mina"));
    }
    let asked = mina.post("/enter", &[("code", &code)]).await;
    mina.submit("/enter", &[("code", &code), ("replaces", &asked.hidden("replaces"))]).await;
    let token = stage.app.keys.read_user(&mina.cookies["onsale_user"], stage.now());
    assert_eq!(token.map(|token| token.user), Ok(fan.id));
    let late = stage.app.keys.sign_in_code(stage.newcomer().id, stage.now());
    stage.advance(secs(600)).await;
    assert_eq!(mina.post("/enter", &[("code", &late)]).await.outcome(), "/enter token");
    stage.end().await;
}

#[tokio::test]
async fn the_question_names_the_place_in_line() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    let own = stage.newcomer().token;
    mina.submit("/enter", &[("code", &own)]).await;
    let other = stage.newcomer().token;
    let asked = mina.post("/enter", &[("code", &other)]).await;
    assert!(asked.shows("already signed in, but not with this code") && !asked.shows("in line with number"));
    mina.submit("/line", &[]).await;
    let asked = mina.post("/enter", &[("code", &other)]).await;
    assert!(asked.shows("You are in line with number 1."), "{}", asked.html);
    stage.operator().steer(json!({"capacity": 5})).await.ok();
    stage.tick().await;
    assert!(mina.get("/line").await.shows("data-status=\"admitted\""));
    let asked = mina.post("/enter", &[("code", &other)]).await;
    assert!(asked.shows("It is your turn until"), "{}", asked.html);
    stage.end().await;
}

#[tokio::test]
async fn a_link_with_an_old_token_gives_a_new_one() {
    let stage = Stage::open().await;
    let token = stage.app.keys.sign_user(Uuid::now_v7(), Role::User, stage.now());
    stage.advance(jiff::SignedDuration::from_hours(48)).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/enter", &[("code", &token)]).await;
    assert_ne!(mina.cookies["onsale_user"], token);
    stage.end().await;
}

#[tokio::test]
async fn an_operator_s_token_is_no_personal_link() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.get("/enter").await;
    let token = stage.operator().token;
    assert_eq!(mina.post("/enter", &[("code", &token)]).await.outcome(), "/enter token");
    assert!(!mina.cookies.contains_key("onsale_user"));
    stage.end().await;
}
