//! The state that handlers share: the instance, and what HTTP adds to it.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use onsale_app::app::App;
use onsale_app::line::InLines;
use onsale_app::statistics::SAMPLED_EVERY;
use onsale_app::tokens::Purpose;
use onsale_booking::ids::SaleId;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::answer_budget::AnswerBudget;
use crate::connection::Limits;
use crate::currency::Currency;
use crate::forwarding::Forwarding;
use crate::metrics::{LineGauges, Metrics};
use crate::metrics_token::MetricsToken;
use crate::names::Names;
use crate::seat_map_cache::SeatMapCache;
use crate::text_cache::TextCache;
use crate::ticket_limits::TicketLimits;

/// How often each line ticks.
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
    /// Who may read the metrics besides operators.
    pub(crate) metrics_token: Option<MetricsToken>,
    pub(crate) answers: Arc<AnswerBudget>,
    pub(crate) tickets: Arc<TicketLimits>,
    pub(crate) seat_map_cache: SeatMapCache,
    /// The free seats of a sale on a date.
    pub(crate) free_seats_cache: TextCache<(SaleId, Date)>,
    pub(crate) names: Names,
}

/// What a site needs besides the instance.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// Limits on clients' requests and connections.
    pub limits: Limits,
    /// The currency of all prices.
    pub currency: Currency,
    /// How clients reach this instance.
    pub forwarding: Forwarding,
    /// Who may read the metrics besides operators.
    pub metrics_token: Option<MetricsToken>,
}

/// The state of the router.
pub type Shared = Arc<Site>;

impl Site {
    /// The stamp of a new copy of a form. Only the browser that gets the page knows it.
    pub(crate) fn new_stamp(&self, form: Purpose) -> String {
        self.app.keys.stamp(form, Uuid::new_v4(), self.app.now())
    }

    pub(crate) fn new(app: Arc<App>, config: SiteConfig, metrics: Metrics) -> Self {
        let SiteConfig { limits, currency, forwarding, metrics_token } = config;
        let answers = Arc::new(AnswerBudget::new(limits.answer_bytes_max));
        let tickets = TicketLimits::new(limits.requests_per_ticket, limits.streams_per_ticket);
        Self {
            app,
            metrics,
            limits,
            currency,
            forwarding,
            metrics_token,
            tickets: Arc::new(tickets),
            seat_map_cache: SeatMapCache::new(Arc::clone(&answers)),
            free_seats_cache: TextCache::default(),
            names: Names::default(),
            answers,
        }
    }

    /// Ticks every open line once, and updates their metrics.
    pub async fn tick(&self) {
        self.app.tick().await;
        self.measure();
    }

    /// Updates the metrics of lines, writer and answers. People are counted in all lines together; head and
    /// tail are the main sale's.
    fn measure(&self) {
        let (main, open) = (self.app.main_line().tallies(), self.app.open_lines());
        let InLines { waiting, inside, called } = InLines::of(&open);
        self.metrics.line(LineGauges { waiting, inside, called, head: main.head, tail: main.tail });
        self.metrics.sales(&open);
        self.metrics.held_polls(self.app.held_polls());
        self.metrics.writer(self.app.writer_load());
        self.metrics.answers(&self.answers);
        for wait in self.app.take_waits() {
            self.metrics.wait(wait);
        }
    }

    /// Makes every open line tick, takes samples and tidies the store until the server stops.
    pub async fn run(self: Arc<Self>) {
        let _ticking = self.app.tick_by_itself(TICK_EVERY);
        let mut measures = interval(TICK_EVERY);
        measures.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut upkeep = interval(UPKEEP_EVERY);
        let mut samples = interval(SAMPLED_EVERY);
        samples.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = measures.tick() => self.measure(),
                _ = samples.tick() => self.app.record_statistics(self.metrics.meter.take()),
                _ = upkeep.tick() => {
                    self.metrics.run_upkeep();
                    self.free_seats_cache.clear();
                    self.app.tidy();
                }
                () = self.app.stopping.cancelled() => return,
            }
        }
    }
}
