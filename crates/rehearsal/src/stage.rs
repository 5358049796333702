//! What all fans of a sale share: connections, the clock, what is known about the sale and its concert, and
//! live counters. Stages of sales that are played at once share all but what they sell.

pub(crate) mod sale;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use uuid::Uuid;

use crate::client::Client;
use crate::history::{Complaint, Concert, Event, Micros, PromiseId, SECOND};
use crate::options::CrowdOptions;
use sale::SaleOnStage;

/// The highest seat number.
const SEATS_MAX: usize = 50_000;
/// How far the seat map of another instance may lag behind.
const UPDATE_LAG: Micros = 3 * SECOND / 2;

/// Called for every event as it happens, with the number of its fan.
pub type Observer = Box<dyn Fn(u32, &Event) + Send + Sync>;

/// Shared by all fans of a sale.
pub(crate) struct Stage {
    /// One for each address that fans choose between.
    clients: Arc<[Client]>,
    observer: Option<Observer>,
    pub(crate) crowd: CrowdOptions,
    pub(crate) clock: Clock,
    pub(crate) tally: Arc<Tally>,
    pub(crate) sale: SaleOnStage,
    concert_id: Uuid,
    concert: OnceLock<Concert>,
    /// The calendar date under which the server lists the concert.
    date: Mutex<Option<Box<str>>>,
    /// When each seat was first known to be sold; 0 if it is not.
    sold: Box<[AtomicI64]>,
    is_sold_out: AtomicBool,
    over: watch::Sender<bool>,
    complaints: Mutex<Vec<Complaint>>,
}

/// Live counters, for the progress view only: the report is made from the history.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) arrived: AtomicU64,
    pub(crate) joined: AtomicU64,
    pub(crate) admitted: AtomicU64,
    /// Left without ever having been inside.
    pub(crate) gave_up: AtomicU64,
    /// Were inside, and have gone.
    pub(crate) out: AtomicU64,
    pub(crate) seats_sold: AtomicU64,
    pub(crate) answers: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) troubles: AtomicU64,
    pub(crate) finished: AtomicU64,
}

impl Stage {
    /// A stage for the concert with this id, which the main sale sells.
    pub(crate) fn new(clients: Vec<Client>, crowd: CrowdOptions, clock: Clock, concert_id: Uuid) -> Self {
        let (tally, over) = (Arc::default(), watch::Sender::new(false));
        Self::of(clients.into(), (crowd, clock), (tally, over), (concert_id, SaleOnStage::default()))
    }

    /// A stage for another sale, which is played at the same time.
    pub(crate) fn beside(&self, concert_id: Uuid, sale: SaleOnStage) -> Self {
        let (tally, over) = (Arc::clone(&self.tally), self.over.clone());
        let (clients, crowd) = (Arc::clone(&self.clients), self.crowd.clone());
        Self::of(clients, (crowd, self.clock), (tally, over), (concert_id, sale))
    }

    fn of(
        clients: Arc<[Client]>,
        (crowd, clock): (CrowdOptions, Clock),
        (tally, over): (Arc<Tally>, watch::Sender<bool>),
        (concert_id, sale): (Uuid, SaleOnStage),
    ) -> Self {
        Self {
            clients,
            observer: None,
            crowd,
            clock,
            tally,
            sale,
            concert_id,
            concert: OnceLock::new(),
            date: Mutex::default(),
            sold: (0..=SEATS_MAX).map(|_| AtomicI64::new(0)).collect(),
            is_sold_out: AtomicBool::new(false),
            over,
            complaints: Mutex::default(),
        }
    }

    /// The same with an observer of every event.
    pub(crate) fn with_observer(self, observer: Option<Observer>) -> Self {
        Self { observer, ..self }
    }

    /// The client for an instance, counted from 0.
    pub(crate) fn client(&self, instance: u16) -> &Client {
        &self.clients[usize::from(instance) % self.clients.len()]
    }

