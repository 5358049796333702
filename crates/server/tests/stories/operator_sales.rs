//! Sales as operators make, change and run them on their pages.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::visitor::{Page, Visitor};
use crate::stage::{Stage, concert_with, secs};

pub(crate) async fn signed_in(stage: &Stage, language: &'static str) -> Visitor {
    let mut operator = Visitor::new(&stage.client, language);
    operator.submit("/operator/sign-in", &[("token", &stage.operator().token)]).await;
    operator
}

/// Sends a form of this page with these fields, and no redirect followed.
pub(crate) async fn send(operator: &mut Visitor, page: &Page, form: &str, fields: &[(&str, &str)]) -> Page {
    let hidden = page.fields_of(form);
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    operator.post_as_it_is(form, &hidden.chain(fields.iter().copied()).collect::<Vec<_>>()).await
}

pub(crate) async fn shown(stage: &Stage, sale: Uuid) -> Value {
    stage.operator().change_sale(sale, &json!({})).await.ok()
}

const NEW: &str = "/operator/sales/new";

#[tokio::test]
async fn an_operator_makes_a_sale_that_stands_in_the_list_with_its_cockpit() {
    let stage = Stage::open().await;
    let mut operator = signed_in(&stage, "en").await;
    let page = operator.get(NEW).await;
    assert!(page.shows("Spring Night") && page.shows("All times are in UTC"), "{}", page.html);
    let concert = stage.concert.to_string();
    let fields = [
        ("name", "Members' presale"),
        ("access", "code"),
        ("seatsPerPerson", "4"),
        ("capacity", "7"),
        ("order", "arrival"),
        ("paused", "true"),
        ("concert", concert.as_str()),
    ];
    let made = send(&mut operator, &page, NEW, &fields).await;
    assert_eq!(made.status, 303, "{}", made.html);
    let again = send(&mut operator, &page, NEW, &fields).await;
    assert_eq!(again.location(), made.location(), "sent twice, it makes one sale");
    let cockpit = operator.get(&made.location()).await;
    assert!(cockpit.shows("The sale is made") && cockpit.shows("The line is paused"), "{}", cockpit.html);
    let list = operator.get("/operator/sales").await;
    assert!(
        list.shows("Members&#39; presale") && list.shows("Paused") && list.shows("Main sale"),
        "{}",
        list.html
    );
    let sale: Uuid = made.location().rsplit('/').next().and_then(|id| id.parse().ok()).expect("a sale");
    let terms = shown(&stage, sale).await;
    assert_eq!(
        (&terms["listed"], &terms["access"]),
        (&json!(false), &json!("code")),
        "the tick was not sent"
    );
    assert_eq!((&terms["seatsPerPerson"], &terms["concertIds"]), (&json!(4), &json!([stage.concert])));
    let log = operator.get("/operator/log").await;
    assert!(log.shows("Sale created"), "{}", log.html);
    stage.end().await;
}

