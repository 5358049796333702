//! Stories of a sale, told by fans and operators over real TCP to a real store.
//!
//! Time is a clock that the stories move; nothing here sleeps. Every stage ends with an audit of its store,
//! and every answer is held against what all answers must be, so a story only says what is its own. Each is told
//! twice, on the embedded store and line and on PostgreSQL and Redis, and holds on both.

pub(crate) mod actors;
pub(crate) mod answer;
mod any_input;
mod bad_input;
mod bad_paths;
mod capacity;
mod dials;
mod document;
pub(crate) mod events;
mod faults;
mod faults_of_money;
mod idempotency;
pub(crate) mod line;
mod operators;
mod order;
mod page_safety;
mod pages;
mod pass;
mod purchase;
mod refusals;
mod restart;
mod seat_events;
mod several;
pub(crate) mod stage;
mod tokens;
mod visitor;
mod watching;
