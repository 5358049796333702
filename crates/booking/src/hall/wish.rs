//! What somebody asks for who leaves the choice to the house.

use crate::ids::SeatNo;
use crate::money::Money;
use crate::seat::SeatKind;

/// A category of a plan, by its place in the plan's list.
pub type CategoryNo = u8;

/// What a seat costs, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The plan's; 0 without a plan.
    pub category: CategoryNo,
    /// What it costs now.
    pub price: Money,
    /// None for an ordinary seat.
    pub kind: Option<SeatKind>,
}

/// Looks up a seat's terms.
pub type TermsOf<'a> = &'a dyn Fn(SeatNo) -> Terms;

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// How many seats, the wheelchair place included.
    pub quantity: u32,
    /// Only this category.
    pub category: Option<CategoryNo>,
    /// The most that each seat may cost.
    pub max_price: Option<Money>,
    /// Rather nothing than a group that is split.
    pub together: bool,
    /// None: ordinary seats, or at worst a restricted view. Wheelchair: one place, and companion seats beside
    /// it for the others. Restricted: only such seats. Companion: nothing, as such seats go with their place.
    pub kind: Option<SeatKind>,
}

/// Why a wish has no choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoFit {
    /// Enough seats are free, but not side by side.
    #[error("there are not that many seats side by side")]
    NotTogether,
    /// Fewer seats than asked for are free at all.
    #[error("only {free} seats are free that fit")]
    NotEnough {
        /// How many fit the wish.
        free: u32,
    },
}
