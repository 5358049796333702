//! A crowd for fault tests: fans who never rest, while a test breaks things.
//!
//! Its history is checked against the same promises as a rehearsal's.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hyper::Uri;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::auditor;
use crate::client::Client;
use crate::disturbance::disturbances;
use crate::fan::Fan;
pub use crate::fan::restless::Fates;
use crate::fan::restless::{Manner, Restless};
use crate::history::sale::SaleFacts;
use crate::history::{Act, Code, Concert, History, LineReading, Outcome};
use crate::line_watch::LineWatch;
use crate::options::CrowdOptions;
use crate::prepare;
use crate::report::{Promise, Verdict};
use crate::stage::Stage;
pub use crate::stage::{Clock, Observer};

/// Every fifth fan stays inside for a long time, so that somebody is inside even while nobody can come in.
pub const LINGERS_EVERY: u32 = 5;
/// Connections to one instance.
const CONNECTIONS: u32 = 1_000;
/// How many fans read their final state at once.
const FINAL_READS: usize = 64;

/// How many people play, where and how.
pub struct Plan {
    /// One for each instance, like `http://127.0.0.1:3000`. A fan uses one, and the next when its connection
    /// breaks.
    pub urls: Vec<String>,
    /// For opening the concert and reading the line.
    pub operator_token: String,
    /// How many people play.
    pub fans: u32,
    /// The concert's seats.
    pub seats: u32,
    /// The price of each.
    pub price: i64,
    /// How many unsold seats all fans pick from, so that they compete.
    pub wanted: u32,
    /// The share of requests with an `Idempotency-Key`, of those that may have one.
    pub keyed: f64,
    /// Probability that a fan with held seats pays next.
    pub pays: f64,
    /// How long an answer may take.
    pub patience: Duration,
    /// Sees every event as it happens.
    pub observer: Option<Observer>,
}

/// People at a sale.
pub struct Crowd {
    stage: Arc<Stage>,
    concert: Concert,
    operator_token: String,
    resting: Vec<Restless>,
    playing: Vec<JoinHandle<Restless>>,
    watch: Option<LineWatch>,
    readings: Vec<LineReading>,
}

impl Crowd {
    /// Opens a concert and signs everybody up.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    pub async fn gather(plan: Plan) -> Result<Self, String> {
        let clock = Clock::start();
        let clients = clients(&plan)?;
        let first = clients.first().ok_or("a crowd needs an address")?;
        let sale = (plan.seats, plan.price);
        let concert = prepare::open_concert(first, &plan.operator_token, sale, clock.now()).await?;
        let options = CrowdOptions::plain(plan.fans);
        let identities = prepare::identities(first, &options, || ()).await?;
        let stage = Stage::new(clients, options, clock, concert.id).with_observer(plan.observer);
        stage.learn_concert(concert.clone());
        let stage = Arc::new(stage);
        let Plan { seats, price, wanted, keyed, pays, .. } = plan;
        let manner = Manner { seats, price, wanted, keyed, pays };
        let opening = stage.clock.now();
        let fans = (0_u32..).zip(identities).map(|(number, identity)| {
            let fan = Fan::new(&stage, number, identity, opening);
            Restless::new(fan, manner, number.is_multiple_of(LINGERS_EVERY))
        });
        Ok(Self {
            resting: fans.collect(),
            stage,
            concert,
            operator_token: plan.operator_token,
            playing: Vec::new(),
            watch: None,
            readings: Vec::new(),
        })
    }

    /// The concert that was opened.
    pub fn concert(&self) -> Uuid {
        self.concert.id
    }

    /// The clock of the history.
    pub fn clock(&self) -> Clock {
        self.stage.clock
    }

    /// Everybody plays until the crowd is stopped.
    pub fn start(&mut self) {
        self.stage.resume();
        self.watch = Some(LineWatch::begin(&self.stage, self.operator_token.clone()));
        self.playing.extend(self.resting.drain(..).map(|fan| tokio::spawn(fan.play())));
    }

    /// Everybody stops once their request in flight is answered or lost.
    ///
    /// # Errors
    /// When a fan panicked.
    pub async fn stop(&mut self) -> Result<(), String> {
        self.stage.end();
        for fan in self.playing.drain(..) {
            self.resting.push(fan.await.map_err(|error| error.to_string())?);
        }
        if let Some(watch) = self.watch.take() {
            self.readings.extend(watch.end().await.line);
        }
        Ok(())
    }

    /// Everybody finds out what became of requests with an unknown outcome, sends them and some others again,
    /// and reads their balance, bills and holds.
    pub async fn read_final_state(&mut self) {
        let finishing = stream::iter(self.resting.drain(..)).map(Restless::read_final_state);
        let mut finished: Vec<Restless> = finishing.buffer_unordered(FINAL_READS).collect().await;
        finished.sort_by_key(Restless::number);
        self.resting = finished;
    }

    /// The history of all fans who are not playing at the moment.
    pub fn history(&self) -> History {
        History {
            sale: SaleFacts::default(),
            concert: self.concert.clone(),
            stories: self.resting.iter().map(|fan| fan.story().clone()).collect(),
            readings: self.readings.clone(),
            complaints: self.stage.complaints(),
            faults: Vec::new(),
        }
    }

    /// What became of requests with an unknown outcome.
    pub fn fates(&self) -> Fates {
        let mut all = Fates::default();
        for fan in &self.resting {
            all.done.extend_from_slice(&fan.fates().done);
            all.not_done.extend_from_slice(&fan.fates().not_done);
        }
        all
    }
}

