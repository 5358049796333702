//! Reads a file into a [`Plan`], and refuses what is not one.

mod areas;
mod values;

use std::collections::HashMap;
use std::fmt;

use crate::color::{self, Color, Ink};
use crate::error::{Kind, PlanError, Warnings, grouped};
use crate::label::label;
use crate::limits::{BYTES_MAX, CATEGORIES_MAX, OBJECTS_MAX, SEATS_MAX, TEXT_CHARS_MAX, ZONES_MAX};
use crate::notes;
use crate::plan::{Bounds, Category, Extent, Plan, Point, Row, Seat, Size, Zone};
use crate::raw::{self, Object, RawCategory, RawPlan, RawRow, RawSeat, RawSize, RawZone, text};
use crate::text::clean;
use areas::Areas;
use values::{absolute, length, position};

/// What the editor draws a seat with that has no radius.
const RADIUS: f64 = 10.0;

impl Plan {
    /// Reads a file in the format of pretix's seating-plan editor.
    ///
    /// # Errors
    /// [`PlanError`] with the place and the reason: not JSON (with line and column), the wrong type, a field
    /// missing, an unknown category that is not empty, a guid twice, zones inside zones, no seat, or anything
    /// past [`limits`](crate::limits).
    pub fn read(bytes: &[u8]) -> Result<Self, PlanError> {
        // Some editors begin a file with a byte order mark, which no JSON has.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let raw = parse(bytes)?;
        let mut reader = Reader::default();
        reader.read_categories(raw.categories.as_ref().map_or(&[], |list| &list.0))?;
        if raw.zones.0.len() > ZONES_MAX {
            let found = grouped(raw.zones.0.len());
            return Err(PlanError::new(
                "zones",
                format!("{found} zones; the limit is {}", grouped(ZONES_MAX)),
            ));
        }
        let zones = raw.zones.0.iter().enumerate();
        let zones =
            zones.map(|(index, zone)| reader.read_zone(index, &zone.0)).collect::<Result<Vec<_>, _>>()?;
        if reader.seats == 0 {
            return Err(PlanError::new("zones", "the plan has no seat"));
        }
        let name = reader.read_name(&raw)?;
        let given = reader.read_size(raw.size.as_ref())?;
        let (size, extent) = extent(given, &zones);
        let mut plan =
            Self { name, size, extent, categories: reader.categories, zones, warnings: Vec::new() };
        notes::add(&plan, given, &reader.places, &mut reader.warnings);
        plan.warnings = reader.warnings.list();
        Ok(plan)
    }
}

fn parse(bytes: &[u8]) -> Result<RawPlan<'_>, PlanError> {
    if bytes.len() > BYTES_MAX {
        let found = grouped(bytes.len());
        return Err(PlanError::new(
            "",
            format!("the file has {found} bytes; the limit is {}", grouped(BYTES_MAX)),
        ));
    }
    // Braces in texts count, too: the bound is far from what plans have.
    let objects = bytes.split(|byte| *byte == b'{').count() - 1;
    if objects > OBJECTS_MAX {
        let (found, limit) = (grouped(objects), grouped(OBJECTS_MAX));
        return Err(PlanError::new("", format!("the file has {found} JSON objects; the limit is {limit}")));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let raw: Object<RawPlan<'_>> = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = match error.path().to_string() {
            path if path == "." => String::new(),
            path => path,
        };
        unreadable(path, error.inner())
    })?;
    json.end().map_err(|error| unreadable(String::new(), &error))?;
    Ok(raw.0)
}

fn unreadable(path: String, error: &serde_json::Error) -> PlanError {
    let place = format!("line {}, column {}", error.line(), error.column());
    if raw::is_number_out_of_range(error) {
        return PlanError::new(path, format!("the number is too large ({place})"));
    }
    let message = raw::plain_english(&error.to_string());
    match error.classify() {
        serde_json::error::Category::Eof => {
            PlanError::new("", format!("not a whole JSON document: it ends at {place}"))
        }
        // Where the text is no JSON, a path through it means little.
        serde_json::error::Category::Syntax => PlanError::new("", format!("not JSON: {message} at {place}")),
        _ => PlanError::new(path, format!("{message} ({place})")),
    }
}

/// Where a row or a seat stands in the file, which may have empty rows that the plan lacks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    zone: usize,
    row: usize,
    seat: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { zone, row, seat } = self;
        write!(f, "zones[{zone}].rows[{row}].seats[{seat}]")
    }
}

#[derive(Default)]
struct Reader<'a> {
    categories: Vec<Category>,
    by_name: HashMap<String, usize>,
    guids: HashMap<&'a str, Place>,
    seats: usize,
    /// Of every seat, in plan order.
    places: Vec<Place>,
    areas: Areas,
    warnings: Warnings,
}

