//! This instance's face of the waiting line.
//!
//! Polls are answered from a view that is at most a tick old and cost neither store nor line anything but
//! a sign of life, flushed in batches. Whatever matters to one person alone (called, inside, ended) is
//! looked up afresh.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::{LineId, PassKey, UserId};
use onsale_booking::pass::PassState;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_line::{Dials, Estimate, Number, Place, Sign, Tallies, View, due_after};
use onsale_storage::line::{Joined, LinePort, Look};
use onsale_storage::port::DialChanges;
use onsale_storage::store::Store;
use onsale_storage::writer::WriteError;
use tokio::sync::watch;

use crate::api::error::ApiError;
use crate::metrics::Prediction;
use crate::tokens::{Ticket, TokenError};
use turns::Turns;

mod turns;

/// How many waits are measured at once: enough for the estimate's record, few enough for memory.
const WAITS_MEASURED_MAX: usize = 10_000;

/// Where somebody stands, as they are told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing {
    /// In line.
    Waiting {
        /// Live people ahead.
        ahead: u64,
        /// How long it will take, if honestly known.
        estimate: Option<Estimate>,
        /// When to ask again.
        poll_after: Duration,
    },
    /// Inside.
    Admitted {
        /// Until when.
        until: Timestamp,
    },
    /// Over for good.
    Ended,
}

/// See the module.
pub struct Desk {
    store: Arc<Store>,
    line: Arc<dyn LinePort>,
    view: ArcSwap<View>,
    signs: Mutex<Vec<Sign>>,
    is_line_there: AtomicBool,
    turns: Turns,
    /// Who follows a number. A watch forgets no wake that comes while an event is being written.
    streams: Mutex<HashMap<Number, watch::Sender<()>>>,
    waits: Mutex<Waits>,
}

#[derive(Default)]
struct Waits {
    running: HashMap<Number, (Timestamp, Option<Prediction>)>,
    over: Vec<(Option<Prediction>, Duration)>,
}

impl Desk {
    /// A desk at the store's line.
    ///
    /// # Errors
    /// When the line does not answer.
    pub async fn open(store: Arc<Store>) -> Result<Self, WriteError> {
        let line = Arc::clone(&store.line);
        let view = line.tick().await?.view;
        Ok(Self {
            turns: Turns::new(store.now()),
            store,
            line,
            view: ArcSwap::from_pointee(view),
            signs: Mutex::default(),
            is_line_there: AtomicBool::new(true),
            streams: Mutex::default(),
            waits: Mutex::default(),
        })
    }

    /// Where somebody stands who waits and may ask, if nothing has to be waited for to say so.
    pub fn poll_at_once(&self, ticket: &Ticket) -> Option<Standing> {
        // A poll of somebody else's line must not count as a sign of life here.
        let is_known = ticket.line == self.line.id().0 && ticket.epoch <= self.line.epoch();
        if is_known { self.poll_waiting(ticket)?.ok() } else { None }
    }

    /// Whether a ticket is of this line at all.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] for another line's ticket, or one from an epoch that has not been; or that the line does
    /// not answer.
    pub async fn check(&self, ticket: &Ticket) -> Result<(), ApiError> {
        if ticket.line != self.line.id().0 {
            return Err(TokenError::Invalid.into());
        }
        if ticket.epoch > self.line.epoch() {
            // Another instance may have begun this epoch: looking at the line shows it.
            let look = self.line.look(ticket.number).await;
            if ticket.epoch > self.line.epoch() {
                return Err(look.map_or(ApiError::Unavailable, |_| TokenError::Invalid.into()));
            }
        }
        Ok(())
    }

