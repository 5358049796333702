//! How other dials would change the wait, before they are set.
//!
//! By Little's law people stay s = (inside + called) / m seconds on average, where m is the measured calls
//! per second. So the slots alone let the line call capacity / s people a second, and the rate alone rate /
//! 60; the lower of the two is the bound. Other dials have another bound, and the pace, with its spread, is
//! assumed to follow: m' = m x bound of the new dials / bound of those in force. A larger capacity also opens
//! slots at once, and those who get one are no longer ahead; but a rate spreads them over its minutes, so
//! nobody's wait is shorter than the rate alone allows.
//!
//! It is a forecast, not a promise: how long people stay and how many give up may change with the dials, but
//! is assumed to stay the same.

use crate::dials::Dials;
use crate::pace::Estimate;
use crate::view::View;

/// How many calls per second dials allow, as multiples of the measured pace.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    by_capacity: f64,
    by_rate: f64,
}

impl Bounds {
    fn lower(self) -> f64 {
        self.by_capacity.min(self.by_rate)
    }
}

/// The line's movement under the dials in force.
struct Flow {
    dials: Dials,
    /// Slots taken now.
    taken: u32,
    /// Slots in use while the pace was measured.
    in_use: f64,
    calls_per_second: f64,
}

impl View {
    /// The wait of somebody who joins now, behind everybody who waits, if the dials were `dials`. For the
    /// dials in force it equals [`View::estimate`] with as many ahead, or is 0 because they would walk
    /// straight in. `None` if those dials call nobody, or while there is no honest estimate.
    pub fn forecast(&self, dials: Dials) -> Option<Estimate> {
        if dials.calls_nobody() {
            return None;
        }
        if self.lets_in_at_once(dials) {
            return Some(Estimate { p10: 0, p50: 0, p90: 0 });
        }
        let flow = Flow::of(self)?;
        let (in_force, bounds) = (flow.bounds(flow.dials), flow.bounds(dials));
        // With a capacity of 0 the measured pace has no bound to compare with: the new dials' own is all
        // there is.
        let bound = Some(in_force.lower()).filter(|bound| *bound > 0.0).unwrap_or(1.0);
        let waiting = self.tallies().waiting;
        let ahead = waiting.saturating_sub(flow.slots_opened(dials, in_force));
        let by_capacity = self.pace().estimate_at(bounds.by_capacity / bound, ahead)?;
        let by_rate = self.pace().estimate_at(bounds.by_rate / bound, waiting)?;
        Some(longer(by_capacity, by_rate))
    }
}

impl View {
    /// Whether these dials call somebody who joins now at once: nobody waits, and a slot is free. With a rate
    /// it depends on the calls of the last minute, which a view does not know.
    fn lets_in_at_once(&self, dials: Dials) -> bool {
        let tallies = self.tallies();
        let has_free_slot = tallies.inside + tallies.called < u64::from(dials.capacity.get());
        let is_open = !self.schedule().is_lobby();
        is_open && tallies.waiting == 0 && has_free_slot && dials.rate_per_minute == 0 && !dials.paused
    }
}

impl Flow {
    /// `None` if it is unknown how long anybody stays: nobody is inside, nor could be.
    fn of(view: &View) -> Option<Self> {
        let (dials, tallies) = (view.dials(), view.tallies());
        let taken = u32::try_from(tallies.inside + tallies.called).unwrap_or(u32::MAX);
        // While paused, people leave and the measured pace stays; and after everybody has left nothing shows
        // how long they stayed. Either way it was the pace of a full house.
        let in_use = if dials.paused || taken == 0 { dials.capacity.get() } else { taken };
        let calls_per_second = view.pace().calls_per_second();
        (in_use > 0).then(|| Self { dials, taken, in_use: f64::from(in_use), calls_per_second })
    }

    fn bounds(&self, dials: Dials) -> Bounds {
        let by_rate = match dials.rate_per_minute {
            0 => f64::INFINITY,
            rate => f64::from(rate) / 60.0 / self.calls_per_second,
        };
        Bounds { by_capacity: f64::from(dials.capacity.get()) / self.in_use, by_rate }
    }

    /// How many slots `dials` open at once. Slots that the capacity in force leaves free do not count while
    /// only that capacity bounds the line: whatever keeps them free, other dials do not change it.
    fn slots_opened(&self, dials: Dials, in_force: Bounds) -> u64 {
        let free = |dials: Dials| dials.capacity.get().saturating_sub(self.taken);
        let is_held_back = self.dials.paused || in_force.by_rate < in_force.by_capacity;
        let free_already = if is_held_back { 0 } else { free(self.dials) };
        u64::from(free(dials).saturating_sub(free_already))
    }
}

fn longer(one: Estimate, other: Estimate) -> Estimate {
    Estimate { p10: one.p10.max(other.p10), p50: one.p50.max(other.p50), p90: one.p90.max(other.p90) }
}
