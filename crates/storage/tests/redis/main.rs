//! What only a line in Redis has: several instances, and a server that loses things.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

mod cluster;
mod drawn_traces;
mod late_reads;
mod lobby;
mod losses;
mod opening_losses;
mod openings;
mod rig;
mod secured;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each suite uses its share of it")]
mod support;
mod traces;
mod two_sales;
