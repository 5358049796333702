//! What the store says of numbers whose time seems to be over.
//!
//! A call or a pass is never taken back on Redis' word alone: an instance may have let somebody in, or moved the end of
//! a pass by a hold, and died before it could tell.

use std::sync::Arc;

use jiff::Timestamp;
use onsale_booking::pass::{Pass, PassState};
use onsale_line::Number;

use super::mirror::PassNews;
use crate::port::Reads;

/// What is to be done about them.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// What the passes are.
    pub(super) passes: Vec<PassNews>,
    /// Those without a pass: a call that has lapsed is taken back.
    pub(super) without: Vec<Number>,
}

/// Asks the store, which must be after [`onsale_line::RUN_OUT_GRACE`]: a hold that was decided in time may be on its
/// way to moving an end. Where that does not answer nothing is settled, and nobody's slot given away.
pub(super) async fn settle(reads: &Arc<dyn Reads>, numbers: Vec<Number>, now: Timestamp) -> Settled {
    match reads.passes(numbers.clone()).await {
        Ok(passes) => {
            let judged = |news: PassNews| PassNews { until: news.until.filter(|until| *until > now), ..news };
            let passes: Vec<_> = passes.iter().map(|pass| judged(news_of(pass))).collect();
            let has_pass = |number: &Number| passes.iter().any(|pass| pass.number == *number);
            let without = numbers.into_iter().filter(|number| !has_pass(number)).collect();
            Settled { passes, without }
        }
        Err(error) => {
            tracing::warn!(%error, "the store does not say who is inside; slots that seem free are kept");
            Settled::default()
        }
    }
}

/// A pass as the line is told of it.
pub(super) fn news_of(pass: &Pass) -> PassNews {
    let until = match pass.state {
        PassState::Inside(stay) => Some(stay.lasts_until),
        PassState::Ended { .. } => None,
    };
    PassNews { number: pass.key.number, user: pass.user, until }
}
