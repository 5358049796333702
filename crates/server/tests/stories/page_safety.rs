//! How a visitor's cookies are protected.

use reqwest::Method;
use reqwest::header::ORIGIN;

use super::visitor::Visitor;
use crate::stage::Stage;

const FORMS: [&str; 12] = [
    "/line",
    "/line/leave",
    "/enter",
    "/language",
    "/sign-out",
    "/sale/0199d6a0-0000-7000-8000-0000000000c1/hold",
    "/checkout/release",
    "/checkout/pay",
    "/wallet/charge",
    "/operator/sign-in",
    "/operator/dials",
    "/operator/concerts/new",
];

#[tokio::test]
async fn forms_from_other_sites_are_refused() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let before = mina.cookies.clone();
    for form in FORMS {
        for (header, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("x-nothing", "at all"),
        ] {
            let request = mina.request(Method::POST, form).header(header, value);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let refused = mina.send(request.body("name=Eve&lang=ko&back=/&amount=1&key=k")).await;
            assert_eq!(refused.status, 403, "{form} with {header}: {value}");
            assert!(refused.shows("This request came from another site"), "{}", refused.html);
        }
    }
    assert_eq!(mina.cookies, before);
    let taken = mina.request(Method::POST, "/language").header("sec-fetch-site", "same-origin");
    let taken =
        taken.header("content-type", "application/x-www-form-urlencoded").body("lang=ko&back=/wallet");
    assert_eq!(mina.send(taken).await.location(), "/wallet");
    stage.end().await;
}

#[tokio::test]
async fn a_cookie_authorizes_no_change_through_the_api() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let seat = format!("/v1/concerts/{}/seats/7/reservations", stage.concert);
    for (method, path) in [
        (Method::POST, seat.as_str()),
        (Method::DELETE, "/v1/enqueues"),
        (Method::PATCH, "/v1/charges"),
        (Method::POST, "/v1/enqueues"),
        (Method::GET, "/v1/charges"),
    ] {
        let request = mina.request(method.clone(), path).header(ORIGIN, stage.client.base());
        let refused = mina.send(request).await;
        assert_eq!(refused.status, 401, "{method} {path}");
        assert!(refused.html.contains("token_missing"), "{}", refused.html);
    }
    let status = mina.get("/v1/enqueues").await;
    assert!(status.html.contains("\"status\":\"admitted\""), "reading is fine: {}", status.html);
    stage.end().await;
}

#[tokio::test]
async fn cookies_are_hidden_from_scripts() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    let joined = mina.post("/line", &[("name", "Mina")]).await;
    let given: Vec<_> =
        joined.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(given.len(), 3, "who they are, their place, and the end of the visit: {given:?}");
    for cookie in given {
        for wanted in ["HttpOnly", "SameSite=Lax", "Path=/;"] {
            assert!(cookie.contains(wanted), "{cookie}");
        }
    }
    stage.end().await;
}

#[tokio::test]
async fn a_form_never_redirects_to_another_site() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    for back in ["//evil.example", "https://evil.example/", "/\\evil.example"] {
        let sent = mina.post("/language", &[("lang", "ko"), ("back", back)]).await;
        assert_eq!(sent.location(), "/", "{back}");
    }
    assert!(
        mina.get("/wallet").await.shows("<html lang=\"ko\">"),
        "a chosen language outranks the browser's"
    );
    stage.end().await;
}

#[tokio::test]
async fn no_link_of_an_error_page_leads_to_another_site() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    // Browsers read a backslash as a slash, and a path that begins with two of them as a host.
    for path in ["//evil.example/line", "/\\evil.example/line", "///evil.example", "//evil.example/operator"]
    {
        let missing = mina.get(path).await;
        assert_eq!(missing.status, 404, "{path}");
        assert!(!missing.shows("=\"//") && !missing.shows("evil.example"), "{path}: {}", missing.html);
        assert_eq!(missing.hidden("back"), "/", "{path}");
        assert!(missing.shows("<a class=\"button\" href=\"/\">See the dates</a>"), "{}", missing.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_ticket_of_somebody_else_counts_as_none() {
    let stage = Stage::open().await;
    let (mut mina, mut joon) = (Visitor::new(&stage.client, "en"), Visitor::new(&stage.client, "en"));
    mina.submit("/line", &[("name", "Mina")]).await;
    joon.submit("/line", &[("name", "Joon")]).await;
    let own = joon.cookies["onsale_ticket"].clone();
    // Over plain http a sibling domain can plant it.
    joon.cookies.insert("onsale_ticket".to_owned(), mina.cookies["onsale_ticket"].clone());
    joon.post(&format!("/sale/{}/hold", stage.concert), &[("seat", "7")]).await;
    assert!(joon.get("/checkout").await.shows("Release seat 7"), "the seat is held for who is signed in");
    assert!(!mina.get("/checkout").await.shows("Release seat 7"));
    let number = |token: &str| stage.app.keys.read_queue(token, stage.now()).map(|ticket| ticket.number);
    assert_eq!(number(&joon.cookies["onsale_ticket"]), number(&own), "the page has replaced it");
    stage.end().await;
}

#[tokio::test]
async fn foreign_cookies_identify_nobody() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let mut eve = Visitor::new(&stage.client, "en");
    eve.cookies.insert("onsale_user".to_owned(), "eyJ.eyJ.x".to_owned());
    assert!(eve.get("/").await.shows("name=\"name\""), "a stranger");
    // A user token is no ticket, and a ticket opens no wallet.
    let own = eve.cookies.clone();
    eve.cookies.insert("onsale_ticket".to_owned(), own["onsale_user"].clone());
    assert!(eve.get("/line").await.shows("You are not in line"));
    mina.cookies.remove("onsale_user");
    assert!(mina.get("/wallet").await.shows("You get a wallet when"));
    assert_eq!(mina.get("/checkout").await.location(), "/line");
    stage.end().await;
}
