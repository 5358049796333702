//! Changes to what is kept of the line, and what the operator log says of them.

use jiff::Timestamp;
use onsale_booking::ids::UserId;
use onsale_line::Dials;
use uuid::Uuid;

use crate::error::WriteError;
use crate::port::{DialChanges, LineRow, LogAction, LogEntry};

/// A change to what is kept of the line, by whoever keeps it in that epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineTask {
    /// In which life of the line. In any other it is not carried out.
    pub epoch: u32,
    /// What changes.
    pub change: LineChange,
}

/// What changes about the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineChange {
    /// Reserve this many more numbers; the answer's `reserved` is the last of them.
    ReserveNumbers(u64),
    /// Remember how far calls have come.
    NoteHead(u64),
    /// The line stops in order: calls have come to `head`, numbers to `tail`.
    Close {
        /// The last number considered for a call.
        head: u64,
        /// The last number given out.
        tail: u64,
    },
    /// The line starts: from now on numbers may be given out up to what is reserved.
    Reopen,
    /// The line begins its next life, kept by this. Whoever kept it before can do nothing more to it, nor let
    /// anybody in.
    Succeed(Option<Uuid>),
    /// Keep what an operator set, and log it.
    TurnDials {
        /// What to set; `None` leaves a dial as it is.
        turned: DialChanges,
        /// The settings of whoever asks: with what operators have set so far, they say which dials are in force.
        settings: Dials,
        /// Who turns them, if it is somebody.
        by: Option<UserId>,
    },
}

impl LineTask {
    /// Carries the change out on the line's row.
    pub(super) fn apply(self, row: &mut LineRow) -> Result<(), WriteError> {
        if row.epoch != self.epoch {
            return Err(WriteError::Superseded);
        }
        match self.change {
            LineChange::ReserveNumbers(count) => row.reserved = row.reserved.saturating_add(count),
            LineChange::NoteHead(head) => row.head = row.head.max(head),
            LineChange::Close { head, tail } => {
                row.head = row.head.max(head);
                row.closed_tail = Some(tail);
            }
            LineChange::Reopen => row.closed_tail = None,
            LineChange::Succeed(keeper) => {
                row.epoch += 1;
                row.keeper = keeper;
            }
            LineChange::TurnDials { turned, .. } => row.dials = turned.after(row.dials),
        }
        Ok(())
    }

    /// What the operator log says of the change, carried out `now` on a row whose dials were `before`.
    pub(super) fn logged(self, before: DialChanges, now: Timestamp) -> Option<LogEntry> {
        let LineChange::TurnDials { turned: changes, settings, by } = self.change else { return None };
        let action = LogAction::DialsTurned { before: before.applied_to(settings), turned: changes };
        Some(LogEntry { at: now, operator: by, action })
    }
}
