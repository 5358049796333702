//! The lines that are open: one for each sale that somebody stands in. A line opens when somebody comes, and
//! is dropped when it rests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use onsale_booking::ids::SaleId;
use onsale_booking::pass::Pass;
use onsale_booking::sale::Sale;

use super::LinePort;
use super::opener::{LineOpener, OpenLineError};
use crate::error::WriteError;
use crate::gates::Gates;

/// See the module.
pub struct Lines {
    main: SaleId,
    opener: Box<dyn LineOpener>,
    entries: Mutex<Entries>,
    /// One task at a time opens or closes a sale's line.
    gates: Gates<SaleId>,
}

/// Lines that are not at rest.
#[derive(Default)]
struct Entries {
    by_sale: HashMap<SaleId, Entry>,
    /// None can be opened any more. It is set under the lock, so that a line is either refused or closed.
    is_closed: bool,
}

/// A line that is not at rest.
enum Entry {
    /// It is being opened. This has changed since; it may have read the store before that.
    Opening(Missed),
    Open(Arc<dyn LinePort>),
    /// It rests, and that is being recorded. Until it is, nobody may open the line again: numbers that were
    /// never given out would count as people.
    Closing(Arc<dyn LinePort>),
}

/// What a line has missed while it was being opened.
#[derive(Default)]
struct Missed {
    passes: Vec<Pass>,
    sale: Option<Arc<Sale>>,
}

impl Lines {
    /// Lines that `opener` opens. None is open yet.
    pub fn new(main: SaleId, opener: Box<dyn LineOpener>) -> Self {
        let (entries, gates) = (Mutex::default(), Gates::default());
        Self { main, opener, entries, gates }
    }

    /// The main sale: what names no sale means this one.
    pub fn main_sale(&self) -> SaleId {
        self.main
    }

    /// A sale's line, if it is open.
    pub fn opened(&self, sale: SaleId) -> Option<Arc<dyn LinePort>> {
        match self.lock().by_sale.get(&sale) {
            Some(Entry::Open(line)) => Some(Arc::clone(line)),
            _ => None,
        }
    }

    /// A sale's line. It is opened if it rests: once, however many come at the same time. Other sales go on
    /// meanwhile.
    ///
    /// # Errors
    /// There is no such sale; the line or the store does not answer, or is closed.
    pub async fn open(self: &Arc<Self>, sale: SaleId) -> Result<Arc<dyn LinePort>, OpenLineError> {
        if let Some(line) = self.opened(sale) {
            return Ok(line);
        }
        let lines = Arc::clone(self);
        // A line that the store knows to work must be kept, also if its caller goes away.
        let opening = tokio::spawn(async move { lines.open_once(sale).await });
        opening.await.unwrap_or(Err(OpenLineError::Write(WriteError::Busy)))
    }

    async fn open_once(&self, sale: SaleId) -> Result<Arc<dyn LinePort>, OpenLineError> {
        let _passage = self.gates.enter(sale).await;
        if let Some(line) = self.opened(sale) {
            return Ok(line);
        }
        self.finish_closing(sale).await?;
        {
            let mut entries = self.lock();
            if entries.is_closed {
                return Err(OpenLineError::Write(WriteError::Busy));
            }
            entries.by_sale.insert(sale, Entry::Opening(Missed::default()));
        }
        let opened = self.opener.open(sale).await;
        let (line, missed_sale) = {
            let mut lines = self.lock();
            let missed = match lines.by_sale.remove(&sale) {
                Some(Entry::Opening(missed)) => missed,
                _ => Missed::default(),
            };
            let line = opened?;
            line.passes_changed(&missed.passes);
            lines.by_sale.insert(sale, Entry::Open(Arc::clone(&line)));
            (line, missed.sale)
        };
        if let Some(missed) = missed_sale {
            hand_over(&*line, missed).await;
        }
        Ok(line)
    }

    /// Hands sales that may have changed over to their lines. A line that rests reads its sale when it opens.
    pub async fn sales_changed(&self, sales: &[Arc<Sale>]) {
        for sale in sales {
            let line = match self.lock().by_sale.get_mut(&sale.id) {
                Some(Entry::Open(line)) => Arc::clone(line),
                Some(Entry::Opening(missed)) => {
                    let is_newer = missed.sale.as_ref().is_none_or(|known| known.revision < sale.revision);
                    if is_newer {
                        missed.sale = Some(Arc::clone(sale));
                    }
                    continue;
                }
                _ => continue,
            };
            hand_over(&*line, Arc::clone(sale)).await;
        }
    }

    /// Applies passes that a commit created, changed or ended. A line that rests reads them when it opens.
    pub fn passes_changed(&self, passes: &[Pass]) {
        for passes in passes.chunk_by(|one, next| one.key.sale == next.key.sale) {
            let Some(first) = passes.first() else { continue };
            let line = match self.lock().by_sale.get_mut(&first.key.sale) {
                Some(Entry::Open(line)) => Arc::clone(line),
                Some(Entry::Opening(missed)) => {
                    missed.passes.extend_from_slice(passes);
                    continue;
                }
                _ => continue,
            };
            line.passes_changed(passes);
        }
    }

    /// Lets a sale's line rest: records how far it has come, and drops it. Nobody may be using it, nor stand
    /// in it. If that cannot be recorded now, it is before the line opens again.
    ///
    /// # Errors
    /// When the store cannot record it.
    pub async fn rest(&self, sale: SaleId) -> Result<(), WriteError> {
        let _passage = self.gates.enter(sale).await;
        {
            let mut lines = self.lock();
            if let Some(Entry::Open(line)) = lines.by_sale.get(&sale) {
                let closing = Entry::Closing(Arc::clone(line));
                lines.by_sale.insert(sale, closing);
            }
        }
        self.finish_closing(sale).await
    }

    /// Closes a line that is to rest and drops it. Only behind its gate.
    async fn finish_closing(&self, sale: SaleId) -> Result<(), WriteError> {
        let line = match self.lock().by_sale.get(&sale) {
            Some(Entry::Closing(line)) => Arc::clone(line),
            _ => return Ok(()),
        };
        match line.close().await {
            // It may have another owner: then this one has nothing to record.
            Ok(()) | Err(WriteError::Superseded) => {
                self.lock().by_sale.remove(&sale);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Closes all lines, in order to stop. None can be opened any more. Returns whether all of them could be
    /// closed; the others recover at the next start.
    pub async fn close_all(&self) -> bool {
        let sales: Vec<SaleId> = {
            let mut entries = self.lock();
            entries.is_closed = true;
            entries.by_sale.keys().copied().collect()
        };
        let closed = join_all(sales.into_iter().map(|sale| self.close(sale))).await;
        closed.into_iter().all(|is_closed| is_closed)
    }

    async fn close(&self, sale: SaleId) -> bool {
        let _passage = self.gates.enter(sale).await;
        let line = match self.lock().by_sale.get(&sale) {
            Some(Entry::Open(line) | Entry::Closing(line)) => Arc::clone(line),
            _ => return true,
        };
        line.close().await.is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line that does not take it now learns of it from the store, at its opening at the latest.
async fn hand_over(line: &dyn LinePort, sale: Arc<Sale>) {
    let id = sale.id;
    if let Err(error) = line.sale_changed(sale).await {
        tracing::warn!(%error, sale = %id, "a line does not take over its sale");
    }
}

#[cfg(test)]
mod tests;
