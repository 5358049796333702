//! What is refused: the place, the reason, and that no byte can break the reader.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

mod places;

use onsale_plan::Plan;
use places::{exists, file, refused};
use serde_json::{Value, json};

/// The file with another value there.
fn with(pointer: &str, value: Value) -> Value {
    let mut changed = file();
    places::put(&mut changed, pointer, value);
    changed
}

/// Each value at its place is refused there, for a reason that begins so.
fn refuses(cases: impl IntoIterator<Item = (&'static str, Value, &'static str)>) {
    for (pointer, value, reason) in cases {
        let changed = with(pointer, value);
        let error = refused(changed.to_string().as_bytes());
        // zones[0].rows is /zones/0/rows.
        assert_eq!(error.path.replace('[', "/").replace(']', "").replace('.', "/"), pointer[1..]);
        assert!(exists(&changed, &error.path) && error.reason.starts_with(reason), "{pointer}: {error}");
    }
}

#[test]
fn the_file_is_good_before_it_is_spoilt() {
    let plan = Plan::read(file().to_string().as_bytes()).unwrap();
    assert_eq!((plan.seat_count(), plan.warnings), (2, Vec::new()));
}

#[test]
fn wrong_types_name_the_place() {
    refuses([
        ("/zones", json!({}), "a list belongs here, not an object (line 1, column "),
        ("/zones/0", json!([1, 2]), "an object belongs here, not a list (line 1, column "),
        ("/zones/0/rows/0/seats/0", json!(null), "an object belongs here, not null"),
        ("/zones/0/rows/0/seats/0/seat_guid", json!(true), "a text belongs here, not true"),
        ("/zones/0/rows/0/seats/0/seat_guid", json!(null), "a text belongs here, not null"),
        ("/zones/0/rows/0/seats/0/category", json!({}), "a text belongs here, not an object"),
        ("/zones/0/rows/0/seats/0/position", json!([1, 2]), "an object belongs here, not a list"),
        ("/zones/0/rows/0/seats/0/position/x", json!("12"), "a number belongs here, not the text \"12\""),
        ("/zones/0/areas/0/text", json!(5), "a text or an object belongs here, not the number 5"),
        ("/zones/0/areas/0/text", json!(0.5), "a text or an object belongs here, not the number 0.5"),
        ("/size", json!("800x600"), "an object belongs here, not the text \"800x600\""),
        ("/categories/0", json!("A"), "an object belongs here, not the text \"A\""),
        ("/name", json!([]), "a text belongs here, not a list"),
    ]);
}

