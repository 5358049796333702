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
