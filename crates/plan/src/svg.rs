//! Draws a plan as an SVG document, to look at what was read.

use std::fmt::{self, Write as _};

use crate::color::Color;
use crate::error::grouped;
use crate::plan::{Area, AreaText, Bounds, Extent, Plan, Point, Row, Seat, Shape, Zone};

/// How much the legend's lines are apart, as a part of the longer side.
const LINE: f64 = 0.025;

/// The plan as an SVG document: areas, seats coloured by category with their names as titles, labels of
/// sections and rows, and a legend. Every text is escaped; there is no script, link or style sheet.
pub fn svg(plan: &Plan) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = document(&mut out, plan);
    out
}

fn document(out: &mut String, plan: &Plan) -> fmt::Result {
    let Extent { at, size } = plan.extent;
    let longer = size.width.max(size.height).max(1.0);
    let (margin, line) = (longer * 0.02, longer * LINE);
    let lines = plan.categories.len() + 1;
    let legend = line * 1.5 * f64::from(u32::try_from(lines).unwrap_or(u32::MAX));
    let (left, top) = (at.x - margin, at.y - margin);
    // A narrow plan still has room for the legend's texts.
    let width = (size.width + 2.0 * margin).max(line * 16.0);
    let height = size.height + 2.0 * margin + legend;
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="{} {} {} {}" font-family="sans-serif">"#,
        n(left),
        n(top),
        n(width),
        n(height)
    )?;
    writeln!(out, "<title>{}</title>", Escaped(&plan.name))?;
    let (w, h) = (n(width), n(height));
    writeln!(out, r##"<rect x="{}" y="{}" width="{w}" height="{h}" fill="#ffffff"/>"##, n(left), n(top))?;
    for zone in &plan.zones {
        zone.areas.iter().try_for_each(|area| draw_area(out, area))?;
    }
    for zone in &plan.zones {
        draw_zone(out, plan, zone, line)?;
    }
    draw_legend(out, plan, Point { x: left + line, y: at.y + size.height + margin + line }, line)?;
    writeln!(out, "</svg>")
}

