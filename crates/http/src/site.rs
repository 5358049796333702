//! The state that handlers share: the instance, and what HTTP adds to it.

use std::sync::Arc;
use std::time::Duration;

use onsale_app::app::App;
use onsale_app::statistics::SAMPLED_EVERY;
use tokio::time::{MissedTickBehavior, interval};

use crate::connection::Limits;
use crate::currency::Currency;
use crate::forwarding::Forwarding;
use crate::metrics::{LineGauges, Metrics};
use crate::seat_map_cache::SeatMapCache;

/// How often the line ticks.
pub const TICK_EVERY: Duration = Duration::from_millis(100);
/// How often the store is tidied and histograms are updated.
const UPKEEP_EVERY: Duration = Duration::from_secs(30);

/// One instance, served over HTTP.
pub struct Site {
    /// The instance.
    pub app: Arc<App>,
    /// Metrics for Prometheus and the cockpit.
    pub metrics: Metrics,
    /// Limits on clients' requests and connections.
    pub limits: Limits,
    /// The currency of all prices.
    pub currency: Currency,
    /// How clients reach this instance.
    pub forwarding: Forwarding,
    pub(crate) seat_map_cache: SeatMapCache,
}

/// The state of the router.
pub type Shared = Arc<Site>;

impl Site {
    pub(crate) fn new(app: Arc<App>, currency: Currency, metrics: Metrics) -> Self {
        Self {
            app,
            metrics,
            limits: Limits::default(),
            currency,
            forwarding: Forwarding::default(),
            seat_map_cache: SeatMapCache::default(),
        }
    }

    /// Ticks the line once, and updates its metrics.
    pub async fn tick(&self) {
        self.app.admission.tick().await;
        let tallies = self.app.admission.tallies();
        self.metrics.line(LineGauges {
            waiting: tallies.waiting,
            inside: tallies.inside,
            called: tallies.called,
            head: tallies.head,
            tail: tallies.tail,
        });
        self.metrics.writer(self.app.writer_load());
        for wait in self.app.admission.take_waits() {
            self.metrics.wait(wait);
        }
    }

    /// Ticks the line, takes samples and tidies the store until the server stops.
    pub async fn run(self: Arc<Self>) {
        let mut ticks = interval(TICK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut upkeep = interval(UPKEEP_EVERY);
        let mut samples = interval(SAMPLED_EVERY);
        samples.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.tick().await,
                _ = samples.tick() => self.app.record_statistics(self.metrics.meter.take()),
                _ = upkeep.tick() => {
                    self.metrics.run_upkeep();
                    self.app.tidy();
                }
                () = self.app.stopping.cancelled() => return,
            }
        }
    }
}
