//! Lines: polling and leaving. Callers name a ticket or a sale, never a line; it opens if it rests.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use onsale_booking::Refusal;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::pass::Pass;
use onsale_booking::refusal::Missing;
use onsale_booking::sale::SalePhase;
use onsale_booking::seen::SeenPlace;
use onsale_line::{Phase, Place};
use tokio::sync::watch;
use tokio_util::sync::DropGuard;

pub use crate::admission::Wait;
use crate::admission::{self, Admission, Announced, Following};
use crate::app::App;
use crate::calendar;
use crate::error::AppError;
use crate::line_reading::LineReading;
use crate::line_status::LineStatus;
use crate::tokens::Ticket;

/// The people in all lines together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InLines {
    /// People present and not called.
    pub waiting: u64,
    /// People inside.
    pub inside: u64,
    /// People called who have not come in yet.
    pub called: u64,
}

impl InLines {
    /// Those in the open lines. Nobody stands in one that rests.
    pub fn of(open: &[(SaleId, LineReading)]) -> Self {
        open.iter().map(|(_, line)| line.tallies()).fold(Self::default(), |sum, tallies| Self {
            waiting: sum.waiting + tallies.waiting,
            inside: sum.inside + tallies.inside,
            called: sum.called + tallies.called,
        })
    }
}

impl App {
    /// The ticket of the live place that a user has in a sale's line; `None` if they have none. This gives
    /// nobody a place and is no sign of life.
    ///
    /// # Errors
    /// There is no such sale; the line does not answer.
    pub async fn live_ticket(&self, sale: SaleId, user: UserId) -> Result<Option<Ticket>, AppError> {
        self.admissions.find(sale).await?.live_ticket(user).await
    }

    /// Answers a status poll. A called person is admitted by it.
    ///
    /// # Errors
    /// [`AppError::TooEarly`] for a waiting person who polls far too early; an unknown ticket; the line or
    /// the store does not answer.
    pub async fn poll(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        match self.stands_in(ticket).await? {
            Some(admission) => admission.poll(ticket).await,
            None => Ok(LineStatus::Ended),
        }
    }

    /// Answers a waiting person's poll from memory; `None` if it needs a lookup, which [`Self::poll`] does.
    pub fn poll_from_memory(&self, ticket: &Ticket) -> Option<LineStatus> {
        self.admissions.opened(ticket.sale)?.poll_from_memory(ticket)
    }

    /// A ticket's status, looked up in the line. A called person is admitted by it.
    ///
    /// # Errors
    /// An unknown ticket; the line or the store does not answer.
    pub async fn status(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        match self.stands_in(ticket).await? {
            Some(admission) => admission.status(ticket).await,
            None => Ok(LineStatus::Ended),
        }
    }

    /// Gives up a place and releases its holds: for a form, only if its page showed this place and them.
    ///
    /// # Errors
    /// `PassEnded` if the pass had already ended; an unknown ticket, or one with another user's number; the
    /// line or the store does not answer.
    pub async fn leave(&self, ticket: &Ticket, seen: Option<SeenPlace>) -> Result<LineStatus, AppError> {
        match self.stands_in(ticket).await? {
            Some(admission) => admission.leave(ticket, seen).await,
            None => Err(Refusal::PassEnded.into()),
        }
    }

    /// Checks that a ticket belongs to a line of this store.
    ///
    /// # Errors
    /// [`AppError::UnknownTicket`] for a ticket of an unknown sale or of a future epoch;
    /// [`AppError::Unavailable`] when the line does not answer.
    pub async fn check_ticket(&self, ticket: &Ticket) -> Result<(), AppError> {
        match self.stands_in(ticket).await? {
            Some(admission) => admission.check_ticket(ticket).await,
            None => Ok(()),
        }
    }

    /// Checks that a ticket's holder is inside.
    ///
    /// # Errors
    /// `PassEnded`; `NotAdmitted`; an unknown ticket; the store does not answer when it is needed.
    pub async fn check_inside(&self, ticket: &Ticket) -> Result<(), AppError> {
        match self.stands_in(ticket).await? {
            Some(admission) => admission.check_inside(ticket).await,
            None => Err(Refusal::PassEnded.into()),
        }
    }

