//! A plan as a store keeps it, for as long as concerts name it.
//!
//! Text, so that anybody can read it: a line for each thing, its fields between tabs, which no text of a plan
//! has. What was kept once is read for ever, so this form only grows; `tests/canonical` holds files of it.

use std::fmt::{self, Write as _};

use crate::color::{self, Color, Ink};
use crate::error::PlanError;
use crate::limits::SEATS_MAX;
use crate::plan::{Area, AreaText, Category, Extent, Plan, Point, Row, Seat, Shape, Size, Zone};

/// The first line: the form's name and version.
const HEAD: &str = "onsale plan\t1";

impl Plan {
    /// The plan in the form that [`Plan::from_canonical`] reads: the same bytes for the same content, however
    /// its file was written. Warnings are about the file and are left out.
    ///
    /// ```text
    /// onsale plan  1
    /// name         name
    /// size         width  height
    /// extent       x  y  width  height
    /// category     name  color                          each, in order
    /// zone         name                                 its rows and areas follow
    /// row          label                                its seats follow
    /// seat         guid  label  x  y  radius  category   category: the index
    /// rectangle    x  y  rotation  fill  border  width  height
    /// ellipse      x  y  rotation  fill  border  rx  ry
    /// polygon      x  y  rotation  fill  border  x  y  x  y  ...
    /// empty        x  y  rotation  fill  border          an area that is only a text
    /// text         x  y  size  color  text               of the area before
    /// ```
    ///
    /// Numbers are the shortest that give the same number again; colours `#rrggbb`, or `-` for none.
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = String::new();
        // Writing into a String cannot fail.
        let _ = write_plan(&mut out, self);
        out.into_bytes()
    }

    /// Reads what [`Plan::canonical`] wrote, in this version of the program or an earlier one.
    ///
    /// # Errors
    /// [`PlanError`] with the line, if it is something else.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, PlanError> {
        let text = std::str::from_utf8(bytes).map_err(|_| PlanError::new("", "not UTF-8"))?;
        let mut lines = (1..).zip(text.split('\n'));
        if lines.next().is_none_or(|(_, head)| head != HEAD) {
            return Err(PlanError::new("line 1", format!("a stored plan begins with {HEAD:?}")));
        }
        let mut plan = Self {
            name: String::new(),
            size: Size { width: 0.0, height: 0.0 },
            extent: Extent { at: Point::default(), size: Size { width: 0.0, height: 0.0 } },
            categories: Vec::new(),
            zones: Vec::new(),
            warnings: Vec::new(),
        };
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let mut fields = Fields { line: number, rest: line.split('\t') };
            read_line(&mut plan, &mut fields)?;
            fields.end()?;
        }
        check(&plan)?;
        Ok(plan)
    }
}

fn write_plan(out: &mut String, plan: &Plan) -> fmt::Result {
    let Extent { at, size } = plan.extent;
    writeln!(out, "{HEAD}")?;
    writeln!(out, "name\t{}", plan.name)?;
    writeln!(out, "size\t{}\t{}", n(plan.size.width), n(plan.size.height))?;
    writeln!(out, "extent\t{}\t{}\t{}\t{}", n(at.x), n(at.y), n(size.width), n(size.height))?;
    for Category { name, color } in &plan.categories {
        writeln!(out, "category\t{name}\t{color}")?;
    }
    for zone in &plan.zones {
        writeln!(out, "zone\t{}", zone.name)?;
        for row in &zone.rows {
            writeln!(out, "row\t{}", row.label)?;
            for Seat { guid, label, at, radius, category } in &row.seats {
                let (x, y, radius) = (n(at.x), n(at.y), n(*radius));
                writeln!(out, "seat\t{guid}\t{label}\t{x}\t{y}\t{radius}\t{category}")?;
            }
        }
        zone.areas.iter().try_for_each(|area| write_area(out, area))?;
    }
    Ok(())
}

fn write_area(out: &mut String, area: &Area) -> fmt::Result {
    out.write_str(match area.shape {
        Shape::Rectangle(_) => "rectangle",
        Shape::Ellipse { .. } => "ellipse",
        Shape::Polygon(_) => "polygon",
        Shape::Text => "empty",
    })?;
    write!(out, "\t{}\t{}\t{}", n(area.at.x), n(area.at.y), n(area.rotation))?;
    for ink in [area.fill, area.border] {
        match ink {
            Some(color) => write!(out, "\t{color}")?,
            None => write!(out, "\t-")?,
        }
    }
    match &area.shape {
        Shape::Rectangle(size) => write!(out, "\t{}\t{}", n(size.width), n(size.height))?,
        Shape::Ellipse { rx, ry } => write!(out, "\t{}\t{}", n(*rx), n(*ry))?,
        Shape::Polygon(corners) => {
            corners.iter().try_for_each(|corner| write!(out, "\t{}\t{}", n(corner.x), n(corner.y)))?;
        }
        Shape::Text => {}
    }
    writeln!(out)?;
    if let Some(AreaText { text, color, size, at }) = &area.text {
        writeln!(out, "text\t{}\t{}\t{}\t{color}\t{text}", n(at.x), n(at.y), n(*size))?;
    }
    Ok(())
}

