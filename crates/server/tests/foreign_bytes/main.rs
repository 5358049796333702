//! Every reader of foreign bytes gets arbitrary ones. It never panics, accepts nothing that a strict reader
//! refuses, and reads back what we write.
//!
//! The strict readers here repeat the rules on purpose.

mod connections;
mod cookies;
mod readers;
mod requests;
mod rig;
mod settings;
mod tokens;
mod urls;
