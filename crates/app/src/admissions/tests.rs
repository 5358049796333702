use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use onsale_booking::Policy;
use onsale_booking::command::Call;
use onsale_booking::ids::UserId;
use onsale_booking::pass::Pass;
use onsale_booking::sale::Sale;
use onsale_line::{Capacity, DialChanges, Dials, Number, Sign};
use onsale_storage::error::WriteError;
use onsale_storage::line::{FixedLobby, Joined, LineOpener, LinePort, Lines, Lookup, Ticked};
use onsale_storage::port::Pending;
use onsale_storage::store::StoreOptions;
use uuid::Uuid;

use super::*;
use crate::tokens::testing::own_keys;

#[path = "../../tests/support/mod.rs"]
#[allow(dead_code, reason = "each suite uses its share of it")]
mod support;

use support::Home;

const MAIN: SaleId = SaleId(Uuid::from_u128(0x11));
const EVERY: Duration = Duration::from_millis(10);

/// What a test does with a line, and what it sees of it.
#[derive(Default)]
struct Handle {
    is_frozen: AtomicBool,
    ticks: AtomicU64,
}

/// A line that counts its ticks, and does not answer them while it is frozen.
struct WatchedLine {
    line: Arc<dyn LinePort>,
    handle: Arc<Handle>,
}

impl LinePort for WatchedLine {
    fn sale(&self) -> SaleId {
        self.line.sale()
    }

    fn epoch(&self) -> u32 {
        self.line.epoch()
    }

    fn view_lifetime(&self) -> Option<Duration> {
        self.line.view_lifetime()
    }

    fn join(&self, user: UserId) -> Pending<'_, Result<Joined, WriteError>> {
        self.line.join(user)
    }

    fn signs_of_life(&self, signs: Vec<Sign>) -> Pending<'_, Result<(), WriteError>> {
        self.line.signs_of_life(signs)
    }

    fn tick(&self) -> Pending<'_, Result<Ticked, WriteError>> {
        if self.handle.is_frozen.load(Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        self.handle.ticks.fetch_add(1, Ordering::SeqCst);
        self.line.tick()
    }

    fn claim(&self, number: Number) -> Pending<'_, Result<Option<Call>, WriteError>> {
        self.line.claim(number)
    }

    fn lookup(&self, number: Number) -> Pending<'_, Result<Lookup, WriteError>> {
        self.line.lookup(number)
    }

    fn state_of_user(&self, user: UserId) -> Pending<'_, Result<Option<(Number, Lookup)>, WriteError>> {
        self.line.state_of_user(user)
    }

    fn passes_changed(&self, passes: &[Pass]) {
        self.line.passes_changed(passes);
    }

    fn fix_lobby(&self) -> Pending<'_, Result<Option<FixedLobby>, WriteError>> {
        self.line.fix_lobby()
    }

    fn unfix_lobby(&self) -> Pending<'_, Result<(), WriteError>> {
        self.line.unfix_lobby()
    }

    fn sale_changed(&self, sale: Arc<Sale>) -> Pending<'_, Result<(), WriteError>> {
        self.line.sale_changed(sale)
    }

    fn set_dials(
        &self,
        changes: DialChanges,
        seen: Option<Dials>,
        by: Option<UserId>,
    ) -> Pending<'_, Result<Dials, WriteError>> {
        self.line.set_dials(changes, seen, by)
    }

    fn close(&self) -> Pending<'_, Result<(), WriteError>> {
        self.line.close()
    }
}

/// Opens watched lines of a real store; those of one sale never.
#[derive(Clone)]
struct Watch {
    lines: Arc<Lines>,
    stalled: Arc<Mutex<Option<SaleId>>>,
    handles: Arc<Mutex<BTreeMap<SaleId, Arc<Handle>>>>,
}

