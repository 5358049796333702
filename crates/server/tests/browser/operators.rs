//! Operators sign in, find people, download bills and read the log.

use onsale_testbed::browser::Key;
use reqwest::Method;
use serde_json::json;

use crate::operator_support::{operator, sign_in};
use crate::site::{Site, concert};

#[tokio::test]
async fn an_operator_signs_in_and_out_by_keyboard() {
    let site = Site::demo(&[]).await;
    let eve = site.visitor().await;
    eve.go("/operator/people").await;
    eve.wait_for_path("/operator/sign-in").await;
    for token in ["nonsense".to_owned(), site.user_token()] {
        sign_in(&eve, &token).await;
        eve.wait_for_text_in(".notice-bad", "This is not an operator token").await;
        let is_stored = eve.cookies().await.iter().any(|cookie| cookie.name == "onsale_operator");
        assert!(!is_stored, "a token that does not work is not stored");
    }

    eve.go("/operator/sign-in").await;
    tab_to(&eve, "#token").await;
    eve.type_text(&site.operator_token()).await;
    eve.press(Key::Enter).await;
    eve.wait_for("#cockpit").await;
    let cookie = eve.cookies().await.into_iter().find(|cookie| cookie.name == "onsale_operator");
    let cookie = cookie.expect("the token is stored");
    assert!(cookie.is_http_only && cookie.same_site == "Strict" && cookie.path == "/operator", "{cookie:?}");
    eve.press(Key::Tab).await;
    assert!(eve.is_focused(".skip").await, "{}", eve.focused().await);
    tab_to(&eve, "form[action='/operator/sign-out'] button").await;
    eve.press(Key::Enter).await;
    eve.wait_for_path("/operator/sign-in").await;
    eve.go("/operator").await;
    eve.wait_for_path("/operator/sign-in").await;
    eve.end().await;
    site.end().await;
}

/// Presses Tab until this has the focus.
async fn tab_to(session: &onsale_testbed::browser::Session, css: &str) {
    for _ in 0..20 {
        session.press(Key::Tab).await;
        if session.is_focused(css).await {
            return;
        }
    }
    panic!("{css} cannot be reached, the focus is on {}", session.focused().await);
}

#[tokio::test]
async fn a_person_who_needs_help_is_found_with_everything_they_have() {
    let site = Site::open(&[]).await;
    let spring = site.open_concert(&concert("Spring Night", 10)).await;
    let mina = site.fan_named("Kim Mina").await;
    site.sign_up("Joakim Berg").await;
    site.hold(&mina, spring, &[7]).await;
    site.hold(&mina, spring, &[8]).await;
    site.charge(&mina, 130_000).await;

    let helper = operator(&site).await;
    helper.click("a[href='/operator/people']").await;
    helper.fill("#find", "kim").await;
    helper.press(Key::Enter).await;
    helper.wait_for_text("2 found").await;
    let mut names = helper.texts_of("tbody th").await;
    names.sort();
    assert_eq!(names, ["Joakim Berg", "Kim Mina"]);
    for find in [mina.user.to_string(), "1".to_owned(), "mina".to_owned()] {
        helper.fill("#find", &find).await;
        helper.press(Key::Enter).await;
        helper.wait_for_path(&format!("/operator/people?find={find}")).await;
        assert_eq!(helper.texts_of("tbody th").await, ["Kim Mina"], "{find}");
    }
    helper.fill("#find", "nobody at all").await;
    helper.press(Key::Enter).await;
    helper.wait_for_text("Nobody found").await;
    helper.back().await;

    helper.click("tbody th a").await;
    helper.wait_for_path(&format!("/operator/people/{}", mina.user)).await;
    assert_eq!(helper.text_of(".given .state").await, "Inside");
    assert_eq!(helper.text_of("[aria-labelledby=wallet] .figure").await, "₩130,000");
    assert_eq!(helper.count("[aria-label=Holds] tbody tr").await, 2);
    assert!(helper.text().await.contains("Has not bought anything."));
    site.pay(&mina, spring, &[7]).await;
    helper.reload().await;
    assert_eq!(helper.text_of(".given .state").await, "Over: paid");
    assert_eq!(helper.text_of("[aria-labelledby=wallet] .figure").await, "₩80,000");
    let bills = helper.texts_of("[aria-label=Bills] tbody tr").await;
    assert!(
        bills.len() == 1 && bills[0].contains("Spring Night") && bills[0].contains("₩50,000"),
        "{bills:?}"
    );
    helper.end().await;
    site.end().await;
}

#[tokio::test]
async fn bills_are_downloaded_and_the_log_names_who_did_what() {
    let site = Site::open(&[]).await;
    let spring = site.open_concert(&concert("Spring Night", 10)).await;
    let autumn = site.open_concert(&concert("Autumn Night", 10)).await;
    for (seat, at) in [(3, spring), (4, spring), (5, autumn)] {
        let fan = site.fan_named("Mina").await;
        site.charge(&fan, 50_000).await;
        site.hold(&fan, at, &[seat]).await;
        site.pay(&fan, at, &[seat]).await;
    }
    let token = site.operator_token();
    site.call(Method::PATCH, "/v1/line", &token, &json!({"capacity": 40})).await;

    let accountant = operator(&site).await;
    accountant.click("a[href='/operator/bills']").await;
    accountant.wait_for("#of").await;
    assert_eq!(accountant.count("#of option").await, 3);
    let sent = "const form = document.querySelector('main form');
        const fields = new URLSearchParams(new FormData(form));
        return fetch(`${form.action}?${fields}`).then(answer => answer.text())";
    for (choice, seats) in [("", vec!["3", "4", "5"]), (&spring.to_string(), vec!["3", "4"])] {
        accountant.script("document.getElementById('of').value = arguments[0]", &[json!(choice)]).await;
        let csv = accountant.script(sent, &[]).await;
        let csv = csv.as_str().expect("a text");
        let mut sold: Vec<_> = csv.lines().skip(1).filter_map(|line| line.split(',').nth(5)).collect();
        sold.sort_unstable();
        assert_eq!(sold, seats, "{csv}");
        assert!(csv.starts_with("bill_id,") && csv.contains(",\"Spring Night\","), "{csv}");
    }
    accountant.click("main form .button").await;
    assert_eq!(accountant.path().await, "/operator/bills", "a download stays on the page");

    accountant.click("a[href='/operator/log']").await;
    accountant.wait_for("tbody").await;
    let rows = accountant.texts_of("tbody tr").await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    let who = site.app.keys.read_user(&token, site.app.now()).expect("a good token").user;
    assert!(rows[0].contains(&who.to_string()) && rows[0].contains("Most people inside"), "{rows:?}");
    assert!(rows[0].ends_with("100 → 40"), "{rows:?}");
    assert!(rows[2].contains("Spring Night\u{2069}, 10 seats, ₩50,000"), "{rows:?}");
    accountant.end().await;
    site.end().await;
}
