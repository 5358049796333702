//! Plans of our own, for a demo and for tests. `crates/plan/samples/README.md` says what is in them.

/// A club with a standing bar, tables and a gallery: 300 seats.
pub const CLUB: &[u8] = include_bytes!("../samples/club.json");
/// A theatre with curved rows, boxes and a balcony: 1,200 seats.
pub const THEATRE: &[u8] = include_bytes!("../samples/theatre.json");
/// An arena with a floor and two rings around it: 12,000 seats.
pub const ARENA: &[u8] = include_bytes!("../samples/arena.json");
