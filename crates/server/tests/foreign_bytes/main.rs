//! Every reader of bytes from outside gets arbitrary ones. It never panics, accepts nothing that a strict
//! reader refuses, and reads back what we write.
//!
//! Strict readers are written here a second time, on purpose.

mod cookies;
mod readers;
mod requests;
mod rig;
mod settings;
mod tokens;
mod urls;
