//! Areas: stages, bars, walls, texts. What cannot be drawn is left out with a warning: no seat needs it.

use super::values::{absolute, coordinate, length, position};
use crate::color::{self, Color, Ink};
use crate::error::{Kind, PlanError, Warnings, grouped};
use crate::limits::{AREAS_MAX, CORNERS_MAX};
use crate::plan::{Area, AreaText, Point, Shape, Size};
use crate::raw::{Object, RawArea, RawPosition, RawSize, RawText, Text, text};
use crate::text::clean;

/// What the editor writes texts with that have no size.
const TEXT_SIZE: f64 = 16.0;

/// Counts what was read.
#[derive(Default)]
pub(super) struct Areas {
    areas: usize,
    corners: usize,
}

impl Areas {
    /// None: there is nothing to draw.
    pub(super) fn read(
        &mut self,
        path: impl Fn() -> String,
        base: Point,
        raw: &RawArea<'_>,
        warnings: &mut Warnings,
    ) -> Result<Option<Area>, PlanError> {
        self.areas += 1;
        if self.areas > AREAS_MAX {
            return Err(PlanError::new(path(), format!("the plan has over {} areas", grouped(AREAS_MAX))));
        }
        let offset = position(raw.position.as_ref(), || format!("{}.position", path()))?;
        let at = absolute(base, offset, &path)?;
        let rotation = coordinate(raw.rotation, || format!("{}.rotation", path()))?.rem_euclid(360.0);
        let shape = self.shape(&path, raw, warnings)?;
        let words = read_text(&path, raw, shape.as_ref(), warnings)?;
        let Some(shape) = shape.or_else(|| words.is_some().then_some(Shape::Text)) else {
            warnings.add(Kind::Areas, path(), || {
                let kind = text(raw.shape.as_ref());
                format!("nothing to draw: no text, and no measures of a shape ({kind:?})")
            });
            return Ok(None);
        };
        let fill = paint(raw.color.as_ref(), || format!("{}.color", path()), warnings);
        let border = paint(raw.border_color.as_ref(), || format!("{}.border_color", path()), warnings);
        Ok(Some(Area { shape, at, rotation, fill, border, text: words }))
    }

    /// The shape that the area names, else the one that it has the measures of.
    fn shape(
        &mut self,
        path: &impl Fn() -> String,
        raw: &RawArea<'_>,
        warnings: &mut Warnings,
    ) -> Result<Option<Shape>, PlanError> {
        let rectangle = rectangle(path, raw)?;
        let ellipse = ellipse(path, raw)?;
        let polygon = self.polygon(path, raw)?;
        match text(raw.shape.as_ref()) {
            "rectangle" => Ok(rectangle),
            "circle" | "ellipse" => Ok(ellipse),
            "polygon" => Ok(polygon),
            "text" => Ok(None),
            kind => {
                let found = polygon.or(ellipse).or(rectangle);
                if !kind.is_empty() && found.is_some() {
                    warnings.add(Kind::Areas, format!("{}.shape", path()), || {
                        format!("{kind:?} is not a known shape; it is drawn by its measures")
                    });
                }
                Ok(found)
            }
        }
    }

    fn polygon(&mut self, path: &impl Fn() -> String, raw: &RawArea<'_>) -> Result<Option<Shape>, PlanError> {
        let points = raw.polygon.as_ref().and_then(|polygon| polygon.0.points.as_ref());
        let Some(points) = points else { return Ok(None) };
        self.corners += points.0.len();
        if self.corners > CORNERS_MAX {
            let reason = format!("the plan's polygons have over {} corners", grouped(CORNERS_MAX));
            return Err(PlanError::new(format!("{}.polygon.points", path()), reason));
        }
        let corners =
            points.0.iter().enumerate().map(|(index, point)| {
                position(Some(point), || format!("{}.polygon.points[{index}]", path()))
            });
        let corners = corners.collect::<Result<Vec<_>, _>>()?;
        Ok((corners.len() >= 3).then_some(Shape::Polygon(corners)))
    }
}