#[tokio::test]
async fn a_refused_form_for_a_sale_keeps_what_was_typed_and_says_what_is_wrong() {
    let stage = Stage::open().await;
    for (language, wrong, limit) in [
        ("en", "Nothing was saved", "a whole number from 1 to 50,000"),
        ("ko", "저장되지 않았습니다", "1부터 50,000까지의 정수"),
    ] {
        let mut operator = signed_in(&stage, language).await;
        let page = operator.get(NEW).await;
        let fields = [("name", "Gala"), ("seatsPerPerson", "none"), ("opensAt", "soon"), ("access", "group")];
        let refused = send(&mut operator, &page, NEW, &fields).await;
        assert!(refused.status == 200 && refused.shows(wrong) && refused.shows(limit), "{}", refused.html);
        for kept in ["value=\"Gala\"", "value=\"none\"", "value=\"soon\"", "href=\"#group\"", "data-refused"]
        {
            assert!(refused.shows(kept), "{kept}: {}", refused.html);
        }
        let zero = send(&mut operator, &page, NEW, &[("name", "Gala"), ("seatsPerPerson", "0")]).await;
        assert!(zero.shows(limit) && zero.shows("value=\"0\""), "{}", zero.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_refused_value_stays_in_its_field_with_the_error_beside_it() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({})).await;
    let mut operator = signed_in(&stage, "en").await;
    let long = "n".repeat(201);
    let refused = [
        ("name", long.as_str()),
        ("name", "\u{3164}"),
        ("name", "  "),
        ("name", "a\u{202e}b"),
        ("opensAt", "2001-01-01T10:00"),
        ("opensAt", "soon"),
        ("lobbyAt", "2030-01-01T10:00"),
        ("closesAt", "2001-01-01T10:00"),
        ("seatsPerPerson", "0"),
        ("seatsPerPerson", "50001"),
        ("seatsPerPerson", "99999999999999999999"),
        ("seatsPerPerson", "-1"),
        ("group", "a,b"),
        ("capacity", "1000001"),
        ("capacity", "4294967296"),
        ("ratePerMinute", "x"),
    ];
    for path in [NEW, &format!("/operator/sales/{sale}/change")] {
        let page = operator.get(path).await;
        let only_new = |field: &str| field == "capacity" || field == "ratePerMinute";
        for (field, value) in refused.into_iter().filter(|(field, _)| path == NEW || !only_new(field)) {
            let mut typed = vec![("access", "group"), ("group", "fans"), ("name", "Gala")];
            typed.retain(|(name, _)| *name != field);
            typed.push((field, value));
            let again = send(&mut operator, &page, path, &typed).await;
            assert_eq!(again.status, 200, "{field} {value}: {}", again.html);
            let input = again.between(&format!(" id=\"{field}\""), ">");
            let error = again.between(&format!("id=\"{field}-error\">"), "</p>");
            assert!(input.ends_with(&format!("value=\"{value}\"")), "{field} {value}: {input}");
            assert!(input.contains("aria-invalid=\"true\"") && !error.is_empty(), "{field} {value}: {input}");
        }
    }
    stage.end().await;
}

/// What is typed into a field that another choice makes needless is not lost: it is saved or refused.
#[tokio::test]
async fn a_source_without_a_draw_and_a_group_that_nobody_asks_for_are_refused_in_their_fields() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "group:fans"})).await;
    let change = format!("/operator/sales/{sale}/change");
    let mut operator = signed_in(&stage, "en").await;
    let needless =
        [("beaconSource", "Lotto", "Only a draw has a source"), ("group", "crew", "Only members of a group")];
    for path in [NEW, &change] {
        let page = operator.get(path).await;
        for (field, value, error) in needless {
            for access in ["everyone", "code"] {
                let typed = [("name", "Gala"), ("order", "arrival"), ("access", access), (field, value)];
                let again = send(&mut operator, &page, path, &typed).await;
                assert_eq!(again.status, 200, "{path} {field}: {}", again.html);
                let input = again.between(&format!(" id=\"{field}\""), ">");
                assert!(input.ends_with(&format!("value=\"{value}\"")), "{path} {field}: {input}");
                assert!(again.between(&format!("id=\"{field}-error\">"), "</p>").contains(error), "{field}");
            }
        }
    }
    // The group that the sale had is in the field, and goes with the choice.
    let page = operator.get(&change).await;
    let typed = [("name", "Gala"), ("order", "arrival"), ("access", "everyone"), ("group", "fans")];
    assert_eq!(send(&mut operator, &page, &change, &typed).await.status, 303);
    stage.end().await;
}

#[tokio::test]
async fn an_error_of_a_number_names_its_limits() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "code"})).await;
    let codes = format!("/operator/sales/{sale}/codes");
    let mut operator = signed_in(&stage, "en").await;
    for (path, field, limits) in [
        (NEW, "seatsPerPerson", "1 to 50,000"),
        (NEW, "capacity", "0 to 1,000,000"),
        (NEW, "ratePerMinute", "0 to 4,294,967,295"),
        (&codes, "count", "1 to 10,000"),
        (&codes, "uses", "1 to 1,000,000"),
    ] {
        let page = operator.get(path).await;
        let mut typed = vec![("name", "Gala"), ("count", "1"), ("uses", "1"), ("to", "page")];
        typed.retain(|(name, _)| *name != field);
        typed.push((field, "x"));
        let again = send(&mut operator, &page, path, &typed).await;
        let error = again.between(&format!("id=\"{field}-error\">"), "</p>");
        assert!(error.contains(limits), "{field}: {error}");
    }
    let refused = operator.get("/operator?capacity=x").await;
    assert!(refused.shows("0 to 1,000,000 people inside, 0 to 4,294,967,295 let in"), "{}", refused.html);
    stage.end().await;
}

