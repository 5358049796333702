//! The stories on PostgreSQL and Redis, and those that need several instances.

mod held_polls;
mod home;
mod instances;
mod sales;
#[path = "../stories/stories.rs"]
mod stories;
mod three;

use stories::{actors, answer, events, line, stage};
