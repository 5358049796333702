//! Where the sale and the line are kept.
//!
//! Every write takes one path, for a whole batch at once: the [`writer`] asks a [`port::Backend`] for every
//! row that the batch can touch, the rules of `onsale-booking` decide each command in the order of arrival,
//! and the backend commits what changed. A backend is only `load` and `commit`; it holds no rules. SQL may
//! witness (unique indexes, CHECKs, row counts) but never decides.
//!
//! Architecture invariant: nothing here knows HTTP, and only [`clock`] reads the time.

pub mod clock;
mod columns;
pub mod error;
pub mod gates;
pub mod line;
mod name_search;
mod operator_log;
mod percent;
pub mod port;
pub mod postgres;
pub mod private;
pub mod redis;
mod sale_columns;
pub mod sale_directory;
pub mod seat_map;
pub mod sqlite;
pub mod store;
mod tls;
mod unknown_commit;
pub mod writer;
