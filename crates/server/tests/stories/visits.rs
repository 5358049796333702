//! Strangers who join: how many people a press makes, and who gets to be them.

use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use reqwest::header::{COOKIE, SET_COOKIE};

use super::visitor::{Page, Visitor};
use crate::stage::{Stage, secs};

const NO_COOKIE: &str = "This browser did not send our cookie";

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// How many people have this name.
async fn people(stage: &Stage, name: &str) -> usize {
    stage.app.find_people(name, 20).await.expect("the store answers").len()
}

/// Who an answer makes its browser, if anybody.
fn user_given(stage: &Stage, page: &Page) -> Option<uuid::Uuid> {
    let given = page.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let token =
        given.filter_map(|cookie| cookie.strip_prefix("onsale_user=")?.split(';').next()).next_back()?;
    Some(stage.app.keys.read_user(token, stage.now()).expect("a token that was signed here").user)
}

/// Presses a join form as a browser with these cookies does, without taking what comes back.
async fn press(browser: &Visitor, name: &str, form: &str) -> Page {
    let mut copy = browser.copy();
    copy.post_as_it_is("/line", &[("name", name), ("form", form)]).await
}

#[tokio::test]
async fn a_browser_that_refuses_cookies_learns_it_and_makes_nobody() {
    let stage = Stage::open().await;
    for (language, sentence) in [("en", NO_COOKIE), ("ko", "쿠키가 전송되지 않았습니다")] {
        let mut mina = Visitor::new(&stage.client, language);
        for path in ["/", "/line"] {
            let form = mina.get(path).await.hidden("form");
            for cookies in ["", "other=1; my_onsale_user=2"] {
                // Whatever the pages set is refused.
                let request =
                    Visitor::new(&stage.client, language).form("/line", &[("name", "Mina"), ("form", &form)]);
                let answer = mina.send(request.header(COOKIE, cookies)).await;
                assert_eq!(answer.status, 400, "{}", answer.html);
                assert!(answer.shows(sentence) && answer.shows("href=\"/line\""), "{}", answer.html);
                assert_eq!(answer.headers.get_all(SET_COOKIE).iter().count(), 0);
            }
        }
    }
    stage.tick().await;
    assert_eq!((people(&stage, "Mina").await, stage.app.main_line().tallies().tail), (0, 0));
    stage.end().await;
}

#[tokio::test]
async fn no_form_comes_again_without_a_word_where_cookies_are_refused() {
    let stage = Stage::open().await;
    let (operator, fan) = (stage.operator().token, stage.newcomer().token);
    for (path, fields) in [
        ("/language", [("lang", "ko"), ("back", "/")]),
        ("/enter", [("code", fan.as_str()), ("replaces", "")]),
        ("/operator/sign-in", [("token", operator.as_str()), ("x", "")]),
        ("/wallet/charge", [("amount", "1"), ("key", "k")]),
    ] {
        let mut eve = Visitor::new(&stage.client, "en");
        let answer = eve.post_as_it_is(path, &fields).await;
        assert!(answer.status == 400 && answer.shows(NO_COOKIE), "{path}: {}", answer.html);
    }
    // The language's cookie is from before, and the visit's is refused.
    let mut mina = Visitor::new(&stage.client, "en");
    let form = mina.get("/").await.hidden("form");
    mina.cookies.remove("onsale_visit");
    mina.cookies.insert("onsale_language".to_owned(), "en".to_owned());
    let answer = press(&mina, "Mina", &form).await;
    assert!(answer.status == 400 && answer.shows(NO_COOKIE), "{}", answer.html);
    // Pages that were never found set the cookie as well: their language button works.
    let mut lost = Visitor::new(&stage.client, "en");
    assert_eq!(lost.get("/nowhere").await.status, 404);
    assert_eq!(lost.post_as_it_is("/language", &[("lang", "ko"), ("back", "/")]).await.status, 303);
    stage.end().await;
}

