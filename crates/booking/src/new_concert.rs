//! What a new concert is made of.

use crate::money::Money;
use crate::seat::SeatKind;

/// One seat of a new concert in a hall, by its place in the list: the first is seat 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSeat {
    /// What it costs.
    pub price: Money,
    /// What is special about it.
    pub kind: Option<SeatKind>,
    /// Whether the house keeps it: it is not for sale.
    pub kept: bool,
}
