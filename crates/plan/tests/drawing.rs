//! What is read comes out again: seats in plan order, the map's drawing, its size and hash, and the SVG.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

use std::f64::consts::PI;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use onsale_plan::{Plan, Point, samples};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(file: &Value) -> Plan {
    Plan::read(file.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// Section, row, seat, x and y in tenths, radius in tenths, category.
type Drawn = (String, String, String, i64, i64, i64, String);

/// Reads a drawing as its description says.
fn drawn(drawing: &str) -> Vec<Drawn> {
    let drawing: Value = serde_json::from_str(drawing).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let numbers = |value: &Value| -> Vec<i64> {
        value.as_array().unwrap().iter().map(|it| it.as_i64().unwrap()).collect()
    };
    let sums = |value: &Value| -> Vec<i64> {
        numbers(value)
            .into_iter()
            .scan(0, |sum, it| {
                *sum += it;
                Some(*sum)
            })
            .collect()
    };
    let mut all = Vec::new();
    for zone in drawing["zones"].as_array().unwrap() {
        for row in zone["rows"].as_array().unwrap() {
            let xs = sums(&row["x"]);
            let count = xs.len();
            let ys = row["y"].as_i64().map_or_else(|| sums(&row["y"]), |y| vec![y; count]);
            let radius = if row["radius"].is_null() { &drawing["radius"] } else { &row["radius"] };
            let radii = radius.as_i64().map_or_else(|| numbers(radius), |it| vec![it; count]);
            let labels = row["seats"].as_array().unwrap();
            let labels: Vec<String> = if labels[0].is_i64() {
                let (first, step) = (labels[0].as_i64().unwrap(), labels[1].as_i64().unwrap());
                (0..).take(count).map(|index: i64| (first + index * step).to_string()).collect()
            } else {
                labels.iter().map(text).collect()
            };
            let runs = row["category"]
                .as_i64()
                .map_or_else(|| numbers(&row["category"]), |it| vec![it, i64::try_from(count).unwrap()]);
            let categories: Vec<i64> = runs
                .chunks(2)
                .flat_map(|run| std::iter::repeat_n(run[0], usize::try_from(run[1]).unwrap()))
                .collect();
            assert_eq!([ys.len(), radii.len(), labels.len(), categories.len()], [count; 4]);
            for index in 0..count {
                let category = usize::try_from(categories[index]).unwrap();
                let category = text(&drawing["categories"][category][0]);
                let (section, row) = (text(&zone["name"]), text(&row["label"]));
                all.push((section, row, labels[index].clone(), xs[index], ys[index], radii[index], category));
            }
        }
    }
    assert_eq!(drawing["seats"], all.len());
    all
}

#[expect(clippy::cast_possible_truncation, reason = "plans of tests are small")]
fn tenths(number: f64) -> i64 {
    (number * 10.0).round() as i64
}

fn expected(plan: &Plan) -> Vec<Drawn> {
    let all = plan.seats().map(|it| {
        let (label, seat) = (it.label(), it.seat);
        (
            label.section.to_owned(),
            label.row.to_owned(),
            label.seat.to_owned(),
            tenths(seat.at.x),
            tenths(seat.at.y),
            tenths(seat.radius),
            plan.categories[seat.category].name.clone(),
        )
    });
    all.collect()
}

#[test]
fn a_drawing_says_where_every_seat_of_the_samples_is() {
    for file in [samples::CLUB, samples::THEATRE, samples::ARENA] {
        let plan = Plan::read(file).unwrap();
        let drawing = plan.drawing().json;
        assert!(drawn(&drawing) == expected(&plan), "{}", plan.name);
        assert!(!drawing.contains("1F-A-1"));
    }
}

#[test]
fn a_drawing_in_full() {
    let seat = |guid: &str, number: &str, x: f64, category: &str, radius: f64| json!({"seat_guid": guid, "seat_number": number, "position": {"x": x, "y": 0.26}, "category": category, "radius": radius});
    let plan = read(&json!({
        "name": "<Hall>", "size": {"width": 100, "height": 50}, "categories": [{"name": "A", "color": "red"}, {"name": "B"}],
        "zones": [{"name": "Z", "position": {"x": 10, "y": 10},
            "areas": [
                {"shape": "rectangle", "rectangle": {"width": 20, "height": 5.55}, "rotation": 12.5, "border_color": "none",
                 "text": {"text": "Stage", "position": {"x": 10, "y": 2}, "color": "#fff"}},
                {"shape": "circle", "circle": {"radius": 3}, "position": {"x": -1}, "color": "none", "border_color": "#123456"},
                {"shape": "polygon", "polygon": {"points": [{}, {"x": 1}, {"y": 1.5}]}},
                {"shape": "text", "text": "Bar"}
            ],
            "rows": [
                {"row_number": "1", "seats": [seat("a", "1", 0.0, "A", 10.0), seat("b", "3", 20.0, "A", 10.0), seat("c", "5", 40.05, "B", 10.0)]},
                {"row_number": "2", "position": {"y": 20}, "seats": [seat("d", "01", 0.0, "B", 8.0), seat("e", "2", 20.0, "B", 9.0)]},
                {"row_number": "3", "position": {"y": 40}, "seats": [seat("f", "9", 0.0, "B", 8.0)]}
            ]}]
    }));
    let grey = "#888888";
    assert_eq!(
        serde_json::from_str::<Value>(&plan.drawing().json).unwrap(),
        json!({
            "version": 1, "name": "<Hall>", "seats": 6, "extent": [0, 0, 1000, 583], "focus": [192, 149], "radius": 100,
            "categories": [["A", "#ff0000"], ["B", "#ffbb78"]],
            "zones": [{"name": "Z",
                "rows": [
                    {"label": "1", "x": [100, 200, 201], "y": 103, "seats": [1, 2], "category": [0, 2, 1, 1]},
                    {"label": "2", "x": [100, 200], "y": 303, "seats": ["01", "2"], "category": 1, "radius": [80, 90]},
                    {"label": "3", "x": [100], "y": 503, "seats": [9, 1], "category": 1, "radius": 80}
                ],
                "areas": [
                    {"shape": "rectangle", "at": [100, 100], "size": [200, 56], "rotation": 12.5, "fill": grey,
                     "text": {"text": "Stage", "color": "#ffffff", "size": 160, "at": [100, 20]}},
                    {"shape": "ellipse", "at": [90, 100], "size": [30, 30], "border": "#123456"},
                    {"shape": "polygon", "at": [100, 100], "corners": [0, 0, 10, 0, 0, 15], "fill": grey, "border": grey},
                    {"shape": "text", "at": [100, 100], "text": {"text": "Bar", "color": "#ffffff", "size": 160, "at": [0, 0]}}
                ]}]
        })
    );
}

#[test]
fn the_hash_is_that_of_the_drawing() {
    let mut file =
        json!({"name": "P", "zones": [{"rows": [{"row_number": "1", "seats": [{"seat_guid": "a"}]}]}]});
    let hash = read(&file).drawing().hash;
    assert_eq!(hash.len(), 64);
    file["zones"][0]["rows"][0]["seats"][0]["seat_guid"] = json!("b");
    assert_eq!(read(&file).drawing().hash, hash);
    file["zones"][0]["rows"][0]["seats"][0]["position"] = json!({"x": 0.1});
    assert_ne!(read(&file).drawing().hash, hash);
}

/// A bowl of 50 sections with 25 rows of 40 seats, each up to `astray` units off in either direction.
fn stadium(astray: u64) -> Value {
    let mut state = 1_u64;
    let mut stray = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        f64::from(u32::try_from((state >> 33) % (20 * astray + 1)).unwrap()) / 10.0
    };
    let mut zones = Vec::new();
    for section in 0..50_u32 {
        let mut rows = Vec::new();
        for row in 0..25_u32 {
            let mut seats = Vec::new();
            for seat in 0..40_u32 {
                let along = f64::from(section) / 50.0 + (f64::from(seat) - 19.5) / 40.0 / 58.0;
                let (sin, cos) = (2.0 * PI * along).sin_cos();
                let out = 60.0 * f64::from(row);
                let at = ((3_200.0 + out) * cos + stray(), (2_400.0 + out) * sin + stray());
                seats.push(json!({
                    "seat_guid": format!("{section}-{row}-{seat}"), "seat_number": (seat + 1).to_string(),
                    "position": {"x": at.0, "y": at.1}, "category": if row < 8 { "R" } else { "S" }
                }));
            }
            rows.push(json!({"row_number": (row + 1).to_string(), "seats": seats}));
        }
        let name = (101 + section).to_string();
        zones.push(json!({"name": name, "rows": rows, "position": {"x": 5_000, "y": 5_000}}));
    }
    json!({"name": "Stadium", "categories": [{"name": "R"}, {"name": "S"}], "zones": zones})
}

/// Computed places repeat themselves; places that were drawn by hand are the worst case.
#[test]
fn a_stadium_of_50_000_seats_takes_at_most_400_kb() {
    for astray in [0, 4] {
        let file = stadium(astray).to_string();
        let plan = Plan::read(file.as_bytes()).unwrap();
        let drawing = plan.drawing().json;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(drawing.as_bytes()).unwrap();
        let compressed = encoder.finish().unwrap().len();
        println!("file {} bytes, drawing {} bytes, compressed {compressed}", file.len(), drawing.len());
        assert_eq!(plan.seat_count(), 50_000);
        assert!(drawn(&drawing) == expected(&plan));
        assert!(compressed <= 400_000, "{compressed} bytes");
    }
}

/// Checks that elements are closed in order, attributes are quoted, and `&` only begins an entity.
fn assert_well_formed(xml: &str) {
    let mut open = Vec::new();
    let mut rest = xml;
    while let Some((before, after)) = rest.split_once('<') {
        assert_text(before);
        let (tag, after) = after.split_once('>').expect("a tag ends");
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        for (index, part) in attributes.trim_end_matches('/').split('"').enumerate() {
            if index % 2 == 0 {
                assert!(part.trim().is_empty() || part.ends_with('='), "{tag}");
            } else {
                assert_text(part);
            }
        }
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
            None if tag.ends_with('/') => {}
            None => open.push(name),
        }
        rest = after;
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
}

fn assert_text(text: &str) {
    assert!(!text.contains(['<', '>']), "{text}");
    for part in text.split('&').skip(1) {
        let entity = part.split(';').next().unwrap();
        assert!(["lt", "gt", "amp", "quot", "#39"].contains(&entity), "{text}");
    }
}

#[test]
fn the_samples_are_drawn_as_svg() {
    for file in [samples::CLUB, samples::THEATRE, samples::ARENA] {
        let plan = Plan::read(file).unwrap();
        let svg = onsale_plan::svg(&plan);
        assert_well_formed(&svg);
        assert_eq!(svg.matches("</title></circle>").count(), plan.seat_count());
        for category in &plan.categories {
            assert!(svg.contains(&format!(">{}: ", category.name)), "{}", category.name);
        }
    }
    let club = onsale_plan::svg(&Plan::read(samples::CLUB).unwrap());
    for part in
        [">Stage</text>", ">2F-L</text>", ">1F / H / 16</title>", ">A</text>", ">Club 300: 300 seats</text>"]
    {
        assert!(club.contains(part), "{part}");
    }
}

/// Seat: x and y in quarters (which are exact), category, label.
type SeatMade = (i32, i32, usize, String);

fn label() -> impl Strategy<Value = String> {
    // Whatever is visible, HTML and JSON's own characters included, and not only blanks at the ends.
    prop_oneof![4 => "[1-9][0-9]{0,3}", 1 => "[A-Z]", 2 => r#"[!-~가-힣äß<>&"'\\]{1,12}"#]
}

/// Name, position in quarters, and rows with their labels.
type ZoneMade = (String, (i32, i32), Vec<(String, Vec<SeatMade>)>);

fn zones_made() -> impl Strategy<Value = Vec<ZoneMade>> {
    let at = || -4_000..4_000_i32;
    let seat = (at(), at(), 0..3_usize, label());
    let row = (label(), prop::collection::vec(seat, 1..12));
    let zone = (label(), (at(), at()), prop::collection::vec(row, 0..5));
    let zones = prop::collection::vec(zone, 1..5);
    zones.prop_filter("a plan has a seat", |zones| zones.iter().any(|(_, _, rows)| !rows.is_empty()))
}

proptest! {
    /// Whatever is written is read: seats in the file's order, numbered from 1, where they were put.
    #[test]
    fn what_is_written_is_read(zones in zones_made(), name in label()) {
        let quarters = |(x, y): (i32, i32)| json!({"x": f64::from(x) / 4.0, "y": f64::from(y) / 4.0});
        let (mut made, mut file) = (Vec::new(), Vec::new());
        for (section, base, rows) in &zones {
            let mut written = Vec::new();
            for (row, seats) in rows {
                let mut all = Vec::new();
                for (x, y, category, number) in seats {
                    let guid = format!("guid-{}", made.len());
                    all.push(json!({"seat_guid": guid, "seat_number": number, "category": (["A", "B", "C"][*category]),
                                    "position": quarters((*x, *y))}));
                    let at = Point { x: f64::from(base.0 + x) / 4.0 + 0.5, y: f64::from(base.1 + y) / 4.0 };
                    made.push((guid, section.clone(), row.clone(), number.clone(), at, *category));
                }
                written.push(json!({"row_number": row, "seats": all, "position": {"x": 0.5}}));
            }
            file.push(json!({"name": section, "position": quarters(*base), "rows": written}));
        }
        let file = json!({"name": name, "categories": [{"name": "A"}, {"name": "B"}, {"name": "C"}], "zones": file});
        let plan = read(&file);
        prop_assert_eq!(&plan.name, &name);
        let read: Vec<_> = plan
            .seats()
            .map(|it| {
                let label = it.label();
                let texts = [it.seat.guid.as_str(), label.section, label.row, label.seat].map(str::to_owned);
                let [guid, section, row, seat] = texts;
                (guid, section, row, seat, it.seat.at, it.seat.category)
            })
            .collect();
        prop_assert_eq!(read, made);
        prop_assert!(plan.seats().zip(1..).all(|(it, number)| it.seat_no == number));
        let points: Vec<Point> = plan.rows().flatten().flatten().collect();
        prop_assert!(points.iter().copied().eq(plan.seats().map(|it| it.seat.at)));
        prop_assert_eq!(drawn(&plan.drawing().json), expected(&plan));
        assert_well_formed(&onsale_plan::svg(&plan));
    }
}
