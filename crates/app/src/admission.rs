//! Admission: joining the line, polling, being admitted and leaving.
//!
//! A waiting person's poll is answered from a view that is at most one tick old, so it costs neither the
//! store nor the line a request. It adds one sign of life; ticks send these in batches. Everybody else
//! (called, inside, ended) is looked up in the line.
//!
//! Nobody gets an older status than they have had, whichever instance they ask; see `status.rs`.

mod announced;
mod changes;
mod followers;
mod held;
mod opening;
mod poll_throttle;
mod status;
mod waits;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::pass::Pass;
use onsale_booking::seen::SeenPlace;
use onsale_booking::{Command, Refusal};
use onsale_line::{
    DialChanges, Dials, Number, NumberState, Outlooks, Phase, Place, Sign, Supply, Tallies, View,
};
use onsale_storage::line::{LinePort, Lookup};
use onsale_storage::store::Store;
use onsale_storage::writer::WriteError;
use tokio::sync::watch;

pub(crate) use self::announced::Announced;
pub(crate) use self::followers::Following;
pub use self::waits::Wait;
use crate::error::AppError;
use crate::line_reading::LineReading;
use crate::line_status::LineStatus;
use crate::tokens::Ticket;
use changes::Changes;
use followers::Followers;
use opening::Openings;
use poll_throttle::PollThrottle;
use waits::Waits;

/// An instance's access to the waiting line.
pub(crate) struct Admission {
    store: Arc<Store>,
    line: Arc<dyn LinePort>,
    view: ArcSwap<DatedView>,
    /// What other instances may not have seen yet.
    changes: Changes,
    signs: Mutex<Vec<Sign>>,
    is_line_available: AtomicBool,
    throttle: PollThrottle,
    followers: Arc<Followers>,
    announced: watch::Sender<Announced>,
    waits: Waits,
    openings: Openings,
    /// Whether those who wait will find seats.
    outlooks: ArcSwap<Outlooks>,
}

/// A view, and until when it knows what every instance has done.
struct DatedView {
    view: View,
    as_of: Instant,
    /// From when on every instance knows that the line has opened; `None` if this one does not know that.
    open_from: Option<Instant>,
    /// Since when nobody has stood in the line, by the store's clock; `None` if somebody does.
    empty_since: Option<Timestamp>,
}

impl DatedView {
    /// Whether somebody may hear that the line has opened: no instance says afterwards that it has not.
    fn is_known_to_be_open(&self) -> bool {
        self.open_from.is_some_and(|from| Instant::now() >= from)
    }

    /// What the line does, as people hear it.
    fn phase(&self, now: Timestamp) -> Phase {
        match self.view.phase(now) {
            Phase::Open | Phase::Paused if !self.is_known_to_be_open() => Phase::Lobby,
            phase => phase,
        }
    }
}

/// Whether nobody stands in a line at `now`, and nobody it has given a number to may still be ahead. Once it
/// is over, only those inside count.
fn is_empty(view: &View, now: Timestamp) -> bool {
    let Tallies { waiting, inside, called, head, tail, .. } = view.tallies();
    if view.schedule().is_over(now) {
        return inside == 0;
    }
    (waiting, inside, called) == (0, 0, 0) && head == tail
}

impl Admission {
    /// The access to a line of a store.
    ///
    /// # Errors
    /// When the line does not answer.
    pub(crate) async fn open(store: Arc<Store>, line: Arc<dyn LinePort>) -> Result<Self, WriteError> {
        let as_of = Instant::now();
        let (view, now) = (line.tick().await?.view, store.now());
        let empty_since = is_empty(&view, now).then_some(now);
        let open_from = (!view.schedule().is_lobby()).then_some(as_of);
        let seen = DatedView { view, as_of, open_from, empty_since };
        Ok(Self {
            changes: Changes::new(line.view_lifetime()),
            throttle: PollThrottle::new(now),
            announced: watch::Sender::new(Announced::of(seen.phase(now), line.sale(), &store)),
            store,
            line,
            view: ArcSwap::from_pointee(seen),
            signs: Mutex::default(),
            is_line_available: AtomicBool::new(true),
            followers: Arc::default(),
            waits: Waits::default(),
            openings: Openings::default(),
            outlooks: ArcSwap::default(),
        })
    }

