//! Failing well: several instances on a real PostgreSQL and a real Redis, a crowd at work, and something that
//! breaks.
//!
//! The crowd is the rehearsal's, and so is the auditor that holds its history against the promises. A trial
//! adds what is expected of a fault: what works meanwhile, what is refused, and how soon everything is back.
//! Then the store audits itself. Every server here is a process of its own in a temporary folder, stopped by
//! its own process id.

mod cluster;
mod instances;
mod live;
mod postgres;
mod redis;
mod trial;
mod verdict;
mod watch;