    /// Takes a user in, or finds the place they have.
    ///
    /// # Errors
    /// When the line or the store does not answer.
    pub async fn join(&self, user: UserId) -> Result<(Ticket, Standing), ApiError> {
        let (joined, known) = self.join_line(user).await?;
        self.wake(joined.called.iter().copied());
        let (line, epoch) = (self.line.id().0, self.line.epoch());
        let ticket = Ticket { user: user.0, line, epoch, number: joined.number };
        let standing = match known {
            Some(standing) => standing,
            None => self.standing(&ticket, joined.look).await?,
        };
        if let Standing::Waiting { estimate, .. } = standing {
            self.measure_wait(joined.number, estimate);
        }
        Ok((ticket, standing))
    }

    /// News of a pass that has ended, by another instance or while the line was away, may still be on their way: whoever
    /// joins again must not get a number that is over. Of somebody inside, the standing is known then: a store that does
    /// not answer must not be waited for twice.
    async fn join_line(&self, user: UserId) -> Result<(Joined, Option<Standing>), WriteError> {
        let joined = self.line.join(user).await?;
        let Place::Inside { until } = joined.look.place else { return Ok((joined, None)) };
        match self.stay(joined.number, until).await {
            Standing::Ended => Ok((self.line.join(user).await?, None)),
            standing => Ok((joined, Some(standing))),
        }
    }

    /// Answers a status poll. Somebody who waits and asks again far too early is told so.
    ///
    /// # Errors
    /// [`ApiError::TooEarly`], an invalid ticket, or that the store does not answer.
    pub async fn poll(&self, ticket: &Ticket) -> Result<Standing, ApiError> {
        match self.poll_waiting(ticket) {
            Some(result) => result,
            None => self.look(ticket).await,
        }
    }

    /// The common case: still waiting, by a view that is fresh enough. `None` asks for a fresh look.
    fn poll_waiting(&self, ticket: &Ticket) -> Option<Result<Standing, ApiError>> {
        let view = self.view.load();
        let now = self.store.now();
        let waiting = matches!(view.place(ticket.number, now), Place::Waiting | Place::Late | Place::Skipped);
        if !waiting {
            return None;
        }
        match self.turns.check(ticket.number, now)? {
            Err(retry_after) => Some(Err(ApiError::TooEarly { retry_after })),
            Ok(()) => Some(Ok(self.waiting(&view, ticket, 0, now))),
        }
    }

    /// Where a ticket stands now, by a fresh look; called people come in on this occasion.
    ///
    /// # Errors
    /// An invalid ticket, or that the line or the store does not answer.
    pub async fn look(&self, ticket: &Ticket) -> Result<Standing, ApiError> {
        let look = self.line.look(ticket.number).await?;
        self.standing(ticket, look).await
    }

    /// Lets people work who are inside.
    ///
    /// # Errors
    /// `pass_ended`, `not_admitted`, or an invalid ticket.
    pub async fn check_inside(&self, ticket: &Ticket) -> Result<(), ApiError> {
        match self.line.look(ticket.number).await.map(|look| look.place) {
            Ok(Place::Inside { .. }) => Ok(()),
            Ok(Place::Ended) => Err(Refusal::PassEnded.into()),
            Ok(Place::Unknown) => Err(TokenError::Invalid.into()),
            Ok(Place::Waiting | Place::Late | Place::Skipped) => Err(Refusal::NotAdmitted.into()),
            // Let in this moment by another instance, whose news are on the way.
            Ok(Place::Called { .. }) => self.check_pass(ticket, Refusal::NotAdmitted.into()).await,
            // The line is away; who is inside can work all the same.
            Err(away) => self.check_pass(ticket, away.into()).await,
        }
    }

    /// What the store says of a ticket's pass; `otherwise` if there is none.
    async fn check_pass(&self, ticket: &Ticket, otherwise: ApiError) -> Result<(), ApiError> {
        let passes = self.store.reads.passes(vec![ticket.number]).await?;
        let pass = passes.iter().find(|pass| pass.user.0 == ticket.user).ok_or(otherwise)?;
        pass.stay(self.store.now())?;
        Ok(())
    }

    /// Whether a ticket still waits for certain, so that nothing can have been done with it.
    pub async fn is_waiting(&self, ticket: &Ticket) -> bool {
        let look = self.line.look(ticket.number).await;
        look.is_ok_and(|look| matches!(look.place, Place::Waiting | Place::Late | Place::Skipped))
    }

