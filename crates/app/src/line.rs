//! The line: joining, polling and leaving, by ticket. Whoever calls these names a ticket or a sale, never a
//! line.

use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::pass::Pass;
use onsale_booking::seen::SeenPlace;
use onsale_line::{Dials, Estimate, Phase, Tallies, View};
use tokio::sync::watch;

pub use crate::admission::Wait;
use crate::admission::{Admission, Following};
use crate::app::App;
use crate::error::AppError;
use crate::line_status::LineStatus;
use crate::tokens::Ticket;

/// A line as of its last tick.
#[derive(Debug, Clone)]
pub struct LineReading(View);

impl LineReading {
    pub(crate) fn new(view: View) -> Self {
        Self(view)
    }

    /// The line's counts.
    pub fn tallies(&self) -> Tallies {
        self.0.tallies()
    }

    /// The dials in force.
    pub fn dials(&self) -> Dials {
        self.0.dials()
    }

    /// How long a person who joined now would wait with these dials; `None` if that is not known yet.
    pub fn forecast(&self, dials: Dials) -> Option<Estimate> {
        self.0.forecast(dials)
    }
}

impl App {
    /// Gives a user a place in line, or finds the one they have. Returns its ticket and status.
    ///
    /// # Errors
    /// When the line or the store does not answer.
    pub async fn join(&self, user: UserId) -> Result<(Ticket, LineStatus), AppError> {
        self.admission.join(user).await
    }

    /// Answers a status poll. A called person is admitted by it.
    ///
    /// # Errors
    /// [`AppError::TooEarly`] for a waiting person who polls far too early; an unknown ticket; the line or
    /// the store does not answer.
    pub async fn poll(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        self.admission(ticket)?.poll(ticket).await
    }

    /// Answers a waiting person's poll from memory; `None` if it needs a lookup, which [`Self::poll`] does.
    pub fn poll_from_memory(&self, ticket: &Ticket) -> Option<LineStatus> {
        self.admission(ticket).ok()?.poll_from_memory(ticket)
    }

    /// A ticket's status, looked up in the line. A called person is admitted by it.
    ///
    /// # Errors
    /// An unknown ticket; the line or the store does not answer.
    pub async fn status(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        self.admission(ticket)?.status(ticket).await
    }

    /// Gives up a place and releases its holds: for a form, only if its page showed this place and them.
    ///
    /// # Errors
    /// `PassEnded` if the pass had already ended; an unknown ticket, or one with another user's number; the
    /// line or the store does not answer.
    pub async fn leave(&self, ticket: &Ticket, seen: Option<SeenPlace>) -> Result<LineStatus, AppError> {
        self.admission(ticket)?.leave(ticket, seen).await
    }

    /// Checks that a ticket belongs to a line of this store.
    ///
    /// # Errors
    /// [`AppError::UnknownTicket`] for a ticket of another line or of a future epoch;
    /// [`AppError::Unavailable`] when the line does not answer.
    pub async fn check_ticket(&self, ticket: &Ticket) -> Result<(), AppError> {
        self.admission(ticket)?.check_ticket(ticket).await
    }

    /// Checks that a ticket's holder is inside.
    ///
    /// # Errors
    /// `PassEnded`; `NotAdmitted`; an unknown ticket; the store does not answer when it is needed.
    pub async fn check_inside(&self, ticket: &Ticket) -> Result<(), AppError> {
        self.admission(ticket)?.check_inside(ticket).await
    }

    /// A ticket's pass, if it ever had one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn pass_of(&self, ticket: &Ticket) -> Result<Option<Pass>, AppError> {
        let passes = self.store.reads.passes(ticket.sale, vec![ticket.number]).await?;
        Ok(passes.into_iter().find(|pass| pass.user.0 == ticket.user))
    }

    /// Whether the line says that a ticket still waits, so that it cannot have been used yet.
    pub(crate) async fn is_waiting(&self, ticket: &Ticket) -> bool {
        match self.admission(ticket) {
            Ok(admission) => admission.is_waiting(ticket).await,
            Err(_) => false,
        }
    }

    /// Subscribes to changes of a ticket's place, and to those of its line's phase.
    pub(crate) fn follow(&self, ticket: &Ticket) -> Result<(Following, watch::Receiver<Phase>), AppError> {
        let admission = self.admission(ticket)?;
        Ok((admission.follow(ticket.number), admission.phase()))
    }

    /// Call it after a commit that ended a ticket's pass.
    pub(crate) fn pass_ended(&self, ticket: &Ticket) {
        if let Ok(admission) = self.admission(ticket) {
            admission.pass_ended(ticket);
        }
    }

    /// The main sale's line.
    pub fn main_line(&self) -> LineReading {
        self.admission.reading()
    }

    /// The phase of a sale's line. A line that nobody stands in counts as open.
    pub fn phase(&self, sale: SaleId) -> Phase {
        if sale == self.main_sale() { self.admission.dials().phase() } else { Phase::Open }
    }

    /// Ticks the line once. Waits until it has.
    pub async fn tick(&self) {
        self.admission.tick().await;
    }

    /// Takes the waits that have ended since the last call.
    pub fn take_waits(&self) -> Vec<Wait> {
        self.admission.take_waits()
    }

    fn admission(&self, ticket: &Ticket) -> Result<&Admission, AppError> {
        if ticket.sale == self.main_sale() { Ok(&self.admission) } else { Err(AppError::UnknownTicket) }
    }
}
