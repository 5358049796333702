//! What the sync asks of the store in the background: numbers, and passes that it may have missed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use onsale_line::Number;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{LineSync, Request};
use crate::redis::mirror::{LineStatus, PassSource, PassUpdate};
use crate::redis::pass_check::{check_passes, update_of};
use crate::redis::reconnect::Reconnector;
use crate::redis::{RedisFailure, scripts};
use crate::writer::{LineChange, LineTask};

/// How many slots the store is asked about at a time.
const SLOTS_PER_CHECK: usize = 2_000;
/// How often the head and the tail are noted, and the store is asked about slots and the sale.
const UPKEEP_EVERY: Duration = Duration::from_secs(1);
/// How many numbers are allocated at once: two seconds' worth of joins, within these bounds.
const BLOCK_MIN: u64 = 256;
const BLOCK_MAX: u64 = 65_536;

impl LineSync {
    /// Asks the store about numbers that seem to be over, once their `grace` has passed. The `waiting`
    /// requests are repeated after its answer.
    pub(super) fn check_later(&mut self, numbers: Vec<Number>, waiting: Vec<Request>, grace: Duration) {
        let Some(requests) = self.requests.upgrade().filter(|_| !numbers.is_empty()) else { return };
        let Reconnector { sale, reads, clock, .. } = self.reconnector.clone();
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            let checked = check_passes(&reads, sale, numbers, clock.now()).await;
            let _ = requests.send(Request::PassCheck(checked, waiting)).await;
        });
    }

    /// About once a second, the instance that makes the tick notes the head and the tail, and asks the store
    /// about the epoch, the sale and everybody who has a slot, in case another instance died before it could
    /// report an opening or a pass.
    pub(super) async fn upkeep(&mut self) -> Result<(), RedisFailure> {
        if Instant::now() < self.upkeep_at {
            return Ok(());
        }
        self.upkeep_at = Instant::now() + UPKEEP_EVERY;
        let LineStatus { head, tail, revision, is_opened, .. } = self.mirror.status;
        self.joins_per_second = tail.saturating_sub(std::mem::replace(&mut self.tail_at_upkeep, tail));
        let (sale, epoch) = (self.reconnector.sale, self.epoch.load(Ordering::SeqCst));
        self.reconnector.writer.note_progress(sale, epoch, head, tail);
        if self.mirror.is_spent() {
            let clear = self.context().script(&scripts::CLEAR);
            self.link.one::<i64>(clear).await?;
        }
        let Some(requests) = self.requests.upgrade() else { return Ok(()) };
        let slots = self.mirror.slots(SLOTS_PER_CHECK);
        let seen: HashMap<_, _> =
            slots.iter().map(|number| (*number, self.mirror.inside_until(*number))).collect();
        let (reconnector, reads) = (self.reconnector.clone(), Arc::clone(&self.reconnector.reads));
        tokio::spawn(async move {
            if let Ok(passes) = reads.passes(sale, slots).await {
                let update = |pass| {
                    let update = update_of(pass);
                    let known = seen.get(&update.number).copied().flatten();
                    PassUpdate { source: PassSource::Answer(known), ..update }
                };
                let _ = requests.send(Request::Passes(passes.iter().map(update).collect())).await;
            }
            // Another instance may have begun the next epoch, and died before it deleted this one.
            if let Ok(row) = reconnector.row().await {
                let _ = requests.send(Request::Epoch(row.epoch)).await;
            }
            // An instance may die after it has changed or opened the sale, and before Redis hears of it.
            if let Ok(dated) = reconnector.schedule().await
                && (dated.revision > revision || dated.schedule.is_lobby() == is_opened)
            {
                let _ = requests.send(Request::Schedule(dated, oneshot::channel().0)).await;
            }
        });
        Ok(())
    }

    pub(super) fn block_size(&self) -> u64 {
        (2 * self.joins_per_second).clamp(BLOCK_MIN, BLOCK_MAX)
    }

    /// Allocates the next block of numbers in the store, and then in Redis.
    pub(super) fn allocate(&mut self) {
        let Some(requests) = self.requests.upgrade().filter(|_| !self.is_allocating) else { return };
        self.is_allocating = true;
        let change = LineChange::AllocateNumbers(self.block_size());
        let task = LineTask { sale: self.reconnector.sale, epoch: self.epoch.load(Ordering::SeqCst), change };
        let writer = self.reconnector.writer.clone();
        tokio::spawn(async move {
            let allocated = writer.submit_line(task).await.map(|row| row.allocated).ok();
            let _ = requests.send(Request::Allocated(allocated)).await;
        });
    }
}
