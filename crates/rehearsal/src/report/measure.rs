//! From a history to its numbers. Pure: the same history always gives the same report.

mod axis;
mod estimates;
mod journey;
mod latencies;
mod slots;
mod times;
mod totals;

use crate::disturbance;
use crate::history::{Event, History, Lost, Outcome};
use crate::report::numbers::seconds;
use crate::report::{About, Disturbance, Promise, Report};

use axis::Axis;
use journey::Journey;

/// What a history comes to. `about.lasted_s` is filled in here, as only the history knows it.
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

/// Whether the server said anything at all.
fn is_answer(event: &Event) -> bool {
    !matches!(event.outcome, Outcome::Unknown(Lost::Connection | Lost::Silence) | Outcome::NotSent)
}

/// Whether somebody was sent away with nothing, or with nobody knowing.
fn is_trouble(event: &Event) -> bool {
    matches!(event.outcome, Outcome::Busy | Outcome::Unknown(_) | Outcome::NotSent)
}
