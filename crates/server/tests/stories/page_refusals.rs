//! What a browser gets where the pages are: a page for every refusal, never JSON or plain text.

use onsale_http::connection::Limits;
use reqwest::Method;
use reqwest::header::ACCEPT;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::visitor::{Page, Visitor};
use crate::stage::Stage;

const ID: &str = "0199d6a0-0000-7000-8000-0000000000c1";

fn assert_page(page: &Page, status: u16, title: &str, why: &str) {
    assert_eq!(page.status, status, "{why}: {}", page.html);
    assert!(page.header("content-type").starts_with("text/html"), "{why}: {}", page.html);
    assert!(page.shows(&format!("<h1>{title}</h1>")), "{why}: {}", page.html);
}

#[tokio::test]
async fn what_cannot_be_found_gets_a_page() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "ko");
    mina.submit("/line", &[("name", "Mina")]).await;
    let token = stage.operator().token;
    mina.submit("/operator/sign-in", &[("token", &token)]).await;
    let cut = &ID[..30];
    let mut paths: Vec<_> = ["/nowhere", "/wallet/", "/sale/", "/tickets/", "/assets/x/%ff", "/assets/x/y"]
        .map(str::to_owned)
        .into();
    for page in ["/sale", "/tickets", "/operator/people"] {
        paths.extend([ID, cut, "nonsense", "%ff", "%00", "1"].map(|id| format!("{page}/{id}")));
    }
    // Everybody may ask for a person who does not exist.
    paths.retain(|path| *path != format!("/operator/people/{ID}"));
    for path in paths {
        assert_page(&mina.get(&path).await, 404, "페이지를 찾을 수 없습니다", &path);
    }
    let hold = mina.post(&format!("/sale/{cut}/hold"), &[("seat", "7")]).await;
    assert_page(&hold, 404, "페이지를 찾을 수 없습니다", "holding with a cut id");
    for (path, accept, is_page) in [
        ("/nowhere", "application/json", false),
        ("/v1/nowhere", "*/*", false),
        ("/sale/", "*/*", false),
        ("/sale/nonsense", "*/*", true),
        ("/tickets/a/b", "text/html", true),
    ] {
        let request = mina.request(Method::GET, path).header(ACCEPT, accept);
        // The visitor's own `Accept` comes first, so another client asks.
        let request = request.build().expect("a request");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer =
            client.get(request.url().clone()).header(ACCEPT, accept).send().await.expect("an answer");
        let is_html = answer.headers()["content-type"].to_str().expect("text").starts_with("text/html");
        assert_eq!((answer.status().as_u16(), is_html), (404, is_page), "{path} {accept}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_path_that_only_takes_a_form_leads_to_the_page_with_that_form() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    for (path, page) in [
        ("/line/leave", "/line"),
        ("/language", "/"),
        ("/sale/0199d6a0-0000-7000-8000-0000000000c1/hold", "/sale/0199d6a0-0000-7000-8000-0000000000c1"),
        ("/checkout/release", "/checkout"),
        ("/checkout/pay", "/checkout"),
        ("/wallet/charge", "/wallet"),
        ("/operator/sign-out", "/operator"),
        ("/operator/dials", "/operator"),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let request = mina.request(method, path);
            let sent = mina.send(request).await;
            assert_eq!((sent.status, sent.location().as_str()), (303, page), "{path}");
        }
        let request = mina.request(Method::PUT, path).header("sec-fetch-site", "same-origin");
        assert_page(&mina.send(request).await, 405, "We cannot read that request", path);
    }
    let post = mina.post("/wallet", &[]).await;
    assert_page(&post, 405, "We cannot read that request", "a page without a form");
    assert!(post.headers.contains_key("allow"), "{post:?}");
    stage.end().await;
}

#[tokio::test]
async fn a_form_that_is_refused_unread_gets_a_page() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    let long = "x".repeat(65 * 1024);
    for path in ["/line", "/wallet/charge", "/operator/dials", "/sale/nonsense/hold"] {
        let refused = mina.post(path, &[("name", &long)]).await;
        assert_page(&refused, 413, "That is too much at once", path);
        assert!(refused.shows("at most 64 KiB"), "{}", refused.html);
        let form = mina.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        let form = form.header("content-encoding", "gzip").body("name=Mina");
        assert_page(&mina.send(form).await, 415, "We cannot read that request", path);
    }
    // Chunked, the form says its length too late to be refused unread.
    let parts = futures_util::stream::iter([Ok::<_, std::io::Error>(format!("name={long}"))]);
    let form = mina.request(Method::POST, "/line").header("sec-fetch-site", "same-origin");
    let refused = mina.send(form.body(reqwest::Body::wrap_stream(parts))).await;
    assert_page(&refused, 413, "That is too much at once", "chunked");
    stage.end().await;
}

#[tokio::test]
async fn a_browser_gets_a_page_even_when_there_are_too_many_connections() {
    let limits = Limits { connections_max: 1, ..Limits::default() };
    let stage = Stage::limited(&[], limits).await;
    let address = stage.client.base().replace("http://", "");
    let ask = async |request: &str| {
        let mut stream = TcpStream::connect(&address).await.expect("the server accepts");
        stream.write_all(request.as_bytes()).await.expect("the server takes bytes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("the answer is text");
        answer
    };
    // The actors' own client keeps the only connection.
    stage.client.get("/livez").await;
    for (accept, language, content_type, words) in [
        ("text/html", "ko", "text/html", "지금은 처리할 수 없습니다"),
        ("text/html,*/*", "en", "text/html", "We cannot do that right now"),
        ("*/*", "en", "application/problem+json", "too many connections"),
    ] {
        let head = format!(
            "GET /line HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\nAccept-Language: {language}\r\n\r\n"
        );
        let answer = ask(&head).await;
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains(words), "{answer}");
        assert!(answer.contains(&format!("content-type: {content_type}")), "{answer}");
        assert!(answer.contains("retry-after: 1") && answer.contains("connection: close"), "{answer}");
    }
    assert!(ask("nonsense\r\n\r\n").await.contains("too many connections"));
    stage.end().await;
}
