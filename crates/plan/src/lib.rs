//! Plans: drawings of halls, in the JSON format of pretix's open seating-plan editor as it is found in the
//! wild.
//!
//! [`Plan::read`] takes a file's bytes and gives a [`Plan`] or a [`PlanError`] with the place in the file.
//! What is odd but usable becomes a [`Warning`]. [`Plan::drawing`] is the plan as the map in a browser needs
//! it, and [`svg()`] draws it for people who check a file. [`Plan::canonical`] is what a store keeps, and
//! [`Plan::terms`] what a concert's seats cost and are, and
//! [`Plan::hall`] what the rules and pages need of it.
//!
//! Architecture invariant: no async, I/O, clock or randomness. Texts are kept as they are in the file (HTML
//! in a name is text); what renders them must escape them. Colours and numbers are safe in any attribute.

mod canonical;
mod color;
mod drawing;
mod error;
mod hall;
mod kept;
mod label;
pub mod limits;
mod notes;
mod plan;
mod raw;
mod read;
pub mod samples;
mod svg;
mod terms;
mod text;

pub use color::Color;
pub use drawing::Drawing;
pub use error::{PlanError, Warning};
pub use plan::{
    Area, AreaText, Category, Extent, Focus, Numbered, Plan, Point, Row, Seat, Shape, Size, Zone,
};
pub use svg::svg;
