//! Limits at their edges, files that end early, and bytes and values at random.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

mod places;
mod spoilt;

use onsale_plan::Plan;
use places::{exists, file, refused};
use proptest::prelude::*;
use serde_json::{Value, json};
use spoilt::{changes, spoilt};

#[test]
fn limits_hold_at_their_edge() {
    let seats = |count: u32, guid: fn(u32) -> String| {
        let seats: Vec<Value> =
            (0..count).map(|n| json!({"seat_guid": guid(n), "position": {"x": n}})).collect();
        let mut rows: Vec<Value> =
            seats.chunks(1_000).map(|seats| json!({"row_number": "1", "seats": seats})).collect();
        let rest = rows.split_off(rows.len() / 2);
        json!({"name": "P", "zones": [{"rows": rows}, {"rows": rest}]}).to_string()
    };
    assert_eq!(Plan::read(seats(50_000, |n| n.to_string()).as_bytes()).unwrap().seat_count(), 50_000);
    let error = refused(seats(50_001, |n| n.to_string()).as_bytes());
    assert_eq!(error.to_string(), "zones[1].rows[25].seats[0]: the plan has over 50,000 seats");

    let many = |key: &str, count: usize, item: &Value| {
        let mut changed = file();
        changed[key] = json!(vec![item; count]);
        changed
    };
    let zones = many("zones", 1_001, &json!({"rows": []}));
    assert_eq!(refused(zones.to_string().as_bytes()).to_string(), "zones: 1,001 zones; the limit is 1,000");
    let categories = many("categories", 101, &json!({"name": "A"}));
    assert_eq!(
        refused(categories.to_string().as_bytes()).to_string(),
        "categories: 101 categories; the limit is 100"
    );
    let mut areas = file();
    areas["zones"][0]["areas"] = json!(vec![json!({"radius": 1}); 5_001]);
    assert_eq!(
        refused(areas.to_string().as_bytes()).to_string(),
        "zones[0].areas[5000]: the plan has over 5,000 areas"
    );
    areas["zones"][0]["areas"] = json!([{"polygon": {"points": vec![json!({"x": 1}); 20_001]}}]);
    let error = refused(areas.to_string().as_bytes());
    assert_eq!(
        error.to_string(),
        "zones[0].areas[0].polygon.points: the plan's polygons have over 20,000 corners"
    );

    let error = refused(&vec![b' '; 16 * 1024 * 1024 + 1]);
    assert_eq!(error.to_string(), "the file has 16,777,217 bytes; the limit is 16,777,216");
    let objects = format!("[{}{{}}]", "{},".repeat(500_000));
    let error = refused(objects.as_bytes());
    assert_eq!(error.to_string(), "the file has 500,001 JSON objects; the limit is 500,000");
    let mut padded = file().to_string().into_bytes();
    padded.resize(16 * 1024 * 1024, b' ');
    assert!(Plan::read(&padded).is_ok());
}

#[test]
fn deep_nesting_breaks_nothing() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    let error = refused(deep("[", "]").as_bytes());
    assert!(error.reason.starts_with("an object belongs here, not a list"), "{error}");
    for text in [
        format!(r#"{{"zones": {}}}"#, deep("[", "]")),
        format!(r#"{{"zones": [{}]}}"#, deep(r#"{"zones":["#, "]}")),
        format!(r#"{{"zones": [{}]}}"#, "[".repeat(1_000_000)),
    ] {
        refused(text.as_bytes());
    }
    // What is skipped may be as deep as it likes.
    let plan = file().to_string().replacen('{', &format!(r#"{{"editor":{},"#, deep(r#"{"a":["#, "]}")), 1);
    assert!(Plan::read(plan.as_bytes()).is_ok());
}

#[test]
fn a_file_that_ends_early_says_where() {
    let text = serde_json::to_string_pretty(&file()).unwrap();
    for end in 0..text.len() {
        let error = refused(&text.as_bytes()[..end]);
        assert!(error.reason.starts_with("not a whole JSON document: it ends at line "), "{end}: {error}");
        assert_eq!(error.path, "");
    }
    let error = refused(b"{\n  \"name\": \"Hall\",\n  \"zon");
    assert_eq!(error.reason, "not a whole JSON document: it ends at line 3, column 6");
    let error = refused(format!("{text} x").as_bytes());
    assert!(error.reason.starts_with("not JSON: trailing characters at line "), "{error}");
    for other in ["<html>", "PK\u{3}\u{4}", "name: P", "null", "[]", "\"x\"", "7"] {
        refused(other.as_bytes());
    }
    let error = refused(b"{\"name\": \"\xff\xfe\", \"zones\": []}");
    assert!(error.reason.starts_with("not JSON: invalid unicode code point at line 1"), "{error}");
}

#[test]
fn reasons_are_short_whatever_they_quote() {
    let mut changed = file();
    changed["zones"][0]["areas"] = json!("<b>".repeat(100_000));
    let error = refused(changed.to_string().as_bytes());
    assert!(error.path == "zones[0].areas" && error.reason.chars().count() < 450, "{}", error.reason.len());
}

/// JSON pointers of everything below the document.
fn pointers(document: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match document {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            (0..).zip(items).map(|(index, value): (u32, _)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let below = |(key, value): (String, &Value)| {
        let inner: Vec<String> = pointers(value).iter().map(|it| format!("/{key}{it}")).collect();
        [vec![format!("/{key}")], inner].concat()
    };
    children.into_iter().flat_map(below).collect()
}

/// Values that belong nowhere, or not everywhere.
fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2e6..2e6_f64).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{"x": -1, "rows": [], "seats": [{}]}])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Any value anywhere: read or refused, and what a refusal or warning names is in the file.
    #[test]
    fn every_place_that_is_named_exists(value in odd_value(), pick in any::<prop::sample::Index>(), adds in any::<bool>()) {
        let mut changed = file();
        let mut all = pointers(&changed);
        if adds {
            all = all.iter().flat_map(|it| ["zones", "rows", "text", "radius", "width"].map(|key| format!("{it}/{key}"))).collect();
        }
        let pointer = &all[pick.index(all.len())];
        places::put(&mut changed, pointer, value);
        match Plan::read(changed.to_string().as_bytes()) {
            Ok(plan) => {
                for warning in &plan.warnings {
                    prop_assert!(exists(&changed, &warning.path), "{warning}");
                }
                prop_assert!(serde_json::from_str::<Value>(&plan.drawing().json).is_ok());
            }
            Err(error) => prop_assert!(exists(&changed, &error.path), "{error} in {changed}"),
        }
    }

    /// Bytes changed, put in or taken out at random: an answer, never a panic.
    #[test]
    fn no_bytes_break_the_reader(changes in changes()) {
        let bytes = spoilt(file().to_string().as_bytes(), changes, b"0123456789eE.-+{}[],:\"\\untr");
        if let Ok(plan) = Plan::read(&bytes) {
            prop_assert!(plan.seat_count() >= 1);
            prop_assert!(onsale_plan::svg(&plan).ends_with("</svg>\n"));
        }
    }
}
