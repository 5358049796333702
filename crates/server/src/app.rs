//! Everything that a request can reach.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use onsale_booking::{Command, Outcome, Policy};
use onsale_line::Dials;
use onsale_storage::clock::Clock;
use onsale_storage::postgres::PostgresOptions;
use onsale_storage::redis::RedisOptions;
use onsale_storage::store::{Kept, QUEUE_MAX, StartError, Store, StoreOptions};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::api;
use crate::api::error::ApiError;
use crate::api::seat_bodies::SeatBodies;
use crate::connection::Limits;
use crate::currency::Currency;
use crate::desk::Desk;
use crate::metrics::{LineGauges, Metrics};
use crate::pulse::{self, Pulse};
use crate::settings::{LineUrl, Settings, StoreUrl};
use crate::tokens::TokenKeys;

/// How often the line is looked after.
pub const TICK_EVERY: Duration = Duration::from_millis(100);
/// How many connections of one instance write to PostgreSQL: while one waits for its commit the other decides.
const WRITERS: usize = 2;
/// How often old stored results are dropped and histograms folded.
const UPKEEP_EVERY: Duration = Duration::from_secs(30);

/// One running server's parts.
pub struct App {
    /// What is kept.
    pub store: Arc<Store>,
    /// This instance's face of the waiting line.
    pub desk: Desk,
    /// What signs and reads tokens.
    pub keys: TokenKeys,
    /// What is counted.
    pub metrics: Metrics,
    /// The sale in figures, second by second.
    pub pulse: Pulse,
    /// What a client may take.
    pub limits: Limits,
    /// Maps of seats as they were last said.
    pub seat_bodies: SeatBodies,
    /// Whether anybody may make a user.
    pub open_signup: bool,
    /// Which calendar a date belongs to.
    pub time_zone: TimeZone,
    /// What prices are in.
    pub currency: Currency,
    /// The rules' numbers.
    pub policy: Policy,
    /// Ends streams when the server stops.
    pub stopping: CancellationToken,
}

/// How handlers hold it.
pub type Shared = Arc<App>;

/// The rules' numbers, from the settings.
pub fn policy(settings: &Settings) -> Policy {
    Policy::new(settings.hold_seconds, settings.holds_per_user, settings.pass_seconds)
}

/// Where the sale is kept, and by whose clock, from the settings.
pub fn kept(settings: &Settings) -> (Kept, Clock) {
    match (&settings.store, &settings.line) {
        (StoreUrl::Sqlite(folder), _) => (Kept::Embedded(folder.clone()), Clock::system()),
        (StoreUrl::Postgres(url), line) => {
            let postgres = PostgresOptions {
                url: url.clone(),
                allow_weak_durability: settings.allow_weak_durability,
                writers: WRITERS,
            };
            let redis = match line {
                LineUrl::Embedded => None,
                LineUrl::Redis(url) => Some(RedisOptions::new(url)),
            };
            (Kept::Postgres(postgres, redis), Clock::of_store())
        }
    }
}

impl App {
    /// Opens what is kept in `kept` and puts the parts together. Nothing listens or ticks yet.
    ///
    /// # Errors
    /// [`StartError`] when the store cannot be opened, read or written.
    pub async fn open(
        kept: Kept,
        clock: Clock,
        settings: &Settings,
        keys: TokenKeys,
    ) -> Result<Shared, StartError> {
        let options = StoreOptions {
            policy: policy(settings),
            dials: Dials {
                capacity: settings.line_capacity,
                rate_per_minute: settings.line_rate_per_minute,
                paused: false,
            },
            new_line: Uuid::now_v7(),
            queue_max: QUEUE_MAX,
        };
        let store = Arc::new(Store::open(kept, clock, options).await?);
        let desk = Desk::open(Arc::clone(&store)).await?;
        Ok(Arc::new(Self {
            store,
            desk,
            keys,
            metrics: Metrics::new(&api::paths()),
            pulse: Pulse::default(),
            limits: Limits::default(),
            seat_bodies: SeatBodies::default(),
            open_signup: settings.open_signup,
            time_zone: settings.time_zone.clone(),
            currency: settings.currency,
            policy: policy(settings),
            stopping: CancellationToken::new(),
        }))
    }

    /// The store's time.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Has a command carried out.
    ///
    /// # Errors
    /// The refusal, or that the store is busy or the outcome unknown.
    pub async fn submit(&self, command: Command) -> Result<Outcome, ApiError> {
        Ok(self.store.writer.submit(command).await?)
    }

    /// One round of looking after the line: signs of life, calls, gauges.
    pub async fn tick(&self) {
        self.desk.tick().await;
        let tallies = self.desk.tallies();
        self.metrics.line(LineGauges {
            waiting: tallies.waiting,
            inside: tallies.inside,
            called: tallies.called,
            head: tallies.head,
            tail: tallies.tail,
        });
        let (batches, commands) = self.store.writer.counts();
        self.metrics.writer(self.store.writer.depth(), batches, commands);
        for (predicted, actual) in self.desk.take_waits() {
            self.metrics.wait(predicted, actual);
        }
    }

    /// Looks after the line until the server stops.
    pub async fn run(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut upkeep = tokio::time::interval(UPKEEP_EVERY);
        let mut beats = tokio::time::interval(pulse::EVERY);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.tick().await,
                _ = beats.tick() => self.pulse.beat(&self),
                _ = upkeep.tick() => {
                    self.metrics.run_upkeep();
                    self.store.writer.tidy();
                }
                () = self.stopping.cancelled() => return,
            }
        }
    }
}
