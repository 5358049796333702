//! The result of a form is shown once, in the browser that sent it.

use reqwest::Method;

use super::visitor::Visitor;
use crate::stage::{Stage, secs};

const CHARGED: &str = "The money is in your wallet";

/// Sends the wallet's form. The browser has not followed the redirect yet.
async fn charge(mina: &mut Visitor) -> String {
    let hidden = mina.get("/wallet").await.fields_of("/wallet/charge");
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = hidden.chain([("amount", "1000")]).collect();
    let sent = mina.post("/wallet/charge", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.html);
    sent.location()
}

#[tokio::test]
async fn a_result_is_shown_once_and_no_address_says_it() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    assert_eq!(charge(&mut mina).await, "/wallet");
    assert!(mina.get("/wallet").await.shows(CHARGED));
    assert!(!mina.cookies.contains_key("onsale_notice"));
    assert!(!mina.get("/wallet").await.shows("notice-good"), "a reload repeats nothing");
    for (path, shown) in [
        ("/?notice=left", "You have left the line"),
        ("/line?notice=pass_ended", "Your turn has ended"),
        ("/wallet?notice=charged", CHARGED),
        ("/checkout?notice=released&seat=7", "Seat 7 is released"),
        (&format!("/sale/{}?notice=seat_held&seat=7", stage.concert), "Someone else was faster"),
    ] {
        let page = mina.get(path).await;
        assert!(page.status == 200 && !page.shows(shown), "{path}: {}", page.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_result_waits_for_its_own_page_and_for_somebody_who_sees_it() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    charge(&mut mina).await;
    // Meanwhile another tab reloads its page, a script polls, and the browser loads ahead of time.
    assert!(!mina.get("/line").await.shows(CHARGED));
    mina.get("/v1/enqueues").await;
    let head = mina.request(Method::HEAD, "/wallet");
    assert_eq!(mina.send(head).await.status, 200);
    for (name, value) in [("sec-purpose", "prefetch"), ("sec-fetch-dest", "empty")] {
        let early = mina.request(Method::GET, "/wallet").header(name, value);
        assert!(!mina.send(early).await.shows(CHARGED), "{name}: {value}");
    }
    let mut other = Visitor::new(&stage.client, "en");
    assert!(!other.get("/wallet").await.shows(CHARGED), "another browser sent no form");
    assert!(mina.get("/wallet").await.shows(CHARGED));
    stage.end().await;
}

#[tokio::test]
async fn a_result_follows_a_redirect_to_the_page_that_is_shown() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let sale = format!("/sale/{}", stage.concert);
    let sent = mina.post(&format!("{sale}/hold"), &[("part", "1")]).await;
    assert!(sent.location().starts_with(&sale), "{}", sent.location());
    // Her turn ends before the browser gets there.
    stage.advance(secs(600)).await;
    let moved = mina.get(&sent.location()).await;
    assert_eq!((moved.status, moved.location().as_str()), (303, "/line"));
    assert!(mina.get("/line").await.shows("Choose a seat first."));
    assert!(!mina.get("/line").await.shows("Choose a seat first."));
    stage.end().await;
}

#[tokio::test]
async fn an_operator_sees_a_result_once() {
    let stage = Stage::open().await;
    let mut operator = Visitor::new(&stage.client, "en");
    let refused = operator.submit("/operator/sign-in", &[("token", "x")]).await;
    assert!(refused.shows("This is not an operator token"), "{}", refused.html);
    assert!(!operator.get("/operator/sign-in").await.shows("notice-bad"));
    let token = stage.operator().token;
    operator.submit("/operator/sign-in", &[("token", &token)]).await;
    let pause = operator.get("/operator?paused=true").await.fields_of("/operator/dials");
    let pause: Vec<_> = pause.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let sent = operator.post("/operator/dials", &pause).await;
    assert_eq!(sent.location(), "/operator");
    // The cockpit's script asks for charts before the page is there.
    operator.get("/operator/charts").await;
    assert!(operator.get("/operator").await.shows("It takes effect at once"));
    assert!(!operator.get("/operator").await.shows("It takes effect at once"));
    assert!(!operator.get("/operator?notice=dials_set").await.shows("It takes effect at once"));
    let wrong = operator.get("/operator?capacity=1000001").await;
    assert!(wrong.shows("These values cannot be set"), "{}", wrong.html);
    stage.end().await;
}

#[tokio::test]
async fn over_https_the_cookie_of_a_result_is_bound_to_the_host() {
    let stage = Stage::with(&[("public_url", "https://tickets.example")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    charge(&mut mina).await;
    assert_eq!(mina.cookies.get("__Host-onsale_notice").map(String::as_str), Some("charged@/wallet"));
    let bound = std::mem::take(&mut mina.cookies);
    mina.cookies = bound.clone().into_iter().filter(|(name, _)| !name.contains("notice")).collect();
    mina.cookies.insert("onsale_notice".to_owned(), "charged@/wallet".to_owned());
    assert!(!mina.get("/wallet").await.shows(CHARGED), "a sibling domain may have set it");
    mina.cookies = bound;
    assert!(mina.get("/wallet").await.shows(CHARGED));
    assert!(!mina.cookies.contains_key("__Host-onsale_notice"));
    stage.end().await;
}
