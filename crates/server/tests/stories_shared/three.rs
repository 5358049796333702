//! Three instances of one sale, in one process.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use onsale_http::connection::Limits;
use tokio::time::{Instant, sleep};

use crate::actors::Actor;
use crate::answer::{Answer, tally};
use crate::home::Home;
use crate::stage::{Stage, at_once, concert, secs};

/// Updates take well under 100 ms; a busy machine may take longer.
const UPDATES_WITHIN: Duration = Duration::from_secs(2);

/// Longer than a tick of all instances takes, so that views are used.
const VIEW_LIFETIME: Duration = Duration::from_millis(600);

/// The instances, each with an address of its own.
pub(crate) struct Three(pub(crate) [Stage; 3]);

impl Three {
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(flags: &[(&'static str, &str)]) -> Self {
        let first = Stage::with(flags).await;
        let (second, third) = (beside(&first).await, beside(&first).await);
        Self([first, second, third])
    }

    /// Instances that answer polls from their views for a while, as they do outside of stories.
    pub(crate) async fn with_views(flags: &[(&'static str, &str)]) -> Self {
        let manual = Stage::with(flags).await;
        let (settings, clock) = (manual.settings.clone(), manual.clock.clone());
        manual.end().await;
        let mut home = Home::fresh().await;
        home.view_lifetime = VIEW_LIFETIME;
        let mut first = Stage::at(Arc::new(home), clock, settings, Limits::default()).await;
        first.concert = first.open_concert(&concert()).await;
        let (second, third) = (beside(&first).await, beside(&first).await);
        Self([first, second, third])
    }

    /// New people, spread evenly over the instances.
    pub(crate) fn crowd(&self, count: usize) -> Vec<Actor> {
        (0..count).map(|place| self.0[place % 3].newcomer()).collect()
    }

    /// The same, all of them inside.
    pub(crate) async fn insiders(&self, count: usize) -> Vec<Actor> {
        let fans = self.crowd(count);
        at_once(fans.iter().map(Actor::join)).await;
        // An instance that lost the race to call somebody calls at the next tick.
        self.advance(secs(2)).await;
        let polls = at_once(fans.iter().map(Actor::poll)).await;
        assert_eq!(tally(&polls), format!("{count} x 200 admitted"));
        fans
    }

    /// Moves the clock, then runs a tick on every instance.
    pub(crate) async fn advance(&self, by: SignedDuration) {
        self.0[0].clock.advance(by);
        self.tick().await;
    }

    /// Runs two ticks on every instance, so that each also sees what came of the ticks of the others.
    pub(crate) async fn tick(&self) {
        for stage in self.0.iter().chain(&self.0) {
            stage.tick().await;
        }
    }

    pub(crate) async fn end(self) {
        for stage in self.0 {
            stage.end().await;
        }
    }
}

/// Another instance of the same sale.
pub(crate) async fn beside(stage: &Stage) -> Stage {
    let (home, clock, settings) = (Arc::clone(&stage.home), stage.clock.clone(), stage.settings.clone());
    let mut other = Stage::at(home, clock, settings, Limits::default()).await;
    other.concert = stage.concert;
    other
}

/// The same person with the same tokens at another instance.
pub(crate) fn at(stage: &Stage, fan: &Actor) -> Actor {
    let same = Actor::new(Arc::clone(&stage.client), fan.id, fan.token.clone(), fan.concert);
    same.take_ticket(fan.ticket());
    same
}

/// Waits until this is true.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let give_up = Instant::now() + UPDATES_WITHIN;
    while !is_so().await {
        assert!(Instant::now() < give_up, "not within {UPDATES_WITHIN:?}: {what}");
        // Nothing else shows that an update has arrived.
        sleep(Duration::from_millis(5)).await;
    }
}

/// The number that an answer to a join or a poll gives.
pub(crate) fn number(answer: &Answer) -> u64 {
    answer.ok()["number"].as_u64().expect("a number")
}