impl<'a> Reader<'a> {
    fn read_name(&mut self, raw: &RawPlan<'_>) -> Result<String, PlanError> {
        let name = clean(text(raw.name.as_ref()), || "name".to_owned())?;
        if name.is_empty() {
            self.warnings.add(Kind::Name, "", || "the plan has no name; it is called \"Plan\"".to_owned());
            return Ok("Plan".to_owned());
        }
        Ok(name)
    }

    /// The size that the file gives. The editor writes 0 before anybody has set one.
    fn read_size(&mut self, raw: Option<&Object<RawSize>>) -> Result<Option<Size>, PlanError> {
        let Some(Object(raw)) = raw else { return Ok(None) };
        let width = length(raw.width, || "size.width".to_owned())?.unwrap_or_default();
        let height = length(raw.height, || "size.height".to_owned())?.unwrap_or_default();
        if width > 0.0 && height > 0.0 {
            return Ok(Some(Size { width, height }));
        }
        self.warnings.add(Kind::Size, "size", || {
            "width and height are not both there and above 0; the size is that of everything drawn".to_owned()
        });
        Ok(None)
    }

    fn read_categories(&mut self, raw: &[Object<RawCategory<'_>>]) -> Result<(), PlanError> {
        if raw.len() > CATEGORIES_MAX {
            let reason = format!("{} categories; the limit is {CATEGORIES_MAX}", grouped(raw.len()));
            return Err(PlanError::new("categories", reason));
        }
        for (index, Object(category)) in raw.iter().enumerate() {
            let name = clean(text(category.name.as_ref()), || format!("categories[{index}].name"))?;
            let ours = Color::PALETTE[self.categories.len() % Color::PALETTE.len()];
            let written = text(category.color.as_ref());
            let color = match color::parse(written) {
                Some(Ink::Color(color)) => color,
                _ if written.is_empty() => ours,
                _ => {
                    self.warnings.add(Kind::Colors, format!("categories[{index}].color"), || {
                        format!("{written:?} is not a colour for seats; {ours} is used")
                    });
                    ours
                }
            };
            if self.by_name.contains_key(&name) {
                self.warnings.add(Kind::Categories, format!("categories[{index}].name"), || {
                    format!("the category {name:?} was listed before; this one is left out")
                });
            } else {
                self.add_category(name, color);
            }
        }
        Ok(())
    }

    fn add_category(&mut self, name: String, color: Color) -> usize {
        self.by_name.insert(name.clone(), self.categories.len());
        self.categories.push(Category { name, color });
        self.categories.len() - 1
    }

    fn read_zone(&mut self, index: usize, raw: &'a RawZone<'a>) -> Result<Zone, PlanError> {
        let path = || format!("zones[{index}]");
        for (field, is_there) in [("zones", raw.zones.is_some()), ("seats", raw.seats.is_some())] {
            if is_there {
                let reason = format!("a zone has rows and areas, and no {field} of its own");
                return Err(PlanError::new(format!("{}.{field}", path()), reason));
            }
        }
        let name = clean(text(raw.name.as_ref()), || format!("{}.name", path()))?;
        let at = position(raw.position.as_ref(), || format!("{}.position", path()))?;
        let mut rows = Vec::new();
        for (row_index, Object(row)) in raw.rows.iter().flat_map(|rows| &rows.0).enumerate() {
            let row = self.read_row(index, row_index, at, row)?;
            if row.seats.is_empty() {
                self.warnings.add(Kind::Empty, format!("{}.rows[{row_index}]", path()), || {
                    "the row has no seats and is left out".to_owned()
                });
            } else {
                rows.push(row);
            }
        }
        let areas = raw.areas.iter().flat_map(|areas| &areas.0).enumerate();
        let areas = areas.map(|(area_index, Object(area))| {
            self.areas.read(|| format!("{}.areas[{area_index}]", path()), at, area, &mut self.warnings)
        });
        let areas = areas.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        if rows.is_empty() && areas.is_empty() {
            self.warnings.add(Kind::Empty, path(), || "the zone has neither seats nor areas".to_owned());
        }
        Ok(Zone { name, rows, areas })
    }

    fn read_row(
        &mut self,
        zone: usize,
        row: usize,
        base: Point,
        raw: &'a RawRow<'a>,
    ) -> Result<Row, PlanError> {
        let path = || format!("zones[{zone}].rows[{row}]");
        for (field, is_there) in [("rows", raw.rows.is_some()), ("zones", raw.zones.is_some())] {
            if is_there {
                let reason = format!("a row has seats, and no {field} of its own");
                return Err(PlanError::new(format!("{}.{field}", path()), reason));
            }
        }
        let number = clean(text(raw.row_number.as_ref()), || format!("{}.row_number", path()))?;
        let pattern = clean(text(raw.row_label.as_ref()), || format!("{}.row_label", path()))?;
        let called = fitting(label(&pattern, &number), || format!("{}.row_label", path()))?;
        let pattern = clean(text(raw.seat_label.as_ref()), || format!("{}.seat_label", path()))?;
        let offset = position(raw.position.as_ref(), || format!("{}.position", path()))?;
        let at = Point { x: base.x + offset.x, y: base.y + offset.y };
        let mut seats = Vec::new();
        for (seat, Object(raw)) in raw.seats.iter().flat_map(|seats| &seats.0).enumerate() {
            seats.push(self.read_seat(Place { zone, row, seat }, at, &pattern, raw)?);
        }
        if called.is_empty() && !seats.is_empty() {
            self.warnings.add(Kind::Labels, path(), || "the row has no row_number".to_owned());
        }
        Ok(Row { label: called, seats })
    }

    fn read_seat(
        &mut self,
        place: Place,
        base: Point,
        pattern: &str,
        raw: &'a RawSeat<'a>,
    ) -> Result<Seat, PlanError> {
        self.seats += 1;
        if self.seats > SEATS_MAX {
            return Err(PlanError::new(place, format!("the plan has over {} seats", grouped(SEATS_MAX))));
        }
        let guid = self.read_guid(place, &raw.seat_guid.0)?;
        let number = clean(text(raw.seat_number.as_ref()), || format!("{place}.seat_number"))?;
        let called = fitting(label(pattern, &number), || format!("{}.seat_label", place.row_path()))?;
        if called.is_empty() {
            self.warnings.add(Kind::Labels, place, || "the seat has no seat_number".to_owned());
        }
        let offset = position(raw.position.as_ref(), || format!("{place}.position"))?;
        let at = absolute(base, offset, || place.to_string())?;
        let radius = length(raw.radius, || format!("{place}.radius"))?.filter(|radius| *radius > 0.0);
        let category = self.category(place, raw)?;
        self.places.push(place);
        Ok(Seat { guid, label: called, at, radius: radius.unwrap_or(RADIUS), category })
    }

    fn read_guid(&mut self, place: Place, raw: &'a str) -> Result<String, PlanError> {
        let path = || format!("{place}.seat_guid");
        let guid = clean(raw, path)?;
        if guid != raw || guid.is_empty() {
            let reason = "a seat_guid has at least one character, and no blanks at its ends or line breaks";
            return Err(PlanError::new(path(), reason));
        }
        if let Some(first) = self.guids.insert(raw, place) {
            let reason = format!("{guid:?} is the guid of {first} already; every seat needs its own");
            return Err(PlanError::new(path(), reason));
        }
        Ok(guid)
    }

    fn category(&mut self, place: Place, raw: &RawSeat<'_>) -> Result<usize, PlanError> {
        let name = clean(text(raw.category.as_ref()), || format!("{place}.category"))?;
        if let Some(index) = self.by_name.get(&name) {
            return Ok(*index);
        }
        if name.is_empty() {
            self.warnings.add(Kind::Categories, place, || {
                "seats have no category, this one first; they make a category of their own, with an empty name"
                    .to_owned()
            });
            let color = Color::PALETTE[self.categories.len() % Color::PALETTE.len()];
            return Ok(self.add_category(name, color));
        }
        let mut known: Vec<String> = self.categories.iter().map(|it| format!("{:?}", it.name)).collect();
        let rest = known.len().saturating_sub(10);
        known.truncate(10);
        let known = match (known.is_empty(), rest) {
            (true, _) => "there are none".to_owned(),
            (_, 0) => format!("there are {}", known.join(", ")),
            _ => format!("there are {} and {rest} more", known.join(", ")),
        };
        Err(PlanError::new(format!("{place}.category"), format!("there is no category {name:?}; {known}")))
    }
}

impl Place {
    fn row_path(self) -> String {
        format!("zones[{}].rows[{}]", self.zone, self.row)
    }
}

/// A label that a pattern did not make too long.
fn fitting(called: String, path: impl FnOnce() -> String) -> Result<String, PlanError> {
    let chars = called.chars().count();
    if chars > TEXT_CHARS_MAX {
        let reason = format!("the label has {} characters; the limit is {TEXT_CHARS_MAX}", grouped(chars));
        return Err(PlanError::new(path(), reason));
    }
    Ok(called)
}

/// The plan's size, and what to show of it.
fn extent(given: Option<Size>, zones: &[Zone]) -> (Size, Extent) {
    let mut bounds = Bounds::default();
    zones
        .iter()
        .flat_map(|zone| &zone.rows)
        .flat_map(|row| &row.seats)
        .for_each(|seat| bounds.add_seat(seat));
    if let Some(size) = given {
        bounds.add(Point::default());
        bounds.add(Point { x: size.width, y: size.height });
        return (size, bounds.extent());
    }
    let outlines = zones.iter().flat_map(|zone| &zone.areas).flat_map(crate::Area::outline);
    outlines.for_each(|point| bounds.add(point));
    (bounds.extent().size, bounds.extent())
}
