//! The doors of onsale: HTTP, command line, configuration.
//!
//! A handler turns a request into a command, submits it, and says the answer; it holds no rules. Time,
//! randomness and identity enter here and nowhere below.

pub mod api;
pub mod app;
pub mod connection;
pub mod cookies;
pub mod currency;
pub mod demo;
pub mod desk;
pub mod logs;
pub mod meter;
pub mod metrics;
pub mod pulse;
pub mod secret;
pub mod settings;
pub mod tokens;
pub mod web;