/// A number as it is written: short for tiny ones, too, and without a sign for zero.
fn n(number: f64) -> impl fmt::Display {
    struct Written(f64);
    impl fmt::Display for Written {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:?}", self.0)
        }
    }
    // Adding 0 makes -0 into 0.
    Written(number + 0.0)
}

/// The fields of a line that are still to be read.
struct Fields<'a> {
    line: u32,
    rest: std::str::Split<'a, char>,
}

impl<'a> Fields<'a> {
    fn error(&self, reason: impl Into<String>) -> PlanError {
        PlanError::new(format!("line {}", self.line), reason)
    }

    fn text(&mut self) -> Result<&'a str, PlanError> {
        self.rest.next().ok_or_else(|| self.error("a field is missing"))
    }

    fn number(&mut self) -> Result<f64, PlanError> {
        let text = self.text()?;
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| self.error(format!("{text:?} is no number")))
    }

    fn point(&mut self) -> Result<Point, PlanError> {
        Ok(Point { x: self.number()?, y: self.number()? })
    }

    fn size(&mut self) -> Result<Size, PlanError> {
        Ok(Size { width: self.number()?, height: self.number()? })
    }

    fn color(&mut self) -> Result<Color, PlanError> {
        self.ink()?.ok_or_else(|| self.error("a colour is missing"))
    }

    /// A colour or none.
    fn ink(&mut self) -> Result<Option<Color>, PlanError> {
        match self.text()? {
            "-" => Ok(None),
            text => match color::parse(text) {
                Some(Ink::Color(color)) => Ok(Some(color)),
                _ => Err(self.error(format!("{text:?} is no colour"))),
            },
        }
    }

    fn end(&mut self) -> Result<(), PlanError> {
        match self.rest.next() {
            None => Ok(()),
            Some(_) => Err(self.error("there are too many fields")),
        }
    }
}

fn read_line(plan: &mut Plan, fields: &mut Fields<'_>) -> Result<(), PlanError> {
    match fields.text()? {
        "name" => fields.text()?.clone_into(&mut plan.name),
        "size" => plan.size = fields.size()?,
        "extent" => plan.extent = Extent { at: fields.point()?, size: fields.size()? },
        "category" => {
            plan.categories.push(Category { name: fields.text()?.to_owned(), color: fields.color()? });
        }
        "zone" => {
            let name = fields.text()?.to_owned();
            plan.zones.push(Zone { name, rows: Vec::new(), areas: Vec::new() });
        }
        "row" => {
            let label = fields.text()?.to_owned();
            last_zone(plan, fields)?.rows.push(Row { label, seats: Vec::new() });
        }
        "seat" => read_seat(plan, fields)?,
        "text" => {
            let (at, size, color) = (fields.point()?, fields.number()?, fields.color()?);
            let text = AreaText { text: fields.text()?.to_owned(), color, size, at };
            let area = last_zone(plan, fields)?.areas.last_mut();
            area.ok_or_else(|| fields.error("the text has no area"))?.text = Some(text);
        }
        kind => {
            let area = read_area(kind, fields)?;
            last_zone(plan, fields)?.areas.push(area);
        }
    }
    Ok(())
}

fn last_zone<'a>(plan: &'a mut Plan, fields: &Fields<'_>) -> Result<&'a mut Zone, PlanError> {
    plan.zones.last_mut().ok_or_else(|| fields.error("it has no zone"))
}

fn read_seat(plan: &mut Plan, fields: &mut Fields<'_>) -> Result<(), PlanError> {
    let categories = plan.categories.len();
    let (guid, label) = (fields.text()?.to_owned(), fields.text()?.to_owned());
    let (at, radius, category) = (fields.point()?, fields.number()?, fields.text()?);
    let category = category.parse().ok().filter(|index| *index < categories);
    let category = category.ok_or_else(|| fields.error("the category is not listed"))?;
    let row = last_zone(plan, fields)?.rows.last_mut().ok_or_else(|| fields.error("the seat has no row"))?;
    row.seats.push(Seat { guid, label, at, radius, category });
    Ok(())
}

fn read_area(kind: &str, fields: &mut Fields<'_>) -> Result<Area, PlanError> {
    let (at, rotation) = (fields.point()?, fields.number()?);
    let (fill, border) = (fields.ink()?, fields.ink()?);
    let shape = match kind {
        "rectangle" => Shape::Rectangle(fields.size()?),
        "ellipse" => Shape::Ellipse { rx: fields.number()?, ry: fields.number()? },
        "polygon" => {
            let mut corners = Vec::new();
            while fields.rest.clone().next().is_some() {
                corners.push(fields.point()?);
            }
            Shape::Polygon(corners)
        }
        "empty" => Shape::Text,
        _ => return Err(fields.error(format!("{kind:?} is not known"))),
    };
    Ok(Area { shape, at, rotation, fill, border, text: None })
}

/// What everybody who has a plan relies on.
fn check(plan: &Plan) -> Result<(), PlanError> {
    let mut rows = plan.zones.iter().flat_map(|zone| &zone.rows);
    if rows.any(|row| row.seats.is_empty()) {
        return Err(PlanError::new("", "a row has no seats"));
    }
    if !(1..=SEATS_MAX).contains(&plan.seat_count()) {
        return Err(PlanError::new("", format!("a plan has 1 to {SEATS_MAX} seats")));
    }
    Ok(())
}
