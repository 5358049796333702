//! Starting again from what the store knows.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::admissions::Admissions;
use crate::dials::Dials;
use crate::line::Line;
use crate::number::{NUMBER_MAX, Number};
use crate::pace::Pace;
use crate::poll::{due_after, poll_bounds};
use crate::time::timestamp_of;

/// What the store knows about a line whose memory is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Which life of the line this is.
    pub epoch: u32,
    /// The last head that was logged. It may be older than the real one, never newer.
    pub head: Number,
    /// The highest number that was durably reserved.
    pub reserved: Number,
    /// The passes: number, user, and when it runs out.
    pub inside: Vec<(Number, Uuid, Timestamp)>,
    /// The numbers that were ended.
    pub ended: Vec<Number>,
    /// When people were called in the last minute, so that the rate holds across the restart.
    pub recent_calls: Vec<Timestamp>,
}

impl Line {
    /// A line after a restart. Every number that may have been given out counts as given, so none is given
    /// twice; every one that is neither inside nor ended keeps its place and counts as present until its
    /// holder must have polled again. Calls resume at once.
    ///
    /// Calls that stood are forgotten, and so is who was late: those numbers are skipped until their next
    /// sign.
    pub fn recover(recovery: Recovery, dials: Dials, now: Timestamp) -> Self {
        let Recovery { epoch, head, reserved, inside, ended, mut recent_calls } = recovery;
        // A number with a pass or an end was given out, whatever the reservation says.
        let passes = inside.iter().map(|(number, _, _)| *number);
        let known = passes.chain(ended.iter().copied()).max().unwrap_or(0);
        let tail = reserved.max(known).min(NUMBER_MAX);
        let head = head.min(tail);
        let due = due_after(now, poll_bounds(tail - head).upper);

        let mut line = Self::new(epoch, dials, now);
        line.tail = tail;
        line.reserved = tail;
        if head < tail {
            // Who is really there shows once all have had to poll; before that the pace would measure ghosts.
            line.pace = Pace::new(timestamp_of(due.saturating_add(1)));
        }
        line.dues.drop_behind(head);
        for number in head + 1..=tail {
            line.dues.set(number, due);
        }
        let mut admissions = Admissions::new(head);
        for number in ended {
            admissions.end(number);
            line.dues.clear(number);
        }
        line.admissions = Arc::new(admissions);
        for (number, user, until) in inside {
            line.enter(number, user, until);
            if until <= now {
                line.end(number, user);
            }
        }
        recent_calls.sort_unstable();
        for at in recent_calls {
            line.minute.note(at, 1);
        }
        line
    }
}
