//! Totals over the whole sale.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::history::{Act, Code, Event, History, Outcome};
use crate::report::numbers::{count, fraction, share};
use crate::report::{Moment, Totals};

use super::axis::Axis;
use super::is_answer;
use super::journey::Journey;
use super::latencies::{Times, quantile_ms, record};

/// The totals of journeys and events.
pub(super) fn totals(history: &History, axis: &Axis, journeys: &[Journey], times: &[Moment]) -> Totals {
    let events = || history.stories.iter().flat_map(|story| &story.events);
    let that = |is: fn(&Event) -> bool| count(events().filter(|event| is(event)).count());
    let during = times.iter().map(|moment| u64::from(moment.answers)).sum();
    Totals {
        answers: that(is_answer),
        answers_per_s: share(fraction(during), axis.lasted_s()).unwrap_or_default(),
        waiting_max: times.iter().map(|moment| u64::from(moment.waiting)).max().unwrap_or_default(),
        refusals: refusals(events()),
        busy: that(|event| event.outcome == Outcome::Busy),
        unknown: that(|event| matches!(event.outcome, Outcome::Unknown(_))),
        not_sent: that(|event| event.outcome == Outcome::NotSent),
        late_p99_ms: late_p99_ms(events()),
        ..people(journeys, axis)
    }
}

fn people(journeys: &[Journey], axis: &Axis) -> Totals {
    let that = |is: fn(&Journey) -> bool| count(journeys.iter().filter(|journey| is(journey)).count());
    let tickets = || journeys.iter().flat_map(|journey| &journey.tickets);
    let paid = that(|journey| !journey.tickets.is_empty());
    let last_s = tickets().map(|ticket| ticket.at).max().map_or(0.0, |last| axis.at_s(last));
    Totals {
        arrived: that(|journey| journey.arrived.is_some()),
        joined: that(|journey| journey.joined().is_some()),
        admitted: that(|journey| journey.admitted().is_some()),
        paid,
        left_inside: that(|journey| journey.admitted().is_some() && journey.tickets.is_empty()),
        gave_up: that(|journey| journey.joined().is_some() && journey.admitted().is_none()),
        seats_sold: count(tickets().count()),
        money: tickets().map(|ticket| ticket.amount).sum(),
        journeys_per_s: share(fraction(paid), last_s).unwrap_or_default(),
        ..Totals::default()
    }
}

fn refusals<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<(String, u64)> {
    let mut by_code: BTreeMap<Code, u64> = BTreeMap::new();
    for event in events {
        if let Outcome::Refused(_, code) = event.outcome {
            *by_code.entry(code).or_default() += 1;
        }
    }
    let mut refusals: Vec<(String, u64)> = by_code.into_iter().map(|(code, n)| (name(code), n)).collect();
    refusals.sort_by(|(name, n), (other, m)| m.cmp(n).then_with(|| name.cmp(other)));
    refusals
}

/// As the API spells it.
fn name(code: Code) -> String {
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn late_p99_ms<'a>(events: impl Iterator<Item = &'a Event>) -> f64 {
    let mut late: Option<Times> = Histogram::new(3).ok();
    for event in events.filter(|event| event.act != Act::Hear) {
        record(&mut late, event.sent - event.due);
    }
    late.map_or(0.0, |late| quantile_ms(&late, 0.99))
}
