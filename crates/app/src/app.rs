//! One running instance: its store, its access to the line, its token keys and its statistics.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use onsale_booking::audit::Breach;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::{Command, Outcome, Policy};
use onsale_line::Dials;
use onsale_storage::clock::Clock;
use onsale_storage::store::{QUEUE_MAX, StartError, Store, StoreConfig, StoreOptions};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::admissions::Admissions;
use crate::audit::audit;
use crate::error::AppError;
use crate::held_tickets::HeldTickets;
use crate::resting_lines::RestingLines;
use crate::sale_statistics::SaleStatistics;
use crate::statistics::Statistics;
use crate::tokens::TokenKeys;

/// How a sale is run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The limits that the booking rules apply.
    pub policy: Policy,
    /// The dials of the line until an operator sets them.
    pub dials: Dials,
    /// Whether anybody may create a user.
    pub open_signup: bool,
    /// The time zone that assigns a concert to a date.
    pub time_zone: TimeZone,
    /// How many polls an instance may hold at once; 0 if none.
    pub wait_connections: usize,
}

/// One running instance.
pub struct App {
    /// Signs and reads tokens.
    pub keys: TokenKeys,
    /// The main sale's statistics, second by second.
    pub statistics: Statistics,
    /// Cancelled when the server stops, which ends all streams.
    pub stopping: CancellationToken,
    /// How the sale is run.
    pub config: Config,
    pub(crate) sale_statistics: SaleStatistics,
    pub(crate) store: Arc<Store>,
    /// What the store knew of resting lines a moment ago.
    pub(crate) resting: RestingLines,
    /// Whose polls are held.
    pub(crate) held_tickets: Arc<HeldTickets>,
    /// The lines.
    pub(crate) admissions: Arc<Admissions>,
}

/// The load of the store's writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterLoad {
    /// Commands that are waiting now.
    pub queued: usize,
    /// Batches committed since the start.
    pub batches: u64,
    /// Commands in these batches.
    pub commands: u64,
}

impl App {
    /// Opens the store and the main sale's line. Nothing ticks yet.
    ///
    /// # Errors
    /// [`StartError`] when the store cannot be opened, read or written.
    pub async fn open(
        store: StoreConfig,
        clock: Clock,
        config: Config,
        keys: TokenKeys,
    ) -> Result<Self, StartError> {
        let options = StoreOptions {
            policy: config.policy,
            dials: config.dials,
            main_sale: SaleId(Uuid::now_v7()),
            queue_max: QUEUE_MAX,
        };
        let store = Arc::new(Store::open(store, clock, options).await?);
        let admissions = Arc::new(Admissions::open(Arc::clone(&store), keys.clone()).await?);
        let stopping = CancellationToken::new();
        let (statistics, resting) = (Statistics::default(), RestingLines::default());
        let sale_statistics = SaleStatistics::default();
        let held_tickets = Arc::new(HeldTickets::new(config.wait_connections));
        Ok(Self {
            keys,
            statistics,
            stopping,
            config,
            sale_statistics,
            store,
            resting,
            held_tickets,
            admissions,
        })
    }

    /// The time by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// The main sale, the same on every instance: what names no sale means this one.
    pub fn main_sale(&self) -> SaleId {
        self.store.lines.main_sale()
    }

    /// Submits a command to the writer and returns its outcome.
    ///
    /// # Errors
    /// A refusal; the store is busy; the outcome is unknown.
    pub(crate) async fn submit(&self, command: Command) -> Result<Outcome, AppError> {
        Ok(self.store.writer.submit(command).await?)
    }

    /// Forgets what no longer matters, in the store and in memory. Nothing depends on it.
    pub fn tidy(&self) {
        self.store.writer.tidy();
        self.admissions.all().iter().for_each(|admission| admission.tidy());
    }

    /// The load of the store's writer.
    pub fn writer_load(&self) -> WriterLoad {
        let (batches, commands) = self.store.writer.counts();
        WriterLoad { queued: self.store.writer.depth(), batches, commands }
    }

    /// Checks that this instance can take reads and writes.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when it cannot.
    pub async fn check_ready(&self) -> Result<(), AppError> {
        let is_working = self.store.writer.is_working() && self.admissions.main().is_line_available();
        if self.stopping.is_cancelled() || !is_working {
            return Err(AppError::Unavailable);
        }
        self.store.reads.balance(UserId(Uuid::nil())).await?;
        Ok(())
    }

    /// Waits until the store has failed for good, and returns the reason.
    pub async fn failed(&self) -> String {
        self.store.writer.failed().await
    }

    /// Checks every row of the store against what must always be true. Returns the breaches and the number of
    /// rows read.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn audit(&self) -> Result<(Vec<Breach>, u64), AppError> {
        Ok(audit(&*self.store.reads, Some(&self.keys), self.now()).await?)
    }

    /// Stops, completes the accepted writes and closes the store.
    pub async fn close(&self) {
        self.stopping.cancel();
        self.admissions.ticks_are_over().await;
        self.store.close().await;
    }
}
