//! Files as they are found in the wild: both schemas, fields that neither has, and what is left out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

use onsale_booking::hall::labels::Label;
use onsale_plan::{Area, AreaText, Color, Plan, Point, Shape, Size};
use serde_json::{Value, json};

fn read(file: &Value) -> Plan {
    Plan::read(file.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {file}"))
}

fn warnings(plan: &Plan) -> Vec<String> {
    plan.warnings.iter().map(ToString::to_string).collect()
}

fn color(red: u8, green: u8, blue: u8) -> Color {
    Color { red, green, blue }
}

/// The present schema, with all that editors add to it.
fn full() -> Value {
    json!({
        "name": "Hall", "size": {"width": 800, "height": 600.5}, "editor": {"version": [1, {"a": null}]},
        "categories": [{"name": "Stalls", "color": "#41CC2C", "uuid": "x"}, {"name": "Box", "color": "red"}],
        "zones": [{
            "name": "Parterre", "uuid": "u1", "zone_id": "ground-floor", "position": {"x": 100.25, "y": 50},
            "rows": [{
                "row_number": "A", "row_label": "Row %s", "seat_label": null, "row_number_position": "both",
                "uuid": "u2", "position": {"x": 10, "y": 20, "z": 3}, "start_at": 7, "skip": "",
                "seats": [
                    {"seat_number": "1", "seat_guid": "A-1", "uuid": "u3", "position": {"x": 0, "y": 0},
                     "category": "Stalls", "radius": 8, "start_direction": "<>"},
                    {"seat_number": "2", "seat_guid": "A-2", "uuid": "u4", "position": {"x": 25.5, "y": -1},
                     "category": "Box", "wheelchair": true}
                ]
            }],
            "areas": [
                {"uuid": "u5", "shape": "circle", "color": "#abc", "border_color": "transparent", "rotation": -90,
                 "position": {"x": 1, "y": 2}, "circle": {"radius": 40},
                 "text": {"position": {"x": 3, "y": 4}, "color": "#ffffff", "text": "Main STAGE", "size": 20}},
                {"shape": "polygon", "position": {"x": 0, "y": 0}, "border_width": "2px",
                 "polygon": {"points": [{"x": 0, "y": 0}, {"x": 10, "y": 0}, {"x": 0, "y": 10.5}]},
                 "text": {"position": {"x": 0, "y": 0}, "text": ""}}
            ]
        }]
    })
}

#[test]
fn the_present_schema_is_read() {
    let plan = read(&full());
    assert_eq!((plan.name.as_str(), plan.size), ("Hall", Size { width: 800.0, height: 600.5 }));
    assert_eq!(warnings(&plan), Vec::<String>::new());
    let colors: Vec<String> = plan.categories.iter().map(|it| format!("{} {}", it.name, it.color)).collect();
    assert_eq!(colors, ["Stalls #41cc2c", "Box #ff0000"]);
    let seats: Vec<_> = plan.seats().collect();
    let second = seats[1];
    assert_eq!(second.label(), Label { section: "Parterre", row: "A", seat: "2" });
    assert_eq!((second.seat_no, second.seat.guid.as_str(), second.seat.category), (2, "A-2", 1));
    assert_eq!(second.seat.at, Point { x: 135.75, y: 69.0 });
    assert_eq!((seats[0].seat.radius, second.seat.radius), (8.0, 10.0));
    let areas = &plan.zones[0].areas;
    let words = AreaText {
        text: "Main STAGE".to_owned(),
        color: color(255, 255, 255),
        size: 20.0,
        at: Point { x: 3.0, y: 4.0 },
    };
    let circle = Area {
        shape: Shape::Ellipse { rx: 40.0, ry: 40.0 },
        at: Point { x: 101.25, y: 52.0 },
        rotation: 270.0,
        fill: Some(color(0xaa, 0xbb, 0xcc)),
        border: None,
        text: Some(words),
    };
    assert_eq!(areas[0], circle);
    assert_eq!(
        (areas[1].fill, areas[1].border, &areas[1].text),
        (Some(Color::GREY), Some(Color::GREY), &None)
    );
    assert!(matches!(&areas[1].shape, Shape::Polygon(corners) if corners[2] == Point { x: 0.0, y: 10.5 }));
    assert_eq!((plan.focus().at, plan.focus().stage), (Point { x: 101.25, y: 52.0 }, Some("Main STAGE")));
}

/// The first schema: no shapes, a plain text, width and height in the area, no size, no colours.
#[test]
fn the_first_schema_is_read() {
    let plan = read(&json!({
        "name": "Old", "categories": [{"name": "A"}, {"name": "B"}],
        "zones": [{
            "displayed": true, "position": {"x": 0, "y": 0},
            "areas": [{"width": 100, "height": 20, "position": {"x": 50, "y": -40}, "color": "#000000", "text": "Bühne"}],
            "rows": [{"row_number": "1", "number_of_seats": 2, "seats_spacing": 25, "seats": [
                {"seat_guid": "a", "seat_number": "1", "position": {"x": 0, "y": 0}, "category": "A"},
                {"seat_guid": "b", "seat_number": "2", "position": {"x": 25, "y": 0}, "category": "B"}]}]
        }]
    }));
    assert_eq!(warnings(&plan), Vec::<String>::new());
    let area = &plan.zones[0].areas[0];
    assert_eq!(area.shape, Shape::Rectangle(Size { width: 100.0, height: 20.0 }));
    let words = area.text.as_ref().unwrap();
    // In the middle, and to be read on black.
    assert_eq!((words.at, words.color), (Point { x: 50.0, y: 10.0 }, color(255, 255, 255)));
    assert_eq!((plan.focus().at, plan.focus().stage), (Point { x: 100.0, y: -30.0 }, Some("Bühne")));
    // Without a size: the box around seats (of radius 10) and areas.
    assert_eq!(plan.extent.at, Point { x: -10.0, y: -40.0 });
    assert_eq!(plan.size, Size { width: 160.0, height: 50.0 });
    assert_ne!(plan.categories[0].color, plan.categories[1].color);
    let unnamed = plan.seats().next().unwrap().label();
    assert_eq!(unnamed, Label { section: "", row: "1", seat: "1" });
}

fn with_seats(seats: &Value) -> Value {
    json!({"name": "P", "categories": [], "zones": [{"rows": [{"row_number": "A", "seats": seats}]}]})
}

#[test]
fn positions_default_to_0() {
    let plan = read(&with_seats(&json!([
        {"seat_guid": "a", "seat_number": "1"},
        {"seat_guid": "b", "seat_number": "2", "position": null},
        {"seat_guid": "c", "seat_number": "3", "position": {"x": 30}},
        {"seat_guid": "d", "seat_number": "4", "position": {"y": 30, "x": null}}
    ])));
    let at: Vec<_> = plan.seats().map(|it| (it.seat.at.x, it.seat.at.y)).collect();
    assert_eq!(at, [(0.0, 0.0), (0.0, 0.0), (30.0, 0.0), (0.0, 30.0)]);
}

#[test]
fn seats_without_a_category_have_one_of_their_own() {
    let mut file = with_seats(&json!([
        {"seat_guid": "a", "seat_number": "1", "category": ""},
        {"seat_guid": "b", "seat_number": "2", "category": null, "position": {"x": 30}}
    ]));
    let plan = read(&file);
    assert_eq!(plan.categories.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), [""]);
    assert!(plan.seats().all(|it| it.seat.category == 0));
    assert!(warnings(&plan)[0].starts_with("zones[0].rows[0].seats[0]: seats have no category"), "{plan:?}");

    // Beside others, it comes last; listed, where the list has it.
    file["categories"] = json!([{"name": "VIP"}]);
    file["zones"][0]["rows"][0]["seats"][1]["category"] = json!("VIP");
    let plan = read(&file);
    assert_eq!(plan.categories.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["VIP", ""]);
    assert_eq!(plan.seats().map(|it| it.seat.category).collect::<Vec<_>>(), [1, 0]);
    file["categories"] = json!([{"name": "", "color": "#112233"}, {"name": "VIP"}]);
    let plan = read(&file);
    assert_eq!(plan.categories[0].color, color(0x11, 0x22, 0x33));
    assert_eq!(plan.seats().map(|it| it.seat.category).collect::<Vec<_>>(), [0, 1]);
    file.as_object_mut().unwrap().remove("categories");
    file["zones"][0]["rows"][0]["seats"][1]["category"] = json!("");
    assert_eq!(read(&file).categories.len(), 1);
}

