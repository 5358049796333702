//! Who a browser is: cookies or none, impatient presses, and personal links.

use onsale_testbed::browser::Viewport;
use serde_json::json;

use crate::operator_support::operator;
use crate::site::Site;

const JOIN: &str = "form[action='/line'] button";
const DOUBLE_CLICK: &str = "const it = document.querySelector(arguments[0]); it.click(); it.click()";

/// How many people of this name there are, and how many places in line.
async fn people(site: &Site, name: &str) -> (usize, u64) {
    let found = site.app.find_people(name, 20).await.expect("the store answers");
    // What an operator reads of a line is as of its last tick, which a busy machine makes late.
    site.app.tick().await;
    (found.len(), site.app.main_line().tallies().tail)
}

#[tokio::test]
async fn a_browser_without_cookies_gets_a_page_about_them() {
    let site = Site::demo(&[]).await;
    let visitor = site.visitor_without_cookies().await;
    for path in ["/", "/line"] {
        visitor.go(path).await;
        visitor.fill("#name", "Mina").await;
        visitor.click(JOIN).await;
        visitor.wait_for_text("This browser did not send our cookie").await;
    }
    visitor.click("main .button").await;
    visitor.wait_for("#name").await;
    let complaints = visitor.complaints().await;
    assert!(complaints.iter().all(|it| it.message.contains("400")), "{complaints:#?}");
    assert_eq!(people(&site, "Mina").await, (0, 0));
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn pressing_join_twice_makes_one_person() {
    let site = Site::demo(&[("line_capacity", "0")]).await;
    let visitor = site.visitor().await;
    visitor.go("/").await;
    visitor.fill("#name", "Mina").await;
    visitor.double_click(JOIN).await;
    visitor.wait_for("#place").await;
    assert_eq!(people(&site, "Mina").await, (1, 1));
    visitor.end().await;
    // Without a script nothing on the page holds the second press back.
    let visitor = site.visitor().await;
    visitor.turn_scripts_off().await;
    visitor.go("/line").await;
    visitor.fill("#name", "Joon").await;
    visitor.script(DOUBLE_CLICK, &[json!(JOIN)]).await;
    visitor.wait_for("#place").await;
    assert_eq!(people(&site, "Joon").await, (1, 2));
    visitor.turn_scripts_on().await;
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_personal_link_keeps_its_code_to_the_browser() {
    let site = Site::open(&[("open_signup", "false")]).await;
    let visitor = site.visitor().await;
    let (fan, other) = (site.fan().await, site.fan().await);
    let code = |fan: &crate::fans::Buyer| site.app.keys.sign_in_code(fan.user.0, site.app.now());
    let (first, second) = (code(&fan), code(&other));
    visitor.go(&format!("/enter#{first}")).await;
    visitor.wait_for_text("This link signs you in").await;
    assert!(!visitor.is_shown("#code").await);
    // The language button keeps the code, and sends it to nobody.
    visitor.click("form[action^='/language'] button").await;
    visitor.wait_for_text("이 링크로 접속하면").await;
    assert_eq!(visitor.script("return location.hash", &[]).await, json!(format!("#{first}")));
    assert_eq!(visitor.value_of("#code").await, first);
    // Another link in the same tab changes only what is behind the `#`; the first one is used after all.
    visitor.script("location.hash = arguments[0]", &[json!(second)]).await;
    visitor.script("location.hash = arguments[0]", &[json!(first)]).await;
    visitor.script("return new Promise(done => setTimeout(done))", &[]).await;
    visitor.click("main form button").await;
    visitor.wait_for_path("/line").await;
    assert_eq!(site.user_of(&visitor).await, fan.user);
    visitor.back().await;
    assert_eq!(visitor.script("return location.hash", &[]).await, json!(""), "not in the history");

    // Somebody else's link asks first, in either language.
    visitor.go(&format!("/enter#{second}")).await;
    visitor.click("main form button").await;
    visitor.wait_for_text("다른 이용자로 계속하시겠습니까?").await;
    visitor.click("form[action^='/language'] button").await;
    visitor.wait_for_text("This link signs you in").await;
    visitor.click("main form button").await;
    visitor.wait_for_text("Continue as somebody else?").await;
    let violations = visitor.accessibility().await;
    assert!(violations.is_empty(), "{violations:#?}");
    visitor.click("main form a").await;
    visitor.wait_for_path("/line").await;
    assert_eq!(site.user_of(&visitor).await, fan.user, "they stay who they are");
    visitor.go(&format!("/enter#{second}")).await;
    visitor.click("main form button").await;
    visitor.wait_for_text("Continue as somebody else?").await;
    visitor.click("main form button").await;
    visitor.wait_for_path("/line").await;
    assert_eq!(site.user_of(&visitor).await, other.user);

    // Without a script, or without a link, the code is typed.
    let typist = site.visitor().await;
    typist.turn_scripts_off().await;
    typist.go("/enter").await;
    typist.fill("#code", &second).await;
    typist.click("main form button").await;
    typist.wait_for_text("expired or been used").await;
    typist.fill("#code", &code(&fan)).await;
    typist.click("main form button").await;
    typist.wait_for_path("/line").await;
    assert_eq!(site.user_of(&typist).await, fan.user);
    typist.turn_scripts_on().await;
    typist.end().await;
    visitor.end().await;
    site.end().await;
}

/// Somebody who types before they find the language button does not type again.
#[tokio::test]
async fn what_was_typed_stays_when_the_language_changes() {
    let site = Site::demo(&[]).await;
    let visitor = site.visitor().await;
    visitor.go("/line").await;
    visitor.fill("#name", "Mina").await;
    visitor.click("button[lang='ko']").await;
    visitor.wait_for_text("아직 예매 대기 전입니다").await;
    visitor.wait_for("form[action='/line'] #name").await;
    assert_eq!(visitor.value_of("#name").await, "Mina");
    // Once: who loads the page later finds it empty.
    visitor.reload().await;
    assert_eq!(visitor.value_of("#name").await, "");
    let operator = operator(&site).await;
    operator.go("/operator/concerts/new").await;
    operator.fill("#capacity", "500").await;
    operator.click("button[lang='ko']").await;
    operator.wait_for("button[lang='en']").await;
    assert_eq!(operator.value_of("#capacity").await, "500");
    operator.end().await;
    visitor.end().await;
    site.end().await;
}

/// A phone has room for the menu, the name and the language; a long name is cut.
#[tokio::test]
async fn a_fan_signs_out_on_a_phone() {
    let site = Site::demo(&[]).await;
    let fan = site.fan_named(&"긴이름".repeat(60)).await;
    let phone = site.visit_as(&fan).await;
    phone.resize(Viewport::PHONE).await;
    for language in ["ko", "en"] {
        phone.set_cookie("onsale_language", language).await;
        phone.go("/wallet").await;
        assert!(!phone.scrolls_sideways().await, "{language}");
        phone.click("a[href='/sign-out']").await;
        phone.wait_for("form[action='/sign-out']").await;
        assert!(!phone.scrolls_sideways().await, "{language}");
        let violations = phone.accessibility().await;
        assert!(violations.is_empty(), "{language}: {violations:#?}");
    }
    phone.click("form[action='/sign-out'] button").await;
    phone.wait_for_text("You are signed out on this browser").await;
    phone.wait_for("#name").await;
    phone.end().await;
    site.end().await;
}

/// Without a script the waiting page reloads every few seconds.
#[tokio::test]
async fn who_leaves_without_scripts_has_time_to_read() {
    let site = Site::demo(&[("line_capacity", "0")]).await;
    let fan = site.fan().await;
    let visitor = site.visit_as(&fan).await;
    visitor.turn_scripts_off().await;
    visitor.go("/line").await;
    assert!(!visitor.is_shown("details.scripted").await, "it would close by itself");
    visitor.click("a[href='/line/leave']").await;
    visitor.wait_for_text("You give up your number").await;
    visitor.click("form[action='/line/leave'] button").await;
    visitor.wait_for_text("You have left the line").await;
    visitor.turn_scripts_on().await;
    visitor.end().await;
    site.end().await;
}
