//! One fan: joins, waits, looks at seats, holds, charges and pays, or leaves.
//!
//! A fan does one thing at a time, and records every request with its outcome.

mod ask;
mod final_state;
mod inside;
mod line;
pub(crate) mod restless;

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use uuid::Uuid;

use crate::history::{Act, Micros, Outcome, Seats, Story};
use crate::intent::{Goodbye, Intent, exponential};
use crate::stage::{Stage, micros};

/// A user and their token.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) user: Uuid,
    pub(crate) token: Box<str>,
}

/// A place in line.
#[derive(Debug, Clone)]
struct Ticket {
    token: Box<str>,
    number: u64,
}

/// One simulated person.
pub(crate) struct Fan {
    stage: Arc<Stage>,
    /// Which instance this fan uses.
    instance: u16,
    intent: Intent,
    identity: Identity,
    /// What this fan enters as an access code.
    code: Option<Box<str>>,
    ticket: Option<Ticket>,
    dice: SmallRng,
    keys: u32,
    /// The last keyed request that succeeded, its key, and the queue token that it used.
    repeatable: Option<(Act, u32, Option<Box<str>>)>,
    /// The date by which this fan looks for seats; none to use the concert's map.
    date: Option<Box<str>>,
    /// Seats picked from the last map.
    wanted: Seats,
    /// Seats bought in earlier visits.
    bought: u32,
    pub(crate) story: Story,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Inside,
    Gone,
}

impl Fan {
    /// A fan with intentions of their own.
    pub(crate) fn new(stage: &Arc<Stage>, number: u32, identity: Identity, beginning: Micros) -> Self {
        let intent = Intent::new(&stage.crowd, number);
        let intent = match stage.sale.opening {
            Some(opening) => intent.with_opening(opening),
            None => intent,
        };
        let code = stage.sale.code(number, intent.code);
        let story = Story {
            fan: number,
            user: identity.user,
            arrives: beginning + micros(intent.arrives),
            code: code.index,
            events: Vec::new(),
        };
        let dice = SmallRng::seed_from_u64(intent.seed);
        Self {
            stage: Arc::clone(stage),
            instance: stage.instance_of(number),
            intent,
            identity,
            code: code.text,
            ticket: None,
            dice,
            keys: 0,
            repeatable: None,
            date: None,
            wanted: Seats::default(),
            bought: 0,
            story,
        }
    }

    pub(crate) fn arrives(&self) -> Micros {
        self.story.arrives
    }

    /// Does what the fan intends. `read_final_state` comes later.
    pub(crate) async fn play(mut self) -> Self {
        let mut due = self.story.arrives;
        let visits = if self.intent.comes_again { 2 } else { 1 };
        for _ in 0..visits {
            let entry = self.come_in(due).await;
            let tally = &self.stage.tally;
            if entry == Entry::Gone {
                tally.gave_up.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                break;
            }
            tally.admitted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            self.ask_elsewhere().await;
            let has_paid = Box::pin(self.shop()).await;
            self.stage.tally.out.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if !has_paid {
                break;
            }
            due = self.now();
        }
        self.story.events.shrink_to_fit();
        self
    }

    fn now(&self) -> Micros {
        self.stage.clock.now()
    }

    /// Thinks; false if everybody is sent home meanwhile.
    async fn think(&mut self) -> bool {
        let pause = exponential(&mut self.dice, self.stage.crowd.think);
        if pause.is_zero() {
            return !self.stage.is_over();
        }
        self.stage.sleep_until(self.now() + micros(pause)).await
    }

    /// Leaves or vanishes without having paid.
    async fn go(&mut self) {
        if self.intent.goodbye == Goodbye::Leave || self.stage.is_over() {
            self.leave().await;
        }
    }

    async fn leave(&mut self) {
        if self.ticket.is_some() {
            self.persist(Act::Leave, 0).await;
            self.ask_elsewhere().await;
        }
    }

    /// A key that was not used before.
    fn new_key(&mut self) -> u32 {
        self.keys += 1;
        self.keys
    }

    /// Whether any request could change seats or money.
    pub(crate) fn has_written(&self) -> bool {
        self.story.events.iter().any(|event| matches!(event.act, Act::Hold(_) | Act::Charge(_) | Act::Pay(_)))
    }
}

/// The seats held according to an answer.
fn held_seats(outcome: &Outcome) -> Option<Seats> {
    let Outcome::Held(held, _) = outcome else { return None };
    Some(held.iter().map(|hold| hold.seat).collect())
}
