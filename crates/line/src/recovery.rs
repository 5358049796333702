//! Starting again from what the store knows.

use std::collections::BTreeSet;
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
    /// The epoch that begins.
    pub epoch: u32,
    /// The last head that was logged. It may be older than the real one, never newer.
    pub head: Number,
    /// The highest number that was durably allocated.
    pub allocated: Number,
    /// The last number known to have been given out. `None` if any allocated number may have been.
    pub given: Option<Number>,
    /// The passes: number, user, and when it runs out.
    pub inside: Vec<(Number, Uuid, Timestamp)>,
    /// The numbers that were ended.
    pub ended: Vec<Number>,
    /// When people were called in the last minute, so that the rate holds across the restart.
    pub recent_calls: Vec<Timestamp>,
}

/// What the new line is. Whatever keeps it applies this and decides nothing itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveredLine {
    /// The epoch that begins.
    pub epoch: u32,
    /// The last number that counts as given out, and the highest that may be: none is given out twice.
    pub tail: Number,
    /// The last number considered for a call.
    pub head: Number,
    /// Numbers in (`head`, `present_upto`] are present until [`due`](Self::due), except those
    /// [`away`](Self::away).
    pub present_upto: Number,
    /// By when everybody who is there must have polled.
    pub due: u32,
    /// Numbers ahead of the head, up to `present_upto`, that wait for nothing: they are inside or ended.
    pub away: BTreeSet<Number>,
    /// The passes that have not run out: number, user, and when it runs out.
    pub inside: Vec<(Number, Uuid, Timestamp)>,
    /// The numbers that are ended, those whose pass has run out among them.
    pub ended: Vec<Number>,
    /// The calls of the last minute, the oldest first.
    pub recent_calls: Vec<Timestamp>,
}

impl Recovery {
    /// Decides what the line is after a restart at `now`. Every number that may have been given out counts as
    /// given; every one that may be in somebody's hands and is neither inside nor ended keeps its place, and
    /// counts as present until its holder must have polled again.
    ///
    /// Calls that stood are forgotten, and so is who was late: those numbers are skipped until their next
    /// sign.
    pub fn decide(self, now: Timestamp) -> RecoveredLine {
        let Self { epoch, head, allocated, given, inside, mut ended, mut recent_calls } = self;
        // A number with a pass or an end was given out, whatever was allocated.
        let known = inside.iter().map(|(number, _, _)| *number).chain(ended.iter().copied()).max();
        let tail = allocated.max(known.unwrap_or(0)).min(NUMBER_MAX);
        let head = head.min(tail);
        let present_upto = given.unwrap_or(tail).min(tail);
        let (inside, run_out): (Vec<_>, Vec<_>) = inside.into_iter().partition(|(_, _, until)| *until > now);
        ended.extend(run_out.into_iter().map(|(number, _, _)| number));
        let away = inside.iter().map(|(number, _, _)| *number).chain(ended.iter().copied());
        recent_calls.sort_unstable();
        RecoveredLine {
            epoch,
            tail,
            head,
            present_upto,
            due: due_after(now, poll_bounds(tail - head).upper),
            away: away.filter(|number| (head + 1..=present_upto).contains(number)).collect(),
            inside,
            ended,
            recent_calls,
        }
    }
}

impl Line {
    /// A line after a restart, as [`Recovery::decide`] decided it. Calls resume at once.
    pub fn recover(recovery: Recovery, dials: Dials, now: Timestamp) -> Self {
        let RecoveredLine { epoch, tail, head, present_upto, due, away, inside, ended, recent_calls } =
            recovery.decide(now);
        let mut line = Self::new(epoch, dials, now);
        line.tail = tail;
        line.allocated = tail;
        if head < tail {
            // Who is really there shows once everybody has had to poll; before that the pace would measure
            // ghosts.
            line.pace = Pace::new(timestamp_of(due.saturating_add(1)));
        }
        line.dues.drop_behind(head);
        for number in (head + 1..=present_upto).filter(|number| !away.contains(number)) {
            line.dues.set(number, due);
        }
        let mut admissions = Admissions::new(head);
        for number in ended {
            admissions.end(number);
        }
        line.admissions = Arc::new(admissions);
        for (number, user, until) in inside {
            line.enter(number, user, until);
        }
        for at in recent_calls {
            line.minute.note(at, 1);
        }
        line
    }
}
