//! The plan: zones with rows of seats and areas, all positions absolute.

use onsale_booking::hall::labels::Label;

/// A seating plan that was read and checked. It has 1 to [`SEATS_MAX`](crate::limits::SEATS_MAX) seats.
///
/// Texts are as in the file: escape them.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What the plan is called; never empty.
    pub name: String,
    /// The size that the file gives, with its top left corner at (0, 0). Without one that of everything.
    pub size: Size,
    /// What to show: the size, grown so that every seat is inside; without a size everything drawn.
    pub extent: Extent,
    /// In the file's order. One with an empty name, last, if seats have none and the file does not list it.
    pub categories: Vec<Category>,
    /// In the file's order, those without seats included.
    pub zones: Vec<Zone>,
    /// What is odd, a bounded number.
    pub warnings: Vec<crate::Warning>,
}

/// A width and a height in the plan's units, greater than 0 if the file gives them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

/// A place on the plan: x grows to the right, y downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A rectangle with upright sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// The top left corner.
    pub at: Point,
    /// Its size; may be 0.
    pub size: Size,
}

/// What a seat's price goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Unique in the plan. Empty for seats that name none.
    pub name: String,
    /// The file's, or one of ours.
    pub color: crate::Color,
}

/// A section of the hall.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// May be empty, and two zones may have the same.
    pub name: String,
    /// In the file's order, those without seats left out: rows that are neighbours follow each other.
    pub rows: Vec<Row>,
    /// In the order in which they are painted, the hindmost first.
    pub areas: Vec<Area>,
}

/// Seats in a line; at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is called in texts; may be empty.
    pub label: String,
    /// In the file's order.
    pub seats: Vec<Seat>,
}

/// One seat.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    /// Unique in the plan, and what the operator's lists name the seat by. Not for fans.
    pub guid: String,
    /// What it is called in texts, within its row; may be empty.
    pub label: String,
    /// Its centre.
    pub at: Point,
    /// Greater than 0.
    pub radius: f64,
    /// Index into [`Plan::categories`].
    pub category: usize,
}

/// A stage, a bar, a wall, a table, a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// What it looks like.
    pub shape: Shape,
    /// The top left corner of a rectangle, the centre of an ellipse, the point that a polygon's corners are
    /// relative to. The area is turned around it.
    pub at: Point,
    /// Clockwise, in degrees, 0 to 360.
    pub rotation: f64,
    /// None: not filled.
    pub fill: Option<crate::Color>,
    /// None: no border.
    pub border: Option<crate::Color>,
    /// None if there is none.
    pub text: Option<AreaText>,
}

/// An area's form, in the plan's units.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// From [`Area::at`] to the right and downwards.
    Rectangle(Size),
    /// A circle has two equal radii.
    Ellipse {
        /// Horizontal.
        rx: f64,
        /// Vertical.
        ry: f64,
    },
    /// At least three corners, relative to [`Area::at`].
    Polygon(Vec<Point>),
    /// Only a text.
    Text,
}

/// What is written on an area.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaText {
    /// Never empty.
    pub text: String,
    /// Of the letters.
    pub color: crate::Color,
    /// Height of the letters in the plan's units.
    pub size: f64,
    /// The text's middle, relative to [`Area::at`]; it turns with the area.
    pub at: Point,
}

/// A seat with its number and where it belongs.
#[derive(Debug, Clone, Copy)]
pub struct Numbered<'a> {
    /// From 1, in the order of zones, rows and seats: the seat's identity within a concert.
    pub seat_no: u32,
    /// The seat's zone.
    pub zone: &'a Zone,
    /// The seat's row.
    pub row: &'a Row,
    /// The seat.
    pub seat: &'a Seat,
}

impl<'a> Numbered<'a> {
    /// The seat's name.
    pub fn label(&self) -> Label<'a> {
        Label { section: &self.zone.name, row: &self.row.label, seat: &self.seat.label }
    }
}

/// The default focal point: the best seats are those nearest to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Focus<'a> {
    /// Where it is.
    pub at: Point,
    /// The text of the area that it is the middle of. None: the top middle of the seats' bounding box.
    pub stage: Option<&'a str>,
}

/// What a text says if it names a stage, in lower case. The third is the second with its dots as a character
/// of their own, as some systems write it.
const STAGES: [&str; 4] = ["stage", "bühne", "bu\u{308}hne", "무대"];

impl Plan {
    /// Rows with the seats' centres, of all zones in plan order: what choosing the best seats needs.
    pub fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = impl Iterator<Item = Point>>> {
        self.zones.iter().map(|zone| zone.rows.iter().map(|row| row.seats.iter().map(|seat| seat.at)))
    }

