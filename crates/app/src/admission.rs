//! Admission: joining the line, polling, being admitted and leaving.
//!
//! A waiting person's poll is answered from a view that is at most one tick old, so it costs neither the
//! store nor the line a request. It adds one sign of life; ticks send these in batches. Everybody else
//! (called, inside, ended) is looked up in the line.

mod followers;
mod poll_throttle;
mod waits;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use onsale_booking::ids::{LineId, PassKey, UserId};
use onsale_booking::pass::{Pass, PassState};
use onsale_booking::{Command, Outcome, Refusal};
use onsale_line::{DialChanges, Dials, Estimate, Number, Place, Sign, Tallies, View, due_after};
use onsale_storage::line::{Joined, LinePort, Lookup};
use onsale_storage::store::Store;
use onsale_storage::writer::WriteError;

pub use self::followers::Following;
pub use self::waits::Wait;
use crate::error::AppError;
use crate::line_status::LineStatus;
use crate::tokens::Ticket;
use followers::Followers;
use poll_throttle::PollThrottle;
use waits::Waits;

/// An instance's access to the waiting line.
pub struct Admission {
    store: Arc<Store>,
    line: Arc<dyn LinePort>,
    view: ArcSwap<View>,
    signs: Mutex<Vec<Sign>>,
    is_line_available: AtomicBool,
    throttle: PollThrottle,
    followers: Arc<Followers>,
    waits: Waits,
}

impl Admission {
    /// Opens the line of a store.
    ///
    /// # Errors
    /// When the line does not answer.
    pub async fn open(store: Arc<Store>) -> Result<Self, WriteError> {
        let line = Arc::clone(&store.line);
        let view = line.tick().await?.view;
        Ok(Self {
            throttle: PollThrottle::new(store.now()),
            store,
            line,
            view: ArcSwap::from_pointee(view),
            signs: Mutex::default(),
            is_line_available: AtomicBool::new(true),
            followers: Arc::default(),
            waits: Waits::default(),
        })
    }

    /// Answers a waiting person's poll from memory; `None` if it needs a lookup, which [`Self::poll`] does.
    pub fn poll_from_memory(&self, ticket: &Ticket) -> Option<LineStatus> {
        // A ticket of another line must not count as a sign of life here.
        let is_known = ticket.line == self.line.id().0 && ticket.epoch <= self.line.epoch();
        if is_known { self.poll_waiting(ticket)?.ok() } else { None }
    }

    /// Checks that a ticket belongs to this line.
    ///
    /// # Errors
    /// [`AppError::UnknownTicket`] for a ticket of another line or of a future epoch;
    /// [`AppError::Unavailable`] when the line does not answer.
    pub async fn check_ticket(&self, ticket: &Ticket) -> Result<(), AppError> {
        if ticket.line != self.line.id().0 {
            return Err(AppError::UnknownTicket);
        }
        if ticket.epoch > self.line.epoch() {
            // Another instance may have started this epoch; a lookup also reads the current epoch.
            let lookup = self.line.lookup(ticket.number).await;
            if ticket.epoch > self.line.epoch() {
                return Err(lookup.map_or(AppError::Unavailable, |_| AppError::UnknownTicket));
            }
        }
        Ok(())
    }

    /// Gives a user a place in line, or finds the one they have. Returns its ticket and status.
    ///
    /// # Errors
    /// When the line or the store does not answer.
    pub async fn join(&self, user: UserId) -> Result<(Ticket, LineStatus), AppError> {
        let (joined, status_inside) = self.join_line(user).await?;
        self.followers.wake(joined.called.iter().copied());
        let (line, epoch) = (self.line.id().0, self.line.epoch());
        let ticket = Ticket { user: user.0, line, epoch, number: joined.number };
        let status = match status_inside {
            Some(status) => status,
            None => self.status_of(&ticket, joined.lookup).await?,
        };
        if let LineStatus::Waiting { estimate, .. } = status {
            self.waits.begin(joined.number, self.store.now(), estimate);
        }
        Ok((ticket, status))
    }

    /// Joins the line; joins again if the user's number has ended without the line knowing it yet. For a
    /// person inside, it also returns the status, so that an unavailable store delays the join only once.
    async fn join_line(&self, user: UserId) -> Result<(Joined, Option<LineStatus>), AppError> {
        let joined = self.line.join(user).await?;
        let Place::Inside { until } = joined.lookup.place else { return Ok((joined, None)) };
        match self.status_inside(user, joined.number, until).await? {
            LineStatus::Ended => Ok((self.line.join(user).await?, None)),
            status => Ok((joined, Some(status))),
        }
    }

    /// Answers a status poll. A called person is admitted by it.
    ///
    /// # Errors
    /// [`AppError::TooEarly`] for a waiting person who polls far too early; an unknown ticket; the line or
    /// the store does not answer.
    pub async fn poll(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        match self.poll_waiting(ticket) {
            Some(result) => result,
            None => self.status(ticket).await,
        }
    }

