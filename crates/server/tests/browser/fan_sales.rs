//! Sales besides the main one, as a fan meets them.

use jiff::{SignedDuration, Timestamp};
use onsale_testbed::browser::{Session, Viewport};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::site::{Site, concert};

pub(crate) const JOIN: &str = "form[action^='/sales/'] button";

/// Makes a sale with these fields besides its name, and a concert that only it sells.
pub(crate) async fn sale(site: &Site, fields: Value) -> (Uuid, Uuid) {
    let mut sale = fields;
    sale["name"] = json!("Fan club presale");
    let made = site.call(Method::POST, "/v1/sales", &site.operator_token(), &sale).await;
    let sale: Uuid = made["id"].as_str().and_then(|id| id.parse().ok()).expect("a sale has an id");
    let mut concert = concert("Night Two", 20);
    concert["saleIds"] = json!([sale]);
    (sale, site.open_concert(&concert).await)
}

/// A page on a phone and on a desktop: accessible, and nothing is cut off.
pub(crate) async fn look(visitor: &Session, state: &str) {
    for viewport in [Viewport::DESKTOP, Viewport::PHONE] {
        visitor.resize(viewport).await;
        let violations = visitor.accessibility().await;
        assert!(violations.is_empty(), "{state}, {viewport:?}: {violations:#?}");
        assert!(!visitor.scrolls_sideways().await, "{state}, {viewport:?} scrolls sideways");
    }
    visitor.resize(Viewport::DESKTOP).await;
}

