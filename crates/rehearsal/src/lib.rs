//! A sale played before it happens: simulated fans over HTTP, and an auditor that checks every answer.
//!
//! *Invariant: this crate knows the server's API and nothing else of it.* What an answer must be is written here a second
//! time, on purpose: a rule that the server has got wrong is found only by somebody who has not read it there.

pub mod auditor;
pub mod disturbance;
pub mod history;
pub mod report;
