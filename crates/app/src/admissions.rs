//! The admissions of an instance: one for each sale whose line is open. A line that is needed is opened here
//! if it rests, and rests again once nobody needs it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::SaleId;
use onsale_booking::sale::Sale;
use onsale_storage::gates::Gates;
use onsale_storage::line::OpenLineError;
use onsale_storage::store::Store;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use crate::error::AppError;
use crate::tokens::TokenKeys;

/// How long nobody must have stood in a line before it rests.
const RESTS_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// See the module.
pub(crate) struct Admissions {
    store: Arc<Store>,
    /// Reads the seed of a draw when it opens.
    keys: TokenKeys,
    /// The main sale's line never rests: every page shows it.
    main: Arc<Admission>,
    main_sale: SaleId,
    /// All who use one have a clone, made under this lock. So nobody does once there is one left.
    others: RwLock<HashMap<SaleId, Arc<Admission>>>,
    /// One task at a time opens a sale's line or lets it rest.
    gates: Gates<SaleId>,
    ticking: OnceLock<Ticking>,
    tasks: TaskTracker,
}

/// How the lines tick by themselves.
#[derive(Debug, Clone)]
struct Ticking {
    every: Duration,
    stopping: CancellationToken,
}

impl Admissions {
    /// The admissions of a store. The main sale's line is opened.
    ///
    /// # Errors
    /// When that line does not answer.
    pub(crate) async fn open(store: Arc<Store>, keys: TokenKeys) -> Result<Self, OpenLineError> {
        let main_sale = store.lines.main_sale();
        let line = store.lines.open(main_sale).await?;
        let main = Arc::new(Admission::open(Arc::clone(&store), line).await?);
        let (others, gates, ticking) = (RwLock::default(), Gates::default(), OnceLock::new());
        Ok(Self { store, keys, main, main_sale, others, gates, ticking, tasks: TaskTracker::new() })
    }

    /// The main sale's.
    pub(crate) fn main(&self) -> &Arc<Admission> {
        &self.main
    }

    /// A sale's, if its line is open.
    pub(crate) fn opened(&self, sale: SaleId) -> Option<Arc<Admission>> {
        if sale == self.main_sale {
            return Some(Arc::clone(&self.main));
        }
        self.others.read().unwrap_or_else(PoisonError::into_inner).get(&sale).cloned()
    }

