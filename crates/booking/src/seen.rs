//! What a page showed to the person who sent its form. If something else is true when the command is decided,
//! it is refused, so that a form from an old page never does more than that page said.
//!
//! Programs do not say what they saw: their commands act on what is true.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ids::{ConcertId, SeatKey};

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

/// A sale as its form showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSale {
    /// Its revision.
    pub revision: u64,
    /// When: time alone opens the lobby of a sale, and ends the sale.
    pub at: Timestamp,
    /// Its members. A new concert that names the sale leaves its revision as it is.
    pub concerts: BTreeSet<ConcertId>,
}
