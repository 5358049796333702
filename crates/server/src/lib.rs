//! The program: command line, settings, the demo, and starting the server.

pub mod demo;
pub mod logs;
pub mod plan_check;
pub mod secret;
pub mod settings;
pub mod start;