#[tokio::test]
async fn impatient_presses_make_one_person() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    let form = mina.get("/").await.hidden("form");
    let answers = join_all((0..10).map(|_| press(&mina, "Mina", &form))).await;
    let mut users: Vec<_> = answers.iter().map(|answer| user_given(&stage, answer)).collect();
    users.dedup();
    assert!(users.len() == 1 && users[0].is_some(), "every press gives the same person: {users:?}");
    assert!(answers.iter().all(|answer| answer.location() == "/line"), "{answers:?}");
    // The last answer was lost, and the name is corrected.
    stage.advance(secs(29)).await;
    assert_eq!(user_given(&stage, &press(&mina, "Mina Kim", &form).await), users[0]);
    assert_eq!((people(&stage, "Mina").await, stage.app.main_line().tallies().tail), (1, 1));
    stage.end().await;
}

#[tokio::test]
async fn two_tabs_of_a_browser_make_one_person() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    let tabs = [mina.get("/").await.hidden("form"), mina.get("/line").await.hidden("form")];
    assert_ne!(tabs[0], tabs[1]);
    let answers = join_all(tabs.iter().map(|form| press(&mina, "Mina", form))).await;
    let given: Vec<_> = answers.iter().filter_map(|answer| user_given(&stage, answer)).collect();
    assert_eq!(given.len(), 1, "{answers:?}");
    stage.tick().await;
    assert_eq!((people(&stage, "Mina").await, stage.app.main_line().tallies().tail), (1, 1));
    // By now both tabs have the cookie that one of them got.
    let token = stage.app.keys.sign_user(given[0], onsale_app::tokens::Role::User, stage.now());
    mina.cookies.insert("onsale_user".to_owned(), token);
    let again = press(&mina, "Mina", &tabs[1]).await;
    assert_eq!(again.location(), "/line");
    stage.tick().await;
    assert_eq!(stage.app.main_line().tallies().tail, 1);
    stage.end().await;
}

#[tokio::test]
async fn a_visit_ends_with_its_first_use() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    let form = mina.get("/").await.hidden("form");
    let before = mina.copy();
    assert!(mina.post_as_it_is("/line", &[("name", "Mina"), ("form", &form)]).await.location() == "/line");
    assert!(!mina.cookies.contains_key("onsale_visit") && mina.cookies.contains_key("onsale_user"));
    // Another form of that visit, at once; the same form later.
    let other = before.copy().get("/line").await.hidden("form");
    let at_once = press(&before, "Eve", &other).await;
    stage.advance(secs(30)).await;
    let later = press(&before, "Eve", &form).await;
    stage.advance(hours(25)).await;
    let next_day = press(&before, "Eve", &form).await;
    for answer in [at_once, later, next_day] {
        assert_eq!(user_given(&stage, &answer), None, "{answer:?}");
        assert_eq!(answer.outcome(), "/line form_over");
    }
    // Without the cookie the form is worth nothing, and neither is a form that nobody gave out.
    let mut eve = Visitor::new(&stage.client, "en");
    let own = eve.get("/line").await.hidden("form");
    for (form, visit) in [
        (form.as_str(), eve.cookies["onsale_visit"].clone()),
        (own.as_str(), "nonsense".to_owned()),
        (own.as_str(), own.clone()),
        ("nonsense", before.cookies["onsale_visit"].clone()),
        (before.cookies["onsale_visit"].as_str(), before.cookies["onsale_visit"].clone()),
    ] {
        let mut thief = Visitor::new(&stage.client, "en");
        thief.cookies.insert("onsale_visit".to_owned(), visit);
        assert_eq!(user_given(&stage, &press(&thief, "Eve", form).await), None, "{form}");
    }
    assert_eq!((people(&stage, "Mina").await, people(&stage, "Eve").await), (1, 0));
    stage.end().await;
}

