//! What a plan may have at most. A file past one of these is refused, with the limit in the reason.

/// Bytes of a file: 16 MiB.
pub const BYTES_MAX: usize = 16 * 1024 * 1024;
/// JSON objects in a file, so that a small file cannot take much memory. A plan of 50,000 seats has some
/// 100,000; what other programs add to each seat has room, too.
pub const OBJECTS_MAX: usize = 500_000;
/// Seats of a plan.
pub const SEATS_MAX: usize = 50_000;
/// Zones of a plan.
pub const ZONES_MAX: usize = 1_000;
/// Categories of a plan, those without seats included.
pub const CATEGORIES_MAX: usize = 100;
/// Areas of a plan.
pub const AREAS_MAX: usize = 5_000;
/// Corners of all polygons of a plan.
pub const CORNERS_MAX: usize = 20_000;
/// How far a coordinate may be from 0, in the plan's units, relative or absolute. Rotations have the same
/// bound, in degrees.
pub const COORDINATE_MAX: f64 = 1_000_000.0;
/// The greatest width, height, radius and size of a text, in the plan's units.
pub const LENGTH_MAX: f64 = 1_000_000.0;
/// Characters of a name, a label, a guid or a text.
pub const TEXT_CHARS_MAX: usize = 200;
/// Warnings of one kind that are kept; how many more there were is one more warning.
pub const WARNINGS_OF_A_KIND_MAX: usize = 10;
