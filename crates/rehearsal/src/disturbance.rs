//! When something was visibly out of order: lost answers, 503s, a rebuilt line, a server killed on purpose.
//!
//! Order can be judged on one side of a disturbance only. A call that was lost with an instance is made again
//! in order, but the people whose calls were lost seem to wait longer than those behind them.

use crate::history::{Event, Fault, History, LineReading, Micros, Outcome, SECOND};

/// Events this close to a disturbance may be affected by it.
const AROUND: Micros = SECOND;

/// Disturbances no farther apart than this count as one.
const TOUCHING: Micros = 2 * SECOND;

/// A time in which something was visibly out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disturbance {
    /// From when, by the rehearsal's clock.
    pub from: Micros,
    /// Until when.
    pub until: Micros,
    /// What was seen, like "12 answers lost, 3 answers with 503".
    pub what: String,
}

/// All disturbances in order, merged where they touch.
pub fn disturbances(history: &History) -> Vec<Disturbance> {
    disturbances_of(std::slice::from_ref(history))
}

/// The same for sales that were played at once, with the same faults.
pub fn disturbances_of(histories: &[History]) -> Vec<Disturbance> {
    let stories = histories.iter().flat_map(|history| &history.stories);
    let events = stories.flat_map(|story| &story.events).filter_map(Span::of_event);
    let pairs = histories.iter().flat_map(|history| history.readings.windows(2));
    let rebuilt = pairs.filter_map(|pair| Span::of_readings(&pair[0], &pair[1]));
    let faults = histories.first().into_iter().flat_map(|history| &history.faults).map(Span::of_fault);
    let mut spans: Vec<Span> = events.chain(rebuilt).chain(faults).collect();
    spans.sort_by_key(|span| span.from);
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.until + TOUCHING => last.take_in(&span),
            _ => merged.push(span),
        }
    }
    merged.into_iter().map(Span::describe).collect()
}

/// A disturbance while it is gathered, with a count of each symptom.
#[derive(Debug, Default)]
struct Span {
    from: Micros,
    until: Micros,
    lost: u64,
    busy: u64,
    not_sent: u64,
    epochs: Option<(u32, u32)>,
    faults: Vec<String>,
}

impl Span {
    fn of_event(event: &Event) -> Option<Self> {
        let mut span = Self { from: event.sent - AROUND, until: event.answered + AROUND, ..Self::default() };
        match event.outcome {
            Outcome::Unknown(_) => span.lost = 1,
            Outcome::Busy => span.busy = 1,
            Outcome::NotSent => span.not_sent = 1,
            _ => return None,
        }
        Some(span)
    }

    fn of_readings(before: &LineReading, after: &LineReading) -> Option<Self> {
        (before.epoch != after.epoch).then(|| Self {
            from: before.sent - AROUND,
            until: after.answered + AROUND,
            epochs: Some((before.epoch, after.epoch)),
            ..Self::default()
        })
    }

    fn of_fault(fault: &Fault) -> Self {
        Self {
            from: fault.at - AROUND,
            until: fault.at + AROUND,
            faults: vec![format!("on purpose: {}", fault.what)],
            ..Self::default()
        }
    }

    fn take_in(&mut self, other: &Self) {
        self.until = self.until.max(other.until);
        self.lost += other.lost;
        self.busy += other.busy;
        self.not_sent += other.not_sent;
        self.epochs = match (self.epochs, other.epochs) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (one, other) => one.or(other),
        };
        self.faults.extend_from_slice(&other.faults);
    }

    fn describe(self) -> Disturbance {
        let mut what = self.faults;
        match self.lost {
            0 => (),
            1 => what.push("1 answer lost".to_owned()),
            lost => what.push(format!("{lost} answers lost")),
        }
        match self.busy {
            0 => (),
            1 => what.push("1 answer with 503".to_owned()),
            busy => what.push(format!("{busy} answers with 503")),
        }
        match self.not_sent {
            0 => (),
            1 => what.push("1 connection refused".to_owned()),
            refused => what.push(format!("{refused} connections refused")),
        }
        if let Some((before, after)) = self.epochs {
            what.push(format!("line rebuilt (epoch {before} to {after})"));
        }
        Disturbance { from: self.from, until: self.until, what: what.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Act, Lost, Story};

    fn event(at: Micros, outcome: Outcome) -> Event {
        Event {
            due: at,
            sent: at,
            answered: at + 1_000,
            attempt: 0,
            key: 0,
            instance: 0,
            act: Act::Poll,
            outcome,
        }
    }

    fn history(events: Vec<Event>) -> History {
        History { stories: vec![Story { events, ..Story::default() }], ..History::default() }
    }

    #[test]
    fn troubles_that_touch_are_one_and_are_summed_up() {
        let played = history(vec![
            event(10 * SECOND, Outcome::Busy),
            event(12 * SECOND, Outcome::Unknown(Lost::Silence)),
            event(14 * SECOND, Outcome::Unknown(Lost::Connection)),
            event(30 * SECOND, Outcome::NotSent),
        ]);
        let seen = disturbances(&played);
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[0].from, seen[0].until), (9 * SECOND, 15 * SECOND + 1_000));
        assert_eq!(seen[0].what, "2 answers lost, 1 answer with 503");
        assert_eq!(seen[1].what, "1 connection refused");
    }

    #[test]
    fn a_rebuilt_line_is_one() {
        let reading = |at: Micros, epoch: u32| LineReading {
            sent: at,
            answered: at + 1_000,
            capacity: 1,
            rate_per_minute: 0,
            paused: false,
            waiting: 0,
            inside: 0,
            tail: 0,
            epoch,
        };
        let readings = [(0, 1), (5, 1), (10, 2), (15, 3)];
        let readings = readings.map(|(at_s, epoch)| reading(at_s * SECOND, epoch)).to_vec();
        let seen = disturbances(&History { readings, ..History::default() });
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].what, "line rebuilt (epoch 1 to 3)");
        assert_eq!(seen[0].from, 4 * SECOND);
    }

    #[test]
    fn a_fault_on_purpose_is_named() {
        let faults = vec![Fault { at: 10 * SECOND, what: "kill -KILL 7".to_owned() }];
        let played = History { faults, ..history(vec![event(11 * SECOND, Outcome::Busy)]) };
        let seen = disturbances(&played);
        assert_eq!((seen.len(), seen[0].what.as_str()), (1, "on purpose: kill -KILL 7, 1 answer with 503"));
    }

    #[test]
    fn an_answer_and_a_refusal_are_none() {
        let refused = Outcome::Refused(400, crate::history::Code::SeatHeld);
        assert!(disturbances(&history(vec![event(0, Outcome::Released), event(1, refused)])).is_empty());
    }
}
