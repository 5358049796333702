//! Starting again from what the store knows.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::admissions::Admissions;
use crate::dials::Dials;
use crate::line::Line;
use crate::number::{NUMBER_MAX, Number};
use crate::opening::Schedule;
use crate::order::Place;
use crate::time::timestamp_of;
use crate::waits::Waits;

/// What the store knows about a line whose memory is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The epoch that begins.
    pub epoch: u32,
    /// The times, whether the opening is committed, and its order.
    pub schedule: Schedule,
    /// The last head that was logged, a place. It may be older than the real one, never newer.
    pub head: Place,
    /// The highest number that was durably allocated.
    pub allocated: Number,
    /// The last number known to have been given out. `None` if any allocated number may have been. In a lobby
    /// it should be known: numbers above it count as absent until their first sign, so that those never given
    /// out take no slot at the opening.
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
    /// The times, whether the line has opened, and its order.
    pub schedule: Schedule,
    /// The last number that counts as given out, and the highest that may be: none is given out twice.
    pub tail: Number,
    /// The last place considered for a call.
    pub head: Place,
    /// Numbers up to this one whose place is ahead of the head are present until [`due`](Self::due), except
    /// those [`away`](Self::away).
    pub present_upto: Number,
    /// By when everybody who is there must have polled.
    pub due: u32,
    /// Numbers up to `present_upto`, with a place ahead of the head, that wait for nothing: they are inside
    /// or ended.
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
        let Self { epoch, schedule, head, allocated, given, inside, mut ended, mut recent_calls } = self;
        // A number with a pass or an end was given out, whatever was allocated.
        let known = inside.iter().map(|(number, _, _)| *number).chain(ended.iter().copied()).max();
        let known = known.unwrap_or(0).max(schedule.order().lobby_tail());
        let tail = allocated.max(known).min(NUMBER_MAX);
        let head = if schedule.is_lobby() { 0 } else { head.min(tail) };
        let present_upto = given.unwrap_or(tail).min(tail);
        let (inside, run_out): (Vec<_>, Vec<_>) = inside.into_iter().partition(|(_, _, until)| *until > now);
        ended.extend(run_out.into_iter().map(|(number, _, _)| number));
        let away = inside.iter().map(|(number, _, _)| *number).chain(ended.iter().copied());
        let is_ahead = |number: &Number| *number <= present_upto && schedule.order().place(*number) > head;
        recent_calls.sort_unstable();
        RecoveredLine {
            epoch,
            tail,
            head,
            present_upto,
            due: schedule.due_of_all(now, tail - head),
            away: away.filter(is_ahead).collect(),
            schedule,
            inside,
            ended,
            recent_calls,
        }
    }
}

impl Line {
    /// A line after a restart, as [`Recovery::decide`] decided it. Calls resume at once.
    pub fn recover(recovery: Recovery, dials: Dials, now: Timestamp) -> Self {
        let recovered = recovery.decide(now);
        let RecoveredLine { epoch, schedule, tail, head, present_upto, due, away, .. } = recovered;
        let mut line = Self::with_schedule(epoch, dials, schedule, now);
        line.tail = tail;
        line.allocated = tail;
        if head < tail {
            // Who is really there shows once everybody has had to poll; before that ghosts would
            // seem to give up.
            line.waits = Waits::new(timestamp_of(due.saturating_add(1)));
        }
        line.dues.drop_behind(head);
        for place in head + 1..=tail {
            let number = line.schedule.order().number(place);
            if number <= present_upto && !away.contains(&number) {
                line.dues.set(place, due);
            }
        }
        let mut admissions = Admissions::new(head);
        for number in recovered.ended {
            admissions.end(line.place(number));
        }
        line.admissions = Arc::new(admissions);
        for (number, user, until) in recovered.inside {
            line.enter(number, user, until);
        }
        for at in recovered.recent_calls {
            line.minute.note(at, 1);
        }
        line
    }
}