/// Checks a history against every promise.
pub fn promises(history: &History) -> Vec<Promise> {
    auditor::audit(history, &disturbances(history))
}

/// The evidence for broken promises, one line each.
pub fn breaches(promises: &[Promise]) -> Vec<String> {
    let broken = promises.iter().filter(|promise| promise.verdict == Verdict::Broken);
    broken.flat_map(|promise| promise.evidence.iter().map(|it| format!("{:?}: {it}", promise.id))).collect()
}

/// Refusals that no fan of a crowd should get. Fans compete for seats and for nothing else. If `is_hasty`,
/// holds and passes run out, and requests may come too late.
pub fn unfair_refusals(history: &History, is_hasty: bool) -> Vec<String> {
    let mut unfair = Vec::new();
    for story in &history.stories {
        for event in &story.events {
            let Outcome::Refused(status, code) = event.outcome else { continue };
            let is_fair = match (&event.act, status, code) {
                (Act::Hold(_), 400, Code::SeatHeld | Code::SeatSold | Code::HoldLimit)
                | (Act::Poll, 429, Code::TooManyRequests) => true,
                (_, 400, Code::HoldExpired | Code::SeatNotHeld | Code::SeatHeld | Code::SeatSold)
                | (_, 403, Code::NotHolder)
                | (_, 401, Code::PassEnded) => is_hasty,
                _ => false,
            };
            if !is_fair {
                unfair.push(format!("fan {}: {:?}: {status} {code:?}", story.fan, event.act));
            }
        }
    }
    unfair
}

fn clients(plan: &Plan) -> Result<Vec<Client>, String> {
    plan.urls
        .iter()
        .map(|url| {
            let url: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
            Client::new(&[url], CONNECTIONS, plan.patience)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Event, Story};

    fn refused(act: Act, status: u16, code: Code) -> History {
        let outcome = Outcome::Refused(status, code);
        let event = Event { due: 0, sent: 0, answered: 1, attempt: 0, key: 0, instance: 0, act, outcome };
        History { stories: vec![Story { events: vec![event], ..Story::default() }], ..History::default() }
    }

    #[test]
    fn a_refusal_is_fair_if_somebody_else_was_faster_or_time_ran_out() {
        let hold = || Act::Hold([1].into());
        let pay = || Act::Pay([1].into());
        for (act, status, code, is_fair, is_fair_in_haste) in [
            (hold(), 400, Code::SeatHeld, true, true),
            (hold(), 400, Code::HoldLimit, true, true),
            (hold(), 401, Code::PassEnded, false, true),
            (pay(), 400, Code::HoldExpired, false, true),
            (pay(), 400, Code::InsufficientBalance, false, false),
            (pay(), 403, Code::NotAdmitted, false, false),
            (Act::Poll, 429, Code::TooManyRequests, true, true),
            (Act::Join, 429, Code::TooManyRequests, false, false),
        ] {
            let history = refused(act, status, code);
            assert_eq!(unfair_refusals(&history, false).is_empty(), is_fair, "{code:?}");
            assert_eq!(unfair_refusals(&history, true).is_empty(), is_fair_in_haste, "{code:?} in haste");
        }
    }
}
