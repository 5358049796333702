//! After a commit whose outcome nobody knows: whoever answers from what was committed looks at the store again.
//!
//! Such a commit may be durable, and then no watcher has heard of it: a seat that it sold would be shown as free for good.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::error::StoreError;
use crate::line::LinePort;
use crate::port::Reads;
use crate::redis::SeatNews;
use crate::seat_map::SeatMaps;

/// How long to rest before the store is asked again.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// By then the server has carried out or given up whatever was on its way: its sessions end statements before.
const SETTLED_AFTER: Duration = Duration::from_secs(3);

/// Who has to look again, and at what.
pub(crate) struct Doubt {
    pub(crate) maps: Weak<SeatMaps>,
    pub(crate) reads: Arc<dyn Reads>,
    pub(crate) line: Option<Weak<dyn LinePort>>,
    pub(crate) news: Option<SeatNews>,
    /// The numbers whose passes may have changed.
    pub(crate) passes: Vec<u64>,
}

impl Doubt {
    /// Looks as soon as the store can be reached, and once more when nothing can be on its way any longer.
    pub(crate) async fn resolve(self) {
        self.look().await;
        tokio::time::sleep(SETTLED_AFTER).await;
        self.look().await;
    }

    async fn look(&self) {
        while let Err(error) = self.try_to_look().await {
            tracing::debug!(%error, "what became of a commit cannot be looked up yet");
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    async fn try_to_look(&self) -> Result<(), StoreError> {
        // Once the store is closed there is nobody left to know.
        let Some(maps) = self.maps.upgrade() else { return Ok(()) };
        maps.take_up(self.reads.concerts().await?);
        if let Some(line) = self.line.as_ref().and_then(Weak::upgrade).filter(|_| !self.passes.is_empty()) {
            line.passes_changed(&self.reads.passes(self.passes.clone()).await?);
        }
        if let Some(news) = &self.news {
            news.say_missed();
        }
        Ok(())
    }
}
