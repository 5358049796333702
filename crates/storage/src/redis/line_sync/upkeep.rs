//! What the sync asks of the store in the background: numbers, and passes that it may have missed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use onsale_line::Number;
use tokio::time::Instant;

use super::{LineSync, Request};
use crate::redis::mirror::LineStatus;
use crate::redis::pass_check::{check_passes, update_of};
use crate::redis::reconnect::Reconnector;
use crate::writer::{LineChange, LineTask};

/// How many slots the store is asked about at a time.
const SLOTS_PER_CHECK: usize = 2_000;
/// How often the head is noted and the store asked about slots.
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

    /// About once a second, the instance that makes the tick notes the head, and asks the store about
    /// everybody who has a slot, in case another instance died before it could report a pass.
    pub(super) fn upkeep(&mut self) {
        if Instant::now() < self.upkeep_at {
            return;
        }
        self.upkeep_at = Instant::now() + UPKEEP_EVERY;
        let LineStatus { head, tail, .. } = self.mirror.status;
        self.joins_per_second = tail.saturating_sub(std::mem::replace(&mut self.tail_at_upkeep, tail));
        let (sale, epoch) = (self.reconnector.sale, self.epoch.load(Ordering::SeqCst));
        self.reconnector.writer.note_progress(sale, epoch, head, tail);
        let (Some(requests), slots) = (self.requests.upgrade(), self.mirror.slots(SLOTS_PER_CHECK)) else {
            return;
        };
        let reads = Arc::clone(&self.reconnector.reads);
        tokio::spawn(async move {
            if let Ok(passes) = reads.passes(sale, slots).await {
                let _ = requests.send(Request::Passes(passes.iter().map(update_of).collect())).await;
            }
        });
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