    /// The sale whose line it is.
    pub(crate) fn sale(&self) -> SaleId {
        self.line.sale()
    }

    /// Answers a waiting person's poll from memory; `None` if it needs a lookup, which [`Self::poll`] does.
    pub(crate) fn poll_from_memory(&self, ticket: &Ticket) -> Option<LineStatus> {
        // A ticket of another line must not count as a sign of life here.
        let is_known = ticket.sale == self.line.sale() && ticket.epoch <= self.line.epoch();
        if is_known { self.poll_waiting(ticket)?.ok() } else { None }
    }

    /// Checks that a ticket belongs to this line.
    ///
    /// # Errors
    /// [`AppError::UnknownTicket`] for a ticket of another line or of a future epoch;
    /// [`AppError::Unavailable`] when the line does not answer.
    pub(crate) async fn check_ticket(&self, ticket: &Ticket) -> Result<(), AppError> {
        if ticket.sale != self.line.sale() {
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
    pub(crate) async fn join(&self, user: UserId) -> Result<(Ticket, LineStatus), AppError> {
        let (first, status) = self.join_once(user).await?;
        if status != LineStatus::Ended {
            return Ok((first, status));
        }
        // The store has ended this number, and the line does not know it yet.
        let passes = self.store.reads.passes(first.sale, vec![first.number]).await?;
        self.line.passes_changed(&passes);
        self.join_once(user).await
    }

    async fn join_once(&self, user: UserId) -> Result<(Ticket, LineStatus), AppError> {
        let joined = self.line.join(user).await?;
        self.changes.note(joined.called.iter().copied());
        self.followers.wake(joined.called);
        let (number, sale, epoch) = (joined.number, self.line.sale(), self.line.epoch());
        let ticket = Ticket { user: user.0, sale, epoch, number, admitted: false };
        let status = self.status_of(&ticket, joined.lookup).await?;
        if joined.is_new {
            // Nobody else has this ticket, and it says itself that its holder was admitted.
            self.note_reported(number, &status);
        } else {
            self.before_reporting(number, &status).await;
        }
        if let LineStatus::Waiting { estimate, .. } = status {
            self.waits.begin(number, self.store.now(), estimate);
        }
        Ok((Ticket { admitted: matches!(status, LineStatus::Admitted { .. }), ..ticket }, status))
    }

    /// Answers a status poll. A called person is admitted by it.
    ///
    /// # Errors
    /// [`AppError::TooEarly`] for a waiting person who polls far too early; an unknown ticket; the line or
    /// the store does not answer.
    pub(crate) async fn poll(&self, ticket: &Ticket) -> Result<LineStatus, AppError> {
        if let Some(result) = self.poll_waiting(ticket) {
            return result;
        }
        // Only a person who still waits can be too early.
        let early = self.throttle.check(ticket.number, self.store.now()).and_then(Result::err);
        match early {
            Some(retry_after) if self.is_waiting(ticket).await => Err(AppError::TooEarly { retry_after }),
            _ => self.status(ticket).await,
        }
    }

    /// The common case: the view says that the person still waits. `None` asks for a lookup.
    fn poll_waiting(&self, ticket: &Ticket) -> Option<Result<LineStatus, AppError>> {
        let seen = self.view.load();
        let now = self.store.now();
        if !self.is_view_enough(&seen, ticket, now) {
            return None;
        }
        match self.throttle.check(ticket.number, now)? {
            Err(retry_after) => Some(Err(AppError::TooEarly { retry_after })),
            Ok(()) => Some(Ok(self.waiting(&seen, ticket, 0, now))),
        }
    }

    /// Whether a view says for certain that a ticket's holder waits, and is new enough to say so.
    fn is_view_enough(&self, seen: &DatedView, ticket: &Ticket, now: Timestamp) -> bool {
        !ticket.admitted
            && self.changes.can_answer_from(seen.as_of)
            && seen.view.is_waiting(ticket.number, now)
    }

    /// Checks that a ticket's holder is inside.
    ///
    /// # Errors
    /// `PassEnded`; `NotAdmitted`; an unknown ticket; the store does not answer when it is needed.
    pub(crate) async fn check_inside(&self, ticket: &Ticket) -> Result<(), AppError> {
        match self.line.lookup(ticket.number).await.map(|lookup| lookup.state) {
            Ok(NumberState::Inside { .. }) => Ok(()),
            Ok(NumberState::Ended) => Err(Refusal::PassEnded.into()),
            Ok(NumberState::Unknown) => Err(AppError::UnknownTicket),
            Ok(NumberState::Waiting | NumberState::Late | NumberState::Skipped) if !ticket.admitted => {
                Err(Refusal::NotAdmitted.into())
            }
            // Another instance may have admitted them a moment ago, and its update is still on the way.
            Ok(_) => self.check_pass(ticket, Refusal::NotAdmitted.into()).await,
            // People inside can go on while the line is unavailable.
            Err(error) => self.check_pass(ticket, error.into()).await,
        }
    }

    /// Checks a ticket's pass in the store; without a pass, the error is `no_pass`.
    async fn check_pass(&self, ticket: &Ticket, no_pass: AppError) -> Result<(), AppError> {
        let pass = pass_of(&self.store, ticket).await?.ok_or(no_pass)?;
        pass.session(self.store.now())?;
        Ok(())
    }

    /// Whether the line says that a ticket still waits, so that it cannot have been used yet.
    pub(crate) async fn is_waiting(&self, ticket: &Ticket) -> bool {
        let lookup = self.line.lookup(ticket.number).await;
        lookup.is_ok_and(|lookup| lookup.state.waits())
    }

    /// Gives up a place and releases its holds: for a form, only if its page showed this place and them.
    ///
    /// # Errors
    /// `PassEnded` if the pass had already ended; an unknown ticket, or one with another user's number; the
    /// line or the store does not answer.
    pub(crate) async fn leave(
        &self,
        ticket: &Ticket,
        seen: Option<SeenPlace>,
    ) -> Result<LineStatus, AppError> {
        if self.line.lookup(ticket.number).await?.state == NumberState::Unknown {
            return Err(AppError::UnknownTicket);
        }
        let command = Command::Leave { user: UserId(ticket.user), pass: ticket.key(), seen };
        match self.store.writer.submit(command).await {
            Err(WriteError::Refused(Refusal::NotAdmitted)) => return Err(AppError::UnknownTicket),
            left => left?,
        };
        self.waits.forget(ticket.number);
        self.pass_ended(ticket);
        // The line answers in order: from here on, joining again at any instance gives a new number.
        let _ = self.line.lookup(ticket.number).await;
        self.before_reporting(ticket.number, &LineStatus::Ended).await;
        Ok(LineStatus::Ended)
    }

    /// Call it after a commit that ended a ticket's pass: wakes its streams and makes its next poll a lookup.
    pub(crate) fn pass_ended(&self, ticket: &Ticket) {
        self.throttle.require_lookup(ticket.number);
        self.followers.wake([ticket.number]);
    }

    /// Whether the line answered the last tick.
    pub(crate) fn is_line_available(&self) -> bool {
        self.is_line_available.load(Ordering::Relaxed)
    }

    /// One tick: send signs of life, call people, replace the view, wake the streams of called people.
    pub(crate) async fn tick(&self) {
        let signs = std::mem::take(&mut *self.signs.lock().unwrap_or_else(PoisonError::into_inner));
        let is_quiet = signs.is_empty();
        let flushed = self.line.signs_of_life(signs).await;
        let as_of = Instant::now();
        let ticked = self.line.tick().await;
        let was_available = self.is_line_available.swap(ticked.is_ok(), Ordering::Relaxed);
        match ticked {
            Ok(ticked) if flushed.is_ok() => {
                self.changes.note(ticked.called.iter().chain(&ticked.ended).copied());
                self.show(ticked.view, as_of, is_quiet);
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

    /// Answers from a new view from now on. Whether anybody polled since the last one is `is_quiet`.
    fn show(&self, view: View, as_of: Instant, is_quiet: bool) {
        let (before, now) = (self.view.load(), self.store.now());
        // What is left to sell shortens the wait of those who come after the last seat.
        let view = self.outlooks.load().heeded_by(view);
        let is_open = !view.schedule().is_lobby();
        let open_from =
            is_open.then(|| before.open_from.unwrap_or_else(|| self.changes.spread_by(Instant::now())));
        let is_as_before = is_quiet && view.tallies().tail == before.view.tallies().tail;
        let since = before.empty_since.filter(|_| is_as_before).unwrap_or(now);
        let empty_since = is_empty(&view, now).then_some(since);
        let seen = DatedView { view, as_of, open_from, empty_since };
        let announced = Announced::of(seen.phase(now), self.sale(), &self.store);
        self.view.store(Arc::new(seen));
        self.announced.send_if_modified(|before| std::mem::replace(before, announced) != announced);
    }

    /// Whether nobody has stood in the line or followed it for so `long`, as of the last tick, and it does
    /// not have to open. `false` if the line did not answer that.
    pub(crate) fn has_been_empty_for(&self, long: SignedDuration) -> bool {
        let since = self.view.load().empty_since;
        since.is_some_and(|since| self.store.now().duration_since(since) >= long)
            && self.is_line_available()
            && self.followers.is_empty()
            && !self.is_due_to_open()
    }

    /// Observes what the sale has to sell, about once a second: what is left, and what people take.
    /// `supply` is counted only if somebody waits, and is `None` if nothing is for sale.
    pub(crate) fn observe_supply(&self, supply: impl FnOnce() -> Option<Supply>) {
        let seen = self.view.load();
        if seen.view.tallies().waiting == 0 {
            return;
        }
        let mut outlooks = **self.outlooks.load();
        outlooks.observe(supply(), &seen.view);
        self.outlooks.store(Arc::new(outlooks));
    }

    /// What the line does now, as of the last tick.
    pub(crate) fn phase(&self) -> Phase {
        self.view.load().phase(self.store.now())
    }

    /// Learns of each change that concerns everybody in the line.
    pub(crate) fn announcements(&self) -> watch::Receiver<Announced> {
        self.announced.subscribe()
    }

    /// Where a number comes in the order of calls; `None` in a draw's lobby.
    pub(crate) fn place(&self, number: Number) -> Option<Place> {
        self.view.load().view.place(number)
    }

    /// Sets dials for an operator, and ticks so that they take effect at once.
    pub(crate) async fn set_dials(
        &self,
        changes: DialChanges,
        seen: Option<Dials>,
        by: UserId,
    ) -> Result<(), AppError> {
        self.line.set_dials(changes, seen, Some(by)).await?;
        self.tick_and_spread().await;
        Ok(())
    }

    /// Ticks, so that what the line has just taken over counts, and waits until every instance knows it.
    pub(crate) async fn tick_and_spread(&self) {
        self.tick().await;
        self.changes.spread(Instant::now()).await;
    }

    /// The line as of the last tick.
    pub(crate) fn reading(&self) -> LineReading {
        LineReading::new(self.view.load().view.clone())
    }

    /// How many people present will be called before this number, as of the last tick or of a newer `head`;
    /// `None` in a draw's lobby.
    pub(crate) fn ahead(&self, number: Number, head: Place) -> Option<u64> {
        self.view.load().view.ahead(number, head)
    }

    /// A user's number and where it stands; `None` for a user without a live place.
    pub(crate) async fn state_of_user(&self, user: UserId) -> Result<Option<(Number, Lookup)>, AppError> {
        Ok(self.line.state_of_user(user).await?)
    }

    /// The ticket of a user's live place; `None` if they have none.
    pub(crate) async fn live_ticket(&self, user: UserId) -> Result<Option<Ticket>, AppError> {
        let Some((number, lookup)) = self.line.state_of_user(user).await? else { return Ok(None) };
        let admitted = matches!(lookup.state, NumberState::Inside { .. });
        let (sale, epoch) = (self.line.sale(), self.line.epoch());
        Ok(Some(Ticket { user: user.0, sale, epoch, number, admitted }))
    }

    /// Subscribes to changes of a number's place.
    pub(crate) fn follow(&self, number: Number) -> Following {
        self.followers.follow(number)
    }

    /// Forgets what no longer matters. Nothing depends on it.
    pub(crate) fn tidy(&self) {
        self.waits.keep_those_in(&self.view.load().view, self.store.now());
    }

    /// Takes the waits that have ended since the last call.
    pub(crate) fn take_waits(&self) -> Vec<Wait> {
        self.waits.take()
    }
}

/// A ticket's pass, if it ever had one.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn pass_of(store: &Store, ticket: &Ticket) -> Result<Option<Pass>, AppError> {
    let passes = store.reads.passes(ticket.sale, vec![ticket.number]).await?;
    Ok(passes.into_iter().find(|pass| pass.user.0 == ticket.user))
}
