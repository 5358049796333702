//! What a page showed to the person who sent its form. If something else is true when the command is decided,
//! it is refused, so that a form from an old page never does more than that page said.
//!
//! Programs do not say what they saw: their commands act on what is true.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ids::SeatKey;

/// The holds that somebody saw as theirs, each with its deadline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenHolds(pub BTreeSet<(SeatKey, Timestamp)>);

/// Where somebody stood when a page offered them to leave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenPlace {
    /// Whether they were inside.
    pub is_inside: bool,
    /// What they held.
    pub holds: SeenHolds,
}
