//! What is stored of a plan comes back, and never changes its bytes: seat numbers and ids hang on them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

mod spoilt;

use data_encoding::HEXLOWER;
use onsale_plan::{Plan, samples};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use spoilt::{changes, spoilt};

/// A file with one of everything, and its canonical form, version 1.
const HALL: &[u8] = include_bytes!("canonical/hall.json");
const HALL_V1: &str = include_str!("canonical/hall.v1.txt");

/// The plan without what is about its file.
fn content(plan: Plan) -> Plan {
    Plan { warnings: Vec::new(), ..plan }
}

#[test]
fn the_form_is_the_one_that_was_stored() {
    let plan = Plan::read(HALL).unwrap();
    let form = String::from_utf8(plan.canonical()).unwrap();
    assert_eq!(form, HALL_V1);
    assert_eq!(Plan::from_canonical(HALL_V1.as_bytes()).unwrap(), content(plan));
}

#[test]
fn samples_keep_their_form_and_come_back() {
    let hashes = [
        (samples::CLUB, "4379a88120fa82094d8b9b317e8df4db599fe2b23292b740ad3afecba67016e8"),
        (samples::THEATRE, "27fa31286bf6aadd49b5441126115d9c69b56966102fe3c071237604f301de51"),
        (samples::ARENA, "d5974cc63b3e6671fd5af469b763cadebf3d8f2c6bc82a4ef30b801b728f4ddb"),
    ];
    for (file, hash) in hashes {
        let plan = Plan::read(file).unwrap();
        let form = plan.canonical();
        assert!(Plan::from_canonical(&form).unwrap() == plan, "{}", plan.name);
        assert_eq!(HEXLOWER.encode(&Sha256::digest(&form)), hash, "{}", plan.name);
        assert!(form.len() < file.len(), "{}: {} bytes, its file {}", plan.name, form.len(), file.len());
    }
}

/// Another layout of the same file, and what the reader skips, make no other plan; content does.
#[test]
fn the_form_follows_from_the_content_alone() {
    let mut file: Value = serde_json::from_slice(HALL).unwrap();
    let form = |file: &Value| Plan::read(file.to_string().as_bytes()).unwrap().canonical();
    let first = form(&file);
    assert_eq!(
        serde_json::to_string_pretty(&file)
            .map(|text| Plan::read(text.as_bytes()).unwrap().canonical())
            .unwrap(),
        first
    );
    file["zones"][0]["rows"][0]["uuid"] = json!("c0ffee");
    file["categories"][0]["color"] = json!("#41CC2C");
    assert_eq!(form(&file), first);
    file["zones"][0]["rows"][0]["seats"][0]["seat_guid"] = json!("other");
    assert_ne!(form(&file), first);
}

