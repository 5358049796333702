//! The stories on the embedded store and line.

mod home;
#[path = "stories.rs"]
mod stories;

use stories::{actors, answer, line, stage};
