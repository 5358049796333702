//! The status that a ticket's holder gets.
//!
//! Nobody gets an older status than they have had, from any instance: after `admitted` or `ended` never
//! `waiting`, and after leaving never the old number. Three things make that true:
//!
//! - This instance looks up every number for which it has reported such a status.
//! - The ticket of a join that was answered with `admitted` says so itself, and is looked up everywhere.
//! - Anything else is reported only once no instance answers from an older view.

use std::sync::PoisonError;
use std::time::Instant;

use jiff::Timestamp;
use onsale_booking::ids::UserId;
use onsale_booking::pass::PassState;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_line::{Number, NumberState, Phase, Place, Sign};
use onsale_storage::line::Lookup;
use onsale_storage::writer::WriteError;

use super::{Admission, DatedView, pass_of};
use crate::error::AppError;
use crate::line_status::LineStatus;
use crate::tokens::Ticket;

impl Admission {
    /// A ticket's status, looked up in the line. A called person is admitted by it.
    ///
    /// # Errors
    /// An unknown ticket; the line or the store does not answer.
    pub(crate) async fn status(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        let status = match self.line.lookup(ticket.number).await {
            Ok(lookup) => self.status_of(ticket, lookup).await?,
            Err(error) => self.status_without_line(ticket, error).await?,
        };
        self.before_reporting(ticket.number, &status).await;
        Ok(status)
    }

    /// Remembers a status that is about to be reported.
    pub(super) fn note_reported(&self, number: Number, status: &LineStatus) {
        if !matches!(status, LineStatus::Waiting { .. }) {
            self.throttle.require_lookup(number);
        }
    }

    /// Waits until every instance knows a status that is about to be reported, and remembers it.
    pub(super) async fn before_reporting(&self, number: Number, status: &LineStatus) {
        self.note_reported(number, status);
        if matches!(status, LineStatus::Waiting { .. }) {
            return;
        }
        let noted = self.changes.changed_at(number);
        let is_recent = || {
            let (seen, now) = (self.view.load(), self.store.now());
            seen.view.is_waiting(number, now) || self.changes.is_recent(seen.view.schedule().over_for(now))
        };
        let changed_at = noted.or_else(|| is_recent().then(Instant::now));
        if let Some(changed_at) = changed_at {
            self.changes.spread(changed_at).await;
        }
    }

    pub(super) async fn status_of(&self, ticket: &Ticket, lookup: Lookup) -> Result<LineStatus, AppError> {
        match lookup.state {
            NumberState::Inside { until } => {
                self.status_inside(UserId(ticket.user), ticket.number, until).await
            }
            NumberState::Ended => Ok(LineStatus::Ended),
            NumberState::Called { .. } => self.admit(ticket).await,
            NumberState::Unknown => Err(AppError::UnknownTicket),
            NumberState::Waiting | NumberState::Late | NumberState::Skipped => {
                let seen = self.view.load_full();
                // A call that has lapsed may have let them in before, at an instance that has died since.
                let may_have_pass = ticket.admitted
                    || self.throttle.is_looked_up(ticket.number)
                    || seen.view.has_call(ticket.number);
                if may_have_pass && let Some(status) = self.status_in_store(ticket).await? {
                    return Ok(status);
                }
                Ok(self.waiting(&seen, ticket, lookup.head, self.store.now()))
            }
        }
    }

    /// The status while the line does not answer: people who have no pass and waited when the line was last
    /// seen still wait, for nobody can be called.
    async fn status_without_line(&self, ticket: &Ticket, error: WriteError) -> Result<LineStatus, AppError> {
        if let Some(status) = self.status_in_store(ticket).await? {
            return Ok(status);
        }
        let (seen, now) = (self.view.load_full(), self.store.now());
        if seen.view.is_waiting(ticket.number, now) {
            return Ok(self.waiting(&seen, ticket, 0, now));
        }
        Err(error.into())
    }

    /// The status of a ticket that has a pass, or had one.
    async fn status_in_store(&self, ticket: &Ticket) -> Result<Option<LineStatus>, AppError> {
        let Some(pass) = pass_of(&self.store, ticket).await? else { return Ok(None) };
        Ok(Some(match pass.session(self.store.now()) {
            Ok(session) => LineStatus::Admitted { until: session.lasts_until },
            Err(_) => LineStatus::Ended,
        }))
    }

