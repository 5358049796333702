//! Operators make sales and their codes, and look at all of them.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::fan_sales::{look, sale};
use crate::operator_support::{operator, pick, until};
use crate::site::Site;

#[tokio::test]
async fn an_operator_makes_a_sale_and_its_codes() {
    let (site, _) = Site::selling(10, &[]).await;
    let operator = operator(&site).await;
    operator.go("/operator/sales/new").await;
    operator.wait_for("#opensAt").await;
    look(&operator, "operator new sale").await;
    operator.fill("#name", "Presale").await;
    operator.fill("#seatsPerPerson", "none").await;
    operator.click("#by-code").await;
    operator.click("#concert-1").await;
    operator.click("main form .button").await;
    operator.wait_for_text("Nothing was saved").await;
    look(&operator, "operator refused sale").await;
    operator.click("button[lang='ko']").await;
    operator.wait_for_text("예매 등록").await;
    let typed = "const it = id => document.getElementById(id);
        return [it('name').value, it('seatsPerPerson').value, it('by-code').checked, it('concert-1').checked]";
    assert_eq!(operator.script(typed, &[]).await, json!(["Presale", "none", true, true]));
    look(&operator, "operator new sale in Korean").await;
    operator.click("button[lang='en']").await;
    operator.wait_for_text("Make a sale").await;
    operator.fill("#seatsPerPerson", "4").await;
    pick(&operator, "#opensAt", "2030-06-01T20:00").await;
    operator.click("main form .button").await;
    operator.wait_for_text("The sale is made").await;
    operator.wait_for_text("Nobody can join yet").await;
    look(&operator, "operator cockpit of a sale").await;
    operator.click("a[href$='/codes']").await;
    operator.fill("#count", "5").await;
    operator.click("button[value='page']").await;
    operator.wait_for("#codes").await;
    let codes =
        operator.script("return document.getElementById('codes').value.split('\\n').length", &[]).await;
    assert_eq!(codes, json!(5));
    look(&operator, "operator codes").await;
    operator.end().await;
    site.end().await;
}

#[tokio::test]
async fn all_sales_are_at_a_glance_and_each_cockpit_is_live() {
    let (site, _) = Site::selling(10, &[]).await;
    let (made, _) = sale(&site, json!({"capacity": 0})).await;
    let operator = operator(&site).await;
    operator.go("/operator/sales").await;
    operator.wait_for_text("Fan club presale").await;
    look(&operator, "operator sales").await;
    operator.click(&format!("a[href='/operator/sales/{made}']")).await;
    operator.wait_for("#cockpit").await;
    let fan = site.user_token();
    site.call(reqwest::Method::POST, "/v1/enqueues", &fan, &json!({ "saleId": made })).await;
    operator.wait_for_text_in("[data-show='waiting']", "1").await;
    operator.fill("#capacity", "3").await;
    operator.wait_for("#effect form").await;
    operator.click("#effect form button").await;
    operator.wait_for_text("It takes effect at once").await;
    for page in ["/operator/log", "/operator/concerts"] {
        operator.go(page).await;
        operator.wait_for("table").await;
        look(&operator, page.replace('/', " ").trim()).await;
    }
    operator.end().await;
    site.end().await;
}

