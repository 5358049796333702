//! Measures a history. Pure: the same history always gives the same report.

mod axis;
mod estimates;
mod journey;
mod latencies;
pub(crate) mod sales;
mod slots;
mod times;
pub mod together;
mod totals;

use crate::disturbance;
use crate::history::{Event, History, Lost, Outcome};
use crate::report::numbers::seconds;
use crate::report::{About, Disturbance, Promise, Report};

use axis::Axis;
use journey::Journey;

/// The report on a history. Fills in `about.lasted_s`, which only the history knows.
pub fn measure(
    history: &History,
    about: About,
    disturbances: &[disturbance::Disturbance],
    promises: Vec<Promise>,
) -> Report {
    let axis = Axis::of(history);
    let journeys: Vec<Journey> = history.stories.iter().map(Journey::of).collect();
    let times = times::times(history, &axis, &journeys);
    Report {
        about: About { lasted_s: axis.lasted_s(), ..about },
        totals: totals::totals(history, &axis, &journeys, &times),
        bucket_s: seconds(axis.bucket),
        latencies: latencies::latencies(history, &axis),
        estimates: estimates::estimates(history, &axis),
        slots: slots::slots(history, &journeys),
        disturbances: disturbances.iter().map(|one| in_seconds(one, &axis)).collect(),
        times,
        promises,
    }
}

fn in_seconds(one: &disturbance::Disturbance, axis: &Axis) -> Disturbance {
    Disturbance { from_s: axis.at_s(one.from), until_s: axis.at_s(one.until), what: one.what.clone() }
}

/// Whether the server answered at all.
fn is_answer(event: &Event) -> bool {
    !matches!(event.outcome, Outcome::Unknown(Lost::Connection | Lost::Silence) | Outcome::NotSent)
}

/// Whether a request failed, or its outcome is unknown.
fn is_trouble(event: &Event) -> bool {
    matches!(event.outcome, Outcome::Busy | Outcome::Unknown(_) | Outcome::NotSent)
}