#[tokio::test]
async fn a_planted_visit_gives_nobody_s_identity() {
    let stage = Stage::open().await;
    // Eve visits, and plants her cookie in Mina's browser, as a sibling domain could over http.
    let mut eve = Visitor::new(&stage.client, "en");
    let hers = eve.get("/line").await.hidden("form");
    let mut mina = eve.copy();
    let own = mina.get("/line").await.hidden("form");
    let joined = mina.post_as_it_is("/line", &[("name", "Mina"), ("form", &own)]).await;
    let victim = user_given(&stage, &joined).expect("Mina has joined");
    let stolen = press(&eve, "Mina", &hers).await;
    assert_eq!(user_given(&stage, &stolen), None, "{stolen:?}");

    // The other way round: Eve joins first, so that Mina would act, and pay, as her.
    let mut eve = Visitor::new(&stage.client, "en");
    let hers = eve.get("/line").await.hidden("form");
    let mut mina = eve.copy();
    let own = mina.get("/line").await.hidden("form");
    assert!(user_given(&stage, &press(&eve, "Eve", &hers).await).is_some_and(|eve| eve != victim));
    let refused = mina.post_as_it_is("/line", &[("name", "Mina"), ("form", &own)]).await;
    assert_eq!(user_given(&stage, &refused), None, "{refused:?}");
    assert!(!mina.cookies.contains_key("onsale_visit"), "the planted visit is over");
    let again = mina.get(&refused.location()).await;
    assert!(again.shows("please send it again") && again.shows("name=\"name\""), "{}", again.html);
    mina.post_as_it_is("/line", &[("name", "Mina B"), ("form", &again.hidden("form"))]).await;
    assert_eq!(people(&stage, "Mina B").await, 1);
    stage.end().await;
}

#[tokio::test]
async fn a_form_that_was_open_for_long_is_shown_again() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    let form = mina.get("/line").await.hidden("form");
    stage.advance(hours(12)).await;
    let old = press(&mina, "Mina", &form).await;
    assert_eq!((old.outcome().as_str(), people(&stage, "Mina").await), ("/line form_over", 0));
    // A page that is loaded late in a visit has a form that lasts as long as any other.
    let visit = mina.cookies["onsale_visit"].clone();
    let form = mina.get("/line").await.hidden("form");
    assert_ne!(mina.cookies["onsale_visit"], visit);
    stage.advance(hours(12) - secs(1)).await;
    let nameless = press(&mina, " ", &form).await;
    assert_eq!(nameless.outcome(), "/line name", "a name is asked for, and the form still counts");
    assert!(user_given(&stage, &press(&mina, "Mina", &form).await).is_some());
    stage.end().await;
}

#[tokio::test]
async fn somebody_who_comes_back_within_a_month_is_known_for_ever() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let user = |mina: &Visitor, stage: &Stage| {
        stage.app.keys.read_user(&mina.cookies["onsale_user"], stage.now()).map(|token| token.user)
    };
    let first = (mina.cookies["onsale_user"].clone(), user(&mina, &stage));
    assert_eq!(mina.get("/tickets").await.headers.get_all(SET_COOKIE).iter().count(), 0, "it is new");
    for day in 0..4 {
        stage.advance(hours(28 * 24)).await;
        let page = mina.get(["/tickets", "/", "/wallet", "/nowhere"][day]).await;
        let renewed =
            page.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()).next_back();
        let renewed = renewed.expect("the cookie is renewed");
        assert!(renewed.contains("HttpOnly") && renewed.contains("Max-Age=2592000"), "{renewed}");
        assert_eq!(user(&mina, &stage), first.1);
        assert!(!mina.get("/line").await.shows("name=\"name\""), "they are no stranger");
    }
    // Nothing but a page renews it, and an expired one is over.
    stage.advance(hours(10 * 24)).await;
    let before = mina.cookies.clone();
    mina.post_as_it_is("/language", &[("lang", "en"), ("back", "/")]).await;
    let asset = mina.get("/").await.between("href=\"/assets/", "\"");
    mina.cookies.clone_from(&before);
    mina.get(&format!("/assets/{asset}")).await;
    assert_eq!(mina.cookies, before);
    stage.advance(hours(20 * 24)).await;
    assert!(mina.get("/line").await.shows("name=\"name\""), "after 30 days without a visit");
    let request = mina.request(Method::GET, "/tickets").header(COOKIE, format!("onsale_user={}", first.0));
    assert_eq!(mina.send(request).await.status, 400, "and two cookies are refused, not renewed");
    stage.end().await;
}
