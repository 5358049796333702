//! A browser does what its tests rely on: each condition reaches the page, and what is wrong is found.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use onsale_testbed::browser::{Browser, ColorScheme, Key, Motion, Preferences, Session, Viewport};
use serde_json::json;

const GOOD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Good</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head><body><main><h1>Good</h1>
<button id="more">More</button> <label>Name <input id="name"></label> <p id="clicks">0</p>
<p>안녕하세요</p></main>
<script>
more.onclick = () => setTimeout(() => { clicks.textContent = Number(clicks.textContent) + 1 }, 100);
</script></body></html>"#;
const BAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bad</title>
<link rel="icon" href="data:,"></head><body><main><h1>Bad</h1><img id="seats" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<p id="pale" style="color: #bbb; background: #fff">Hardly there</p></main></body></html>"#;

/// Serves pages until the tests are over, and says to whom.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("a bound port"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(&stream));
        }
    });
    base
}

fn answer(mut stream: &TcpStream) -> Option<()> {
    let lines: Vec<String> =
        BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        let found =
            lines.iter().find_map(|line| line.split_once(": ").filter(|it| it.0.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let (status, more, body) = match lines.first()?.split(' ').nth(1)? {
        "/good" => (200, "", GOOD.to_owned()),
        "/bad" => (200, "", BAD.to_owned()),
        "/language" => (200, "", header("accept-language")),
        "/cookie" => (200, "Set-Cookie: visitor=1; HttpOnly; SameSite=Strict; Path=/\r\n", header("cookie")),
        "/strict" => (200, "Content-Security-Policy: default-src 'none'\r\n", GOOD.to_owned()),
        "/favicon.ico" => (200, "", String::new()),
        _ => (404, "", String::new()),
    };
    let head = format!("HTTP/1.1 {status} -\r\nContent-Type: text/html\r\nConnection: close\r\n{more}");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).ok()
}

async fn somebody() -> Session {
    let browser = Browser::shared().expect("a browser starts");
    browser.open(&serve()).await.expect("Chromium starts")
}

#[tokio::test]
async fn a_page_is_read_and_used() {
    let session = somebody().await;
    session.go("/good").await;
    assert_eq!(session.title().await, "Good");
    session.click("#more").await;
    session.wait_for_text_in("#clicks", "1").await;
    for (key, count) in [(Key::Enter, "2"), (Key::Space, "3")] {
        session.press(key).await;
        session.wait_for_text_in("#clicks", count).await;
    }
    session.press(Key::Tab).await;
    assert_eq!(session.focused().await, r#"<input id="name">"#);
    session.type_text("Ada").await;
    assert_eq!(session.value_of("#name").await, "Ada");
    session.fill("#name", "Grace").await;
    assert_eq!(session.value_of("#name").await, "Grace");
    session.press(Key::ShiftTab).await;
    assert!(session.is_focused("#more").await);
    assert_eq!(session.attribute_of("label input", "id").await.as_deref(), Some("name"));
    assert_eq!((session.count("p").await, session.texts_of("p").await[0].as_str()), (2, "3"));
    session.wait_until_gone("#nowhere").await;
    session.go("/language").await;
    session.back().await;
    session.wait_for_path("/good").await;
    assert!(session.is_shown("#more").await);
    session.end().await;
}

#[tokio::test]
async fn every_condition_reaches_the_page() {
    let session = somebody().await;
    let page = "return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches,
        matchMedia('(prefers-reduced-motion: reduce)').matches, navigator.language, Intl.NumberFormat().resolvedOptions().locale]";
    session.go("/good").await;
    assert_eq!(session.script(page, &[]).await, json!([1280, false, false, "en", "en"]));
    session.resize(Viewport::PHONE).await;
    session.prefer(Preferences { color_scheme: ColorScheme::Dark, motion: Motion::Reduced }).await;
    session.read_in("ko").await;
    session.reload().await;
    assert_eq!(session.script(page, &[]).await, json!([360, true, true, "ko", "ko"]));
    assert!(!session.scrolls_sideways().await);
    session.go("/language").await;
    assert!(session.text().await.starts_with("ko"), "{}", session.text().await);
    session.go("/bad").await;
    assert!(
        session.scrolls_sideways().await,
        "a page that does not say that it fits is as wide as a desktop's"
    );
    session.end().await;
}

#[tokio::test]
async fn scripts_can_be_off() {
    let session = somebody().await;
    session.turn_scripts_off().await;
    session.go("/good").await;
    session.click("#more").await;
    assert_eq!(session.text_of("#clicks").await, "0");
    assert_eq!(session.script("return typeof more.onclick", &[]).await, "object", "null: nobody has set it");
    session.turn_scripts_on().await;
    session.reload().await;
    session.click("#more").await;
    session.wait_for_text_in("#clicks", "1").await;
    session.end().await;
}

#[tokio::test]
async fn the_network_goes_and_comes_back() {
    let session = somebody().await;
    session.go("/good").await;
    let fetch = "return fetch('/good').then(answer => answer.status, () => 'lost')";
    session.lose_network().await;
    assert_eq!(session.script(fetch, &[]).await, "lost");
    assert_eq!(session.script("return navigator.onLine", &[]).await, false);
    session.regain_network().await;
    assert_eq!(session.script(fetch, &[]).await, 200);
    assert_eq!(session.complaints().await.len(), 1, "of the fetch that failed");
    session.end().await;
}

#[tokio::test]
async fn two_sessions_are_two_people() {
    let (one, other) = tokio::join!(somebody(), somebody());
    one.go("/cookie").await;
    other.go("/good").await;
    let cookies = one.cookies().await;
    assert_eq!((cookies[0].name.as_str(), cookies[0].is_http_only), ("visitor", true));
    assert_eq!(cookies[0].same_site, "Strict");
    assert_eq!(other.cookies().await, []);
    one.reload().await;
    assert_eq!(one.text().await, "visitor=1");
    one.forget_cookies().await;
    one.set_cookie("visitor", "2").await;
    one.reload().await;
    assert_eq!(one.text().await, "visitor=2");
    one.end().await;
    other.end().await;
}

#[tokio::test]
async fn complaints_are_heard() {
    let session = somebody().await;
    session.go("/strict").await;
    let complaints = session.complaints().await;
    assert!(complaints.iter().any(|it| it.source == "security"), "{complaints:?}");
    session.go("/good").await;
    session.script("setTimeout(() => { throw new Error('planted') })", &[]).await;
    session.script("return fetch('/nowhere').then(() => null)", &[]).await;
    let complaints = session.complaints().await;
    let heard = |source: &str, text: &str| {
        complaints.iter().any(|it| it.source == source && it.message.contains(text))
    };
    assert!(heard("javascript", "planted") && heard("network", "404"), "{complaints:?}");
    session.end().await;
}

#[tokio::test]
#[should_panic(expected = "pages complained")]
async fn an_end_without_asking_hears_them_too() {
    let session = somebody().await;
    session.go("/strict").await;
    session.end().await;
}

#[tokio::test]
#[should_panic(expected = "could not go to /good: ")]
async fn a_step_that_fails_says_so() {
    let session = somebody().await;
    session.lose_network().await;
    session.go("/good").await;
}

#[tokio::test]
async fn planted_violations_are_found_and_no_others() {
    let session = somebody().await;
    session.go("/bad").await;
    let found = session.accessibility().await;
    let found: Vec<_> =
        found.iter().map(|it| (it.rule.as_str(), it.impact.as_str(), it.targets.join(" "))).collect();
    let expected =
        [("color-contrast", "serious", "#pale".to_owned()), ("image-alt", "critical", "#seats".to_owned())];
    assert_eq!(found, expected);
    session.go("/good").await;
    assert_eq!(session.accessibility().await, []);
    session.end().await;
}

#[tokio::test]
async fn a_screenshot_is_as_tall_as_the_page() {
    let session = somebody().await;
    session.resize(Viewport::PHONE).await;
    session.go("/good").await;
    session.script("document.body.style.height = '3000px'", &[]).await;
    let png = session.screenshot().await;
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert!(size(16) == 360 && size(20) >= 3000, "{} x {}", size(16), size(20));
    session.end().await;
}
