//! When something was seen to be out of order: answers lost, 503s, a line rebuilt.
//!
//! Order can be judged on one side of these only. A call that was lost with an instance is made again, in order, but the
//! people who were called first seem to wait longer than those behind them.

use crate::history::{History, Micros};

/// Something was out of order, from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disturbance {
    /// From when, by the rehearsal's clock.
    pub from: Micros,
    /// Until when.
    pub until: Micros,
    /// What was seen, like "12 answers lost, 3 times 503".
    pub what: String,
}

/// All of them, in order, none touching the next.
pub fn disturbances(_history: &History) -> Vec<Disturbance> {
    Vec::new()
}