    /// All whose line is open, the main sale's first.
    pub(crate) fn all(&self) -> Vec<Arc<Admission>> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(&self.main).chain(others.values()).cloned().collect()
    }

    /// A sale's. Its line is opened if it rests; other sales go on meanwhile. Drop it soon: it keeps the line
    /// from resting.
    ///
    /// # Errors
    /// [`AppError::UnknownTicket`] if there is no such sale; [`AppError::Unavailable`] if the line or the
    /// store does not answer.
    pub(crate) async fn find(self: &Arc<Self>, sale: SaleId) -> Result<Arc<Admission>, AppError> {
        if let Some(admission) = self.opened(sale) {
            return Ok(admission);
        }
        let all = Arc::clone(self);
        // It goes on if its caller goes away: others may wait for the same line.
        tokio::spawn(async move { all.find_once(sale).await }).await.unwrap_or(Err(AppError::Unavailable))
    }

    async fn find_once(self: &Arc<Self>, sale: SaleId) -> Result<Arc<Admission>, AppError> {
        let _passage = self.gates.enter(sale).await;
        if let Some(admission) = self.opened(sale) {
            return Ok(admission);
        }
        let line = self.store.lines.open(sale).await?;
        let admission = Arc::new(Admission::open(Arc::clone(&self.store), line).await?);
        tracing::debug!(%sale, "opened a line");
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        others.insert(sale, Arc::clone(&admission));
        // Under the lock, so that each line gets one task.
        if let Some(ticking) = self.ticking.get() {
            self.tasks.spawn(keep_ticking(Arc::downgrade(self), sale, ticking.clone()));
        }
        Ok(admission)
    }

    /// Every sale that this instance knows, and the time.
    pub(crate) fn sales(&self) -> (Vec<Arc<Sale>>, Timestamp) {
        (self.store.sales.all(), self.store.now())
    }

    /// Notifies of every change of a sale.
    pub(crate) fn sale_changes(&self) -> watch::Receiver<u64> {
        self.store.sales.changes()
    }

    /// Opens a sale if that is due and its line is open here, and waits until it is settled for now.
    pub(crate) async fn open_sale(&self, sale: SaleId) {
        if let Some(admission) = self.opened(sale).filter(|admission| admission.is_due_to_open()) {
            admission.open_sale(&self.keys).await;
        }
    }

    /// Ticks a sale's line once and lets it rest if nobody needs it. Returns whether it is still open.
    pub(crate) async fn tick(&self, sale: SaleId) -> bool {
        let Some(admission) = self.opened(sale) else { return false };
        admission.tick().await;
        sale == self.main_sale || !is_idle(&admission) || {
            drop(admission);
            !self.rest(sale).await
        }
    }

    /// Lets a line rest unless somebody uses it. Returns whether it rests.
    async fn rest(&self, sale: SaleId) -> bool {
        let _passage = self.gates.enter(sale).await;
        // From here on, all who come wait for the gate.
        let Some(admission) = self.take_unused(sale) else { return false };
        // Somebody may have come since the last tick.
        admission.tick().await;
        if !is_idle(&admission) {
            self.others.write().unwrap_or_else(PoisonError::into_inner).insert(sale, admission);
            return false;
        }
        drop(admission);
        match self.store.lines.rest(sale).await {
            Ok(()) => tracing::debug!(%sale, "a line rests"),
            Err(error) => tracing::warn!(%error, %sale, "could not record that a line rests"),
        }
        true
    }

    fn take_unused(&self, sale: SaleId) -> Option<Arc<Admission>> {
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        let is_unused = |admission: &Arc<Admission>| Arc::strong_count(admission) == 1;
        let is_idle = others.get(&sale).is_some_and(|found| is_unused(found) && is_idle(found));
        if is_idle { others.remove(&sale) } else { None }
    }

    /// Makes every open line tick by itself, so that none waits for another: those that are open now, and
    /// those that open later. Each goes on until it rests or `stopping` is cancelled.
    pub(crate) fn tick_by_themselves(self: &Arc<Self>, every: Duration, stopping: CancellationToken) {
        let ticking = Ticking { every, stopping };
        let others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        if self.ticking.set(ticking.clone()).is_err() {
            return;
        }
        for sale in others.keys().copied().chain([self.main_sale]) {
            self.tasks.spawn(keep_ticking(Arc::downgrade(self), sale, ticking.clone()));
        }
    }

    /// Runs a task that [`Self::ticks_are_over`] waits for, as for those that tick.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Waits until no line ticks by itself any more. They have to be stopped before.
    pub(crate) async fn ticks_are_over(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn is_idle(admission: &Admission) -> bool {
    admission.has_been_empty_for(RESTS_AFTER)
}

/// Ticks a line until it rests or is stopped.
async fn keep_ticking(all: Weak<Admissions>, sale: SaleId, ticking: Ticking) {
    let mut ticks = interval(ticking.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let tick_all = async {
        loop {
            ticks.tick().await;
            let Some(all) = all.upgrade() else { return };
            if !all.tick(sale).await {
                return;
            }
            if all.opened(sale).is_some_and(|admission| admission.is_due_to_open()) {
                // Ticks go on while the store takes its time.
                let (tasks, stopping) = (all.tasks.clone(), ticking.stopping.clone());
                tasks.spawn(stopping.run_until_cancelled_owned(async move { all.open_sale(sale).await }));
            }
        }
    };
    tokio::select! {
        () = tick_all => {}
        () = ticking.stopping.cancelled() => {}
    }
}

#[cfg(test)]
mod tests;
