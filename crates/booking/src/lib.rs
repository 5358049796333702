//! The rules of a sale: who gets which seat, and who has paid.
//!
//! Everything goes through one function. [`decide()`] takes a [`Book`] (every row that a command can touch,
//! as loaded by a store) and one [`Command`], and returns an [`Outcome`] or a named [`Refusal`]. Afterwards
//! the book gives its [`Changes`], which a store commits.
//!
//! Architecture invariant: no async, I/O, SQL, HTTP, clock or randomness. `now` and every new identity are
//! arguments. A refusal leaves the book unchanged.

pub mod access;
pub mod audit;
pub mod beacon;
pub mod bill;
pub mod book;
pub mod command;
pub mod concert;
pub mod decide;
pub mod hall;
pub mod ids;
pub mod money;
pub mod name;
pub mod new_concert;
pub mod new_plan;
pub mod new_sale;
pub mod on_sale;
pub mod outcome;
pub mod pass;
pub mod policy;
pub mod refusal;
pub mod request;
mod rules;
pub mod sale;
mod scope;
pub mod seat;
pub mod seed;
pub mod seen;
#[cfg(test)]
mod testing;
pub mod user;
pub mod wallet;
pub mod window;

pub use book::{Book, Changes, Rows};
pub use command::Command;
pub use decide::decide;
pub use outcome::Outcome;
pub use policy::Policy;
pub use refusal::Refusal;
pub use rules::refuse_early;
pub use scope::Scope;
