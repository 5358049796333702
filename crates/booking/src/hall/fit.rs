//! Which seats fit a wish.

use super::free_seats::FreeSeats;
use super::wish::{CategoryNo, TermsOf, Wish};
use crate::seat::SeatKind;

/// A wish, and what it is measured against.
#[derive(Clone, Copy)]
pub(super) struct Fits<'a> {
    wish: &'a Wish,
    terms: TermsOf<'a>,
}

/// What a seat is to the wish that it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// As good as any.
    Ordinary,
    /// Only if the group fits nowhere else.
    Restricted,
    /// The one place of the group.
    Wheelchair,
}

/// A seat that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) category: CategoryNo,
    pub(super) role: Role,
}

impl<'a> Fits<'a> {
    pub(super) fn new(wish: &'a Wish, terms: TermsOf<'a>) -> Self {
        Self { wish, terms }
    }

    /// Whether the group has one wheelchair place, and companion seats otherwise.
    pub(super) fn has_wheelchair(&self) -> bool {
        self.wish.kind == Some(SeatKind::Wheelchair)
    }

    /// What the seat with this index is to the wish; None if it does not fit.
    pub(super) fn of(&self, index: u32) -> Option<Fit> {
        let terms = (self.terms)(index + 1);
        let is_open = self.wish.category.is_none_or(|category| terms.category == category)
            && self.wish.max_price.is_none_or(|most| terms.price <= most);
        let role = match (self.wish.kind, terms.kind) {
            (None, None)
            | (Some(SeatKind::Restricted), Some(SeatKind::Restricted))
            | (Some(SeatKind::Wheelchair), Some(SeatKind::Companion)) => Role::Ordinary,
            (None, Some(SeatKind::Restricted)) => Role::Restricted,
            (Some(SeatKind::Wheelchair), Some(SeatKind::Wheelchair)) => Role::Wheelchair,
            _ => return None,
        };
        is_open.then_some(Fit { category: terms.category, role })
    }

    /// All free seats that fit, by index.
    pub(super) fn all(&self, free: &FreeSeats) -> Vec<(u32, Fit)> {
        let mut all = Vec::with_capacity(free.count() as usize);
        all.extend(free.indices().filter_map(|index| Some((index, self.of(index)?))));
        all
    }
}
