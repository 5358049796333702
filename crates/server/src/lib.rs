//! The program: command line, settings, the demo, and starting the server.

pub mod demo;
pub mod logs;
pub mod secret;
pub mod settings;
pub mod start;
