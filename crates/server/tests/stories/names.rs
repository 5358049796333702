//! Names of people and concerts: which are taken, how they are stored, and how pages show them.

use reqwest::Method;
use serde_json::json;

use super::visitor::{Page, Visitor};
use crate::stage::{Stage, concert_with};

/// A title and a name that are written from right to left, with a number and a sign at their end, which move
/// if the text around them is written the other way.
const TITLE: &str = "ليلة الربيع 2026!";
const NAME: &str = "ليلى 7!";

#[tokio::test]
async fn a_name_is_refused_with_its_reason_or_stored_composed() {
    let stage = Stage::open().await;
    let operator = stage.operator();
    let sign_up = async |name: &str| {
        stage.client.call(Method::POST, "/v1/users").json(&json!({"name": name})).send().await
    };
    let open = async |name: &str| operator.open_concert(&concert_with(&json!({"name": name}))).await;
    for (name, reason) in [
        ("   ", "must have 1 to 200 characters, at least one of them visible"),
        ("\u{200b}", "must have 1 to 200 characters, at least one of them visible"),
        ("\u{3164}", "must have 1 to 200 characters, at least one of them visible"),
        ("\u{202e}", "must not contain U+202E, which changes the direction of the text around it"),
        ("Kim\u{e000}", "must not contain U+E000, which is for private use"),
        (&"x".repeat(201), "must have 1 to 200 characters, has 201"),
    ] {
        for refused in [sign_up(name).await, open(name).await] {
            assert_eq!(refused.line(), "400 invalid_request name", "{name:?}");
            let detail = refused.json()["detail"].as_str().unwrap_or_default().to_owned();
            assert!(detail.contains(reason), "{name:?}: {detail}");
        }
    }
    for (name, stored) in [
        ("  E\u{301}mile\u{3000}", "Émile"),
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ("👩\u{200d}🎤", "👩\u{200d}🎤"),
    ] {
        assert_eq!(sign_up(name).await.ok()["name"], stored);
        assert_eq!(open(name).await.ok()["name"], stored);
    }
    let mut mina = Visitor::new(&stage.client, "en");
    let refused = mina.submit("/line", &[("name", "\u{3164}")]).await;
    assert!(refused.shows("Please enter a name of up to 200 characters"), "{}", refused.html);
    let is_known = mina.cookies.keys().any(|name| name.ends_with("onsale_user"));
    assert!(!is_known, "nobody was registered");
    stage.end().await;
}

#[tokio::test]
async fn a_person_is_found_however_the_name_is_typed() {
    let stage = Stage::open().await;
    let emile = stage.fan("Émile Zola").await;
    emile.enter().await;
    let mut operator = signed_in(&stage).await;
    for find in ["émile", "emile", "E\u{301}MILE", "ｅｍｉｌｅ zola", "１"] {
        let found = operator.get(&format!("/operator/people?find={}", super::visitor::encoded(find))).await;
        assert!(found.shows("Émile Zola</bdi>") && found.shows("1 found"), "{find}: {}", found.html);
    }
    let found = operator.get("/operator/people?find=%CC%81").await;
    assert!(found.shows("Nobody found"), "an accent alone is in no name: {}", found.html);
    stage.end().await;
}

#[tokio::test]
async fn a_name_never_moves_the_text_around_it() {
    let stage = Stage::open().await;
    let concert = stage.open_concert(&concert_with(&json!({"name": TITLE}))).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", NAME)]).await;
    let sale = format!("/sale/{concert}");
    assert_isolated(&mina.get("/").await, TITLE);
    assert_isolated(&mina.get(&sale).await, TITLE);
    assert_isolated(&mina.submit(&format!("{sale}/hold"), &[("part", "1"), ("seat", "7")]).await, TITLE);
    let mut operator = signed_in(&stage).await;
    let people = operator.get(&format!("/operator/people?find={}", super::visitor::encoded(NAME))).await;
    assert_isolated(&people, NAME);
    let person = format!("/operator/people/{}", people.between("href=\"/operator/people/", "\""));
    let holding = operator.get(&person).await;
    assert_isolated(&holding, NAME);
    assert_isolated(&holding, TITLE);
    let wallet = mina.get("/wallet").await;
    mina.fill(&wallet, "/wallet/charge", &[("amount", "50000")]).await;
    let checkout = mina.get("/checkout").await;
    let receipt = mina.fill(&checkout, "/checkout/pay", &[]).await;
    assert_isolated(&receipt, TITLE);
    assert_isolated(&mina.get("/tickets").await, TITLE);
    for page in ["/operator/concerts", "/operator/bills", "/operator/log", &person] {
        assert_isolated(&operator.get(page).await, TITLE);
    }
    let refused = operator.post("/operator/concerts/new", &[("name", TITLE)]).await;
    assert_isolated(&refused, TITLE);
    let csv = operator.get("/operator/bills.csv").await;
    assert!(csv.shows(&format!(",\"{TITLE}\",")), "only the name, as it is: {}", csv.html);
    stage.end().await;
}

async fn signed_in(stage: &Stage) -> Visitor {
    let mut operator = Visitor::new(&stage.client, "en");
    operator.submit("/operator/sign-in", &[("token", &stage.operator().token)]).await;
    operator
}

/// The page shows the text, each time apart from what is around it: in a `bdi`, between isolating characters
/// where no markup can be, or as the value of a field of its own direction.
fn assert_isolated(page: &Page, text: &str) {
    let parts: Vec<_> = page.html.split(text).collect();
    assert!(parts.len() > 1, "no {text} in {}", page.html);
    for around in parts.windows(2) {
        let (before, after) = (around[0], around[1]);
        let is_in_bdi = before.ends_with("<bdi>") && after.starts_with("</bdi>");
        let is_isolated = before.ends_with('\u{2068}') && after.starts_with('\u{2069}');
        let tag = before.rsplit('<').next().unwrap_or_default();
        let is_value = before.ends_with("value=\"") && tag.contains(" dir=\"auto\"");
        assert!(is_in_bdi || is_isolated || is_value, "in <{tag}: {}", page.html);
    }
}
