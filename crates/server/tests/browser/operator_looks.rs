//! Every page for operators in every state is accessible, on a desktop and on a phone, in both languages.

use onsale_testbed::browser::{ColorScheme, Preferences, Session, Viewport};
use reqwest::Method;
use serde_json::json;

use crate::operator_support::{operator, sign_in, until};
use crate::site::{Site, concert};

/// What may stand in Latin letters on a Korean page.
const LATIN: [&str; 9] = ["onsale", "API", "UTC", "English", "ms", "CSV", "ID", "KRW", "html"];

/// Checks the page as it is now: on a desktop in light colours, on a phone in dark ones. Colours do not
/// depend on the width, nor sizes on the colours.
async fn judge(session: &Session, state: &str) {
    for (viewport, color_scheme) in
        [(Viewport::DESKTOP, ColorScheme::Light), (Viewport::PHONE, ColorScheme::Dark)]
    {
        session.resize(viewport).await;
        session.prefer(Preferences { color_scheme, ..Preferences::default() }).await;
        let violations = session.accessibility().await;
        assert!(violations.is_empty(), "{state}, {viewport:?}, {color_scheme:?}: {violations:#?}");
        assert!(!session.scrolls_sideways().await, "{state} is wider than the screen at {viewport:?}");
    }
    session.resize(Viewport::DESKTOP).await;
}

#[tokio::test]
async fn the_cockpit_is_accessible() {
    let site = Site::demo(&[("line_capacity", "2")]).await;
    let stranger = site.visitor().await;
    stranger.go("/operator/sign-in").await;
    judge(&stranger, "sign-in").await;
    sign_in(&stranger, "nonsense").await;
    stranger.wait_for(".notice-bad").await;
    judge(&stranger, "sign-in-refused").await;
    stranger.end().await;

    let cockpit = operator(&site).await;
    for _ in 0..5 {
        site.join().await;
    }
    until(&cockpit, "return document.querySelector('.tile [data-show=waiting]').textContent === '3'").await;
    judge(&cockpit, "cockpit").await;
    cockpit.fill("#capacity", "40").await;
    cockpit.wait_for("#effect .button").await;
    judge(&cockpit, "cockpit-effect").await;
    site.call(Method::PATCH, "/v1/line", &site.operator_token(), &json!({"paused": true})).await;
    cockpit.wait_for(".paused").await;
    judge(&cockpit, "cockpit-paused").await;
    cockpit.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_other_pages_are_accessible() {
    let site = Site::open(&[("line_capacity", "2")]).await;
    let operator = operator(&site).await;
    for (path, state) in [
        ("/operator/concerts", "concerts-none"),
        ("/operator/concerts/new", "concert-new"),
        ("/operator/log", "log-empty"),
        ("/operator/people", "people"),
        ("/operator/people?find=nobody", "people-none"),
    ] {
        operator.go(path).await;
        judge(&operator, state).await;
    }
    operator.go("/operator/concerts/new").await;
    operator.click("#concert .button").await;
    operator.wait_for("[aria-invalid=true]").await;
    judge(&operator, "concert-new-wrong").await;

    let spring = site.open_concert(&concert("Spring Night at the Old Harbour Hall", 50)).await;
    let over = site.fan_named("Kim Mina").await;
    site.charge(&over, 130_000).await;
    site.hold(&over, spring, &[7]).await;
    site.pay(&over, spring, &[7]).await;
    let inside = site.fan_named("Joakim Berg").await;
    site.hold(&inside, spring, &[8]).await;
    site.hold(&inside, spring, &[9]).await;
    site.fan_named("Kimberly").await;
    let waiting = site.fan_named("Kimi").await;
    // One letter with marks, which cannot be broken.
    let marked = site.fan_named(&format!("Kim Q{}", "\u{35b}".repeat(190))).await;
    let dials = json!({"capacity": 1, "ratePerMinute": 30, "paused": true});
    site.call(Method::PATCH, "/v1/line", &site.operator_token(), &dials).await;
    for (path, state) in [
        ("/operator/concerts", "concerts"),
        ("/operator/people?find=kim", "people-found"),
        (&format!("/operator/people/{}", over.user), "person-over"),
        (&format!("/operator/people/{}", inside.user), "person-inside"),
        (&format!("/operator/people/{}", waiting.user), "person-waiting"),
        (&format!("/operator/people/{}", marked.user), "person-with-marks"),
        ("/operator/bills", "bills"),
        ("/operator/log", "log"),
    ] {
        operator.go(path).await;
        judge(&operator, state).await;
    }
    operator.end().await;
    site.end().await;
}

/// Words in Latin letters that a page shows or may show.
async fn latin(session: &Session) -> Vec<String> {
    let script = "const page = document.body.cloneNode(true);
        for (const it of page.querySelectorAll('code')) it.remove();
        const texts = [document.title, page.innerText ?? '', page.textContent];
        for (const it of page.querySelectorAll('*')) {
            for (const { name, value } of it.attributes) if (/^(aria-label$|data-say-|title$|alt$|placeholder$)/.test(name)) texts.push(value);
        }
        return texts.join(' ').replace(/\\{\\w+\\}/g, ' ')";
    let text = session.script(script, &[]).await;
    let words = text.as_str().expect("a text").split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_latin = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_alphabetic());
    words.filter(is_latin).filter(|word| !LATIN.contains(word)).map(str::to_owned).collect()
}

#[tokio::test]
async fn korean_pages_show_no_english() {
    let site = Site::open(&[("line_capacity", "1")]).await;
    let spring = site.open_concert(&concert("봄밤", 20)).await;
    let mina = site.fan_named("김미나").await;
    site.hold(&mina, spring, &[7]).await;
    let operator = operator(&site).await;
    operator.click("button[lang=ko]").await;
    operator.wait_for("html[lang=ko]").await;
    assert_eq!(latin(&operator).await, [""; 0]);
    for dials in ["capacity=40&ratePerMinute=30", "capacity=0", "paused=true"] {
        operator.go(&format!("/operator?{dials}")).await;
        assert_eq!(latin(&operator).await, [""; 0], "{dials}");
    }
    operator.click("#effect button").await;
    operator.wait_for_text_in(".paused", "입장이 일시 중지되었습니다").await;
    until(
        &operator,
        "return document.querySelectorAll('.chart .line')[0].getAttribute('points').includes('600,')",
    )
    .await;
    assert_eq!(latin(&operator).await, [""; 0]);
    for path in [
        "/operator/concerts",
        "/operator/concerts/new",
        "/operator/people?find=김",
        &format!("/operator/people/{}", mina.user),
        "/operator/people?find=0",
        "/operator/bills",
        "/operator/log",
    ] {
        operator.go(path).await;
        assert_eq!(latin(&operator).await, [""; 0], "{path}");
    }
    operator.click("form[action='/operator/sign-out'] button").await;
    operator.wait_for("#token").await;
    assert_eq!(latin(&operator).await, [""; 0]);
    operator.end().await;
    site.end().await;
}