    /// Gives a place up, and everything held with it.
    ///
    /// # Errors
    /// `pass_ended` if it was over before, an invalid ticket, or that the store does not answer.
    pub async fn leave(&self, ticket: &Ticket) -> Result<Standing, ApiError> {
        if self.line.look(ticket.number).await?.place == Place::Unknown {
            return Err(TokenError::Invalid.into());
        }
        let command = Command::Leave { user: UserId(ticket.user), pass: pass_key(ticket) };
        self.store.writer.submit(command).await?;
        self.ended(ticket);
        Ok(Standing::Ended)
    }

    /// Learns that a commit has ended a ticket's pass: its next poll looks afresh, its streams wake.
    pub fn ended(&self, ticket: &Ticket) {
        self.turns.ask_line(ticket.number);
        self.wake([ticket.number]);
    }

    /// Whether the line has answered the last time it was looked after.
    pub fn is_line_there(&self) -> bool {
        self.is_line_there.load(Ordering::Relaxed)
    }

    /// One round: flush signs of life, call, take up the new view, wake whoever was called.
    pub async fn tick(&self) {
        let signs = std::mem::take(&mut *lock(&self.signs));
        let flushed = self.line.signs_of_life(signs).await;
        let ticked = self.line.tick().await;
        let was_there = self.is_line_there.swap(ticked.is_ok(), Ordering::Relaxed);
        match ticked {
            Ok(ticked) if flushed.is_ok() => {
                self.view.store(Arc::new(ticked.view));
                self.wake(ticked.called);
                for number in ticked.ended {
                    self.turns.ask_line(number);
                    self.wake([number]);
                }
            }
            _ if was_there => {
                tracing::warn!("the line does not answer; polls are answered from the last view");
            }
            _ => {}
        }
    }

    /// The line in figures, as of the last tick.
    pub fn tallies(&self) -> Tallies {
        self.view.load().tallies()
    }

    /// The dials, as of the last tick.
    pub fn dials(&self) -> Dials {
        self.view.load().dials()
    }

    /// Turns dials on behalf of `by`, if it is somebody, and acts on it at once.
    ///
    /// # Errors
    /// When the line or the store does not answer.
    pub async fn turn_dials(&self, turned: DialChanges, by: Option<UserId>) -> Result<(), ApiError> {
        self.line.turn_dials(turned, by).await?;
        self.tick().await;
        Ok(())
    }

    /// How long somebody would wait who joined now, if the dials were these; `None` if that is not honestly known.
    pub fn forecast(&self, dials: Dials) -> Option<Estimate> {
        self.view.load().forecast(dials)
    }

    /// How many live people will be called before this number, as of the last tick or of a `head` that is fresher.
    pub fn ahead(&self, number: Number, head: Number) -> u64 {
        self.view.load().ahead(number, head)
    }

    /// What wakes a stream about this number.
    pub fn stream(&self, number: Number) -> watch::Receiver<()> {
        lock(&self.streams).entry(number).or_default().subscribe()
    }

    /// A stream has let go of its receiver; the last one about a number takes its entry along.
    pub fn close_stream(&self, number: Number) {
        let mut streams = lock(&self.streams);
        if streams.get(&number).is_some_and(|stream| stream.receiver_count() == 0) {
            streams.remove(&number);
        }
    }

    /// Waits that have come to an end since the last call: what was predicted and what they took.
    pub fn take_waits(&self) -> Vec<(Option<Prediction>, Duration)> {
        std::mem::take(&mut lock(&self.waits).over)
    }

    async fn standing(&self, ticket: &Ticket, look: Look) -> Result<Standing, ApiError> {
        match look.place {
            Place::Inside { until } => Ok(self.stay(ticket.number, until).await),
            Place::Ended => Ok(Standing::Ended),
            Place::Called { .. } => self.come_in(ticket).await,
            Place::Unknown => Err(TokenError::Invalid.into()),
            Place::Waiting | Place::Late | Place::Skipped => {
                Ok(self.waiting(&self.view.load(), ticket, look.head, self.store.now()))
            }
        }
    }