#[test]
fn labels_and_names_may_be_numbers_and_have_patterns() {
    let plan =
        read(&json!({"name": 2026, "categories": [{"name": 1}], "zones": [{"name": "  Loge\n", "rows": [
            {"row_number": 12, "row_label": "Box %s", "seat_label": "Chair %s", "seats": [
                {"seat_guid": 5, "seat_number": 1, "category": 1}]},
            {"row_number": "B", "row_label": "Upper", "seats": [
                {"seat_guid": "6", "seat_number": "1a", "category": "1", "position": {"x": 90}}]}
        ]}]}));
    assert_eq!(plan.name, "2026");
    let labels: Vec<_> = plan.seats().map(|it| it.label()).collect();
    assert_eq!(labels[0], Label { section: "Loge", row: "Box 12", seat: "1" });
    assert_eq!(labels[1], Label { section: "Loge", row: "Upper", seat: "1a" });
}

#[test]
fn html_is_text_and_an_svg_escapes_it() {
    let nasty = r#"<script>alert('1')</script>"&"#;
    let plan = read(&json!({
        "name": nasty, "categories": [{"name": nasty, "color": "red\"><script>"}],
        "zones": [{"name": nasty,
            "areas": [{"shape": "text", "text": {"text": nasty, "color": "url(javascript:x)"}, "color": "<b>"}],
            "rows": [{"row_number": nasty, "seats": [
                {"seat_guid": nasty, "seat_number": nasty, "category": nasty}]}]}]
    }));
    assert_eq!((plan.name.as_str(), plan.zones[0].name.as_str()), (nasty, nasty));
    let svg = onsale_plan::svg(&plan);
    assert!(!svg.contains("<script") && !svg.contains("javascript") && !svg.contains("'1'"), "{svg}");
    assert!(svg.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;"), "{svg}");
    let written = warnings(&plan);
    let colors = written.iter().filter(|it| it.contains("colour")).count();
    assert_eq!(colors, 3, "{written:?}");
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let file = format!("\u{feff}{}", full());
    assert!(Plan::read(file.as_bytes()).is_ok());
}

#[test]
fn unknown_shapes_are_drawn_by_their_measures_or_left_out() {
    let mut file = full();
    file["zones"][0]["areas"] = json!([
        {"shape": "gaSquare", "rectangle": {"width": 10, "height": 20}},
        {"shape": "roundTable", "radius": 30, "seats": [{"text": "1"}]},
        {"shape": "ellipse", "ellipse": {"radius": {"x": 5, "y": 6}}},
        {"shape": "cloud"},
        {"shape": "rectangle", "text": {"text": "Gate 3"}},
        {"shape": "polygon", "polygon": {"points": [{"x": 1, "y": 1}]}}
    ]);
    let plan = read(&file);
    let shapes: Vec<_> = plan.zones[0].areas.iter().map(|area| area.shape.clone()).collect();
    assert_eq!(
        shapes,
        [
            Shape::Rectangle(Size { width: 10.0, height: 20.0 }),
            Shape::Ellipse { rx: 30.0, ry: 30.0 },
            Shape::Ellipse { rx: 5.0, ry: 6.0 },
            Shape::Text,
        ]
    );
    let written = warnings(&plan);
    assert_eq!(
        written[0],
        "zones[0].areas[0].shape: \"gaSquare\" is not a known shape; it is drawn by its measures"
    );
    assert_eq!(
        written[2],
        "zones[0].areas[3]: nothing to draw: no text, and no measures of a shape (\"cloud\")"
    );
    assert!(written[3].starts_with("zones[0].areas[5]: nothing to draw"), "{written:?}");
}

#[test]
fn oddities_are_warnings() {
    let mut file = full();
    file["name"] = json!(" ");
    file["size"] = json!({"width": 120, "height": 600});
    let categories = json!([
        {"name": "Stalls", "color": "mauve-ish"}, {"name": "Box"}, {"name": "Stalls"}, {"name": "Empty"}
    ]);
    file["categories"] = categories;
    let zone = &mut file["zones"][0];
    zone["areas"] = json!([]);
    zone["rows"][0]["seats"].as_array_mut().unwrap().extend([
        json!({"seat_guid": "x", "seat_number": "2", "category": "Box", "position": {"x": 60}}),
        json!({"seat_guid": "y", "seat_number": "", "category": "Box", "position": {"x": 70}}),
    ]);
    let rows = json!([{"row_number": "Z", "seats": []}, zone["rows"][0]]);
    zone["rows"] = rows;
    file["zones"].as_array_mut().unwrap().push(json!({"name": "Nothing"}));
    assert_eq!(
        warnings(&read(&file)),
        [
            "the plan has no name; it is called \"Plan\"",
            "categories[2].name: the category \"Stalls\" was listed before; this one is left out",
            "categories: the category \"Empty\" has no seats",
            "categories[0].color: \"mauve-ish\" is not a colour for seats; #1f77b4 is used",
            "zones[0].rows[0]: the row has no seats and is left out",
            "zones[1]: the zone has neither seats nor areas",
            "zones[0].rows[1].seats[3]: the seat has no seat_number",
            "zones[0].rows[1].seats[2]: section \"Parterre\", row \"A\", seat \"2\" is the name of \
             zones[0].rows[1].seats[1] too",
            "zones[0].rows[1].seats[1]: the seat is at (135.75, 69), outside the plan's size of 120 x 600",
            "zones[0].rows[1].seats[2]: the seat is at (170.25, 70), outside the plan's size of 120 x 600",
            "zones[0].rows[1].seats[3]: the seat is at (180.25, 70), outside the plan's size of 120 x 600",
            "zones[0].rows[1].seats[3]: the seat lies on zones[0].rows[1].seats[2]",
            "no area's text contains \"stage\", \"Bühne\" or \"무대\": the best seats are those nearest to the top \
             middle of all seats",
        ]
    );
}

#[test]
fn the_focal_point_is_a_stage_or_the_top_middle() {
    let focus = |text: &str, more: Value| {
        let mut file = full();
        file["zones"][0]["areas"] = json!([
            {"shape": "text", "position": {"x": 1, "y": 1}, "text": {"text": "Bar"}},
            {"shape": "rectangle", "position": {"x": 100, "y": 0}, "rectangle": {"width": 20, "height": 10},
             "text": {"text": text, "position": {"x": 500, "y": 500}}}
        ]);
        for (key, value) in more.as_object().unwrap() {
            file["zones"][0]["areas"][1][key] = value.clone();
        }
        let at = read(&file).focus().at;
        ((at.x * 1e6).round() / 1e6, (at.y * 1e6).round() / 1e6)
    };
    let middle = (210.25, 55.0);
    for stage in ["Stage", "MAINSTAGE", "Große BÜHNE", "BU\u{308}HNE", "무대 (앞)"] {
        assert_eq!(focus(stage, json!({})), middle, "{stage}");
    }
    assert_eq!(focus("Stage", json!({"rotation": 90})), (195.25, 60.0));
    assert_eq!(focus("Stage", json!({"shape": "text"})), (700.25, 550.0));
    // Seats are at (110.25, 70) and (135.75, 69).
    assert_eq!(focus("Kitchen", json!({})), (123.0, 69.0));
}

/// A file whose every seat is odd takes no longer and says no more.
#[test]
fn fifty_thousand_seats_on_one_spot_are_read_in_time() {
    let seats: Vec<Value> = (0..50_000)
        .map(|n| {
            json!({"seat_guid": n.to_string(), "radius": if n == 0 { 1e6 } else { 0.001 },
        "position": {"x": n % 300, "y": n / 300}})
        })
        .collect();
    let plan = read(&with_seats(&json!(seats)));
    assert_eq!(plan.seats().last().unwrap().seat_no, 50_000);
    assert!(plan.warnings.len() < 50, "{}", plan.warnings.len());
}
