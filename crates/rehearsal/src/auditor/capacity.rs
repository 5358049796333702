//! People inside never exceed the capacity.

use crate::history::{LineReading, Micros, PromiseId, SECOND};

use super::case::Case;
use super::facts::UPDATE_LAG;
use super::findings::Book;
use super::places::Place;

/// A reading this much earlier or later still shows the capacity of a moment.
const READING_REACH: Micros = 2 * SECOND;

/// Compares certain sessions with the capacity in the readings, and checks the readings themselves.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let readings = &case.reading.history.readings;
    if readings.is_empty() {
        book.note(PromiseId::Capacity, "without an operator's token the capacity is unknown");
        return;
    }
    the_readings(case, readings, book);
    let mut sessions: Vec<(Micros, Micros, &Place)> =
        case.places.iter().filter_map(|place| session(case, place)).collect();
    sessions.sort_unstable_by_key(|(from, _, _)| *from);
    book.checked(PromiseId::Capacity, sessions.len());
    let inside = Inside::count(&sessions);
    let highest = RunningMax::of(readings);
    for (from, _, place) in &sessions {
        let at_once = inside.at(*from);
        let allowed = highest.until(*from + READING_REACH);
        let text = if at_once > allowed {
            format!(
                "{at_once} people were inside at {}, with a capacity of {allowed}",
                case.reading.at(*from)
            )
        } else if let Some((least, allowed)) = too_many_before(place, readings, &inside) {
            format!(
                "{least} people were inside all the time, with a capacity of {allowed}, and one more was admitted"
            )
        } else {
            continue;
        };
        let (fan, number) = (case.reading.fan(place.story), place.number);
        let text = format!("fan {fan} with number {number} came in by {}: {text}", case.reading.at(*from));
        book.broken(PromiseId::Capacity, *from, text);
    }
}

/// When somebody was certainly inside, by the rehearsal's clock.
fn session<'a>(case: &Case<'_>, place: &'a Place) -> Option<(Micros, Micros, &'a Place)> {
    let admitted = place.admitted?;
    let ran_out = case.reading.clock.earliest_here(admitted.until);
    let over = place.over.map_or(Micros::MAX, |over| over.answered);
    let until = place.may_end.unwrap_or(Micros::MAX).min(ran_out).min(over);
    (admitted.answered < until).then_some((admitted.answered, until, place))
}

/// If others used every slot throughout the time in which this person may have been called: how many there
/// were, and the capacity.
fn too_many_before(place: &Place, readings: &[LineReading], inside: &Inside) -> Option<(usize, usize)> {
    let (from, until) = place.call()?;
    let (from, until) = (from - UPDATE_LAG, until - 1);
    let allowed = around(readings, from - READING_REACH, until + READING_REACH)?;
    let least = inside.least(from, until);
    (least >= allowed && least > 0).then_some((least, allowed))
}

/// The highest capacity read within a time, or just before or after it.
fn around(readings: &[LineReading], from: Micros, until: Micros) -> Option<usize> {
    let first = readings.partition_point(|reading| reading.answered < from).saturating_sub(1);
    let last = (readings.partition_point(|reading| reading.sent <= until) + 1).min(readings.len());
    let highest = readings.get(first..last)?.iter().map(|reading| reading.capacity).max()?;
    usize::try_from(highest).ok()
}

fn the_readings(case: &Case<'_>, readings: &[LineReading], book: &mut Book) {
    book.checked(PromiseId::Capacity, readings.len());
    let mut highest = 0;
    // The fewest inside so far: more than the capacity, if it was lowered before the first reading.
    let mut fewest = u64::MAX;
    for (index, reading) in readings.iter().enumerate() {
        // Lowering the capacity evicts nobody, and it may have been raised just after this reading.
        let next = readings.get(index + 1).map_or(0, |next| next.capacity);
        highest = highest.max(reading.capacity).max(next);
        if reading.inside > fewest.max(highest.into()) {
            let (inside, at) = (reading.inside, case.reading.at(reading.answered));
            let text =
                format!("the line reports {inside} people inside at {at}, with a capacity of {highest}");
            book.broken(PromiseId::Capacity, reading.answered, text);
        }
        fewest = fewest.min(reading.inside);
    }
}

/// The highest capacity read so far.
struct RunningMax(Vec<(Micros, usize)>);

impl RunningMax {
    fn of(readings: &[LineReading]) -> Self {
        let mut highest = 0;
        Self(
            readings
                .iter()
                .map(|reading| {
                    highest = highest.max(usize::try_from(reading.capacity).unwrap_or(usize::MAX));
                    (reading.sent, highest)
                })
                .collect(),
        )
    }

    fn until(&self, at: Micros) -> usize {
        let after = self.0.partition_point(|(sent, _)| *sent <= at);
        self.0.get(after.saturating_sub(1)).map_or(usize::MAX, |(_, highest)| *highest)
    }
}

/// How many people are certainly inside after each change, with the minimum over every run of 1, 2, 4, 8 ...
/// changes.
struct Inside {
    changes: Vec<Micros>,
    least: Vec<Vec<usize>>,
}

impl Inside {
    fn count(sessions: &[(Micros, Micros, &Place)]) -> Self {
        let mut ends: Vec<Micros> = sessions.iter().map(|(_, until, _)| *until).collect();
        ends.sort_unstable();
        let mut changes: Vec<Micros> =
            sessions.iter().map(|(from, _, _)| *from).chain(ends.iter().copied()).collect();
        changes.sort_unstable();
        changes.dedup();
        let count = |at: &Micros| {
            sessions.partition_point(|(from, _, _)| from <= at) - ends.partition_point(|until| until <= at)
        };
        let mut least = vec![changes.iter().map(count).collect::<Vec<_>>()];
        while let Some(last) = least.last().filter(|last| last.len() > 1 << (least.len() - 1)) {
            let half = 1 << (least.len() - 1);
            least.push(last.iter().zip(&last[half..]).map(|(one, other)| *one.min(other)).collect());
        }
        Self { changes, least }
    }

    fn at(&self, at: Micros) -> usize {
        self.changes
            .partition_point(|change| *change <= at)
            .checked_sub(1)
            .map_or(0, |index| self.least[0][index])
    }

    /// The fewest at any instant from `from` to `until`.
    fn least(&self, from: Micros, until: Micros) -> usize {
        let Some(first) = self.changes.partition_point(|change| *change <= from).checked_sub(1) else {
            return 0;
        };
        let end = self.changes.partition_point(|change| *change <= until).max(first + 1);
        let level = usize::try_from((end - first).ilog2()).unwrap_or(0);
        self.least[level][first].min(self.least[level][end - (1 << level)])
    }
}