#[tokio::test]
async fn the_main_sale_is_changed_from_its_page_within_the_same_rules() {
    let stage = Stage::open().await;
    let main = stage.app.main_sale().0;
    let path = format!("/operator/sales/{main}/change");
    let mut operator = signed_in(&stage, "en").await;
    let cockpit = operator.get("/operator").await;
    assert!(cockpit.shows(&format!("href=\"{path}\"")) && cockpit.shows("Main sale"), "{}", cockpit.html);
    let page = operator.get(&path).await;
    assert!(!page.shows("opensAt") && !page.shows("name=\"order\""), "it is always open: {}", page.html);
    let wrong = send(&mut operator, &page, &path, &[("name", "Everything"), ("seatsPerPerson", "0")]).await;
    assert!(wrong.shows("value=\"Everything\"") && wrong.shows("href=\"#seatsPerPerson\""), "{}", wrong.html);
    let fields = [("name", "Everything"), ("listed", "true"), ("seatsPerPerson", "2"), ("access", "code")];
    let changed = send(&mut operator, &page, &path, &fields).await;
    assert_eq!(changed.outcome(), "/operator sale_changed", "{}", changed.html);
    let terms = shown(&stage, main).await;
    assert_eq!((&terms["name"], &terms["seatsPerPerson"]), (&json!("Everything"), &json!(2)));
    assert_eq!((&terms["access"], &terms["concertIds"]), (&json!("code"), &json!([])));
    let cockpit = operator.get("/operator").await;
    let codes = format!("/operator/sales/{main}/codes");
    assert!(cockpit.shows("<bdi>Everything") && cockpit.shows(&codes), "{}", cockpit.html);
    assert_eq!(operator.get(&codes).await.status, 200);
    let old = send(&mut operator, &page, &path, &fields).await;
    assert!(old.shows("changed since that page was opened"), "{}", old.html);
    stage.end().await;
}

#[tokio::test]
async fn what_cannot_be_done_now_stays_in_the_form() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "code"})).await;
    let base = format!("/operator/sales/{sale}");
    let forms = [
        (NEW.to_owned(), ("name", "Gala")),
        (format!("{base}/change"), ("name", "Gala")),
        (format!("{base}/codes"), ("count", "7")),
    ];
    let mut operator = signed_in(&stage, "en").await;
    let mut pages = Vec::new();
    for (path, _) in &forms {
        pages.push(operator.get(path).await);
    }
    stage.app.close().await;
    for ((path, typed), page) in forms.iter().zip(&pages) {
        let again = send(&mut operator, page, path, &[*typed, ("uses", "1"), ("access", "code")]).await;
        assert!(again.shows("cannot do that right now"), "{path}: {}", again.html);
        assert!(again.shows(&format!("value=\"{}\"", typed.1)), "{path}: {}", again.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_change_is_made_as_the_page_showed_it_or_not_at_all() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"seatsPerPerson": 2, "concertIds": [stage.concert]})).await;
    let mut operator = signed_in(&stage, "en").await;
    let path = format!("/operator/sales/{sale}/change");
    let page = operator.get(&path).await;
    assert!(page.shows("value=\"Presale\"") && page.shows("value=\"2\""), "{}", page.html);
    let concert = stage.concert.to_string();
    let fields =
        [("name", "Early birds"), ("listed", "true"), ("concert", concert.as_str()), ("access", "group")];
    let fields = [&fields[..], &[("group", "fan club")]].concat();
    let changed = send(&mut operator, &page, &path, &fields).await;
    assert_eq!(changed.location(), format!("/operator/sales/{sale}"), "{}", changed.html);
    let terms = shown(&stage, sale).await;
    assert_eq!((&terms["name"], &terms["access"]), (&json!("Early birds"), &json!("group:fan club")));
    assert_eq!((&terms["seatsPerPerson"], &terms["listed"]), (&Value::Null, &json!(true)));
    assert_eq!(terms["concertIds"], json!([stage.concert]), "what is the same is not changed");
    let log = operator.get("/operator/log").await;
    for part in ["Who may join: Everybody", "Members of this group", "Most seats per person: 2"] {
        assert!(log.shows(part), "{part}: {}", log.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn codes_are_shown_once_or_sent_as_a_file() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "code", "capacity": 0})).await;
    let mut operator = signed_in(&stage, "en").await;
    let path = format!("/operator/sales/{sale}/codes");
    let form = operator.get(&path).await;
    let three = [("count", "3"), ("uses", "2"), ("to", "page")];
    let made = send(&mut operator, &form, &path, &three).await;
    let changes_language = |page: &Page| page.shows("action=\"/language\"");
    assert!(!changes_language(&made), "that would lose the codes: {}", made.html);
    let codes_of =
        |page: &Page| page.between("spellcheck=\"false\" aria-describedby=\"codes-hint\">", "</textarea>");
    let codes = codes_of(&made);
    let codes: Vec<_> = codes.lines().collect();
    assert_eq!(codes.len(), 3, "{}", made.html);
    let fan = stage.newcomer();
    assert_eq!(fan.join_with(&json!({"saleId": sale, "code": codes[1]})).await.line(), "200 waiting");
    let again = send(&mut operator, &form, &path, &three).await;
    assert_eq!(codes_of(&again).lines().collect::<Vec<_>>(), codes, "sent twice, it makes one set");
    let more = send(&mut operator, &form, &path, &[("count", "4"), ("uses", "2"), ("to", "page")]).await;
    assert!(
        more.shows("already made codes with other numbers") && !more.shows("id=\"codes\""),
        "{}",
        more.html
    );
    let log = operator.get("/operator/log").await;
    assert_eq!(log.html.matches("3 codes, 2 uses each").count(), 1, "{}", log.html);
    for stamp in [("form", ""), ("form", "x"), ("to", "file")] {
        let bare = operator.post_as_it_is(&path, &[stamp, ("count", "3"), ("uses", "2")]).await;
        assert!(bare.shows("did not arrive complete") && !bare.shows("id=\"codes\""), "{}", bare.html);
    }
    let form = operator.get(&path).await;
    assert!(!form.shows(codes[0]) && changes_language(&form), "they are not kept: {}", form.html);
    let file = send(&mut operator, &form, &path, &[("count", "2"), ("uses", "1"), ("to", "file")]).await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"codes.txt\"");
    assert_eq!(file.html.lines().count(), 2);
    stage.advance(secs(12 * 3_600)).await;
    let old = send(&mut operator, &form, &path, &[("count", "2"), ("uses", "1"), ("to", "page")]).await;
    assert!(old.shows("did not arrive complete"), "what it made may be forgotten: {}", old.html);
    let mut operator = signed_in(&stage, "en").await;
    let form = operator.get(&path).await;
    let none = send(&mut operator, &form, &path, &[("count", "x"), ("uses", "1")]).await;
    assert!(
        none.shows("Enter a whole number from 1 to 10,000.") && none.shows("value=\"x\""),
        "{}",
        none.html
    );
    stage.operator().change_sale(sale, &json!({"access": "everyone"})).await.ok();
    let refused = send(&mut operator, &form, &path, &[("count", "1"), ("uses", "1")]).await;
    assert!(refused.shows("asks for no access codes"), "{}", refused.html);
    stage.end().await;
}

