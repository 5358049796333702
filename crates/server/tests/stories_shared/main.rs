//! The stories on PostgreSQL and Redis, and those that it takes several instances for.

mod home;
mod instances;
#[path = "../stories/stories.rs"]
mod stories;

use stories::{actors, answer, events, line, stage};
