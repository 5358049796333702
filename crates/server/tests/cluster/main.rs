//! Failing well: several instances on a real PostgreSQL and a real Redis, a crowd at work, and something that breaks.
//!
//! Every fan writes down what they asked and what they were told. Afterwards whatever was left open is sent again, the
//! whole history is held against what must never happen, and the store audits
//! itself. Every server here is a process of its own in a temporary folder, stopped by its own process id.

mod check;
mod cluster;
mod fan;
mod history;
mod instances;
mod postgres;
mod redis;
mod trial;
mod watch;
