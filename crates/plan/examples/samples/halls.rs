//! Three halls, computed. Positions are rounded to a tenth, so that every machine writes the same files.

use std::f64::consts::PI;
use std::fmt::Write as _;

/// From one seat's centre to the next in a row.
const SEAT_GAP: f64 = 24.0;
/// From one row to the next.
const ROW_GAP: f64 = 30.0;
/// How much wider than a gap an aisle is. Neighbours are at most 1.6 gaps apart.
const AISLE_GAPS: f64 = 1.6;

/// Every sample: its file's name and content.
pub(crate) fn all() -> [(&'static str, String); 3] {
    [("club.json", club()), ("theatre.json", theatre()), ("arena.json", arena())]
}

struct Hall {
    name: &'static str,
    width: u32,
    height: u32,
    categories: &'static [(&'static str, &'static str)],
    zones: Vec<Zone>,
}

struct Zone {
    name: String,
    rows: Vec<Row>,
    areas: Vec<String>,
}

struct Row {
    number: String,
    /// Centres and categories, in order.
    seats: Vec<((f64, f64), &'static str)>,
}

/// A floor with a middle aisle, round tables, and a gallery on both sides: 300 seats.
fn club() -> String {
    let floor = (0..8_u32).map(|row| {
        let category = if row < 3 { "R" } else { "S" };
        let places = line(500.0, 260.0 + f64::from(row) * ROW_GAP, &[8, 8]);
        Row { number: letter(row), seats: places.into_iter().map(|at| (at, category)).collect() }
    });
    let mut tables = Zone { name: "Table".to_owned(), rows: Vec::new(), areas: Vec::new() };
    for table in 0..20_u32 {
        let (x, y) = (140.0 + f64::from(table % 5) * 180.0, 600.0 + f64::from(table / 5) * 120.0);
        tables.areas.push(ellipse((x, y), 20.0, "#d9d2c5"));
        let seats = (0..6).map(|seat| (around((x, y), 36.0, f64::from(seat) / 6.0 * 2.0 * PI), "A"));
        tables.rows.push(Row { number: (table + 1).to_string(), seats: seats.collect() });
    }
    let side = |name: &str, xs: [f64; 2]| Zone {
        name: name.to_owned(),
        rows: (0..)
            .zip(xs)
            .map(|(row, x)| Row {
                number: (row + 1).to_string(),
                seats: (0..13).map(|seat| ((x, 200.0 + f64::from(seat) * SEAT_GAP), "S")).collect(),
            })
            .collect(),
        areas: Vec::new(),
    };
    let stage = rectangle((300.0, 60.0), 400.0, 120.0, "#3d3d3d", "Stage");
    let bar = rectangle((350.0, 1_060.0), 300.0, 50.0, "#b8b8b8", "Bar");
    let floor = Zone { name: "1F".to_owned(), rows: floor.collect(), areas: vec![stage, bar] };
    write(&Hall {
        name: "Club 300",
        width: 1_000,
        height: 1_150,
        categories: &[("R", "#c2410c"), ("S", "#1d4ed8"), ("A", "#15803d")],
        zones: vec![floor, tables, side("2F-L", [90.0, 60.0]), side("2F-R", [910.0, 940.0])],
    })
}

/// Curved rows with two aisles, boxes at the sides, and a balcony: 1,200 seats.
fn theatre() -> String {
    let centre = (750.0, -250.0);
    let stalls = (0..20_u32).map(|row| {
        let side = 8 + row / 4;
        let blocks = [side, 30 + row - 2 * side, side];
        let places = arc(centre, 560.0 + f64::from(row) * ROW_GAP, PI / 2.0, &blocks);
        let inner = blocks[0] as usize..places.len() - blocks[2] as usize;
        let category = |seat: usize| match row {
            0..6 if inner.contains(&seat) => "VIP",
            0..12 => "R",
            _ => "S",
        };
        let seats = places.into_iter().enumerate().map(|(seat, at)| (at, category(seat)));
        Row { number: letter(row), seats: seats.collect() }
    });
    let balcony = (0..8_u32).map(|row| {
        let blocks = if row < 6 { [12, 22, 12] } else { [12, 23, 12] };
        let places = arc(centre, 1_280.0 + f64::from(row) * ROW_GAP, PI / 2.0, &blocks);
        let category = if row < 3 { "S" } else { "A" };
        Row { number: letter(row), seats: places.into_iter().map(|at| (at, category)).collect() }
    });
    let boxes = (0..8_u32).map(|number| {
        let x = if number % 2 == 0 { 90.0 } else { 1_410.0 - 2.0 * SEAT_GAP };
        let y = 240.0 + f64::from(number / 2) * 90.0;
        let places = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (0.5, 1.0), (1.5, 1.0)];
        let seats = places.map(|(right, down)| ((x + right * SEAT_GAP, y + down * SEAT_GAP), "R"));
        Row { number: (number + 1).to_string(), seats: seats.to_vec() }
    });
    let stage = polygon((750.0, 60.0), &[(-280, 0), (280, 0), (220, 150), (0, 200), (-220, 150)], "Stage");
    let zone = |name: &str, rows, areas| Zone { name: name.to_owned(), rows, areas };
    write(&Hall {
        name: "Theatre 1200",
        width: 1_500,
        height: 1_330,
        categories: &[("VIP", "#7e22ce"), ("R", "#c2410c"), ("S", "#1d4ed8"), ("A", "#15803d")],
        zones: vec![
            zone("1F", stalls.collect(), vec![stage]),
            zone("Box", boxes.collect(), Vec::new()),
            zone("2F", balcony.collect(), Vec::new()),
        ],
    })
}

/// A floor in six blocks, and two rings of sections around it that leave the stage's end free: 12,000 seats.
fn arena() -> String {
    let stage = rectangle((2_150.0, 1_400.0), 700.0, 300.0, "#3d3d3d", "Stage");
    let walk = rectangle((2_460.0, 1_700.0), 80.0, 160.0, "#3d3d3d", "");
    let front = Zone { name: "Front".to_owned(), rows: Vec::new(), areas: vec![stage, walk] };
    let mut zones = vec![front];
    for block in 0..6_u32 {
        let x = 2_500.0 + (f64::from(block % 3) - 1.0) * 560.0;
        let y = 1_950.0 + f64::from(block / 3) * 520.0;
        let category = if block < 3 { "VIP" } else { "R" };
        let rows = (0..14_u32).map(|row| Row {
            number: (row + 1).to_string(),
            seats: line(x, y + f64::from(row) * ROW_GAP, &[20])
                .into_iter()
                .map(|at| (at, category))
                .collect(),
        });
        zones.push(Zone { name: format!("F{}", block + 1), rows: rows.collect(), areas: Vec::new() });
    }
    let lower = |row: u32| 18 + [0, 1, 2, 2, 3, 4][row as usize / 3];
    let upper = |row: u32| 20 + row / 3;
    zones.extend((0..14).map(|section| {
        sector(101 + section, ring_angle(section, 14), 1_420.0, (0..18).map(lower), ["R", "S"])
    }));
    zones.extend((0..16).map(|section| {
        sector(201 + section, ring_angle(section, 16), 2_030.0, (0..15).map(upper), ["A", "B"])
    }));
    write(&Hall {
        name: "Arena 12000",
        width: 5_000,
        height: 5_000,
        categories: &[
            ("VIP", "#7e22ce"),
            ("R", "#c2410c"),
            ("S", "#1d4ed8"),
            ("A", "#15803d"),
            ("B", "#a16207"),
        ],
        zones,
    })
}

/// From the stage's left all the way round to its right: 280 of 360 degrees.
fn ring_angle(section: u32, sections: u32) -> f64 {
    let part = (f64::from(section) + 0.5) / f64::from(sections);
    -PI / 2.0 - (40.0 + 280.0 * part) / 180.0 * PI
}

/// A section of a ring. The first six rows are of the first category.
fn sector(
    name: u32,
    angle: f64,
    inner: f64,
    rows: impl Iterator<Item = u32>,
    [near, far]: [&'static str; 2],
) -> Zone {
    let rows = (0_u32..).zip(rows).map(|(row, seats)| {
        let places = arc((2_500.0, 2_500.0), inner + f64::from(row) * ROW_GAP, angle, &[seats]);
        let category = if row < 6 { near } else { far };
        Row { number: (row + 1).to_string(), seats: places.into_iter().map(|at| (at, category)).collect() }
    });
    Zone { name: name.to_string(), rows: rows.collect(), areas: Vec::new() }
}

fn letter(row: u32) -> String {
    char::from_u32(u32::from('A') + row).unwrap_or('?').to_string()
}

/// Where seats stand along a row around 0, in gaps, if this many stand in each block.
fn along(blocks: &[u32]) -> Vec<f64> {
    let mut places = Vec::new();
    let mut next = 0.0;
    for block in blocks {
        for _ in 0..*block {
            places.push(next);
            next += 1.0;
        }
        next += AISLE_GAPS;
    }
    let middle = places.last().copied().unwrap_or_default() / 2.0;
    places.into_iter().map(|place| place - middle).collect()
}

/// A straight row around x.
fn line(x: f64, y: f64, blocks: &[u32]) -> Vec<(f64, f64)> {
    along(blocks).into_iter().map(|place| (x + place * SEAT_GAP, y)).collect()
}

/// A row on a circle around a centre, its middle at an angle (0: right, a quarter turn: down). Below the
/// centre its first seat is the left one as drawn.
fn arc(centre: (f64, f64), radius: f64, angle: f64, blocks: &[u32]) -> Vec<(f64, f64)> {
    along(blocks).into_iter().map(|place| around(centre, radius, angle - place * SEAT_GAP / radius)).collect()
}

fn around((x, y): (f64, f64), radius: f64, angle: f64) -> (f64, f64) {
    (x + radius * angle.cos(), y + radius * angle.sin())
}

fn rectangle(at: (f64, f64), width: f64, height: f64, color: &str, text: &str) -> String {
    let shape = format!(r#""shape":"rectangle","rectangle":{{"width":{width},"height":{height}}}"#);
    area(at, &shape, color, text, (height / 3.0, (width / 2.0, height / 2.0)))
}

fn ellipse(at: (f64, f64), radius: f64, color: &str) -> String {
    area(at, &format!(r#""shape":"circle","circle":{{"radius":{radius}}}"#), color, "", (16.0, (0.0, 0.0)))
}

fn polygon(at: (f64, f64), corners: &[(i32, i32)], text: &str) -> String {
    let corners: Vec<String> = corners.iter().map(|(x, y)| format!(r#"{{"x":{x},"y":{y}}}"#)).collect();
    let shape = format!(r#""shape":"polygon","polygon":{{"points":[{}]}}"#, corners.join(","));
    area(at, &shape, "#3d3d3d", text, (40.0, (0.0, 90.0)))
}

/// An area whose text has a size and a middle.
fn area(at: (f64, f64), shape: &str, color: &str, text: &str, (size, middle): (f64, (f64, f64))) -> String {
    let on_dark = color == "#3d3d3d";
    let ink = if on_dark { "#ffffff" } else { "#1f2937" };
    let (size, middle, at) = (size.round(), position(middle), position(at));
    let text = format!(r#"{{"text":"{text}","color":"{ink}","size":{size},{middle}}}"#);
    format!(r##"{{{shape},"color":"{color}","border_color":"#3d3d3d","rotation":0,{at},"text":{text}}}"##)
}

fn position((x, y): (f64, f64)) -> String {
    format!(r#""position":{{"x":{},"y":{}}}"#, rounded(x), rounded(y))
}

fn rounded(number: f64) -> f64 {
    // Adding 0 makes -0 into 0.
    (number * 10.0).round() / 10.0 + 0.0
}

/// The file: one seat a line. A row stands where its first seat is.
fn write(hall: &Hall) -> String {
    let categories: Vec<String> = hall
        .categories
        .iter()
        .map(|(name, color)| format!(r#"{{"name":"{name}","color":"{color}"}}"#))
        .collect();
    let zones: Vec<String> = hall.zones.iter().map(write_zone).collect();
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(
        out,
        "{{\"name\":\"{}\",\"size\":{{\"width\":{},\"height\":{}}},\n\"categories\":[{}],\n\"zones\":[\n{}\n]}}",
        hall.name,
        hall.width,
        hall.height,
        categories.join(","),
        zones.join(",\n")
    );
    out
}

fn write_zone(zone: &Zone) -> String {
    let rows: Vec<String> = zone.rows.iter().map(|row| write_row(&zone.name, row)).collect();
    format!(
        "{{\"name\":\"{}\",\"zone_id\":\"{}\",{},\"areas\":[\n{}],\"rows\":[\n{}]}}",
        zone.name,
        zone.name,
        position((0.0, 0.0)),
        zone.areas.join(",\n"),
        rows.join(",\n")
    )
}

fn write_row(zone: &str, row: &Row) -> String {
    let first = (rounded(row.seats[0].0.0), rounded(row.seats[0].0.1));
    let seats = (1..).zip(&row.seats).map(|(number, ((x, y), category))| {
        let at = position((rounded(*x) - first.0, rounded(*y) - first.1));
        let guid = format!("{zone}-{}-{number}", row.number);
        format!(r#"{{"seat_guid":"{guid}","seat_number":"{number}",{at},"category":"{category}"}}"#)
    });
    let seats: Vec<String> = seats.collect();
    format!(
        "{{\"row_number\":\"{}\",\"row_number_position\":\"both\",{},\"seats\":[\n{}]}}",
        row.number,
        position(first),
        seats.join(",\n")
    )
}
