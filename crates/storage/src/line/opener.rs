//! Opening a sale's line.

use std::sync::Arc;

use onsale_booking::ids::SaleId;
use onsale_line::Dials;
use thiserror::Error;

use super::{EmbeddedLine, LinePort};
use crate::clock::Clock;
use crate::error::{StoreError, WriteError};
use crate::port::{Pending, Reads};
use crate::writer::Writer;

/// Opens lines.
pub trait LineOpener: Send + Sync {
    /// Opens a sale's line as the store knows it. Never two of one sale at the same time.
    fn open(&self, sale: SaleId) -> Pending<'_, Result<Arc<dyn LinePort>, OpenLineError>>;
}

/// Why a line could not be opened.
#[derive(Debug, Clone, Error)]
pub enum OpenLineError {
    /// There is no such sale.
    #[error("there is no such sale")]
    NoSuchSale,
    /// The store could not be read.
    #[error("cannot read the store: {0}")]
    Read(#[from] StoreError),
    /// The store could not record that the line works.
    #[error("cannot write to the store: {0}")]
    Write(#[from] WriteError),
    /// The line cannot be found in Redis.
    #[error("{0}")]
    Redis(String),
}

/// What every line needs.
#[derive(Clone)]
pub(crate) struct LineParts {
    pub(crate) reads: Arc<dyn Reads>,
    pub(crate) writer: Writer,
    pub(crate) clock: Clock,
    /// The dials that count where no operator has set any.
    pub(crate) settings: Dials,
}

/// Keeps lines in process.
pub(crate) struct EmbeddedOpener(pub(crate) LineParts);

impl LineOpener for EmbeddedOpener {
    fn open(&self, sale: SaleId) -> Pending<'_, Result<Arc<dyn LinePort>, OpenLineError>> {
        Box::pin(async move {
            let LineParts { reads, writer, clock, settings } = self.0.clone();
            let history = reads.line(sale).await?.ok_or(OpenLineError::NoSuchSale)?;
            let line = EmbeddedLine::open(history, settings, writer, clock).await?;
            Ok(Arc::new(line) as Arc<dyn LinePort>)
        })
    }
}