#[tokio::test]
async fn the_lobby_counts_down_to_the_opening_and_the_turn_comes_by_itself() {
    let (site, _) = Site::selling(10, &[]).await;
    let opens = Timestamp::now() + SignedDuration::from_secs(30);
    let opens = opens.round(jiff::Unit::Second).expect("far from the end of time");
    let (sale, concert) = sale(&site, json!({"opensAt": opens.to_string(), "order": "draw"})).await;
    let fan = site.visitor().await;
    fan.go("/").await;
    fan.wait_for_text("What opens when").await;
    fan.click(&format!("a[href='/sales/{sale}']")).await;
    fan.wait_for_text("Night Two").await;
    fan.fill("#name", "Mina").await;
    fan.click(JOIN).await;
    fan.wait_for("[data-opens-in]").await;
    look(&fan, "lobby").await;
    let left = opens.duration_since(Timestamp::now());
    // The limit of the wait below must count from the opening: a busy machine looks at the lobby for long.
    tokio::time::sleep(left.try_into().unwrap_or_default()).await;
    // No reload until the turn: the page hears of the opening.
    fan.wait_for_text("Time left to choose and pay").await;
    assert!(Timestamp::now() >= opens, "nobody is let in before");
    look(&fan, "turn in a sale").await;
    fan.go(&format!("/sales/{sale}/fairness")).await;
    fan.wait_for_text("Your number 1 came to place 1").await;
    look(&fan, "fairness").await;
    fan.go(&format!("/sales/{sale}")).await;
    fan.click(".board .button").await;
    fan.wait_for(&format!("form[action='/sale/{concert}/hold']")).await;
    fan.click("[data-seat='4'] input").await;
    fan.click(".hold").await;
    fan.wait_for_text("Fan club presale").await;
    look(&fan, "checkout of a sale").await;
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_lobby_shows_that_its_opening_is_put_off_without_loading_again() {
    let (site, _) = Site::selling(10, &[]).await;
    let opens = |minutes| {
        let opens = Timestamp::now() + SignedDuration::from_mins(minutes);
        opens.round(jiff::Unit::Second).expect("far from the end of time")
    };
    for (language, format, days) in
        [("en", "%-d %B %Y, %H:%M", "3 days"), ("ko", "%Y년 %-m월 %-d일 %H:%M", "3일")]
    {
        let (sale, _) = sale(&site, json!({"opensAt": opens(20).to_string()})).await;
        let fan = site.visitor().await;
        fan.go(&format!("/sales/{sale}")).await;
        if language == "ko" {
            fan.click("button[lang='ko']").await;
            fan.wait_for("html[lang='ko']").await;
        }
        fan.fill("#name", "Mina").await;
        fan.click(JOIN).await;
        fan.wait_for("[data-opens-in]").await;
        fan.script("globalThis.isTheSamePage = true", &[]).await;
        // A clock counts the last day; before that the time left is in words.
        for (minutes, left) in [(80, "1:"), (3 * 24 * 60 + 30, days)] {
            let later = opens(minutes);
            let changes = json!({"opensAt": later.to_string()});
            site.call(Method::PATCH, &format!("/v1/sales/{sale}"), &site.operator_token(), &changes).await;
            let shown = later.to_zoned(site.app.config.time_zone.clone()).strftime(format).to_string();
            fan.wait_for_text(&shown).await;
            let clock = fan.text_of("[data-opens-in]").await;
            assert!(clock.starts_with(left), "{clock}");
            look(&fan, "put off").await;
        }
        assert_eq!(fan.script("return globalThis.isTheSamePage === true", &[]).await, json!(true));
        fan.end().await;
    }
    site.end().await;
}

#[tokio::test]
async fn an_access_code_is_typed_again_only_where_it_was_wrong() {
    let (site, _) = Site::selling(10, &[]).await;
    let (sale, _) = sale(&site, json!({"access": "code", "capacity": 0})).await;
    let codes = json!({"count": 1, "uses": 1});
    let made =
        site.call(Method::POST, &format!("/v1/sales/{sale}/codes"), &site.operator_token(), &codes).await;
    let fan = site.visitor().await;
    fan.go("/").await;
    fan.wait_for_text("What opens when").await;
    look(&fan, "first page").await;
    fan.go(&format!("/sales/{sale}")).await;
    look(&fan, "sale with a code").await;
    fan.fill("#name", "Mina").await;
    fan.fill("#access-code", "7K3F-9Q2M").await;
    fan.click(JOIN).await;
    fan.wait_for_text("This access code is not valid for this sale").await;
    look(&fan, "wrong code").await;
    // What was typed stays, also in the other language.
    fan.click("button[lang='ko']").await;
    fan.wait_for_text("참여 코드").await;
    let value = "return document.getElementById('access-code').value";
    assert_eq!(fan.script(value, &[]).await, json!("7K3F-9Q2M"));
    look(&fan, "wrong code in Korean").await;
    fan.fill("#access-code", made["codes"][0].as_str().expect("a code")).await;
    fan.click(JOIN).await;
    fan.wait_for("#place").await;
    look(&fan, "waiting in Korean").await;
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn two_tabs_wait_in_two_sales_and_each_hears_of_its_own_turn() {
    let (site, _) = Site::selling(10, &[("line_capacity", "0")]).await;
    let (sale, _) = sale(&site, json!({"capacity": 0})).await;
    let fan = site.visitor().await;
    fan.go("/line").await;
    fan.fill("#name", "Mina").await;
    fan.click("form[action='/line'] button").await;
    fan.wait_for("#place").await;
    fan.open_tab().await;
    fan.go(&format!("/sales/{sale}")).await;
    fan.click(JOIN).await;
    fan.wait_for("#place").await;
    let one = json!({"capacity": 1});
    site.call(Method::PATCH, &format!("/v1/sales/{sale}/line"), &site.operator_token(), &one).await;
    fan.wait_for_text("Time left to choose and pay").await;
    assert_eq!(fan.path().await, format!("/sales/{sale}"));
    fan.look_at_tab(0).await;
    assert!(fan.is_shown("[data-status='waiting']").await, "the main sale has not called her");
    site.pause(true).await;
    fan.wait_for_text("The line is paused").await;
    assert_eq!(
        fan.title().await,
        "You are next · \u{2068}Main sale\u{2069} · onsale",
        "the script says it, too"
    );
    site.pause(false).await;
    site.let_in(1).await;
    fan.wait_for_text("Time left to choose and pay").await;
    assert_eq!(fan.path().await, "/line");
    fan.go("/").await;
    fan.wait_for_text("It is your turn until").await;
    look(&fan, "inside two sales").await;
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn each_cart_of_several_sales_has_its_own_button_to_pay() {
    let (site, main) = Site::selling(10, &[]).await;
    let (sale, presold) = sale(&site, json!({})).await;
    let fan = site.visitor().await;
    for (line, concert) in [("/line".to_owned(), main), (format!("/sales/{sale}"), presold)] {
        fan.go(&line).await;
        if fan.count("#name").await > 0 {
            fan.fill("#name", "Mina").await;
        }
        fan.click(&format!("form[action='{line}'] button")).await;
        fan.wait_for_text("Time left to choose and pay").await;
        fan.go(&format!("/sale/{concert}")).await;
        fan.click("[data-seat='4'] input").await;
        fan.click(".hold").await;
        fan.wait_for_text("Pay from your wallet").await;
    }
    look(&fan, "two carts").await;
    // What is at the middle of each button, once it is scrolled to.
    let hits = "return [...document.querySelectorAll('.side .button')].map((button) => {
        button.scrollIntoView({ block: 'center' });
        const { left, top, width, height } = button.getBoundingClientRect();
        return document.elementFromPoint(left + width / 2, top + height / 2) === button;
    })";
    assert_eq!(fan.script(hits, &[]).await, json!([true, true]), "no card covers another");
    let names = "return [...document.querySelectorAll('.side .button')].map((it) => it.ariaLabel)";
    let names = fan.script(names, &[]).await.to_string();
    assert!(names.contains("Night Two") && names.contains("Fan club presale"), "{names}");
    fan.end().await;
    site.end().await;
}
