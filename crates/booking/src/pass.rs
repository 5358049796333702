//! Passes: the truth about who is inside. The line calls, but only a pass in the store lets one work.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{PassKey, UserId};
use crate::refusal::Refusal;

/// One person's admission, under the number by which the line called them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Line and number.
    pub key: PassKey,
    /// Whose.
    pub user: UserId,
    /// Inside, or over.
    pub state: PassState,
}

/// Where a pass stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum PassState {
    /// Let in.
    Inside(Stay),
    /// Over for good.
    Ended {
        /// How long they were let in for; `None` for one who left before being called.
        stay: Option<Stay>,
        /// Since when it is over.
        ended_at: Timestamp,
        /// Why.
        cause: PassEnd,
    },
}

/// The time that a pass gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// When they were let in.
    pub admitted_at: Timestamp,
    /// Until when they may hold seats.
    pub admitted_until: Timestamp,
    /// Until when they count as inside and may pay: `admitted_until`, or the deadline of the last of their
    /// live holds if that is later. Kept in step with the holds by every command, so that judging a pass
    /// needs no look at the seats.
    pub lasts_until: Timestamp,
}

/// Why a pass is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PassEnd {
    /// A seat was paid with it.
    Paid,
    /// Its holder left.
    Left,
}

impl Pass {
    /// The stay that this pass gives at `now`.
    ///
    /// # Errors
    /// [`Refusal::PassEnded`] once it was ended or ran out.
    pub fn stay(&self, now: Timestamp) -> Result<Stay, Refusal> {
        match self.state {
            PassState::Inside(stay) if now < stay.lasts_until => Ok(stay),
            _ => Err(Refusal::PassEnded),
        }
    }
}