    /// The instance that a fan uses first.
    pub(crate) fn instance_of(&self, fan: u32) -> u16 {
        u16::try_from(usize::try_from(fan).unwrap_or(0) % self.clients.len()).unwrap_or(0)
    }

    /// The instance after this one.
    pub(crate) fn next_instance(&self, instance: u16) -> u16 {
        u16::try_from((usize::from(instance) + 1) % self.clients.len()).unwrap_or(0)
    }

    /// Shows an event to the observer.
    pub(crate) fn show(&self, fan: u32, event: &Event) {
        if let Some(observe) = &self.observer {
            observe(fan, event);
        }
    }

    pub(crate) fn concert_id(&self) -> Uuid {
        self.concert_id
    }

    /// The concert, once somebody inside has read it.
    pub(crate) fn concert(&self) -> Option<&Concert> {
        self.concert.get()
    }

    pub(crate) fn learn_concert(&self, concert: Concert) {
        // Somebody else has set the same before.
        let _ = self.concert.set(concert);
    }

    /// The date under which the concert is probably listed; the server chooses the time zone.
    pub(crate) fn date(&self) -> Option<Box<str>> {
        self.date.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn guess_date(&self, date: Option<Box<str>>) {
        *self.date.lock().unwrap_or_else(PoisonError::into_inner) = date;
    }

    /// Continues the sale after an end.
    pub(crate) fn resume(&self) {
        self.over.send_replace(false);
    }

    /// Ends all sales for everybody.
    pub(crate) fn end(&self) {
        self.over.send_replace(true);
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Sleeps until then; false if the sale ends earlier.
    pub(crate) async fn sleep_until(&self, then: Micros) -> bool {
        let mut over = self.over.subscribe();
        tokio::select! {
            () = tokio::time::sleep_until(self.clock.instant(then).into()) => !self.is_over(),
            _ = over.wait_for(|is_over| *is_over) => false,
        }
    }

    /// Lets everybody know that nothing is left.
    pub(crate) fn say_sold_out(&self) {
        self.is_sold_out.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_sold_out(&self) -> bool {
        self.is_sold_out.load(Ordering::Relaxed)
    }

    /// Notes that an answer showed this seat as paid.
    pub(crate) fn say_sold(&self, seat: u32, at: Micros) {
        if let Some(since) = self.sold_since(seat) {
            let _ = since.compare_exchange(0, at, Ordering::Relaxed, Ordering::Relaxed);
        }
        self.tally.seats_sold.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn seats_sold(&self) -> u32 {
        u32::try_from(self.tally.seats_sold.load(Ordering::Relaxed)).unwrap_or(u32::MAX)
    }

    /// Whether a map that was requested then must show this seat as sold.
    pub(crate) fn must_be_sold(&self, seat: u32, requested: Micros) -> bool {
        let since = self.sold_since(seat).map_or(0, |since| since.load(Ordering::Relaxed));
        since != 0 && since + UPDATE_LAG < requested
    }

    fn sold_since(&self, seat: u32) -> Option<&AtomicI64> {
        self.sold.get(usize::try_from(seat).ok()?)
    }

    pub(crate) fn complain(&self, fan: u32, promise: PromiseId, text: String) {
        let at = self.clock.now();
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.push(Complaint { fan, at, promise, text });
    }

    pub(crate) fn complaints(&self) -> Vec<Complaint> {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The rehearsal's clock: set once by this machine's clock, and never set back.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    began: Instant,
    began_at: Micros,
}

impl Clock {
    /// The clock of a rehearsal that starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else uses")]
    pub(crate) fn start() -> Self {
        Self { began: Instant::now(), began_at: jiff::Timestamp::now().as_microsecond() }
    }

    /// What it shows.
    pub fn now(&self) -> Micros {
        self.began_at + micros(self.began.elapsed())
    }

    fn instant(&self, time: Micros) -> Instant {
        let since = u64::try_from(time - self.began_at).unwrap_or(0);
        self.began + Duration::from_micros(since)
    }
}

/// A length of time.
pub(crate) fn micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX / 4)
}
