//! A hall, and which of its free seats suit a group best.
//!
//! [`choose()`](choose::choose) is a pure function of the free seats, of what they cost and of a wish. Its
//! rules, in this order:
//! 1. The group sits in one run of neighbours. Else, unless it asks to be together, it is split over as few
//!    adjacent rows as possible, as evenly as possible. Else it sits as near to each other as possible. Only
//!    a group that fits nowhere else gets a restricted view. A group is of one category if possible.
//! 2. It leaves no single where another choice of its category within two rows leaves fewer.
//! 3. It is nearest to the focal point; of equally near ones, the lowest seat numbers win.
//!
//! Each rule only decides between what the rules before it leave open, so none refuses a group that fits.
//!
//! Architecture invariant: no rows of a store. A choice grants nothing; a command decides on locked seats.

pub mod choose;
pub mod companions;
mod fit;
pub mod free_seats;
pub mod labels;
pub mod layout;
pub mod pool;
mod scattered;
mod split;
mod stretch;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod together;
pub mod wish;

use std::sync::Arc;

use labels::{Label, Labels};
use layout::Layout;
use wish::CategoryNo;

use crate::ids::SeatNo;

/// What never changes about a concert's seats: where they are, what they are called, and which category each
/// is of. Concerts with the same plan and focal point share one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hall {
    layout: Arc<Layout>,
    categories: Vec<String>,
    category_of: Vec<CategoryNo>,
    labels: Labels,
}

impl Hall {
    /// The hall of a plan: its categories, and label and category of each seat in plan order.
    pub fn new<'a>(
        layout: Layout,
        categories: Vec<String>,
        seats: impl IntoIterator<Item = (Label<'a>, CategoryNo)>,
    ) -> Self {
        let (mut labels, mut category_of) = (Labels::default(), Vec::new());
        for (label, category) in seats {
            labels.push(label);
            category_of.push(category);
        }
        Self { layout: Arc::new(layout), categories, category_of, labels }
    }

    /// The hall of a concert without a plan: rows of ten, without labels and categories.
    pub fn grid(capacity: u32) -> Self {
        Self::new(Layout::grid(capacity), Vec::new(), [])
    }

    /// Where the seats are.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The names of the categories, each once. A hall without a plan has none.
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// The category of a seat; 0 without a plan.
    pub fn category_of(&self, seat_no: SeatNo) -> CategoryNo {
        let index = (seat_no as usize).wrapping_sub(1);
        self.category_of.get(index).copied().unwrap_or_default()
    }

    /// The name of a seat's category. None without a plan, or if there is no such seat.
    pub fn category_name_of(&self, seat_no: SeatNo) -> Option<&str> {
        let category = *self.category_of.get((seat_no as usize).checked_sub(1)?)?;
        self.categories.get(usize::from(category)).map(String::as_str)
    }

    /// The category with this name.
    pub fn category(&self, name: &str) -> Option<CategoryNo> {
        self.categories.iter().position(|it| it == name).and_then(|index| CategoryNo::try_from(index).ok())
    }

    /// What a seat is called. None without a plan, or if there is no such seat.
    pub fn label(&self, seat_no: SeatNo) -> Option<Label<'_>> {
        self.labels.of(seat_no)
    }
}
