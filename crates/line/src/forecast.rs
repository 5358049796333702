//! How other dials would change the wait, before they are set.
//!
//! It is a forecast, not a promise: how long people stay and how many give up may change with the dials, but
//! is assumed to stay the same.

use crate::dials::Dials;
use crate::estimate::Estimate;
use crate::view::View;

impl View {
    /// The wait of somebody who joins now, behind everybody who waits, if the dials were `dials`. For the
    /// dials in force it equals [`View::estimate`] with as many ahead, or is 0 because they would walk
    /// straight in. `None` if those dials call nobody, before the opening, or while there is no honest
    /// estimate.
    pub fn forecast(&self, dials: Dials) -> Option<Estimate> {
        if dials.calls_nobody() || self.schedule().is_lobby() {
            return None;
        }
        if self.lets_in_at_once(dials) {
            return Some(Estimate { p10: 0, p50: 0, p90: 0 });
        }
        self.estimate_by(&self.waits().with_dials(dials), self.tallies().waiting)
    }

    /// Whether these dials call somebody who joins now at once: nobody waits, and a slot is free. With a rate
    /// it depends on the calls of the last minute, which a view does not know.
    fn lets_in_at_once(&self, dials: Dials) -> bool {
        let tallies = self.tallies();
        let has_free_slot = tallies.inside + tallies.called < u64::from(dials.capacity.get());
        let is_open = !self.schedule().is_lobby();
        is_open && tallies.waiting == 0 && has_free_slot && dials.rate_per_minute == 0 && !dials.paused
    }
}
