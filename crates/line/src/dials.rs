//! What the operator sets.

/// The operator's dials. They may be moved at any time; moving them down evicts nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dials {
    /// People inside or called at once, at most.
    pub capacity: u32,
    /// Calls in any rolling minute, at most; 0 is no limit.
    pub rate_per_minute: u32,
    /// Nobody is called while the line is paused. Joining, polling and leaving go on.
    pub paused: bool,
}

impl Dials {
    /// Whether nobody is called at all while the dials stand like this.
    pub fn calls_nobody(&self) -> bool {
        self.paused || self.capacity == 0
    }
}
