//! Operators put a concert on sale.

use onsale_testbed::browser::{Key, Session};
use serde_json::json;

use crate::operator_support::{operator, pick};
use crate::site::{Site, concert};

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
    for unseen in ["\u{3164}", "\u{200b} ", "Late\u{202e}Set"] {
        operator.script("document.getElementById('name').value = arguments[0]", &[json!(unseen)]).await;
        operator.press(Key::Tab).await;
        operator.wait_for_text_in("#name-error", "without control characters or invisible ones").await;
        operator.fill("#name", "می\u{200c}خواهم 🎤").await;
        operator.wait_until_gone("#name-error").await;
    }
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
    assert!(operator.is_focused("[role=alert]").await, "{}", operator.focused().await);
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

#[tokio::test]
async fn a_question_about_a_sale_that_is_over_gets_the_focus() {
    let site = Site::open(&[]).await;
    let operator = operator(&site).await;
    operator.go("/operator/concerts/new").await;
    fill_rightly(&operator, "Early Set").await;
    pick(&operator, "#openingAt", "2020-03-01T18:00").await;
    pick(&operator, "#closingAt", "2020-03-02T18:00").await;
    operator.click("#concert .button").await;
    operator.wait_for_text_in("#question", "Nobody could buy a seat").await;
    assert!(operator.is_focused("#question").await, "{}", operator.focused().await);
    assert_eq!(operator.accessibility().await, []);
    operator.click("#concert .button").await;
    operator.wait_for_text_in("#question", "Nobody could buy a seat").await;
    assert!(site.app.concerts().is_empty(), "a question has no effect");
    operator.click("[name=confirmed]").await;
    operator.wait_for_text_in("tbody .state", "Closed: opened 1 March 2020, 18:00").await;
    operator.end().await;
    site.end().await;
}

#[tokio::test]
async fn an_arabic_title_keeps_its_direction_to_itself() {
    let site = Site::open(&[]).await;
    let title = "ليلة الربيع 2026!";
    site.open_concert(&concert(title, 10)).await;
    let operator = operator(&site).await;
    let direction = "const all = document.querySelectorAll(arguments[0]);
        return [...all].map((it) => getComputedStyle(it).direction).join()";
    operator.go("/operator/concerts").await;
    assert_eq!(
        operator.script(direction, &[json!("tbody th bdi, tbody th, tbody td")]).await,
        "ltr,rtl,ltr,ltr,ltr,ltr"
    );
    operator.go("/operator/concerts/new").await;
    operator.fill("#name", title).await;
    assert_eq!(operator.script(direction, &[json!("#name")]).await, "rtl", "while it is typed");
    operator.fill("#name", "Spring").await;
    assert_eq!(operator.script(direction, &[json!("#name")]).await, "ltr");
    // A sign at the end of the title stays at its left end, before what follows in the sentence.
    operator.go("/operator/log").await;
    let places = "const text = document.querySelector('ins').firstChild;
        const left = (sign) => {
            const range = document.createRange();
            const at = text.data.indexOf(sign);
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return range.getBoundingClientRect().left;
        };
        return left('!') < left('2') && left('!') < left('ل') && left('ل') < left(',')";
    assert_eq!(operator.script(places, &[]).await, true);
    operator.end().await;

    let fan = site.visitor().await;
    fan.go("/").await;
    assert_eq!(fan.script(direction, &[json!(".concert h3, .concert h3 bdi")]).await, "ltr,rtl");
    fan.end().await;
    site.end().await;
}
