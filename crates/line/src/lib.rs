//! The waiting line of a ticket sale: who may come in, and when.
//!
//! [`Line`] is the whole state machine in memory, [`View`] an immutable picture of it from which polls are answered.
//! Everybody has a [`Number`], the order of joining; people are called in that order among those present, never
//! more than the [`Dials`] allow. Whoever was absent when their turn came is called first once back.
//!
//! Architecture invariant: pure rules. No async, I/O, clock or randomness; `now` and jitter are arguments. Where
//! the line is kept (in process, in Redis) is not decided here: the walk, presence and pace stand alone, so that a
//! line kept elsewhere decides by the same code.

mod admissions;
mod dials;
mod dues;
mod line;
mod number;
mod pace;
mod poll;
mod presence;
mod recovery;
mod rolling;
mod sign;
mod tick;
mod time;
mod view;
mod walk;

#[cfg(test)]
mod testing;

pub use admissions::{Admissions, Pass, Place};
pub use dials::Dials;
pub use dues::Dues;
pub use line::Line;
pub use number::{CHUNK_NUMBERS, NUMBER_MAX, Number, NumberSet, NumbersExhausted};
pub use pace::{CALLS_SEEN_MIN, Estimate, Pace, PaceSample};
pub use poll::{PollBounds, due_after, poll_bounds};
pub use presence::{Presence, is_present};
pub use recovery::Recovery;
pub use rolling::RollingMinute;
pub use sign::Sign;
pub use tick::{CALL_SECONDS, CALLS_PER_TICK_MAX, CLAIM_SECONDS, SCAN_PER_TICK_MAX};
pub use view::{Tallies, View, ViewParts};
pub use walk::{Walk, WalkBounds, walk};