    /// The common case: the view says that the person still waits. `None` asks for a lookup.
    fn poll_waiting(&self, ticket: &Ticket) -> Option<Result<LineStatus, AppError>> {
        let view = self.view.load();
        let now = self.store.now();
        let waiting = matches!(view.place(ticket.number, now), Place::Waiting | Place::Late | Place::Skipped);
        if !waiting {
            return None;
        }
        match self.throttle.check(ticket.number, now)? {
            Err(retry_after) => Some(Err(AppError::TooEarly { retry_after })),
            Ok(()) => Some(Ok(self.waiting(&view, ticket, 0, now))),
        }
    }

    /// A ticket's status, looked up in the line. A called person is admitted by it.
    ///
    /// # Errors
    /// An unknown ticket; the line or the store does not answer.
    pub async fn status(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        let lookup = self.line.lookup(ticket.number).await?;
        self.status_of(ticket, lookup).await
    }

    /// Checks that a ticket's holder is inside.
    ///
    /// # Errors
    /// `PassEnded`; `NotAdmitted`; an unknown ticket; the store does not answer when it is needed.
    pub async fn check_inside(&self, ticket: &Ticket) -> Result<(), AppError> {
        match self.line.lookup(ticket.number).await.map(|lookup| lookup.place) {
            Ok(Place::Inside { .. }) => Ok(()),
            Ok(Place::Ended) => Err(Refusal::PassEnded.into()),
            Ok(Place::Unknown) => Err(AppError::UnknownTicket),
            Ok(Place::Waiting | Place::Late | Place::Skipped) => Err(Refusal::NotAdmitted.into()),
            // Another instance may have admitted them a moment ago, and its update is still on the way.
            Ok(Place::Called { .. }) => self.check_pass(ticket, Refusal::NotAdmitted.into()).await,
            // People inside can go on while the line is unavailable.
            Err(error) => self.check_pass(ticket, error.into()).await,
        }
    }

    /// Checks a ticket's pass in the store; without a pass, the error is `no_pass`.
    async fn check_pass(&self, ticket: &Ticket, no_pass: AppError) -> Result<(), AppError> {
        let pass = self.pass_of(ticket).await?.ok_or(no_pass)?;
        pass.session(self.store.now())?;
        Ok(())
    }