    /// The status of a number that the line counts as inside. The store knows whose pass it is, and whether
    /// another instance has just ended it; if it does not answer, the line is believed.
    async fn status_inside(
        &self,
        user: UserId,
        number: Number,
        until: Timestamp,
    ) -> Result<LineStatus, AppError> {
        let passes = self.store.reads.passes(self.sale(), vec![number]).await.unwrap_or_default();
        let Some(pass) = passes.first() else { return Ok(LineStatus::Admitted { until }) };
        if pass.user != user {
            return Err(AppError::UnknownTicket);
        }
        Ok(match pass.state {
            PassState::Ended { .. } => {
                self.line.passes_changed(&passes);
                LineStatus::Ended
            }
            PassState::Inside(session) => LineStatus::Admitted { until: session.lasts_until },
        })
    }

    /// Admits a called person: commits their pass before answering.
    async fn admit(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        let Some(call) = self.line.claim(ticket.number).await? else {
            // Between lookup and claim, another of their polls was admitted, or the call lapsed: then they
            // are late, and will be called first.
            return match self.line.lookup(ticket.number).await?.state {
                NumberState::Inside { until } => {
                    self.status_inside(UserId(ticket.user), ticket.number, until).await
                }
                NumberState::Ended => Ok(LineStatus::Ended),
                _ => self.not_yet(ticket).await,
            };
        };
        let command = Command::Admit { user: UserId(ticket.user), pass: ticket.key(), call };
        match self.store.writer.submit(command).await {
            Ok(Outcome::Admitted(pass)) => match pass.state {
                PassState::Inside(session) => {
                    self.waits.end(ticket.number, session.admitted_at);
                    Ok(LineStatus::Admitted { until: session.lasts_until })
                }
                PassState::Ended { .. } => Ok(LineStatus::Ended),
            },
            // The store's clock decides about the opening, whatever the line has called.
            Err(WriteError::Refused(Refusal::NotAdmitted | Refusal::SaleNotOpen { .. })) => {
                self.not_yet(ticket).await
            }
            Ok(_) | Err(WriteError::Refused(_)) => Ok(LineStatus::Ended),
            Err(error) => Err(error.into()),
        }
    }

    /// The status after a call that lapsed, unless it has led to a pass before.
    async fn not_yet(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        if let Some(status) = self.status_in_store(ticket).await? {
            return Ok(status);
        }
        Ok(self.waiting(&self.view.load(), ticket, 0, self.store.now()))
    }

    /// The status of a waiting person, which counts as a sign of life. `head` is the freshest one known.
    pub(super) fn waiting(
        &self,
        seen: &DatedView,
        ticket: &Ticket,
        head: Place,
        now: Timestamp,
    ) -> LineStatus {
        let (view, number) = (&seen.view, ticket.number);
        let ahead = view.ahead(number, head);
        let poll_after = view.poll_interval(ahead, now, rand::random_range(-1.0..=1.0));
        self.throttle.note(number, now, poll_after);
        let sign = Sign { number, user: ticket.user, due: view.due_after(now, poll_after) };
        self.signs.lock().unwrap_or_else(PoisonError::into_inner).push(sign);
        let (phase, place, is_near_turn) =
            (seen.phase(now), view.place(number), view.is_near_turn(ahead, now));
        // An order that is known here, but not at every instance yet.
        let is_hidden = phase == Phase::Lobby && !view.schedule().is_lobby() && self.is_drawn();
        let (ahead, place) = if is_hidden { (None, None) } else { (ahead, place) };
        let known = ahead.filter(|_| phase != Phase::Lobby);
        let estimate = known.and_then(|ahead| view.estimate(ahead));
        let outlook = known.and_then(|ahead| self.outlooks.load().outlook(view, ahead));
        LineStatus::Waiting { ahead, place, phase, estimate, outlook, poll_after, is_near_turn }
    }

    fn is_drawn(&self) -> bool {
        self.store.sales.get(self.sale()).is_some_and(|sale| sale.draw().is_some())
    }
}
