//! The use cases of onsale: join, poll, hold, pay, charge, open a concert, set the dials.
//!
//! Each takes domain types and returns domain types or an [`AppError`](error::AppError). Nothing here knows
//! HTTP, JSON, pages or settings, so every entry point can use it: the API, the pages, and later a payment
//! provider's webhook.

mod admission;
mod admissions;
pub mod app;
pub mod audit;
mod base32;
mod calendar;
pub mod concerts;
pub mod error;
pub mod held_polls;
mod held_tickets;
pub mod joining;
pub mod line;
pub mod line_reading;
pub mod line_status;
pub mod operators;
pub mod paging;
pub mod people;
pub mod purchases;
pub mod queue_feed;
mod random;
mod resting_lines;
mod sale_statistics;
pub mod sales;
pub mod sampling;
pub mod seat_feed;
pub mod seats;
pub mod selling;
pub mod sign_in;
pub mod statistics;
pub mod tokens;
pub mod visits;
pub mod wallet;