#[test]
fn what_is_no_stored_plan_is_refused_with_its_line() {
    let refused = |from: &str, to: &str| {
        assert!(HALL_V1.contains(from), "{from}");
        Plan::from_canonical(HALL_V1.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
    };
    assert_eq!(
        refused("onsale plan\t1", "onsale plan\t2"),
        "line 1: a stored plan begins with \"onsale plan\\t1\""
    );
    assert_eq!(refused("size\t800.5", "size\tNaN"), "line 3: \"NaN\" is no number");
    assert_eq!(refused("size\t800.5\t600.0", "size\t800.5"), "line 3: a field is missing");
    assert_eq!(refused("#41cc2c", "#41cc2g"), "line 5: \"#41cc2g\" is no colour");
    assert_eq!(refused("#41cc2c", "-"), "line 5: a colour is missing");
    assert_eq!(refused("zone\t1F\n", ""), "line 9: it has no zone");
    assert_eq!(refused("row\tA\n", ""), "line 10: the seat has no row");
    assert_eq!(refused("10.0\t0\n", "10.0\t9\n"), "line 11: the category is not listed");
    assert_eq!(refused("10.0\t0\n", "10.0\t0\t\n"), "line 11: there are too many fields");
    assert_eq!(refused("ellipse", "oval"), "line 18: \"oval\" is not known");
    assert_eq!(refused("zone\t\n", "row\t\nzone\t\n"), "a row has no seats");
    let seatless = HALL_V1.lines().filter(|line| !line.starts_with("row") && !line.starts_with("seat"));
    let seatless = seatless.collect::<Vec<_>>().join("\n");
    assert_eq!(
        Plan::from_canonical(seatless.as_bytes()).unwrap_err().to_string(),
        "a plan has 1 to 50000 seats"
    );
    assert_eq!(Plan::from_canonical(b"\xff").unwrap_err().to_string(), "not UTF-8");
}

/// Any number that a file may have, short ones and long ones.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-4_000..4_000_i32).prop_map(|quarters| f64::from(quarters) / 4.0),
        -4e5..4e5_f64,
        -1e-9..1e-9_f64,
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[1-9A-Z][0-9]{0,3}", 2 => r#"[ -~가-힣äß\t\n<>&"'\\]{0,12}"#, 1 => "\\PC{0,12}"]
}

fn point() -> impl Strategy<Value = Value> {
    (number(), number()).prop_map(|(x, y)| json!({"x": x, "y": y}))
}

fn area() -> impl Strategy<Value = Value> {
    let shape = prop::sample::select(vec!["rectangle", "circle", "ellipse", "polygon", "text", "blob"]);
    let ink = || prop::sample::select(vec!["#123", "none", "rgb(1,2,3)", "", "odd"]);
    let corners = prop::collection::vec(point(), 0..5);
    (shape, point(), number(), (ink(), ink()), (0.0..900.0_f64, 0.0..900.0_f64), corners, text()).prop_map(
        |(shape, at, rotation, (fill, border), (width, height), corners, text)| {
            json!({"shape": shape, "position": at, "rotation": rotation, "color": fill, "border_color": border,
                   "rectangle": {"width": width, "height": height}, "circle": {"radius": width},
                   "ellipse": {"radius": {"x": width, "y": height}}, "polygon": {"points": corners},
                   "text": {"text": text, "size": height, "position": at, "color": fill}})
        },
    )
}

fn file() -> impl Strategy<Value = Value> {
    let seat = (text(), point(), prop::sample::select(vec!["A", "B", ""]), 0.0..50.0_f64);
    let row = (text(), point(), prop::collection::vec(seat, 0..6));
    let zone = (text(), point(), prop::collection::vec(row, 0..4), prop::collection::vec(area(), 0..4));
    let size = prop::option::of((0.0..900.0_f64, 0.0..900.0_f64));
    (text(), size, prop::collection::vec(zone, 1..4)).prop_map(|(name, size, zones)| {
        let mut guids = 0;
        let mut seat = |(number, at, category, radius): (String, Value, &str, f64)| {
            guids += 1;
            json!({"seat_guid": format!("<{guids}>"), "seat_number": number, "position": at, "category": category, "radius": radius})
        };
        let mut row = |(number, at, seats): (String, Value, Vec<_>)| {
            let seats: Vec<Value> = seats.into_iter().map(&mut seat).collect();
            json!({"row_number": number, "position": at, "seats": seats})
        };
        let zones = zones.into_iter().map(|(name, at, rows, areas)| {
            let rows: Vec<Value> = rows.into_iter().map(&mut row).collect();
            json!({"name": name, "position": at, "rows": rows, "areas": areas})
        });
        let zones: Vec<Value> = zones.collect();
        let size = size.map(|(width, height)| json!({"width": width, "height": height}));
        json!({"name": name, "size": size, "categories": [{"name": "A", "color": "#abc"}, {"name": "B"}], "zones": zones})
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_plan_comes_back_to_the_last_bit(file in file()) {
        let Ok(plan) = Plan::read(file.to_string().as_bytes()) else { return Ok(()) };
        let form = plan.canonical();
        let back = Plan::from_canonical(&form).unwrap();
        prop_assert_eq!(&back, &content(plan));
        prop_assert_eq!(back.canonical(), form);
    }

    /// A form that was spoilt is refused, or is a plan that can be drawn.
    #[test]
    fn no_bytes_break_the_reader(changes in changes()) {
        let bytes = spoilt(HALL_V1.as_bytes(), changes, b"0123456789e.-\t\nseat");
        if let Ok(plan) = Plan::from_canonical(&bytes) {
            prop_assert!(serde_json::from_str::<Value>(&plan.drawing().json).is_ok());
            prop_assert!(onsale_plan::svg(&plan).ends_with("</svg>\n"));
        }
    }
}
