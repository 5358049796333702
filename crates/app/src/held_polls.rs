//! Held polls: polls of people who may soon be called, answered once their status changes.
//!
//! A poll is a sign of life for as long as it is held. A ticket has one at a time: a newer one ends the
//! older. Nothing here decides a status. Each answer comes from the ticket's admission, as that of any other
//! poll does, so nobody gets an older one than they have had.

use std::time::Duration;

use onsale_line::Phase;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::admission::{Announced, Following};
use crate::app::App;
use crate::error::AppError;
use crate::held_tickets::HeldTicket;
use crate::line_status::LineStatus;
use crate::queue_feed::ANNOUNCED_WITHIN;
use crate::tokens::Ticket;

/// The longest time for which a poll is held.
pub const WAIT_MAX: Duration = Duration::from_secs(25);

/// How often a held poll repeats its sign of life. Other polls and streams of the same ticket promise less,
/// here or at another instance, and the newest promise counts; the shortest one lasts for 3 s.
const SIGNED_EVERY: Duration = Duration::from_secs(2);
/// How soon a client that went away is expected back, as after any poll near the turn.
const BACK_WITHIN: Duration = Duration::from_secs(3);

/// The answer to a poll that may be held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldAnswer {
    /// The status.
    pub status: LineStatus,
    /// For how long the poll was held; `None` if it was answered at once.
    pub held_for: Option<Duration>,
}

impl HeldAnswer {
    fn at_once(status: LineStatus) -> Self {
        Self { status, held_for: None }
    }
}

/// What makes a held poll go on.
enum Event {
    /// The place may have changed.
    Place,
    /// The line's phase or opening has changed.
    Announced,
    /// It is time for a sign of life.
    Sign,
    /// The answer is due: a newer poll came, the time is up, or the server stops.
    Due,
}

/// What a held poll waits for.
struct Changes {
    place: Following,
    announced: watch::Receiver<Announced>,
}

impl Changes {
    async fn next(&mut self, app: &App, poll: &HeldTicket, due: Instant) -> Event {
        tokio::select! {
            biased;
            () = self.place.changed() => Event::Place,
            () = app.stopping.cancelled() => Event::Due,
            () = poll.newer_came() => Event::Due,
            Ok(()) = self.announced.changed() => Event::Announced,
            () = sleep_until(due) => Event::Due,
            () = tokio::time::sleep(SIGNED_EVERY) => Event::Sign,
        }
    }
}

/// The presence of somebody whose poll is held.
struct Presence<'a> {
    app: &'a App,
    ticket: &'a Ticket,
    /// Whether they get an answer, which promises a time of its own.
    is_answered: bool,
}

impl Presence<'_> {
    fn sign(&self, interval: Duration) {
        if let Some(admission) = self.app.admissions.opened(self.ticket.sale) {
            admission.sign_of_life(self.ticket, interval);
        }
    }
}

impl Drop for Presence<'_> {
    /// A call of somebody who went away would keep a slot free for as long as they promised to be here.
    fn drop(&mut self) {
        if !self.is_answered {
            self.sign(BACK_WITHIN);
        }
    }
}

impl App {
    /// Answers a status poll. That of somebody who may soon be called is never too early, and is held until
    /// the status changes, but for `wait` at most, if there is room for one more. `known` is the phase of the
    /// last status that its holder has seen, if they say so: another one is no reason to wait.
    ///
    /// # Errors
    /// [`AppError::TooEarly`] for another waiting person who polls far too early; an unknown ticket; the line
    /// or the store does not answer.
    pub async fn poll_held(
        &self,
        ticket: &Ticket,
        wait: Duration,
        known: Option<Phase>,
    ) -> Result<HeldAnswer, AppError> {
        let Some(admission) = self.stands_in(ticket).await? else {
            return Ok(HeldAnswer::at_once(LineStatus::Ended));
        };
        if !self.holds_polls() || !admission.is_near_turn(ticket).await {
            return admission.poll(ticket).await.map(HeldAnswer::at_once);
        }
        let Some(poll) = self.held_tickets.begin(ticket.key()) else {
            return admission.present_status(ticket).await.map(HeldAnswer::at_once);
        };
        let changes =
            Changes { place: admission.follow(ticket.number), announced: admission.announcements() };
        // A line that nobody stands in any more may rest meanwhile.
        drop(admission);
        self.hold(ticket, &poll, changes, wait, known).await
    }

    /// Whether this instance holds polls at all.
    pub fn holds_polls(&self) -> bool {
        self.held_tickets.max > 0
    }

    /// How many polls this instance holds now.
    pub fn held_polls(&self) -> usize {
        self.held_tickets.count()
    }

    async fn hold(
        &self,
        ticket: &Ticket,
        poll: &HeldTicket,
        mut changes: Changes,
        wait: Duration,
        known: Option<Phase>,
    ) -> Result<HeldAnswer, AppError> {
        let begun = Instant::now();
        let mut due = begun + wait;
        // A lookup: the view may not know yet what happened just before the changes were followed.
        let mut status = self.status(ticket).await?;
        let waits_on =
            matches!(status, LineStatus::Waiting { phase, .. } if known.is_none_or(|known| known == phase));
        if !waits_on {
            return Ok(HeldAnswer::at_once(status));
        }
        let mut presence = Presence { app: self, ticket, is_answered: false };
        while is_waiting(&status) {
            presence.sign(due.saturating_duration_since(Instant::now()));
            match changes.next(self, poll, due).await {
                Event::Sign => {}
                Event::Place => status = self.status(ticket).await?,
                // As with streams, many answers at the same time would be a peak in load.
                Event::Announced => due = due.min(Instant::now() + ANNOUNCED_WITHIN.mul_f64(rand::random())),
                Event::Due => {
                    status = self.present_status(ticket).await?;
                    break;
                }
            }
        }
        presence.is_answered = true;
        Ok(HeldAnswer { status, held_for: Some(begun.elapsed()) })
    }

    async fn present_status(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        match self.stands_in(ticket).await? {
            Some(admission) => admission.present_status(ticket).await,
            None => Ok(LineStatus::Ended),
        }
    }
}

fn is_waiting(status: &LineStatus) -> bool {
    matches!(status, LineStatus::Waiting { .. })
}
