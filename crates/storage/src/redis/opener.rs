//! Opening a sale's line in Redis.

use std::sync::Arc;

use onsale_booking::ids::SaleId;

use super::RedisOptions;
use super::line::RedisLine;
use crate::line::{LineOpener, LineParts, LinePort, OpenLineError};
use crate::port::Pending;

/// Keeps lines in Redis.
pub(crate) struct RedisOpener {
    pub(crate) parts: LineParts,
    pub(crate) options: RedisOptions,
}

impl LineOpener for RedisOpener {
    fn open(&self, sale: SaleId) -> Pending<'_, Result<Arc<dyn LinePort>, OpenLineError>> {
        Box::pin(async move {
            let LineParts { reads, writer, clock, settings } = self.parts.clone();
            if reads.line_row(sale).await?.is_none() {
                return Err(OpenLineError::NoSuchSale);
            }
            let line = RedisLine::open(&self.options, sale, reads, writer, clock, settings).await;
            Ok(Arc::new(line.map_err(OpenLineError::Redis)?) as Arc<dyn LinePort>)
        })
    }
}
