//! Joins and waits: polls exactly when `pollAfterMs` says, or listens to the event stream.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::RngExt;

use super::{Entry, Fan};
use crate::client::{EventStream, Reply};
use crate::history::{Act, Event, Lost, Micros, Outcome, Waiting};
use crate::intent::Mischief;
use crate::stage::micros;

/// A stream sends the status at least every half minute.
const SILENT_STREAM: Duration = Duration::from_mins(1);
const STATUS: &str = "status";

/// What a message of a stream, or its end, leads to.
enum Heard {
    Entry(Entry),
    Broken,
}

impl Fan {
    /// Joins, and waits until inside or gone.
    pub(super) async fn come_in(&mut self, due: Micros) -> Entry {
        let outcome = self.persist_due(Act::Join, 0, due).await;
        self.stage.tally.joined.fetch_add(1, Ordering::Relaxed);
        let mut waiting = match outcome {
            Outcome::Waiting(waiting) => waiting,
            Outcome::Admitted { .. } => return Entry::Inside,
            _ => return Entry::Gone,
        };
        self.try_early().await;
        loop {
            if self.intent.streams
                && let Heard::Entry(entry) = Box::pin(self.listen()).await
            {
                return entry;
            }
            let Some(due) = self.wait(waiting).await else { return Entry::Gone };
            match self.persist_due(Act::Poll, 0, due).await {
                Outcome::Waiting(still) => waiting = still,
                Outcome::Admitted { .. } => return Entry::Inside,
                // Refused as too early, which the auditor judges; the last answer still counts.
                Outcome::Refused(429, _) => {}
                _ => return Entry::Gone,
            }
        }
    }

    /// Waits until the next poll is due; none if this fan leaves instead.
    async fn wait(&mut self, outcome: Waiting) -> Option<Micros> {
        let after = Duration::from_millis(outcome.poll_after_ms.into());
        let mut next = self.now() + micros(after);
        if let Some((from, length)) = self.intent.silence
            && next >= self.arrives() + micros(from)
        {
            self.intent.silence = None;
            next += micros(length);
        }
        if let Some(enough) = self.has_enough().filter(|enough| *enough <= next) {
            self.stage.sleep_until(enough).await;
            self.go().await;
            return None;
        }
        if !self.stage.sleep_until(next).await || self.stage.is_sold_out() {
            self.go().await;
            return None;
        }
        Some(next)
    }

    fn has_enough(&self) -> Option<Micros> {
        self.intent.gives_up.map(|after| self.arrives() + micros(after))
    }

    /// Listens until inside or gone, or until the stream breaks.
    async fn listen(&mut self) -> Heard {
        let Some(ticket) = &self.ticket else { return Heard::Entry(Entry::Gone) };
        let due = self.now();
        let mut stream =
            match self.stage.client(self.instance).listen("/v1/enqueues/events", &ticket.token).await {
                Ok(stream) => stream,
                Err(reply) => {
                    let outcome = match reply {
                        Reply::Answer(answer) => self.refused(&answer),
                        Reply::Lost(lost) => Outcome::Unknown(lost),
                        Reply::NotSent(_) => Outcome::NotSent,
                    };
                    self.heard(due, outcome);
                    return Heard::Broken;
                }
            };
        loop {
            match self.next_message(&mut stream).await {
                None => {
                    drop(stream);
                    self.go().await;
                    return Heard::Entry(Entry::Gone);
                }
                Some(Outcome::Waiting(_)) => {}
                Some(Outcome::Admitted { .. }) => return Heard::Entry(Entry::Inside),
                Some(Outcome::Ended { .. }) => return Heard::Entry(Entry::Gone),
                Some(_) => {
                    let pause = self.dice.random_range(100..1_000);
                    // Streams often break for many fans at once: they return one after the other.
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    return Heard::Broken;
                }
            }
        }
    }

    /// The next message of the stream; none if this fan leaves instead.
    async fn next_message(&mut self, stream: &mut EventStream) -> Option<Outcome> {
        let enough = self.has_enough().unwrap_or(Micros::MAX / 2).min(self.now() + micros(SILENT_STREAM));
        let data = tokio::select! {
            data = stream.next(STATUS) => data,
            is_on = self.stage.sleep_until(enough) => {
                if !is_on || self.has_enough().is_some_and(|enough| enough <= self.now()) {
                    return None;
                }
                None
            }
        };
        let outcome = match data.map(|data| self.understand_place(&data)) {
            None => Outcome::Unknown(Lost::Connection),
            Some(Ok(outcome)) => outcome,
            Some(Err(wrong)) => {
                self.complain_of(wrong);
                Outcome::Unknown(Lost::SaidSo)
            }
        };
        let is_waiting = matches!(outcome, Outcome::Waiting(_));
        self.heard(self.now(), outcome.clone());
        (!is_waiting || !self.stage.is_sold_out()).then_some(outcome)
    }

    fn heard(&mut self, due: Micros, outcome: Outcome) {
        let answered = self.now();
        self.write(Event {
            due,
            sent: due,
            answered,
            attempt: 0,
            key: 0,
            instance: self.instance,
            act: Act::Hear,
            outcome,
        });
    }

    /// Reads this fan's status from the next instance at once. The answer must not be older than the status
    /// that the fan just got.
    pub(super) async fn ask_elsewhere(&mut self) {
        let own = self.instance;
        self.instance = self.stage.next_instance(own);
        let due = self.now();
        self.ask(Act::Poll, 0, 0, due).await;
        self.instance = own;
    }

    /// Tries something that only people inside may do.
    async fn try_early(&mut self) {
        let act = match self.intent.mischief {
            Some(Mischief::LooksEarly) => Act::Map,
            Some(Mischief::HoldsEarly) => Act::Hold([1].into()),
            _ => return,
        };
        let due = self.now();
        self.ask(act, 0, 0, due).await;
    }
}
