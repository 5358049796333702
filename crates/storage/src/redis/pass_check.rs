//! Asks the store about numbers that seem to be over.
//!
//! A call or a pass is never taken back on Redis' word alone. An instance may have let somebody in, or
//! extended a pass by a hold, and died before it could report it.

use std::sync::Arc;

use jiff::Timestamp;
use onsale_booking::ids::SaleId;
use onsale_booking::pass::{Pass, PassState};
use onsale_line::Number;

use super::mirror::{PassSource, PassUpdate};
use crate::port::Reads;

/// The result of a check.
#[derive(Debug, Default)]
pub(super) struct PassCheck {
    /// The passes as they are.
    pub(super) passes: Vec<PassUpdate>,
    /// Numbers without a pass: their call has lapsed and is taken back.
    pub(super) without: Vec<Number>,
}

/// Asks the store. It must be done after [`onsale_line::RUN_OUT_GRACE`], because a hold that was decided in
/// time may still be extending a pass. If the store does not answer, nothing is taken back.
pub(super) async fn check_passes(
    reads: &Arc<dyn Reads>,
    sale: SaleId,
    numbers: Vec<Number>,
    now: Timestamp,
) -> PassCheck {
    match reads.passes(sale, numbers.clone()).await {
        Ok(passes) => {
            let judged = |updates: PassUpdate| PassUpdate {
                until: updates.until.filter(|until| *until > now),
                ..updates
            };
            let passes: Vec<_> = passes.iter().map(|pass| judged(update_of(pass))).collect();
            let has_pass = |number: &Number| passes.iter().any(|pass| pass.number == *number);
            let without = numbers.into_iter().filter(|number| !has_pass(number)).collect();
            PassCheck { passes, without }
        }
        Err(error) => {
            tracing::warn!(%error, "cannot ask the store who is inside; slots that seem free stay taken");
            PassCheck::default()
        }
    }
}

/// A pass as the line needs it.
pub(super) fn update_of(pass: &Pass) -> PassUpdate {
    let until = match pass.state {
        PassState::Inside(session) => Some(session.lasts_until),
        PassState::Ended { .. } => None,
    };
    PassUpdate { number: pass.key.number, user: pass.user, until, source: PassSource::Certain }
}