#[tokio::test]
async fn what_is_refused_stays_in_its_field() {
    let (site, _) = Site::selling(10, &[]).await;
    let operator = operator(&site).await;
    let (made, _) = sale(&site, json!({"capacity": 0})).await;
    for path in ["/operator/sales/new".to_owned(), format!("/operator/sales/{made}/change")] {
        for (field, value) in [
            ("name", "n".repeat(201)),
            ("name", "\u{3164}".to_owned()),
            ("group", "a,b".to_owned()),
            ("opensAt", "2001-01-01T10:00".to_owned()),
        ] {
            operator.go(&path).await;
            operator.wait_for("#name").await;
            pick(&operator, "#name", "Gala").await;
            pick(&operator, "#group", "fans").await;
            operator.click("#by-group").await;
            pick(&operator, &format!("#{field}"), &value).await;
            operator.click("main form .button").await;
            operator.wait_for("form[data-refused]").await;
            assert_eq!(operator.value_of(&format!("#{field}")).await, value, "{path} {field}");
            assert!(operator.is_shown(&format!("#{field}-error:not(:empty)")).await, "{path} {field}");
            operator.click("button[lang='ko']").await;
            operator.wait_for("button[lang='en']").await;
            until(&operator, &format!("return document.getElementById('{field}').value === '{value}'")).await;
            operator.click("button[lang='en']").await;
            if field != "name" {
                assert_eq!(operator.value_of("#name").await, "Gala", "{path} {field}");
            }
        }
    }
    operator.end().await;
    site.end().await;
}

#[tokio::test]
async fn changing_the_language_of_a_refused_form_does_not_hide_what_another_operator_changed() {
    let (site, _) = Site::selling(10, &[]).await;
    let operator = operator(&site).await;
    let (made, _) = sale(&site, json!({"capacity": 0})).await;
    operator.go(&format!("/operator/sales/{made}/change")).await;
    operator.fill("#seatsPerPerson", "none").await;
    operator.click("main form .button").await;
    operator.wait_for("form[data-refused]").await;
    let limit = json!({"seatsPerPerson": 4, "name": "Other name"});
    let path = format!("/v1/sales/{made}");
    site.call(reqwest::Method::PATCH, &path, &site.operator_token(), &limit).await;
    operator.click("button[lang='ko']").await;
    operator.wait_for("button[lang='en']").await;
    until(&operator, "return document.getElementById('seatsPerPerson').value === 'none'").await;
    operator.fill("#seatsPerPerson", "2").await;
    operator.click("main form .button").await;
    operator.wait_for_text("Other name").await;
    assert_eq!(operator.value_of("#name").await, "Other name");
    assert_eq!(operator.value_of("#seatsPerPerson").await, "2");
    look(&operator, "operator sale that has changed").await;
    operator.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_cockpit_follows_where_its_sale_stands() {
    let (site, _) = Site::selling(10, &[]).await;
    let operator = operator(&site).await;
    let now = Timestamp::now().round(jiff::Unit::Second).expect("far from the end of time");
    let at = |seconds| (now + SignedDuration::from_secs(seconds)).to_string();
    let fields = json!({"lobbyAt": at(8), "opensAt": at(600), "order": "draw", "beaconSource": "Lotto"});
    let (made, _) = sale(&site, fields).await;
    operator.go(&format!("/operator/sales/{made}")).await;
    operator.wait_for_text_in("#sale-facts", "Nobody can join yet").await;
    operator.script("document.body.dataset.stays = ''", &[]).await;
    let change = async |changes| {
        let path = format!("/v1/sales/{made}");
        site.call(reqwest::Method::PATCH, &path, &site.operator_token(), &changes).await;
    };
    change(json!({"opensAt": at(16), "name": "Spring sale"})).await;
    operator.wait_for_text_in("#sale-name", "Spring sale").await;
    operator.wait_for_text_in("#sale-facts", "Lobby").await;
    operator.wait_for_text_in("#sale-facts", "Waiting for the beacon").await;
    operator.wait_for_text_in("#sale-facts", "Numbers before the opening 0").await;
    operator.fill("#beacon", "3 8 17").await;
    change(json!({"listed": false})).await;
    operator.wait_for_text_in("#sale-facts", "Lotto").await;
    assert_eq!(operator.value_of("#beacon").await, "3 8 17", "what is being typed stays");
    change(json!({"beacon": "3 8 17"})).await;
    operator.wait_until_gone("#beacon").await;
    operator.wait_for_text_in("#sale-facts .state-open", "Open").await;
    assert_eq!(operator.count("body[data-stays]").await, 1, "the page was not loaded again");
    operator.end().await;
    site.end().await;
}
