//! How well the slots were used while somebody waited.

use crate::history::{History, Micros};
use crate::report::Slots;
use crate::report::numbers::{seconds, share, signed_fraction};

use super::journey::Journey;

/// A change at one moment.
#[derive(Clone, Copy)]
enum Change {
    Waiting(i64),
    Inside(i64),
    Called(i64),
    Capacity(u32),
}

/// Slot use over the time in which somebody waited and the capacity was known.
pub(super) fn slots(history: &History, journeys: &[Journey]) -> Slots {
    let mut sums = Sums::default();
    sums.take_in(history, journeys);
    sums.slots()
}

/// The same for several sales, each with its own slots.
pub(super) fn together<'a>(sales: impl Iterator<Item = (&'a History, Vec<Journey>)>) -> Slots {
    let mut sums = Sums::default();
    for (history, journeys) in sales {
        sums.take_in(history, &journeys);
    }
    sums.slots()
}

fn changes(history: &History, journeys: &[Journey]) -> Vec<(Micros, Change)> {
    let mut changes = Vec::new();
    let mut span = |(from, until): (Micros, Micros), change: fn(i64) -> Change| {
        changes.extend([(from, change(1)), (until, change(-1))]);
    };
    for visit in journeys.iter().flat_map(|journey| &journey.visits) {
        span(visit.waiting(), Change::Waiting);
        if let (Some(inside), Some(called)) = (visit.inside(), visit.called()) {
            span(inside, Change::Inside);
            span(called, Change::Called);
        }
    }
    // Before an opening no slot can be used. The clocks agree well enough for a share.
    let opens_at = history.sale.opens_at;
    let usable = history.readings.iter().filter(|reading| opens_at.is_none_or(|at| at <= reading.answered));
    changes.extend(usable.map(|reading| (reading.answered, Change::Capacity(reading.capacity))));
    changes.sort_by_key(|(at, _)| *at);
    changes
}

#[derive(Default)]
struct Now {
    waiting: i64,
    inside: i64,
    called: i64,
    capacity: Option<u32>,
}

impl Now {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Waiting(by) => self.waiting += by,
            Change::Inside(by) => self.inside += by,
            Change::Called(by) => self.called += by,
            Change::Capacity(capacity) => self.capacity = Some(capacity),
        }
    }
}

/// Slots multiplied by time, in seconds.
#[derive(Default)]
struct Sums {
    contended_s: f64,
    slots: f64,
    inside: f64,
    called: f64,
}

impl Sums {
    fn take_in(&mut self, history: &History, journeys: &[Journey]) {
        let (mut now, mut since) = (Now::default(), Micros::MIN);
        for (at, change) in changes(history, journeys) {
            self.add(&now, at.saturating_sub(since));
            now.apply(change);
            since = at;
        }
    }

    /// A slot counts only once: a fan who learns late that the pass has ended would count twice. Slots that
    /// nobody could have wanted do not count.
    fn add(&mut self, now: &Now, lasted: Micros) {
        if let Some(capacity) = now.capacity.filter(|_| now.waiting > 0) {
            let lasted_s = seconds(lasted);
            let capacity = i64::from(capacity);
            self.contended_s += lasted_s;
            self.slots += lasted_s * signed_fraction(capacity.min(now.inside + now.waiting));
            self.inside += lasted_s * signed_fraction(now.inside.min(capacity));
            self.called += lasted_s * signed_fraction(now.called.min(capacity));
        }
    }

    fn slots(&self) -> Slots {
        Slots {
            contended_s: self.contended_s,
            in_use: share(self.inside, self.slots),
            in_use_or_called: share(self.called, self.slots),
        }
    }
}
