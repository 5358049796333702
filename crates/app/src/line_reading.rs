//! A line in numbers.

use onsale_line::{Dials, Estimate, Tallies, View};

/// A line as of its last tick.
#[derive(Debug, Clone)]
pub struct LineReading(View);

impl LineReading {
    pub(crate) fn new(view: View) -> Self {
        Self(view)
    }

    /// The line's counts.
    pub fn tallies(&self) -> Tallies {
        self.0.tallies()
    }

    /// The dials in force.
    pub fn dials(&self) -> Dials {
        self.0.dials()
    }

    /// How long a person who joined now would wait with these dials; `None` if that is not known yet.
    pub fn forecast(&self, dials: Dials) -> Option<Estimate> {
        self.0.forecast(dials)
    }
}