    /// A ticket's pass, if it ever had one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn pass_of(&self, ticket: &Ticket) -> Result<Option<Pass>, AppError> {
        let passes = self.store.reads.passes(vec![ticket.number]).await?;
        Ok(passes.into_iter().find(|pass| pass.user.0 == ticket.user))
    }

    /// Whether the line says that a ticket still waits, so that it cannot have been used yet.
    pub async fn is_waiting(&self, ticket: &Ticket) -> bool {
        let lookup = self.line.lookup(ticket.number).await;
        lookup.is_ok_and(|lookup| matches!(lookup.place, Place::Waiting | Place::Late | Place::Skipped))
    }

    /// Gives up a place and releases its holds.
    ///
    /// # Errors
    /// `PassEnded` if the pass had already ended; an unknown ticket, or one with another user's number; the
    /// line or the store does not answer.
    pub async fn leave(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        if self.line.lookup(ticket.number).await?.place == Place::Unknown {
            return Err(AppError::UnknownTicket);
        }
        let command = Command::Leave { user: UserId(ticket.user), pass: pass_key(ticket) };
        match self.store.writer.submit(command).await {
            Err(WriteError::Refused(Refusal::NotAdmitted)) => return Err(AppError::UnknownTicket),
            left => left?,
        };
        self.waits.forget(ticket.number);
        self.pass_ended(ticket);
        Ok(LineStatus::Ended)
    }

    /// Call it after a commit that ended a ticket's pass: wakes its streams and makes its next poll a lookup.
    pub(crate) fn pass_ended(&self, ticket: &Ticket) {
        self.throttle.require_lookup(ticket.number);
        self.followers.wake([ticket.number]);
    }

    /// Whether the line answered the last tick.
    pub fn is_line_available(&self) -> bool {
        self.is_line_available.load(Ordering::Relaxed)
    }

    /// One tick: send signs of life, call people, replace the view, wake the streams of called people.
    pub async fn tick(&self) {
        let signs = std::mem::take(&mut *self.signs.lock().unwrap_or_else(PoisonError::into_inner));
        let flushed = self.line.signs_of_life(signs).await;
        let ticked = self.line.tick().await;
        let was_available = self.is_line_available.swap(ticked.is_ok(), Ordering::Relaxed);
        match ticked {
            Ok(ticked) if flushed.is_ok() => {
                self.view.store(Arc::new(ticked.view));
                self.followers.wake(ticked.called);
                for number in ticked.ended {
                    self.waits.forget(number);
                    self.throttle.require_lookup(number);
                    self.followers.wake([number]);
                }
            }
            _ if was_available => {
                tracing::warn!("the line does not answer; answering polls from the last view");
            }
            _ => {}
        }
    }

    /// The line's counts, as of the last tick.
    pub fn tallies(&self) -> Tallies {
        self.view.load().tallies()
    }

    /// The dials, as of the last tick.
    pub fn dials(&self) -> Dials {
        self.view.load().dials()
    }

    /// Sets dials for an operator, and ticks so that they take effect at once.
    pub(crate) async fn set_dials(&self, changes: DialChanges, by: UserId) -> Result<(), AppError> {
        self.line.set_dials(changes, Some(by)).await?;
        self.tick().await;
        Ok(())
    }

    /// How long a person who joined now would wait with these dials; `None` if that is not known yet.
    pub fn forecast(&self, dials: Dials) -> Option<Estimate> {
        self.view.load().forecast(dials)
    }

    /// How many people present will be called before this number, as of the last tick or of a newer `head`.
    pub fn ahead(&self, number: Number, head: Number) -> u64 {
        self.view.load().ahead(number, head)
    }

    /// Subscribes to changes of a number's place.
    pub fn follow(&self, number: Number) -> Following {
        self.followers.follow(number)
    }

    /// Forgets what no longer matters. Nothing depends on it.
    pub(crate) fn tidy(&self) {
        self.waits.keep_those_in(&self.view.load(), self.store.now());
    }

    /// Takes the waits that have ended since the last call.
    pub fn take_waits(&self) -> Vec<Wait> {
        self.waits.take()
    }

    async fn status_of(&self, ticket: &Ticket, lookup: Lookup) -> Result<LineStatus, AppError> {
        match lookup.place {
            Place::Inside { until } => self.status_inside(UserId(ticket.user), ticket.number, until).await,
            Place::Ended => Ok(LineStatus::Ended),
            Place::Called { .. } => self.admit(ticket).await,
            Place::Unknown => Err(AppError::UnknownTicket),
            Place::Waiting | Place::Late | Place::Skipped => {
                Ok(self.waiting(&self.view.load(), ticket, lookup.head, self.store.now()))
            }
        }
    }

    /// The status of a number that the line counts as inside. The store knows whose pass it is, and whether
    /// another instance has just ended it; if it does not answer, the line is believed.
    async fn status_inside(
        &self,
        user: UserId,
        number: Number,
        until: Timestamp,
    ) -> Result<LineStatus, AppError> {
        let passes = self.store.reads.passes(vec![number]).await.unwrap_or_default();
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
        let not_yet = || Ok(self.waiting(&self.view.load(), ticket, 0, self.store.now()));
        let Some(call) = self.line.claim(ticket.number).await? else {
            // Between lookup and claim, another of their polls was admitted, or the call lapsed: then they
            // are late, and will be called first.
            return match self.line.lookup(ticket.number).await?.place {
                Place::Inside { until } => {
                    self.status_inside(UserId(ticket.user), ticket.number, until).await
                }
                Place::Ended => Ok(LineStatus::Ended),
                _ => not_yet(),
            };
        };
        let command = Command::Admit { user: UserId(ticket.user), pass: pass_key(ticket), call };
        match self.store.writer.submit(command).await {
            Ok(Outcome::Admitted(pass)) => match pass.state {
                PassState::Inside(session) => {
                    self.waits.end(ticket.number, session.admitted_at);
                    Ok(LineStatus::Admitted { until: session.lasts_until })
                }
                PassState::Ended { .. } => Ok(LineStatus::Ended),
            },
            Err(WriteError::Refused(Refusal::NotAdmitted)) => not_yet(),
            Ok(_) | Err(WriteError::Refused(_)) => Ok(LineStatus::Ended),
            Err(error) => Err(error.into()),
        }
    }

    /// The status of a waiting person, which counts as a sign of life.
    fn waiting(&self, view: &View, ticket: &Ticket, head: Number, now: Timestamp) -> LineStatus {
        let ahead = view.ahead(ticket.number, head);
        let poll_after = view.poll_interval(ahead, rand::random_range(-1.0..=1.0));
        self.throttle.note(ticket.number, now, poll_after);
        let sign = Sign { number: ticket.number, user: ticket.user, due: due_after(now, poll_after) };
        self.signs.lock().unwrap_or_else(PoisonError::into_inner).push(sign);
        LineStatus::Waiting { ahead, estimate: view.estimate(ahead), poll_after }
    }
}

/// The pass that belongs to a ticket's number.
pub(crate) fn pass_key(ticket: &Ticket) -> PassKey {
    PassKey { line: LineId(ticket.line), number: ticket.number }
}