fn draw_area(out: &mut String, area: &Area) -> fmt::Result {
    let Point { x, y } = area.at;
    write!(out, r#"<g transform="translate({} {})"#, n(x), n(y))?;
    if area.rotation != 0.0 {
        write!(out, " rotate({})", n(area.rotation))?;
    }
    write!(out, r#"">"#)?;
    let paint = Paint { fill: area.fill, border: area.border };
    match &area.shape {
        Shape::Rectangle(size) => {
            write!(out, r#"<rect width="{}" height="{}" {paint}/>"#, n(size.width), n(size.height))?;
        }
        Shape::Ellipse { rx, ry } => write!(out, r#"<ellipse rx="{}" ry="{}" {paint}/>"#, n(*rx), n(*ry))?,
        Shape::Polygon(corners) => {
            write!(out, r#"<polygon points=""#)?;
            corners.iter().try_for_each(|corner| write!(out, "{},{} ", n(corner.x), n(corner.y)))?;
            write!(out, r#"" {paint}/>"#)?;
        }
        Shape::Text => {}
    }
    if let Some(AreaText { text, color, size, at }) = &area.text {
        draw_text(out, text, *at, *size, *color)?;
    }
    writeln!(out, "</g>")
}

fn draw_zone(out: &mut String, plan: &Plan, zone: &Zone, largest: f64) -> fmt::Result {
    let dark = Color { red: 0x33, green: 0x33, blue: 0x33 };
    for row in &zone.rows {
        writeln!(out, "<g>")?;
        for seat in &row.seats {
            let color = plan.categories[seat.category].color;
            write!(out, r#"<circle cx="{}" cy="{}" r="{}" "#, n(seat.at.x), n(seat.at.y), n(seat.radius))?;
            write!(out, r#"fill="{color}"><title>{}"#, Escaped(&zone.name))?;
            writeln!(out, " / {} / {}</title></circle>", Escaped(&row.label), Escaped(&seat.label))?;
        }
        let size = row.seats[0].radius * 1.2;
        for at in row_ends(row) {
            draw_text(out, &row.label, at, size, dark)?;
        }
        writeln!(out, "</g>")?;
    }
    draw_name(out, zone, largest)
}

/// The section's name, over its middlemost seat: a section may be in two parts with another one between them.
fn draw_name(out: &mut String, zone: &Zone, largest: f64) -> fmt::Result {
    let mut bounds = Bounds::default();
    let seats = || zone.rows.iter().flat_map(|row| &row.seats);
    seats().for_each(|seat| bounds.add_seat(seat));
    let Extent { at, size } = bounds.extent();
    let (x, y) = (at.x + size.width / 2.0, at.y + size.height / 2.0);
    let apart = |seat: &Seat| (seat.at.x - x).hypot(seat.at.y - y);
    let middle = seats().min_by(|one, other| apart(one).total_cmp(&apart(other)));
    let Some(seat) = middle.filter(|_| !zone.name.is_empty()) else { return Ok(()) };
    let letters = (size.width.min(size.height) / 4.0).min(largest).max(seat.radius * 2.0);
    let (x, y, size, halo) = (n(seat.at.x), n(seat.at.y), n(letters), n(letters / 4.0));
    write!(out, r#"<text x="{x}" y="{y}" font-size="{size}" text-anchor="middle" dy=".3em" "#)?;
    write!(out, r##"fill="#333333" stroke="#ffffff" stroke-width="{halo}" paint-order="stroke">"##)?;
    writeln!(out, "{}</text>", Escaped(&zone.name))
}

/// Where a row's label stands: before its first seat and behind its last, in the row's direction.
fn row_ends(row: &Row) -> [Point; 2] {
    let seats = &row.seats;
    let beyond = |end: usize, inner: usize| {
        let (end, inner) = (&seats[end], seats[inner].at);
        let (dx, dy) = (end.at.x - inner.x, end.at.y - inner.y);
        let apart = dx.hypot(dy);
        let reach = if apart > 0.0 { end.radius * 2.2 / apart } else { 0.0 };
        Point { x: end.at.x + dx * reach, y: end.at.y + dy * reach }
    };
    let last = seats.len() - 1;
    if last == 0 {
        let (seat, reach) = (&seats[0], seats[0].radius * 2.2);
        return [-reach, reach].map(|dx| Point { x: seat.at.x + dx, y: seat.at.y });
    }
    [beyond(0, 1), beyond(last, last - 1)]
}

fn draw_legend(out: &mut String, plan: &Plan, at: Point, line: f64) -> fmt::Result {
    let dark = Color { red: 0x33, green: 0x33, blue: 0x33 };
    let mut y = at.y;
    let mut write_line = |out: &mut String, text: &str, color: Option<Color>| {
        if let Some(color) = color {
            let (cx, cy, r) = (n(at.x), n(y), n(line * 0.4));
            write!(out, r#"<circle cx="{cx}" cy="{cy}" r="{r}" fill="{color}"/>"#)?;
        }
        let (tx, ty, size) = (n(at.x + line), n(y), n(line * 0.8));
        write!(out, r#"<text x="{tx}" y="{ty}" font-size="{size}" dy=".3em" fill="{dark}">"#)?;
        y += line * 1.5;
        writeln!(out, "{}</text>", Escaped(text))
    };
    write_line(out, &format!("{}: {} seats", plan.name, grouped(plan.seat_count())), None)?;
    for (category, count) in plan.categories.iter().zip(plan.seats_by_category()) {
        let name = if category.name.is_empty() { "(no category)" } else { &category.name };
        write_line(out, &format!("{name}: {}", grouped(count)), Some(category.color))?;
    }
    Ok(())
}

fn draw_text(out: &mut String, text: &str, at: Point, size: f64, color: Color) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    let (x, y, size) = (n(at.x), n(at.y), n(size));
    write!(
        out,
        r#"<text x="{x}" y="{y}" font-size="{size}" text-anchor="middle" dy=".3em" fill="{color}">"#
    )?;
    write!(out, "{}</text>", Escaped(text))
}

struct Paint {
    fill: Option<Color>,
    border: Option<Color>,
}

impl fmt::Display for Paint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fill {
            Some(color) => write!(f, r#"fill="{color}""#)?,
            None => write!(f, r#"fill="none""#)?,
        }
        self.border.map_or(Ok(()), |color| write!(f, r#" stroke="{color}" stroke-width="2""#))
    }
}

/// A number with at most three decimals.
fn n(number: f64) -> f64 {
    // Adding 0 makes -0 into 0.
    (number * 1_000.0).round() / 1_000.0 + 0.0
}

/// A text as it may stand in an element or in an attribute with double quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            _ => f.write_char(character),
        })
    }
}
