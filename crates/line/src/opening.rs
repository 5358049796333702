//! When a line opens and closes, whether it has opened, and in which order it then calls.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::admissions::NumberState;
use crate::call::CALL_MIN;
use crate::dials::{Dials, Phase};
use crate::lobby::{lobby_due_after, lobby_due_of_all};
use crate::number::Number;
use crate::order::Order;
use crate::poll::{due_after, poll_bounds};
use crate::time::{plus, second_from};

static ARRIVAL: Order = Order::arrival();

/// The times of a sale that its line keeps; `None` is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineWindow {
    /// From when on one may join.
    pub lobby_at: Option<Timestamp>,
    /// When the line is to open. Nobody is called before it has opened.
    pub opens_at: Option<Timestamp>,
    /// From when on nobody joins or is called.
    pub closes_at: Option<Timestamp>,
}

/// Whether a line has opened. It does so once, by a commit of the store: its clock decides, so that no
/// instance calls anybody early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineOpening {
    /// People join and wait for the opening. Nobody is called, whatever the capacity.
    Lobby {
        /// Whether a draw will order the lobby. Until then nobody knows where they come.
        is_draw: bool,
        /// The last number of the lobby once it is fixed; those who join after that come behind.
        tail: Option<Number>,
    },
    /// People are called in this order.
    Open(Order),
}

impl Default for LineOpening {
    fn default() -> Self {
        Self::Open(Order::arrival())
    }
}

/// A line's times, and how far it has come with them. The default is a line that is open, by arrival, and
/// never closes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The times.
    pub window: LineWindow,
    /// Whether it has opened.
    pub opening: LineOpening,
}

/// Why a join got no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinRefused {
    /// No number is left to give out until more are durably allocated, or ever again past
    /// [`NUMBER_MAX`](crate::NUMBER_MAX).
    NumbersExhausted,
    /// The lobby is not open yet.
    NotYet,
    /// The line is over.
    Over,
}

impl fmt::Display for JoinRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NumbersExhausted => "all allocated numbers have been given out",
            Self::NotYet => "the lobby is not open yet",
            Self::Over => "the line is over",
        })
    }
}

impl std::error::Error for JoinRefused {}

impl Schedule {
    /// The order in which numbers are called. In a lobby that is the order of joining: a draw's is not known.
    pub fn order(&self) -> &Order {
        match &self.opening {
            LineOpening::Lobby { .. } => &ARRIVAL,
            LineOpening::Open(order) => order,
        }
    }

    /// Whether the line has not opened yet.
    pub fn is_lobby(&self) -> bool {
        matches!(self.opening, LineOpening::Lobby { .. })
    }

    /// Whether it is known where a number comes: always but in a draw's lobby.
    pub fn is_order_known(&self) -> bool {
        !matches!(self.opening, LineOpening::Lobby { is_draw: true, .. })
    }

    /// Whether the line has closed at `now`.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.window.closes_at.is_some_and(|closes_at| now >= closes_at)
    }

    /// For how long the line has been closed at `now`; `None` if it has not closed.
    pub fn over_for(&self, now: Timestamp) -> Option<SignedDuration> {
        let long = now.duration_since(self.window.closes_at?);
        (long >= SignedDuration::ZERO).then_some(long)
    }

    /// Whether people may be called at `now`.
    pub fn is_calling(&self, now: Timestamp) -> bool {
        !self.is_lobby() && !self.is_over(now)
    }

    /// Whether the opening must be committed now.
    pub fn is_due_to_open(&self, now: Timestamp) -> bool {
        let is_time = self.window.opens_at.is_none_or(|opens_at| now >= opens_at);
        self.is_lobby() && is_time && !self.is_over(now)
    }

    /// What the line does at `now`, with these dials.
    pub fn phase(&self, dials: Dials, now: Timestamp) -> Phase {
        if self.is_over(now) {
            Phase::Over
        } else if self.is_lobby() {
            Phase::Lobby
        } else {
            dials.phase()
        }
    }

    /// Whether somebody may join at `now`.
    ///
    /// # Errors
    ///
    /// [`JoinRefused::NotYet`] before the lobby, [`JoinRefused::Over`] once the line has closed.
    pub fn check_join(&self, now: Timestamp) -> Result<(), JoinRefused> {
        if self.is_over(now) {
            return Err(JoinRefused::Over);
        }
        // A line that has opened has had its lobby, whatever an instance's clock says.
        let is_early = self.is_lobby() && self.window.lobby_at.is_some_and(|lobby_at| now < lobby_at);
        if is_early { Err(JoinRefused::NotYet) } else { Ok(()) }
    }

    /// The state of a number at `now` that is in `state` but for the closing: those not inside by then
    /// have ended.
    pub fn closed(&self, state: NumberState, now: Timestamp) -> NumberState {
        match state {
            NumberState::Waiting | NumberState::Called { .. } | NumberState::Late | NumberState::Skipped
                if self.is_over(now) =>
            {
                NumberState::Ended
            }
            _ => state,
        }
    }

    /// The second by which somebody must show up again who joins at `now`, until an interval is sent.
    pub fn due_of_join(&self, now: Timestamp) -> u32 {
        let patience = if self.is_lobby() { crate::LOBBY_SLACK } else { CALL_MIN };
        second_from(plus(now, patience))
    }

    /// The second by which a person must poll again who was given `interval` at `now`; see [`due_after`] and
    /// [`lobby_due_after`].
    pub fn due_after(&self, now: Timestamp, interval: std::time::Duration) -> u32 {
        if self.is_lobby() { lobby_due_after(now, interval) } else { due_after(now, interval) }
    }

    /// The second by which everybody must have polled who has been given an interval up to `now`, in a line
    /// of `waiting` at most. For those whose own due is lost.
    pub fn due_of_all(&self, now: Timestamp, waiting: u64) -> u32 {
        match self.window.opens_at {
            Some(opens_at) if self.is_lobby() => lobby_due_of_all(now, opens_at, waiting),
            _ => due_after(now, poll_bounds(waiting).upper),
        }
    }
}
