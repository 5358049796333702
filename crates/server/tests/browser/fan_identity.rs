//! Who a browser is: cookies or none, impatient presses, and personal links.

use serde_json::json;

use crate::site::Site;

const JOIN: &str = "form[action='/line'] button";
const DOUBLE_CLICK: &str = "const it = document.querySelector(arguments[0]); it.click(); it.click()";

/// How many people of this name there are, and how many places in line.
async fn people(site: &Site, name: &str) -> (usize, u64) {
    let found = site.app.find_people(name, 20).await.expect("the store answers");
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
