//! The sale, bucket by bucket.

use crate::history::{History, LineReading, Micros};
use crate::report::Moment;
use crate::report::numbers::{narrow, seconds};

use super::axis::Axis;
use super::journey::{Journey, Visit};
use super::{is_answer, is_trouble};

/// One moment for each bucket of the axis.
pub(super) fn times(history: &History, axis: &Axis, journeys: &[Journey]) -> Vec<Moment> {
    let mut times: Vec<Moment> = (0..axis.buckets).map(|bucket| empty(history, axis, bucket)).collect();
    let mut add = |at: Option<Micros>, field: fn(&mut Moment) -> &mut u32| {
        if let Some(moment) = at.and_then(|at| times.get_mut(axis.nearest(at))) {
            *field(moment) += 1;
        }
    };
    for journey in journeys {
        add(journey.arrived, |moment| &mut moment.arrived);
        add(journey.joined(), |moment| &mut moment.joined);
        add(journey.admitted(), |moment| &mut moment.admitted);
        for ticket in &journey.tickets {
            add(Some(ticket.at), |moment| &mut moment.sold);
        }
    }
    count_events(history, axis, &mut times);
    let visits = || journeys.iter().flat_map(|journey| &journey.visits);
    fill(&mut times, &at_ends(axis, visits().map(Visit::waiting)), |moment| &mut moment.waiting);
    fill(&mut times, &at_ends(axis, visits().filter_map(Visit::inside)), |moment| &mut moment.inside);
    times
}

fn empty(history: &History, axis: &Axis, bucket: usize) -> Moment {
    let ends = axis.begins(bucket + 1);
    let capacity = reading_at(&history.readings, ends).map(|reading| reading.capacity);
    Moment { at_s: seconds(axis.begins(bucket) - axis.zero), capacity, ..Moment::default() }
}

/// The last reading before a moment.
fn reading_at(readings: &[LineReading], at: Micros) -> Option<&LineReading> {
    let after = readings.partition_point(|reading| reading.answered <= at);
    after.checked_sub(1).and_then(|last| readings.get(last))
}

fn count_events(history: &History, axis: &Axis, times: &mut [Moment]) {
    for event in history.stories.iter().flat_map(|story| &story.events) {
        if let Some(moment) = axis.place(event.answered).and_then(|bucket| times.get_mut(bucket)) {
            moment.answers += u32::from(is_answer(event));
            moment.troubles += u32::from(is_trouble(event));
        }
    }
}

/// How many of these spans contain the end of each bucket.
fn at_ends(axis: &Axis, spans: impl Iterator<Item = (Micros, Micros)>) -> Vec<i64> {
    let mut changes = vec![0_i64; axis.buckets + 1];
    for (from, until) in spans {
        for (at, change) in [(from, 1), (until, -1)] {
            if let Some(sum) = changes.get_mut(axis.first_end(at)) {
                *sum += change;
            }
        }
    }
    changes
}

fn fill(times: &mut [Moment], changes: &[i64], field: fn(&mut Moment) -> &mut u32) {
    let mut sum = 0;
    for (moment, change) in times.iter_mut().zip(changes) {
        sum += change;
        *field(moment) = narrow(sum);
    }
}
