//! Who gets which seat and who has paid: the rules of a sale, and nothing else.
//!
//! The way through this crate is one function: [`decide()`] takes a [`Book`] (every row that a command can
//! touch, as loaded by a store), one [`Command`], and answers with an [`Outcome`] or a named [`Refusal`].
//! What changed is taken from the book afterwards as [`Changes`], and a store commits it.
//!
//! Architecture invariant: no async, I/O, SQL, HTTP, clock or randomness in here. `now`, and every new
//! identity, is an argument. A refusal leaves the book as it was.

pub mod audit;
pub mod bill;
pub mod book;
pub mod command;
pub mod concert;
pub mod decide;
pub mod ids;
pub mod money;
pub mod outcome;
pub mod pass;
pub mod policy;
pub mod refusal;
pub mod request;
mod rules;
pub mod seat;
#[cfg(test)]
mod testing;
pub mod user;
pub mod wallet;

pub use book::{Book, Changes, Rows};
pub use command::{Command, Scope};
pub use decide::decide;
pub use outcome::Outcome;
pub use policy::Policy;
pub use refusal::Refusal;
pub use rules::refuse_early;
