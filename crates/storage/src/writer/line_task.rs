//! Changes to a line's row, and their entries in the operator log.

use jiff::Timestamp;
use onsale_booking::Refusal;
use onsale_booking::ids::{SaleId, UserId};
use onsale_line::{DialChanges, Dials};
use uuid::Uuid;

use crate::error::WriteError;
use crate::port::{LineRow, LogAction, LogEntry};

/// A change to a line's row, by its owner in one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineTask {
    /// The sale whose line it is.
    pub sale: SaleId,
    /// The epoch that it is meant for. In any other it is refused.
    pub epoch: u32,
    /// What changes.
    pub change: LineChange,
}

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineChange {
    /// Allocate this many more numbers; the row in the answer has the last of them.
    AllocateNumbers(u64),
    /// Note how far the line has come.
    NoteProgress {
        /// The last number considered for a call.
        head: u64,
        /// The last number known to have been given out.
        given: u64,
    },
    /// The line closes: calls have come to `head`, numbers to `tail`.
    Close {
        /// The last number considered for a call.
        head: u64,
        /// The last number given out.
        tail: u64,
    },
    /// The line opens: from now on allocated numbers may be given out.
    Reopen,
    /// The next epoch begins, held by this run of a Redis server, or in process. The owner of the old epoch
    /// can change nothing any more, nor let anybody in.
    BeginEpoch(Option<Uuid>),
    /// Record what an operator set, and log it.
    SetDials {
        /// What to set; `None` leaves a dial as it is.
        changes: DialChanges,
        /// The dials that the operator saw, if a page showed them. Others must not be overwritten.
        seen: Option<Dials>,
        /// The settings of the instance: together with what operators have set they are the dials in force.
        settings: Dials,
        /// Who sets them, if it is somebody.
        by: Option<UserId>,
    },
}

impl LineTask {
    /// Applies the change to its line's row.
    pub(super) fn apply(self, row: &mut LineRow) -> Result<(), WriteError> {
        if row.epoch != self.epoch {
            return Err(WriteError::Superseded);
        }
        match self.change {
            LineChange::AllocateNumbers(count) => row.allocated = row.allocated.saturating_add(count),
            LineChange::NoteProgress { head, given } => {
                row.head = row.head.max(head);
                row.given = row.given.max(given);
            }
            LineChange::Close { head, tail } => {
                row.head = row.head.max(head);
                row.given = row.given.max(tail);
                row.closed_tail = Some(tail);
            }
            LineChange::Reopen => row.closed_tail = None,
            LineChange::BeginEpoch(server_run) => {
                row.epoch += 1;
                row.server_run = server_run;
                // Its numbers are in use from here on, by Redis, too: a clean end is to be recorded.
                row.closed_tail = None;
            }
            LineChange::SetDials { changes, seen, .. } => {
                let after = changes.after(row.dials);
                // Sent twice, a form changes nothing the second time.
                if after != row.dials && seen.is_some_and(|seen| !row.dials.are_in(seen)) {
                    return Err(Refusal::DialsChanged.into());
                }
                row.dials = after;
            }
        }
        Ok(())
    }

    /// The log entry of the change, made `now` on a row whose dials were `before`.
    pub(super) fn logged(self, before: DialChanges, now: Timestamp) -> Option<LogEntry> {
        let LineChange::SetDials { changes, settings, by, .. } = self.change else { return None };
        let action = LogAction::DialsSet { sale: self.sale, before: before.applied_to(settings), changes };
        Some(LogEntry { at: now, operator: by, action })
    }
}
