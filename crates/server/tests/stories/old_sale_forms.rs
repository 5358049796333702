//! A form for a change of a sale, sent from a page that is no longer true: nothing is changed, and the page
//! says what has.

use reqwest::Method;
use serde_json::json;

use super::openings::{after, opening_in};
use super::operator_sales::{send, shown, signed_in};
use super::visitor::Page;
use crate::stage::{Stage, concert_with, secs};

/// The value of the field with this id.
fn value_of(page: &Page, id: &str) -> String {
    let field = page.between(&format!(" id=\"{id}\""), ">");
    field.split_once("value=\"").expect("a value").1.trim_end_matches('"').to_owned()
}

/// What a browser sends if only the name is typed.
fn named(page: &Page, name: &str) -> Vec<(&'static str, String)> {
    let fields = ["opensAt", "lobbyAt", "closesAt", "seatsPerPerson"];
    let mut sent: Vec<_> = fields.map(|field| (field, value_of(page, field))).into();
    sent.extend(
        [("name", name), ("access", "everyone"), ("order", "arrival"), ("listed", "true")].map(owned),
    );
    let ticked = page.html.split("name=\"concert\" value=\"").skip(1);
    let ticked =
        ticked.filter_map(|box_| box_.split_once('"').filter(|(_, rest)| rest.starts_with(" checked")));
    sent.extend(ticked.map(|(id, _)| owned(("concert", id))));
    sent
}

fn owned((name, value): (&'static str, &str)) -> (&'static str, String) {
    (name, value.to_owned())
}

#[tokio::test]
async fn a_form_of_an_old_page_changes_nothing_and_says_what_has_changed() {
    let stage = Stage::open().await;
    let fields =
        json!({"seatsPerPerson": 2, "lobbyAt": after(&stage, 1_800), "closesAt": after(&stage, 7_200)});
    let sale = opening_in(&stage, 3_600, fields).await;
    let path = format!("/operator/sales/{sale}/change");
    let mut operator = signed_in(&stage, "en").await;
    let mut rename = async |page: &Page, name: &str| {
        let typed = named(page, name);
        let typed: Vec<_> = typed.iter().map(|(field, value)| (*field, value.as_str())).collect();
        send(&mut operator, page, &path, &typed).await
    };
    let mut other = signed_in(&stage, "en").await;
    let page = other.get(&path).await;
    let nameless = rename(&page, " ").await;
    assert!(nameless.shows("Nothing was saved"), "{}", nameless.html);

    // Another operator sets a limit, and a new concert names the sale.
    stage.operator().change_sale(sale, &json!({"seatsPerPerson": 4})).await.ok();
    let gala = concert_with(&json!({"name": "Gala", "saleIds": [sale]}));
    stage.operator().call(Method::POST, "/v1/concerts").json(&gala).send().await.ok();
    for old in [&page, &nameless] {
        let refused = rename(old, "Early birds").await;
        assert!(refused.shows("changed since that page was opened"), "{}", refused.html);
        assert!(refused.shows("Most seats per person: <del>2</del> → <ins>4</ins>"), "{}", refused.html);
        assert!(refused.shows("What it sells: <del>–</del> → <ins>\u{2068}Gala"), "{}", refused.html);
        let kept = (value_of(&refused, "name"), value_of(&refused, "seatsPerPerson"));
        assert_eq!(kept, ("Early birds".to_owned(), "4".to_owned()), "what was typed, onto what is true");
        let sells = named(&refused, "").iter().filter(|(field, _)| *field == "concert").count();
        assert_eq!(sells, 2, "{}", refused.html);
    }

    let page = other.get(&path).await;
    stage.advance(secs(1_800)).await;
    let refused = rename(&page, "Early birds").await;
    assert!(refused.shows("Phase: <del>Nobody can join yet</del> → <ins>Lobby</ins>"), "{}", refused.html);
    let mut korean = signed_in(&stage, "ko").await;
    let in_korean = send(&mut korean, &page, &path, &[("name", "얼리버드")]).await;
    assert!(in_korean.shows("상태: <del>대기 시작 전</del> → <ins>시작 대기 중</ins>"), "{}", in_korean.html);
    let bare = korean.post_as_it_is(&path, &[("name", "얼리버드"), ("seen", "x")]).await;
    assert!(bare.shows("양식이 온전히 전송되지") && bare.shows("얼리버드"), "{}", bare.html);
    assert_eq!(shown(&stage, sale).await["name"], "Presale", "nothing was changed");

    let changed = rename(&refused, "Early birds").await;
    assert_eq!(changed.status, 303, "{}", changed.html);
    let terms = shown(&stage, sale).await;
    assert_eq!((&terms["name"], &terms["seatsPerPerson"]), (&json!("Early birds"), &json!(4)));
    assert_eq!(terms["concertIds"].as_array().map(Vec::len), Some(2), "{terms}");
    stage.end().await;
}
