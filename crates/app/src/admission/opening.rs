//! The opening of a sale. The line fixes its lobby, one commit opens the sale by the store's clock, and the
//! line takes over what is committed. Until then nobody is called, whatever an instance's clock says.
//!
//! Every instance tries; the store lets one be first. An attempt that ends half-way harms nothing: the next
//! one, here or after a restart, goes on from what the store has.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use onsale_booking::sale::{Draw, Sale};
use onsale_booking::seed::{Seed, SeedProblem};
use onsale_booking::{Command, Outcome, Refusal};
use onsale_storage::error::StoreError;
use onsale_storage::line::FixedLobby;
use onsale_storage::writer::WriteError;

use super::Admission;
use crate::tokens::TokenKeys;

/// How long to leave a store or a line alone that did not answer.
const PAUSE: Duration = Duration::from_millis(500);
/// How long to wait if a draw has no seed that opens it: at most a restart with another secret helps.
const PAUSE_WITHOUT_SEED: Duration = Duration::from_secs(30);

/// The attempts to open one sale: one at a time, and none during a pause.
#[derive(Debug, Default)]
pub(super) struct Openings {
    running: tokio::sync::Mutex<()>,
    not_before: Mutex<Option<Instant>>,
}

impl Openings {
    fn is_paused(&self) -> bool {
        let not_before = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        not_before.is_some_and(|not_before| Instant::now() < not_before)
    }

    fn pause(&self, long: Duration) {
        *self.not_before.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + long);
    }
}

/// Why a sale that is due to open did not.
#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error("cannot read the store: {0}")]
    Read(#[from] StoreError),
    #[error("{0}")]
    Write(#[from] WriteError),
    #[error("{0}")]
    Seed(#[from] SeedProblem),
}

impl Admission {
    /// Whether the sale has to be opened, as of the last tick.
    pub(crate) fn is_due_to_open(&self) -> bool {
        let is_due = self.view.load().view.schedule().is_due_to_open(self.store.now());
        is_due && self.store.sales.get(self.sale()).is_none_or(|sale| !sale.awaits_beacon())
    }

    /// Opens the sale if that is due, ticks, so that people are called at once, and waits until everybody may
    /// hear of it.
    pub(crate) async fn open_sale(&self, keys: &TokenKeys) {
        let Ok(_one_at_a_time) = self.openings.running.try_lock() else { return };
        if self.openings.is_paused() || !self.is_due_to_open() {
            return;
        }
        match self.try_to_open(keys).await {
            Ok(()) => self.tick_and_spread().await,
            Err(error @ Unopened::Seed(_)) => {
                tracing::error!(%error, sale = %self.sale(), "a draw cannot be opened");
                self.openings.pause(PAUSE_WITHOUT_SEED);
            }
            Err(error) => {
                tracing::warn!(%error, sale = %self.sale(), "a sale is not opened yet");
                self.openings.pause(PAUSE);
            }
        }
    }

    async fn try_to_open(&self, keys: &TokenKeys) -> Result<(), Unopened> {
        let record = self.store.reads.sale(self.sale()).await?;
        // Sales are never deleted.
        let Some(sale) = record.map(|record| Arc::new(record.sale)) else { return Ok(()) };
        // Another instance may have opened it, or moved its opening.
        self.line.sale_changed(Arc::clone(&sale)).await?;
        if sale.is_opened() {
            return Ok(());
        }
        let seed = sale.draw().map(|draw| seed_of(&sale, draw, keys)).transpose()?.flatten();
        let Some(FixedLobby { epoch, tail }) = self.line.fix_lobby().await? else { return Ok(()) };
        let command = Command::OpenSale { sale: sale.id, epoch, lobby_tail: tail, seed };
        match self.store.writer.submit(command).await {
            Ok(Outcome::SaleOpened { sale, is_changed }) => {
                if is_changed {
                    let is_open = sale.is_opened();
                    tracing::info!(sale = %sale.id, lobby_tail = tail, is_open, "a lobby is closed");
                }
                Ok(self.line.sale_changed(Arc::new(*sale)).await?)
            }
            Err(WriteError::Refused(Refusal::SaleNotOpen { .. })) => Ok(self.line.unfix_lobby().await?),
            // It has closed before it opened.
            Err(WriteError::Refused(Refusal::SaleClosed { .. })) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Err(WriteError::Unknown.into()),
        }
    }
}

/// The seed that opens a draw; `None` while its beacon is still to be entered, for then it opens nothing.
fn seed_of(sale: &Sale, draw: &Draw, keys: &TokenKeys) -> Result<Option<Seed>, SeedProblem> {
    if draw.awaits_beacon() {
        return Ok(None);
    }
    Ok(Some(Seed::checked(keys.open_seed(sale.id, &draw.sealed_seed), &draw.commitment)?))
}
