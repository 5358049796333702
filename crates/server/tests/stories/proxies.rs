//! The site behind proxies: which scheme and host count, whose cookies, and whose forms.

use reqwest::Method;

use super::visitor::{Page, Visitor};
use crate::stage::{Stage, secs};

const HTTPS: &str = "max-age=31536000";

fn set_cookies(page: &Page) -> Vec<&str> {
    page.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("ASCII")).collect()
}

/// Joins the line over https, and uses what it got.
async fn joins_over_https(stage: &Stage, forwarded: &[(&'static str, &'static str)]) {
    let mut mina = Visitor::new(&stage.client, "en");
    mina.forwarded = forwarded.to_vec();
    let joined = mina.post("/line", &[("name", "Mina")]).await;
    assert_eq!(joined.header("strict-transport-security"), HTTPS, "{forwarded:?}");
    let cookies = set_cookies(&joined);
    assert!(cookies.len() >= 2, "{forwarded:?}: {cookies:?}");
    for cookie in cookies {
        let is_bound = cookie.starts_with("__Host-onsale_") && cookie.ends_with("; Path=/; Secure");
        assert!(is_bound && cookie.matches("Path=").count() == 1, "{forwarded:?}: {cookie}");
    }
    // A sibling domain can plant plain names only.
    for name in ["onsale_user", "onsale_ticket", "onsale_language"] {
        mina.cookies.insert(name.to_owned(), "planted".to_owned());
    }
    assert!(mina.get("/line").await.shows("data-status=\"admitted\""), "{forwarded:?}");
    let status = mina.get("/v1/enqueues").await;
    assert!(status.html.contains("\"status\":\"admitted\""), "{forwarded:?}: {}", status.html);
    assert_eq!(status.header("strict-transport-security"), HTTPS);
    assert_eq!(mina.get("/nowhere").await.header("strict-transport-security"), HTTPS);
}

/// Answers that are given before the router are no exception.
#[tokio::test]
async fn joins_and_polls_demand_https_too() {
    let flags = [("public_url", "https://tickets.example"), ("line_capacity", "0")];
    let stage = Stage::with(&flags).await;
    let mina = stage.newcomer();
    let joined = mina.join().await;
    assert_eq!((joined.line().as_str(), joined.header("strict-transport-security")), ("200 waiting", HTTPS));
    stage.advance(secs(10)).await;
    let polled = mina.poll().await;
    assert_eq!((polled.line().as_str(), polled.header("strict-transport-security")), ("200 waiting", HTTPS));
    stage.end().await;
}

#[tokio::test]
async fn a_trusted_proxy_that_speaks_https_binds_cookies_to_the_host() {
    let stage = Stage::with(&[("trusted_proxies", "127.0.0.0/8, ::1")]).await;
    for value in ["https", "HTTPS", "https,http", "https, http"] {
        joins_over_https(&stage, &[("x-forwarded-proto", value), ("x-forwarded-for", "198.51.100.1")]).await;
    }
    stage.end().await;
    let flags = [("trusted_proxies", "127.0.0.1"), ("forwarded_header", "forwarded")];
    let stage = Stage::with(&flags).await;
    for value in ["proto=https", "for=198.51.100.1;Proto=HTTPS", "for=198.51.100.1;proto=https, for=10.0.0.2"]
    {
        joins_over_https(&stage, &[("forwarded", value)]).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn a_public_url_decides_whatever_proxies_say() {
    let stage = Stage::with(&[("public_url", "https://tickets.example")]).await;
    joins_over_https(&stage, &[]).await;
    joins_over_https(&stage, &[("x-forwarded-proto", "http")]).await;
    stage.end().await;
}

#[tokio::test]
async fn nobody_else_can_claim_https() {
    let stage = Stage::with(&[("trusted_proxies", "192.0.2.0/24")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.forwarded = vec![("x-forwarded-proto", "https"), ("forwarded", "proto=https")];
    let joined = mina.post("/line", &[("name", "Mina")]).await;
    assert_eq!(joined.header("strict-transport-security"), "");
    for cookie in set_cookies(&joined) {
        assert!(cookie.starts_with("onsale_") && !cookie.contains("Secure"), "{cookie}");
    }
    stage.end().await;
}

#[tokio::test]
async fn forms_come_from_the_public_url() {
    let stage = Stage::with(&[("public_url", "http://tickets.example")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.get("/").await;
    for (origin, status) in [
        ("http://tickets.example", 303),
        ("https://tickets.example", 403),
        (stage.client.base().as_str(), 403),
    ] {
        let form = mina.request(Method::POST, "/language").header("origin", origin);
        let form = form.header("content-type", "application/x-www-form-urlencoded").body("lang=ko&back=/");
        assert_eq!(mina.send(form).await.status, status, "{origin}");
    }
    stage.end().await;
}

#[tokio::test]
async fn an_operator_s_cookie_is_bound_to_the_host_as_well() {
    let stage = Stage::with(&[("public_url", "https://tickets.example")]).await;
    let mut jisoo = Visitor::new(&stage.client, "en");
    let token = stage.operator().token;
    let signed_in = jisoo.post("/operator/sign-in", &[("token", &token)]).await;
    let cookies = set_cookies(&signed_in);
    assert!(
        cookies[0].starts_with("__Host-onsale_operator=") && cookies[0].contains("SameSite=Strict"),
        "{cookies:?}"
    );
    assert_eq!(jisoo.get("/operator").await.status, 200);
    stage.end().await;
}

#[tokio::test]
async fn two_cookies_of_a_name_are_refused() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let mut eve = Visitor::new(&stage.client, "en");
    eve.submit("/line", &[("name", "Eve")]).await;
    for (path, name) in [("/", "onsale_user"), ("/line", "onsale_ticket"), ("/wallet", "onsale_user")] {
        let planted = format!("{name}={}", eve.cookies[name]);
        let refused = mina.request(Method::GET, path).header("cookie", planted);
        let refused = mina.send(refused).await;
        assert_eq!(refused.status, 400, "{path}");
        assert!(refused.shows("two different cookies of the same name"), "{path}: {}", refused.html);
    }
    let planted = format!("onsale_ticket={}", eve.cookies["onsale_ticket"]);
    let poll = mina.request(Method::GET, "/v1/enqueues").header("cookie", planted);
    let poll = mina.send(poll).await;
    assert_eq!(poll.status, 400);
    assert!(
        poll.html.contains("\"field\":\"Cookie\"") && poll.html.contains("onsale_ticket"),
        "{}",
        poll.html
    );
    let operator = format!("onsale_operator={0}; onsale_operator={0}", stage.operator().token);
    let cockpit = mina.request(Method::GET, "/operator").header("cookie", operator);
    assert_eq!(mina.send(cockpit).await.status, 400);
    stage.end().await;
}
