//! The line's port on Redis: every question goes to the keeper, which asks Redis for many at once.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError};

use onsale_booking::command::Call;
use onsale_booking::ids::{LineId, UserId};
use onsale_booking::pass::Pass;
use onsale_line::{Dials, Number, Place, Sign};
use redis::Client;
use tokio::sync::{mpsc, oneshot};

use super::attach::Attacher;
use super::keeper::{Ask, Keeper};
use super::mirror::Insiders;
use super::settle::news_of;
use super::{RedisFailure, RedisOptions};
use crate::clock::Clock;
use crate::error::WriteError;
use crate::line::{Joined, LinePort, Look, Ticked};
use crate::port::{DialChanges, Pending, Reads};
use crate::writer::{LineChange, LineTask, Writer};

/// How many questions may wait for the keeper.
const ASKS_MAX: usize = 65_536;

/// A waiting line that many instances share.
pub struct RedisLine {
    id: LineId,
    epoch: Arc<AtomicU32>,
    asks: mpsc::Sender<Ask>,
    insiders: Insiders,
    is_closed: AtomicBool,
    attacher: Attacher,
}

impl RedisLine {
    /// The line of the store behind `reads` and `writer`. `settings` are the dials wherever no operator has turned them;
    /// they replace those of whoever was here before.
    ///
    /// # Errors
    /// When Redis or the store does not answer, or Redis is not fit to keep a line.
    pub async fn open(
        options: &RedisOptions,
        reads: Arc<dyn Reads>,
        writer: Writer,
        clock: Clock,
        settings: Dials,
    ) -> Result<Self, String> {
        let client = Client::open(options.url.as_str()).map_err(|error| error.to_string())?;
        let attacher = Attacher { client, prefix: options.prefix.clone(), reads, writer, clock, settings };
        let found = attacher.attach(None, None).await.map_err(|error| error.to_string())?;
        let (id, epoch) = (found.row.id, Arc::new(AtomicU32::new(found.row.epoch)));
        let (asks, inbox) = mpsc::channel(ASKS_MAX);
        let insiders = Insiders::default();
        let keeper = Keeper::open(
            attacher.clone(),
            found,
            inbox,
            asks.downgrade(),
            &epoch,
            &insiders,
            options.tick_every,
        );
        tokio::spawn(keeper.await.map_err(|error| error.to_string())?.run());
        Ok(Self { id, epoch, asks, insiders, is_closed: AtomicBool::new(false), attacher })
    }

    async fn ask<T>(
        &self,
        ask: impl FnOnce(oneshot::Sender<Result<T, WriteError>>) -> Ask,
    ) -> Result<T, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.asks.try_send(ask(answer)).map_err(|_| WriteError::Busy)?;
        answered.await.unwrap_or(Err(WriteError::Busy))
    }

    async fn turn(&self, changes: DialChanges, by: Option<UserId>) -> Result<Dials, WriteError> {
        let change = LineChange::TurnDials { turned: changes, settings: self.attacher.settings, by };
        loop {
            let row = self.attacher.reads.line_row().await.map_err(|_| WriteError::Busy)?;
            match self.attacher.writer.submit_line(LineTask { epoch: row.epoch, change }).await {
                Ok(row) => {
                    let dials = row.dials.applied_to(self.attacher.settings);
                    self.ask(|answer| Ask::Turn(dials, answer)).await?;
                    return Ok(dials);
                }
                // The line has just begun its next epoch.
                Err(WriteError::Superseded) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl LinePort for RedisLine {
    fn id(&self) -> LineId {
        self.id
    }

    fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::SeqCst)
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn join(&self, user: UserId) -> Pending<'_, Result<Joined, WriteError>> {
        Box::pin(async move {
            if self.is_closed.load(Ordering::SeqCst) {
                return Err(WriteError::Busy);
            }
            self.ask(|answer| Ask::Join(user, answer)).await
        })
    }

    fn signs_of_life(&self, signs: Vec<Sign>) -> Pending<'_, Result<(), WriteError>> {
        Box::pin(async move {
            if signs.is_empty() {
                return Ok(());
            }
            self.ask(|answer| Ask::Signs(signs, answer)).await
        })
    }

    fn tick(&self) -> Pending<'_, Result<Ticked, WriteError>> {
        Box::pin(self.ask(Ask::Tick))
    }

    fn claim(&self, number: Number) -> Pending<'_, Result<Option<Call>, WriteError>> {
        Box::pin(self.ask(move |answer| Ask::Claim(number, answer)))
    }

    fn look(&self, number: Number) -> Pending<'_, Result<Look, WriteError>> {
        let now = self.attacher.clock.now();
        let known = self.insiders.read().unwrap_or_else(PoisonError::into_inner).get(&number).copied();
        if let Some(until) = known.filter(|until| *until > now) {
            let look = Look { place: Place::Inside { until }, head: 0 };
            return Box::pin(std::future::ready(Ok(look)));
        }
        Box::pin(self.ask(move |answer| Ask::Look(number, answer)))
    }

    fn place_of(&self, user: UserId) -> Pending<'_, Result<Option<(Number, Look)>, WriteError>> {
        Box::pin(self.ask(move |answer| Ask::PlaceOf(user, answer)))
    }

    fn passes_changed(&self, passes: &[Pass]) {
        if passes.is_empty() {
            return;
        }
        let news: Vec<_> = passes.iter().map(news_of).collect();
        {
            let mut insiders = self.insiders.write().unwrap_or_else(PoisonError::into_inner);
            for pass in &news {
                match pass.until {
                    Some(until) => insiders.insert(pass.number, until),
                    None => insiders.remove(&pass.number),
                };
            }
        }
        // What does not get through is found again in the store: see `settle`.
        let _ = self.asks.try_send(Ask::Passes(news));
    }

    fn turn_dials(&self, changes: DialChanges, by: Option<UserId>) -> Pending<'_, Result<Dials, WriteError>> {
        Box::pin(self.turn(changes, by))
    }

    /// Nothing is lost with one instance; this one gives out no more numbers.
    fn close(&self) -> Pending<'_, Result<(), WriteError>> {
        self.is_closed.store(true, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(())))
    }
}

impl From<RedisFailure> for WriteError {
    /// Whatever a script did to the line, doing it again is harmless.
    fn from(_: RedisFailure) -> Self {
        Self::Busy
    }
}