#[test]
fn what_is_missing_or_there_twice_names_the_object() {
    let mut changed = file();
    changed["zones"][0]["rows"][0]["seats"][1].as_object_mut().unwrap().remove("seat_guid");
    let error = refused(changed.to_string().as_bytes());
    assert_eq!(error.path, "zones[0].rows[0].seats[1]");
    assert!(error.reason.starts_with("the field seat_guid is missing (line 1, column"), "{error}");
    let error = refused(br#"{"name": "P"}"#);
    assert_eq!(
        (error.path.as_str(), error.reason.as_str()),
        ("", "the field zones is missing (line 1, column 13)")
    );
    let error = refused(br#"{"zones": [], "zones": []}"#);
    assert!(error.reason.starts_with("the field zones is there twice (line 1"), "{error}");
}

const TOO_LONG: &str = "the text has 201 characters; the limit is 200";
const TOO_FAR: &str = "is out of range: -1,000,000 to 1,000,000";

fn long() -> Value {
    json!("가".repeat(201))
}

#[test]
fn seats_follow_rules() {
    let no_guid = "a seat_guid has at least one character, and no blanks at its ends or line breaks";
    let twice = "\"a\" is the guid of zones[0].rows[0].seats[0] already; every seat needs its own";
    let escape = "the text has the control character U+001B";
    refuses([
        ("/zones/0/rows/0/seats/1/category", json!("B"), "there is no category \"B\"; there are \"A\""),
        ("/zones/0/rows/0/seats/1/seat_guid", json!("a"), twice),
        ("/zones/0/rows/0/seats/1/seat_guid", json!(""), no_guid),
        ("/zones/0/rows/0/seats/1/seat_guid", json!("b "), no_guid),
        ("/zones/0/rows/0/seats/1/seat_guid", json!("b\nc"), no_guid),
        ("/zones/0/rows/0/seats/1/seat_guid", long(), TOO_LONG),
        ("/zones/0/rows/0/seats/1/seat_number", json!("\u{1b}[0m"), escape),
        ("/zones/0/rows/0/seats/1/position/y", json!(1_000_000.5), "1000000.5 is out of range: "),
        ("/zones/0/rows/0/seats/1/position/x", json!(-1e300), "-10000000"),
        ("/zones/0/rows/0/seats/1/radius", json!(-1), "-1 is out of range: 0 to 1,000,000"),
    ]);
    // Each offset is within the limit, and their sum is not.
    let far = with("/zones/0/rows/0/seats/1/position/x", json!(999_999));
    let error = refused(far.to_string().as_bytes());
    assert_eq!(error.path, "zones[0].rows[0].seats[1]");
    assert_eq!(error.reason, format!("with what it stands in, it is at (1000003, 12.5), which {TOO_FAR}"));
}

#[test]
fn rows_zones_and_names_follow_rules() {
    let in_zone = "a zone has rows and areas, and no ";
    let in_row = "a row has seats, and no ";
    refuses([
        ("/zones/0/rows/0/row_number", json!("a\0"), "the text has the control character U+0000"),
        (
            "/zones/0/rows/0/row_label",
            json!("x".repeat(1_234)),
            "the text has 1,234 characters; the limit is ",
        ),
        ("/zones/0/name", long(), TOO_LONG),
        ("/name", long(), TOO_LONG),
        ("/categories/0/name", long(), TOO_LONG),
        ("/size/width", json!(-5), "-5 is out of range: 0 to 1,000,000"),
        ("/size/height", json!(1_000_001), "1000001 is out of range: 0 to 1,000,000"),
        ("/zones/0/zones", json!([]), in_zone),
        ("/zones/0/seats", json!([]), in_zone),
        ("/zones/0/rows/0/rows", json!([]), in_row),
        ("/zones/0/rows/0/zones", json!([{}]), in_row),
        ("/zones", json!([]), "the plan has no seat"),
    ]);
    let empty = with("/zones/0/rows/0/seats", json!([]));
    assert_eq!(refused(empty.to_string().as_bytes()).to_string(), "zones: the plan has no seat");
    // A pattern may repeat the number.
    let mut changed = with("/zones/0/rows/0/row_number", json!("12345"));
    places::put(&mut changed, "/zones/0/rows/0/row_label", json!("%s".repeat(60)));
    let error = refused(changed.to_string().as_bytes());
    assert_eq!(
        error.to_string(),
        "zones[0].rows[0].row_label: the label has 300 characters; the limit is 200"
    );
}

#[test]
fn areas_follow_rules() {
    refuses([
        ("/zones/0/areas/0/rectangle/width", json!(-1), "-1 is out of range: 0 to 1,000,000"),
        ("/zones/0/areas/0/rotation", json!(2e6), "2000000 is out of range: -1,000,000 to 1,000,000"),
        ("/zones/0/areas/0/text/size", json!(1e7), "10000000 is out of range: 0 to 1,000,000"),
        ("/zones/0/areas/0/text/text", long(), TOO_LONG),
        ("/zones/0/areas/0/position/x", json!(-2e6), "-2000000 is out of range: "),
        ("/zones/0/areas/1/polygon/points/2/y", json!(-2e6), "-2000000 is out of range: "),
    ]);
    let sizes =
        ["circle", "ellipse"].map(|shape| with(&format!("/zones/0/areas/0/{shape}"), json!({"radius": -1})));
    let paths = sizes.map(|changed| refused(changed.to_string().as_bytes()).path);
    assert_eq!(paths, ["zones[0].areas[0].circle.radius", "zones[0].areas[0].ellipse.radius"]);
}

#[test]
fn infinities_and_nan_are_refused() {
    let text = file().to_string();
    let spoilt = |number: &str| refused(text.replace("6.5", number).as_bytes());
    for number in ["1e999", "-1e999"] {
        let error = spoilt(number);
        assert_eq!(error.path, "zones[0].rows[0].seats[1].position.y", "{number}");
        assert!(error.reason.starts_with("the number is too large (line 1, column"), "{error}");
    }
    for number in ["NaN", "Infinity", "-Infinity", "+1", "0x10", "1,5"] {
        let error = spoilt(number);
        assert!(
            error.reason.starts_with("not JSON: ") && error.reason.contains(" at line 1, column "),
            "{error}"
        );
    }
}