fn rectangle(path: &impl Fn() -> String, raw: &RawArea<'_>) -> Result<Option<Shape>, PlanError> {
    let (inner, within) = match &raw.rectangle {
        Some(Object(RawSize { width, height })) => ((*width, *height), ".rectangle"),
        None => ((raw.width, raw.height), ""),
    };
    let width = length(inner.0, || format!("{}{within}.width", path()))?;
    let height = length(inner.1, || format!("{}{within}.height", path()))?;
    Ok(match (width, height) {
        (Some(width), Some(height)) => Some(Shape::Rectangle(Size { width, height })),
        _ => None,
    })
}

fn ellipse(path: &impl Fn() -> String, raw: &RawArea<'_>) -> Result<Option<Shape>, PlanError> {
    if let Some(Object(RawPosition { x, y })) = raw.ellipse.as_ref().and_then(|it| it.0.radius.as_ref()) {
        let rx = length(*x, || format!("{}.ellipse.radius.x", path()))?;
        let ry = length(*y, || format!("{}.ellipse.radius.y", path()))?;
        return Ok(rx.zip(ry).map(|(rx, ry)| Shape::Ellipse { rx, ry }));
    }
    let (radius, within) = match &raw.circle {
        Some(circle) => (circle.0.radius, ".circle"),
        None => (raw.radius, ""),
    };
    let radius = length(radius, || format!("{}{within}.radius", path()))?;
    Ok(radius.map(|radius| Shape::Ellipse { rx: radius, ry: radius }))
}

/// The area's text. One without a position stands in the middle of the shape.
fn read_text(
    path: &impl Fn() -> String,
    raw: &RawArea<'_>,
    shape: Option<&Shape>,
    warnings: &mut Warnings,
) -> Result<Option<AreaText>, PlanError> {
    let middle = match shape {
        Some(Shape::Rectangle(size)) => Point { x: size.width / 2.0, y: size.height / 2.0 },
        _ => Point::default(),
    };
    match &raw.text {
        None => Ok(None),
        Some(RawText::Plain(words)) => {
            let words = clean(words, || format!("{}.text", path()))?;
            let written = AreaText { text: words, color: Color::GREY, size: TEXT_SIZE, at: middle };
            Ok((!written.text.is_empty()).then_some(AreaText { color: contrasting(raw), ..written }))
        }
        Some(RawText::Full(full)) => {
            let words = clean(text(full.text.as_ref()), || format!("{}.text.text", path()))?;
            let size = length(full.size, || format!("{}.text.size", path()))?.filter(|size| *size > 0.0);
            let at = match &full.position {
                None => middle,
                given => position(given.as_ref(), || format!("{}.text.position", path()))?,
            };
            if words.is_empty() {
                return Ok(None);
            }
            let color = paint(full.color.as_ref(), || format!("{}.text.color", path()), warnings);
            let color = color.unwrap_or(Color::GREY);
            Ok(Some(AreaText { text: words, color, size: size.unwrap_or(TEXT_SIZE), at }))
        }
    }
}

/// A colour that can be read on the area's: the first schema had none for texts.
fn contrasting(raw: &RawArea<'_>) -> Color {
    let fill = match color::parse(text(raw.color.as_ref())) {
        Some(Ink::Color(color)) => color,
        Some(Ink::Transparent) => return Color::GREY,
        None => Color::GREY,
    };
    let level = if fill.brightness() < 140 { 0xff } else { 0x00 };
    Color { red: level, green: level, blue: level }
}

/// What to paint with: grey if nothing is written, as in the editor, nothing if it is transparent.
fn paint(raw: Option<&Text<'_>>, path: impl FnOnce() -> String, warnings: &mut Warnings) -> Option<Color> {
    match (text(raw), color::parse(text(raw))) {
        (_, Some(Ink::Color(color))) => Some(color),
        (_, Some(Ink::Transparent)) => None,
        ("", None) => Some(Color::GREY),
        (written, None) => {
            warnings.add(Kind::Colors, path(), || {
                format!("{written:?} is not a known colour; {} is used", Color::GREY)
            });
            Some(Color::GREY)
        }
    }
}