#[tokio::test]
async fn each_sale_is_steered_in_its_own_cockpit_and_the_log_names_it() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"capacity": 5})).await;
    let mut operator = signed_in(&stage, "en").await;
    let base = format!("/operator/sales/{sale}");
    let effect = operator.get(&format!("{base}?capacity=9&ratePerMinute=0")).await;
    let set = send(&mut operator, &effect, &format!("{base}/dials"), &[]).await;
    assert_eq!(set.location(), base);
    assert!(operator.get(&base).await.shows("It takes effect at once"));
    let capacity =
        async |path: String| stage.operator().call(Method::GET, &path).send().await.ok()["capacity"].clone();
    assert_eq!(capacity(format!("/v1/sales/{sale}/line")).await, 9);
    assert_ne!(capacity("/v1/line".to_owned()).await, 9);
    let dials = json!({"ratePerMinute": 30});
    stage.operator().call(Method::PATCH, &format!("/v1/sales/{sale}/line")).json(&dials).send().await.ok();
    let outdated = send(&mut operator, &effect, &format!("{base}/dials"), &[]).await;
    assert!(outdated.location().starts_with(&format!("{base}?")), "{}", outdated.location());
    assert!(operator.get(&outdated.location()).await.shows("The dials have been set since"));
    let log = operator.get("/operator/log").await;
    assert!(log.shows("<bdi>Presale</bdi>"), "{}", log.html);
    assert_eq!(operator.get(&format!("{base}/charts")).await.status, 200);
    assert_eq!(operator.get(&format!("/operator/sales/{}", Uuid::now_v7())).await.status, 404);
    stage.end().await;
}

#[tokio::test]
async fn a_concert_is_put_on_sale_in_the_sales_that_are_chosen() {
    let stage = Stage::open().await;
    let mut operator = signed_in(&stage, "en").await;
    let path = "/operator/concerts/new";
    assert!(!operator.get(path).await.shows("name=\"sale\""), "there is nothing to choose");
    let sale = stage.make_sale(json!({})).await;
    let page = operator.get(path).await;
    let chosen = sale.to_string();
    let concert = concert_with(&json!({}));
    let text = |name: &str| concert[name].as_str().unwrap_or_default().to_owned();
    let times = [text("openingAt"), text("closingAt"), text("eventDate")];
    let fields = [
        ("name", "Presold"),
        ("capacity", "50"),
        ("price", "1000"),
        ("openingAt", times[0].as_str()),
        ("closingAt", times[1].as_str()),
        ("eventDate", times[2].as_str()),
        ("sale", chosen.as_str()),
    ];
    let opened = send(&mut operator, &page, path, &fields).await;
    assert_eq!(opened.status, 303, "{}", opened.html);
    assert_eq!(shown(&stage, sale).await["concertIds"].as_array().map(Vec::len), Some(1));
    stage.end().await;
}
