//! How the sale and the line are kept.
//!
//! Every write goes one way, for a whole batch at once: the [`writer`] asks a [`port::Backend`] for every
//! row that the batch can touch, the rules of `onsale-booking` decide each command in the order in which it
//! came, and the backend commits what changed. A backend is only `load` and `commit`; no rule lives here.
//! SQL may witness (unique index, CHECK, row counts) but never decides.
//!
//! Architecture invariant: nothing here knows HTTP, and nothing here calls a clock but [`clock`].

pub mod clock;
mod doubt;
pub mod error;
pub mod line;
mod operator_log;
pub mod port;
pub mod postgres;
pub mod redis;
pub mod seat_map;
pub mod sqlite;
pub mod store;
pub mod writer;
