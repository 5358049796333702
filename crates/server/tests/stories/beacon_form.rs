//! How operators enter the beacon of a draw.

use serde_json::json;

use super::openings::{after, opening_in};
use super::operator_sales::{send, signed_in};
use crate::stage::{Stage, secs};

const SOURCE: &str = "round 4242 of the public drand network";

/// The value of the field in which the beacon is typed.
fn typed(page: &super::visitor::Page) -> String {
    let field = page.between(" id=\"beacon\"", ">");
    field.split_once("value=\"").expect("a value").1.trim_end_matches('"').to_owned()
}

#[tokio::test]
async fn a_beacon_is_shown_as_it_will_be_published_and_then_published_once() {
    let stage = Stage::open().await;
    let sale = opening_in(&stage, 100, json!({"order": "draw", "beaconSource": SOURCE})).await;
    let mut operator = signed_in(&stage, "en").await;
    let (base, path) = (format!("/operator/sales/{sale}"), format!("/operator/sales/{sale}/beacon"));
    stage.newcomer().join_with(&json!({"saleId": sale})).await.ok();
    stage.advance(secs(100)).await;
    stage.tick().await;
    let awaited = operator.get(&base).await;
    assert!(awaited.shows("Waiting for the beacon") && awaited.shows(SOURCE), "{}", awaited.html);
    let seen = send(&mut operator, &awaited, &path, &[("beacon", " 3 8 \u{fc} ")]).await;
    assert!(seen.shows("<bdi class=\"exact\">3 8 \u{fc}</bdi>"), "{}", seen.html);
    assert!(seen.shows("<code>33203820c3bc</code>") && seen.shows("It cannot be changed"), "{}", seen.html);
    assert!(operator.get(&base).await.shows("Waiting for the beacon"), "nothing is published yet");
    let confirmed = [("beacon", "3 8 \u{fc}"), ("confirmed", "true")];
    let set = operator.post_as_it_is(&path, &confirmed).await;
    assert_eq!(set.outcome(), format!("{base} beacon_set"));
    stage.tick().await;
    stage.tick().await;
    let open = operator.get(&base).await;
    assert!(!open.shows("id=\"beacon\""), "{}", open.html);
    let both = "\u{2068}3 8 \u{fc}\u{2069} (in hexadecimal 33203820c3bc)";
    assert!(open.shows(both) && operator.get("/operator/log").await.shows(both), "{}", open.html);
    for (language, opened) in
        [("en", "<td>the server</td><th scope=\"row\">Sale opened"), ("ko", "<td>서버</td>")]
    {
        let log = signed_in(&stage, language).await.get("/operator/log").await;
        assert!(log.shows(opened), "{}", log.html);
    }
    let other = operator.post_as_it_is(&path, &[("beacon", "9"), ("confirmed", "true")]).await;
    assert!(
        other.shows("Another beacon has been published already") && typed(&other) == "9",
        "{}",
        other.html
    );
    assert_eq!(operator.post_as_it_is(&path, &confirmed).await.status, 303, "sent twice, it is one beacon");
    stage.end().await;
}

#[tokio::test]
async fn a_refused_beacon_stays_in_the_form_with_the_reason() {
    let stage = Stage::open().await;
    let fields = json!({"order": "draw", "beaconSource": SOURCE, "closesAt": after(&stage, 200)});
    let drawn = opening_in(&stage, 100, fields).await;
    let by_arrival = stage.make_sale(json!({})).await;
    let long = "4".repeat(4_097);
    let (path, other) =
        (format!("/operator/sales/{drawn}/beacon"), format!("/operator/sales/{by_arrival}/beacon"));
    let refused = async |path: &str, value: &str, english: &str, korean: &str| {
        for (language, reason) in [("en", english), ("ko", korean)] {
            let mut operator = signed_in(&stage, language).await;
            let again = operator.post_as_it_is(path, &[("beacon", value), ("confirmed", "true")]).await;
            assert!(again.status == 200 && again.shows(reason), "{value} {reason}: {}", again.html);
            assert_eq!(typed(&again), value, "{reason}");
        }
    };
    for value in ["", "   ", &long] {
        refused(&path, value, "it must have 1 to 4,096 bytes", "1~4,096바이트").await;
    }
    refused(&other, "4242", "needs no beacon", "비콘을 사용하지 않는 예매").await;
    refused(&path, "4242", "People can still join the draw", "아직 추첨에 참가할 수 있습니다").await;
    stage.advance(secs(100)).await;
    stage.tick().await;
    stage.advance(secs(100)).await;
    refused(&path, "4242", "The sale is over", "예매가 종료되어").await;
    let mut operator = signed_in(&stage, "en").await;
    let over = operator.get(&format!("/operator/sales/{drawn}")).await;
    assert!(!over.shows("id=\"beacon\""), "{}", over.html);
    stage.end().await;
}