    /// The line says that somebody is inside. Where another instance may have ended that just now, the store has the word;
    /// while it does not answer the line's is taken.
    async fn stay(&self, number: Number, until: Timestamp) -> Standing {
        if !self.line.is_shared() {
            return Standing::Admitted { until };
        }
        let passes = self.store.reads.passes(vec![number]).await.unwrap_or_default();
        match passes.first().map(|pass| pass.state) {
            Some(PassState::Ended { .. }) => {
                self.line.passes_changed(&passes);
                Standing::Ended
            }
            Some(PassState::Inside(stay)) => Standing::Admitted { until: stay.lasts_until },
            None => Standing::Admitted { until },
        }
    }

    /// A called person's pass is written before they are told.
    async fn come_in(&self, ticket: &Ticket) -> Result<Standing, ApiError> {
        let not_yet = || Ok(self.waiting(&self.view.load(), ticket, 0, self.store.now()));
        let Some(call) = self.line.claim(ticket.number).await? else {
            // Between look and claim another poll of theirs has let them in, or the call lapsed: then they are late, and
            // first to be called.
            return match self.line.look(ticket.number).await?.place {
                Place::Inside { until } => Ok(self.stay(ticket.number, until).await),
                Place::Ended => Ok(Standing::Ended),
                _ => not_yet(),
            };
        };
        let command = Command::Admit { user: UserId(ticket.user), pass: pass_key(ticket), call };
        match self.store.writer.submit(command).await {
            Ok(Outcome::Admitted(pass)) => match pass.state {
                PassState::Inside(stay) => {
                    self.wait_is_over(ticket.number, stay.admitted_at);
                    Ok(Standing::Admitted { until: stay.lasts_until })
                }
                PassState::Ended { .. } => Ok(Standing::Ended),
            },
            Err(WriteError::Refused(Refusal::NotAdmitted)) => not_yet(),
            Ok(_) | Err(WriteError::Refused(_)) => Ok(Standing::Ended),
            Err(error) => Err(error.into()),
        }
    }

    fn waiting(&self, view: &View, ticket: &Ticket, head: Number, now: Timestamp) -> Standing {
        let ahead = view.ahead(ticket.number, head);
        let poll_after = view.poll_interval(ahead, rand::random_range(-1.0..=1.0));
        self.turns.note(ticket.number, now, poll_after);
        let due = due_after(now, poll_after);
        lock(&self.signs).push(Sign { number: ticket.number, user: ticket.user, due });
        Standing::Waiting { ahead, estimate: view.estimate(ahead), poll_after }
    }

    fn wake(&self, numbers: impl IntoIterator<Item = Number>) {
        let streams = lock(&self.streams);
        for number in numbers {
            if let Some(stream) = streams.get(&number) {
                stream.send_replace(());
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds of a wait are far below 2^53")]
    fn measure_wait(&self, number: Number, estimate: Option<Estimate>) {
        let predicted = estimate.map(|estimate| Prediction {
            p10: estimate.p10 as f64,
            p50: estimate.p50 as f64,
            p90: estimate.p90 as f64,
        });
        let mut waits = lock(&self.waits);
        if waits.running.len() < WAITS_MEASURED_MAX {
            waits.running.entry(number).or_insert((self.store.now(), predicted));
        }
    }

    fn wait_is_over(&self, number: Number, at: Timestamp) {
        let mut waits = lock(&self.waits);
        if let Some((since, predicted)) = waits.running.remove(&number) {
            let took = at.duration_since(since).max(SignedDuration::ZERO).unsigned_abs();
            waits.over.push((predicted, took));
        }
    }
}

/// The pass that a ticket's number gives.
pub fn pass_key(ticket: &Ticket) -> PassKey {
    PassKey { line: LineId(ticket.line), number: ticket.number }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
