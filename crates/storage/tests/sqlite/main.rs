//! What only the embedded store has: files, pragmas, a schema to deceive. Cases for every backend are in the
//! conformance suite.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

mod controls;
mod faults;
mod impossible;
mod kill;
mod opening;
mod rig;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each suite uses its share of it")]
mod support;
mod witnesses;