    /// A ticket's pass, if it ever had one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn pass_of(&self, ticket: &Ticket) -> Result<Option<Pass>, AppError> {
        admission::pass_of(&self.store, ticket).await
    }

    /// Whether the line says that a ticket still waits, so that it cannot have been used yet.
    pub(crate) async fn is_waiting(&self, ticket: &Ticket) -> bool {
        match self.stands_in(ticket).await {
            Ok(Some(admission)) => admission.is_waiting(ticket).await,
            _ => false,
        }
    }

    /// Subscribes to changes of a ticket's place, and to those that concern everybody in its line. `None` if
    /// the place has ended, so that nothing can change.
    pub(crate) async fn follow(
        &self,
        ticket: &Ticket,
    ) -> Result<Option<(Following, watch::Receiver<Announced>)>, AppError> {
        let admission = self.stands_in(ticket).await?;
        Ok(admission.map(|admission| (admission.follow(ticket.number), admission.announcements())))
    }

    /// Call it after a commit that ended a ticket's pass. A line that rests has nobody to wake.
    pub(crate) fn pass_ended(&self, ticket: &Ticket) {
        if let Some(admission) = self.admissions.opened(ticket.sale) {
            admission.pass_ended(ticket);
        }
    }

    /// A sale's line.
    ///
    /// # Errors
    /// There is no such sale; the line or the store does not answer.
    pub async fn line(&self, sale: SaleId) -> Result<LineReading, AppError> {
        Ok(self.admission_of(sale).await?.reading())
    }

    /// The admission of a sale that an operator names.
    pub(crate) async fn admission_of(&self, sale: SaleId) -> Result<Arc<Admission>, AppError> {
        match self.store.sales.find(sale).await? {
            Some(_) => self.admissions.find(sale).await,
            None => Err(Refusal::NotFound(Missing::Sale).into()),
        }
    }

    /// The main sale's line.
    pub fn main_line(&self) -> LineReading {
        self.admissions.main().reading()
    }

    /// The phase of a sale's line. An open line that rests has nobody to call, and is not paused.
    pub fn phase(&self, sale: SaleId) -> Phase {
        if let Some(admission) = self.admissions.opened(sale) {
            return admission.phase();
        }
        match self.store.sales.get(sale).map(|sale| sale.phase(self.now())) {
            Some(SalePhase::Lobby) => Phase::Lobby,
            Some(SalePhase::Over) => Phase::Over,
            Some(SalePhase::Open) | None => Phase::Open,
        }
    }

    /// Where a ticket's number comes in the order of calls. `None` in a draw's lobby, and once a draw's line
    /// rests: then nobody stands in it.
    pub fn place(&self, ticket: &Ticket) -> Option<Place> {
        if let Some(admission) = self.admissions.opened(ticket.sale) {
            return admission.place(ticket.number);
        }
        let is_drawn = self.store.sales.get(ticket.sale).is_some_and(|sale| sale.draw().is_some());
        if is_drawn { None } else { Some(ticket.number) }
    }

    /// The lines that are open, each with its sale, as of its last tick.
    pub fn open_lines(&self) -> Vec<(SaleId, LineReading)> {
        let all = self.admissions.all();
        all.iter().map(|admission| (admission.sale(), admission.reading())).collect()
    }

    /// Ticks every open line once, all at the same time, opens the sales that are due, and waits until all
    /// that is done.
    pub async fn tick(&self) {
        calendar::open_due(&self.admissions).await;
        let sales = self.admissions.all().into_iter().map(|admission| admission.sale());
        join_all(sales.map(async |sale| {
            self.admissions.tick(sale).await;
            self.admissions.open_sale(sale).await;
        }))
        .await;
    }

    /// Makes every open line tick by itself until the server stops or the guard is dropped, so that none
    /// waits for another. One that rests stops ticking, and one that opens begins to; those of sales that are
    /// due are opened. Call it once.
    #[must_use]
    pub fn tick_by_itself(&self, every: Duration) -> DropGuard {
        let stopping = self.stopping.child_token();
        self.admissions.tick_by_themselves(every, stopping.clone());
        self.admissions.spawn(calendar::keep(Arc::downgrade(&self.admissions), stopping.clone()));
        stopping.drop_guard()
    }

    /// Takes the waits that have ended since the last call.
    pub fn take_waits(&self) -> Vec<Wait> {
        self.admissions.all().iter().flat_map(|admission| admission.take_waits()).collect()
    }

    /// The admission whose line a ticket stands in. `None` if the line rests and the store says that the
    /// place has ended, or that the sale is over and its holder is not inside: then no line needs to be
    /// opened.
    pub(crate) async fn stands_in(&self, ticket: &Ticket) -> Result<Option<Arc<Admission>>, AppError> {
        if let Some(admission) = self.admissions.opened(ticket.sale) {
            return Ok(Some(admission));
        }
        let (pass, now) = (self.pass_of(ticket).await?, self.now());
        let has_ended = match pass {
            Some(pass) => pass.session(now).is_err(),
            None => self.store.sales.get(ticket.sale).is_some_and(|sale| sale.phase(now) == SalePhase::Over),
        };
        if has_ended {
            return Ok(None);
        }
        self.admissions.find(ticket.sale).await.map(Some)
    }
}
