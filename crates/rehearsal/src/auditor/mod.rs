//! Holding a history against what must never happen.

use crate::disturbance::Disturbance;
use crate::history::History;
use crate::report::Promise;

/// Every promise, each with what was held against it.
pub fn audit(_history: &History, _disturbances: &[Disturbance]) -> Vec<Promise> {
    Vec::new()
}
