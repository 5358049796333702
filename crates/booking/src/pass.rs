//! Passes: the truth about who is inside. The line calls, but only a pass in the store lets a user act.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{PassKey, UserId};
use crate::refusal::Refusal;

/// One person's admission, by the number under which the line called them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Line and number.
    pub key: PassKey,
    /// Whose.
    pub user: UserId,
    /// Inside, or ended.
    pub state: PassState,
}

/// Where a pass stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum PassState {
    /// Let in.
    Inside(Session),
    /// Ended for good.
    Ended {
        /// The session it gave; `None` for a user who left before being called.
        session: Option<Session>,
        /// When it ended.
        ended_at: Timestamp,
        /// Why.
        cause: PassEnd,
    },
}

/// The session that a pass gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// When they were admitted.
    pub admitted_at: Timestamp,
    /// Until when they may hold new seats.
    pub admitted_until: Timestamp,
    /// Until when they count as inside and may pay: `admitted_until`, or the deadline of their last live hold
    /// if that is later. Every command keeps it in step with the holds, so that judging a pass needs no
    /// seats.
    pub lasts_until: Timestamp,
}

/// Why a pass ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PassEnd {
    /// It was used to pay.
    Paid,
    /// Its holder left.
    Left,
}

impl Pass {
    /// The session that this pass gives `user` at `now`.
    ///
    /// # Errors
    /// [`Refusal::NotAdmitted`] if the pass is another user's; [`Refusal::PassEnded`] if it was ended or has
    /// run out.
    pub fn session_of(&self, user: UserId, now: Timestamp) -> Result<Session, Refusal> {
        if self.user == user { self.session(now) } else { Err(Refusal::NotAdmitted) }
    }

    /// The session that this pass gives at `now`.
    ///
    /// # Errors
    /// [`Refusal::PassEnded`] if it was ended or has run out.
    pub fn session(&self, now: Timestamp) -> Result<Session, Refusal> {
        match self.state {
            PassState::Inside(session) if now < session.lasts_until => Ok(session),
            _ => Err(Refusal::PassEnded),
        }
    }
}