impl LineOpener for Watch {
    fn open(&self, sale: SaleId) -> Pending<'_, Result<Arc<dyn LinePort>, OpenLineError>> {
        let is_stalled = *self.stalled.lock().unwrap_or_else(PoisonError::into_inner) == Some(sale);
        if is_stalled {
            return Box::pin(std::future::pending());
        }
        Box::pin(async move {
            let line: Arc<dyn LinePort> =
                Arc::new(WatchedLine { line: self.lines.open(sale).await?, handle: self.handle(sale) });
            Ok(line)
        })
    }
}

impl Watch {
    fn handle(&self, sale: SaleId) -> Arc<Handle> {
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(handles.entry(sale).or_default())
    }

    fn ticks(&self, sale: SaleId) -> u64 {
        self.handle(sale).ticks.load(Ordering::SeqCst)
    }

    /// Waits until these lines have ticked ten times.
    async fn until_they_tick(&self, sales: &[SaleId]) {
        for sale in sales {
            let (before, until) = (self.ticks(*sale), Instant::now() + Duration::from_secs(10));
            while self.ticks(*sale) < before + 10 {
                assert!(Instant::now() < until, "{sale} waits for another line");
                // Ticks come in real time.
                tokio::time::sleep(EVERY).await;
            }
        }
    }
}

async fn watched(home: &Home) -> (Arc<Admissions>, Watch) {
    let dials = Dials { capacity: Capacity::new(1).unwrap(), rate_per_minute: 0, paused: false };
    let options = StoreOptions { policy: Policy::new(300, 4, 600), dials, main_sale: MAIN, queue_max: 8_192 };
    let mut store = Store::open_embedded(home.folder(), home.clock.clone(), options).await.unwrap();
    let (stalled, handles) = (Arc::default(), Arc::default());
    let watch = Watch { lines: Arc::clone(&store.lines), stalled, handles };
    store.lines = Arc::new(Lines::new(MAIN, Box::new(watch.clone())));
    (Arc::new(Admissions::open(Arc::new(store), own_keys()).await.unwrap()), watch)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_line_and_one_that_cannot_be_opened_delay_no_other() {
    let home = Home::new();
    let (all, watch) = watched(&home).await;
    let [silent, stalled, other] = [home.add_sale(), home.add_sale(), home.add_sale()];
    let stopping = CancellationToken::new();
    all.find(silent).await.unwrap();
    all.tick_by_themselves(EVERY, stopping.clone());
    watch.until_they_tick(&[silent]).await;

    watch.handle(silent).is_frozen.store(true, Ordering::SeqCst);
    *watch.stalled.lock().unwrap() = Some(stalled);
    let opening = tokio::spawn({
        let all = Arc::clone(&all);
        async move { all.find(stalled).await.is_ok() }
    });
    // By now the silent line is asked for a tick, and the other one is being opened.
    tokio::time::sleep(EVERY * 3).await;
    all.find(other).await.unwrap();
    watch.until_they_tick(&[MAIN, other]).await;
    assert!(!opening.is_finished() && all.opened(stalled).is_none());

    stopping.cancel();
    all.ticks_are_over().await;
    let before = (watch.ticks(MAIN), watch.ticks(other));
    // Nothing announces a tick that does not come.
    tokio::time::sleep(EVERY * 5).await;
    assert_eq!((watch.ticks(MAIN), watch.ticks(other)), before, "the server stops");
    opening.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_open_line_ticks_once_at_a_time() {
    let home = Home::new();
    let (all, watch) = watched(&home).await;
    let [before, after] = [home.add_sale(), home.add_sale()];
    let stopping = CancellationToken::new();
    all.find(before).await.unwrap();
    let began = Instant::now();
    all.tick_by_themselves(EVERY, stopping.clone());
    all.tick_by_themselves(EVERY, stopping.clone());
    all.find(after).await.unwrap();
    watch.until_they_tick(&[before, after]).await;
    let all_ticks = [MAIN, before, after].map(|sale| watch.ticks(sale));
    let most = began.elapsed().as_millis() / EVERY.as_millis() + 2;
    assert!(all_ticks.iter().all(|ticks| u128::from(*ticks) <= most), "{all_ticks:?}, at most {most}");
    stopping.cancel();
}
