//! Operators put a concert on sale.

use onsale_testbed::browser::{Key, Session};

use crate::operator_support::{operator, pick};
use crate::site::Site;

const GOOD: [(&str, &str); 3] = [
    ("#openingAt", "2026-03-01T18:00"),
    ("#closingAt", "2099-03-14T20:00"),
    ("#eventDate", "2099-03-14T22:30"),
];

async fn fill_rightly(operator: &Session, name: &str) {
    operator.fill("#name", name).await;
    operator.fill("#capacity", "120").await;
    operator.fill("#price", "45000").await;
    for (field, value) in GOOD {
        pick(operator, field, value).await;
    }
}

/// It is in the operators' list, and fans see it.
async fn is_on_sale(site: &Site, operator: &Session, name: &str) {
    operator.wait_for_path("/operator/concerts").await;
    operator.wait_for_text_in(".notice-good", "The concert is on sale.").await;
    operator.wait_for_text_in("tbody tr", name).await;
    assert_eq!(operator.texts_of("tbody td.end").await, ["120", "0", "0"]);
    let fan = site.visitor().await;
    fan.go("/").await;
    fan.wait_for_text_in(".concert", name).await;
    assert!(fan.text_of(".concert").await.contains("₩45,000"));
    fan.end().await;
}

#[tokio::test]
async fn mistakes_are_shown_while_typing() {
    let site = Site::open(&[]).await;
    let operator = operator(&site).await;
    operator.go("/operator/concerts").await;
    assert!(operator.text().await.contains("No concert is on sale yet."));
    operator.click("main .button").await;
    operator.click("#name").await;
    operator.press(Key::Tab).await;
    operator.wait_for_text_in("#name-error", "Enter a name of up to 200 characters").await;
    operator.fill("#name", "Late Set").await;
    operator.wait_until_gone("#name-error").await;
    for (field, wrong, message) in [
        ("#capacity", "50001", "Enter a whole number from 1 to 50,000."),
        ("#price", "-1", "Enter an amount from 0 to ₩1,000,000,000."),
    ] {
        operator.fill(field, wrong).await;
        operator.press(Key::Tab).await;
        operator.wait_for_text_in(&format!("{field}-error"), message).await;
        assert_eq!(operator.attribute_of(field, "aria-invalid").await.as_deref(), Some("true"));
    }
    pick(&operator, "#openingAt", "2099-03-14T20:00").await;
    pick(&operator, "#closingAt", "2099-03-14T20:00").await;
    operator.wait_for_text_in("#closingAt-error", "must close after it opens").await;
    pick(&operator, "#eventDate", "2099-03-14T19:59").await;
    operator.wait_for_text_in("#eventDate-error", "must not begin before the sale closes").await;
    operator.click("#concert .button").await;
    assert!(operator.is_focused("#capacity").await, "the first mistake: {}", operator.focused().await);
    assert!(site.app.concerts().is_empty());

    fill_rightly(&operator, "Late Set").await;
    operator.wait_until_gone("#concert .error").await;
    operator.click("#concert .button").await;
    is_on_sale(&site, &operator, "Late Set").await;
    operator.end().await;
    site.end().await;
}

#[tokio::test]
async fn mistakes_are_shown_without_scripts() {
    let site = Site::open(&[]).await;
    let operator = operator(&site).await;
    operator.turn_scripts_off().await;
    operator.go("/operator/concerts/new").await;
    fill_rightly(&operator, "Late <b>Set</b>").await;
    operator.fill("#capacity", "0").await;
    pick(&operator, "#closingAt", "2026-03-01T17:59").await;
    operator.click("#concert .button").await;
    operator.wait_for_text_in("[role=alert]", "Nothing was saved").await;
    let first = operator.texts_of("#concert .error").await.into_iter().find(|text| !text.is_empty());
    assert!(first.is_some(), "it is shown beside the field");
    assert_eq!(operator.value_of("#name").await, "Late <b>Set</b>", "nothing typed is lost");
    operator.click("[role=alert] a").await;
    operator.fill("#capacity", "120").await;
    operator.click("#concert .button").await;
    operator.wait_for_text_in("#closingAt-error", "must close after it opens").await;
    pick(&operator, "#closingAt", "2099-03-14T20:00").await;
    operator.click("#concert .button").await;
    is_on_sale(&site, &operator, "Late <b>Set</b>").await;
    operator.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_comma_arrives_as_it_was_typed() {
    let site = Site::open(&[("currency", "EUR")]).await;
    let operator = operator(&site).await;
    operator.go("/operator/concerts/new").await;
    fill_rightly(&operator, "Late Set").await;
    for (field, wrong, message) in
        [("#capacity", "1,5", "Enter a whole number"), ("#price", "free", "For example: 12.50")]
    {
        operator.fill(field, wrong).await;
        operator.press(Key::Tab).await;
        operator.wait_for_text_in(&format!("{field}-error"), message).await;
    }
    operator.fill("#capacity", "1,200").await;
    operator.fill("#price", "45,00").await;
    operator.wait_until_gone("#concert .error").await;
    operator.click("#concert .button").await;
    operator.wait_for_path("/operator/concerts").await;
    let opened = site.app.concerts().last().expect("it was opened").concert.clone();
    assert_eq!((opened.capacity, opened.price.0), (1_200, 4_500));
    operator.end().await;
    site.end().await;
}
