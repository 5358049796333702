//! After a commit with an unknown outcome: what is answered from commits is read from the store again.
//!
//! Such a commit may be durable without any watcher having seen it. A seat that it sold would be shown as
//! free for good.

use std::sync::{Arc, Weak};
use std::time::Duration;

use onsale_booking::ids::PassKey;

use crate::error::StoreError;
use crate::line::Lines;
use crate::port::Reads;
use crate::redis::SeatUpdates;
use crate::sale_directory::SaleDirectory;
use crate::seat_map::SeatMaps;

/// How long to wait before asking the store again.
const RETRY_EVERY: Duration = Duration::from_millis(250);
/// By then the server has finished or given up whatever was on its way: its sessions end statements before.
const SETTLED_AFTER: Duration = Duration::from_secs(3);

/// What has to be read again, and for whom.
pub(crate) struct UnknownCommit {
    pub(crate) maps: Weak<SeatMaps>,
    pub(crate) sales: Weak<SaleDirectory>,
    pub(crate) reads: Arc<dyn Reads>,
    pub(crate) lines: Option<Weak<Lines>>,
    pub(crate) updates: Option<SeatUpdates>,
    /// The passes that may have changed.
    pub(crate) passes: Vec<PassKey>,
}

impl UnknownCommit {
    /// Reads as soon as the store can be reached, and once more when nothing can be on its way any longer.
    pub(crate) async fn resolve(self) {
        self.read_until_done().await;
        tokio::time::sleep(SETTLED_AFTER).await;
        self.read_until_done().await;
    }

    async fn read_until_done(&self) {
        while let Err(error) = self.try_to_read().await {
            tracing::debug!(%error, "cannot look up the outcome of a commit yet");
            tokio::time::sleep(RETRY_EVERY).await;
        }
    }

    async fn try_to_read(&self) -> Result<(), StoreError> {
        // Once the store is closed nobody needs it.
        let Some(maps) = self.maps.upgrade() else { return Ok(()) };
        maps.apply(self.reads.concerts().await?);
        if let Some(sales) = self.sales.upgrade() {
            sales.read_all().await?;
        }
        if let Some(lines) = self.lines.as_ref().and_then(Weak::upgrade) {
            for passes in self.passes.chunk_by(|one, next| one.sale == next.sale) {
                let Some(first) = passes.first() else { continue };
                let numbers = passes.iter().map(|pass| pass.number).collect();
                lines.passes_changed(&self.reads.passes(first.sale, numbers).await?);
            }
        }
        if let Some(updates) = &self.updates {
            updates.announce_gap();
        }
        Ok(())
    }
}