    /// Every seat in plan order, numbered from 1.
    pub fn seats(&self) -> impl Iterator<Item = Numbered<'_>> {
        let all = self.zones.iter().flat_map(|zone| {
            zone.rows.iter().flat_map(move |row| row.seats.iter().map(move |seat| (zone, row, seat)))
        });
        (1..).zip(all).map(|(seat_no, (zone, row, seat))| Numbered { seat_no, zone, row, seat })
    }

    /// How many seats there are.
    pub fn seat_count(&self) -> usize {
        self.zones.iter().flat_map(|zone| &zone.rows).map(|row| row.seats.len()).sum()
    }

    /// How many seats each category has, in the order of [`Plan::categories`].
    pub fn seats_by_category(&self) -> Vec<usize> {
        let mut counts = vec![0; self.categories.len()];
        self.seats().for_each(|it| counts[it.seat.category] += 1);
        counts
    }

    /// What the best seats are near to, unless an operator names another place: the middle of the first area
    /// whose text contains "stage", "Bühne" or "무대" in any case, else the top middle of all seats.
    pub fn focus(&self) -> Focus<'_> {
        let areas = self.zones.iter().flat_map(|zone| &zone.areas);
        let stage = areas.filter_map(|area| Some((area, area.text.as_ref()?))).find(|(_, text)| {
            let text = text.text.to_lowercase();
            STAGES.iter().any(|stage| text.contains(stage))
        });
        if let Some((area, text)) = stage {
            return Focus { at: area.middle(), stage: Some(&text.text) };
        }
        let mut bounds = Bounds::default();
        self.seats().for_each(|it| bounds.add(it.seat.at));
        let extent = bounds.extent();
        Focus { at: Point { x: extent.at.x + extent.size.width / 2.0, y: extent.at.y }, stage: None }
    }
}

impl Area {
    /// The middle of the shape, where it was turned to. Of a text without a shape: where the text is.
    fn middle(&self) -> Point {
        let middle = match &self.shape {
            Shape::Rectangle(size) => Point { x: size.width / 2.0, y: size.height / 2.0 },
            Shape::Ellipse { .. } => Point::default(),
            Shape::Polygon(_) => {
                let mut bounds = Bounds::default();
                self.corners().into_iter().for_each(|corner| bounds.add(corner));
                bounds.extent().middle()
            }
            Shape::Text => self.text.as_ref().map_or_else(Point::default, |text| text.at),
        };
        self.placed(middle)
    }

    /// A point relative to [`Area::at`], turned and made absolute.
    fn placed(&self, point: Point) -> Point {
        let (sin, cos) = match self.rotation {
            0.0 => (0.0, 1.0),
            degrees => degrees.to_radians().sin_cos(),
        };
        Point { x: self.at.x + point.x * cos - point.y * sin, y: self.at.y + point.x * sin + point.y * cos }
    }

    /// Points relative to [`Area::at`] whose bounding box holds the shape.
    fn corners(&self) -> Vec<Point> {
        let of = |left: f64, top: f64, right: f64, bottom: f64| {
            [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| Point { x, y }).to_vec()
        };
        match &self.shape {
            Shape::Rectangle(size) => of(0.0, 0.0, size.width, size.height),
            Shape::Ellipse { rx, ry } => of(-rx, -ry, *rx, *ry),
            Shape::Polygon(corners) => corners.clone(),
            Shape::Text => self.text.iter().map(|text| text.at).collect(),
        }
    }

    /// Points on the plan whose bounding box holds the area.
    pub(crate) fn outline(&self) -> Vec<Point> {
        self.corners().into_iter().map(|corner| self.placed(corner)).collect()
    }
}

impl Extent {
    fn middle(&self) -> Point {
        Point { x: self.at.x + self.size.width / 2.0, y: self.at.y + self.size.height / 2.0 }
    }
}

/// Grows around points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    least: Point,
    most: Point,
}

impl Default for Bounds {
    fn default() -> Self {
        let (most, least) = (f64::NEG_INFINITY, f64::INFINITY);
        Self { least: Point { x: least, y: least }, most: Point { x: most, y: most } }
    }
}

impl Bounds {
    pub(crate) fn add(&mut self, point: Point) {
        self.least = Point { x: self.least.x.min(point.x), y: self.least.y.min(point.y) };
        self.most = Point { x: self.most.x.max(point.x), y: self.most.y.max(point.y) };
    }

    /// Adds a whole seat, not only its centre.
    pub(crate) fn add_seat(&mut self, seat: &Seat) {
        let (Point { x, y }, radius) = (seat.at, seat.radius);
        self.add(Point { x: x - radius, y: y - radius });
        self.add(Point { x: x + radius, y: y + radius });
    }

    /// The rectangle around what was added; empty at (0, 0) if nothing was.
    pub(crate) fn extent(&self) -> Extent {
        if self.least.x > self.most.x {
            return Extent { at: Point::default(), size: Size { width: 0.0, height: 0.0 } };
        }
        let size = Size { width: self.most.x - self.least.x, height: self.most.y - self.least.y };
        Extent { at: self.least, size }
    }
}
