//! The line's port on Redis: every request goes to the line sync, which sends many to Redis at once.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use onsale_booking::command::Call;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::pass::Pass;
use onsale_booking::sale::Sale;
use onsale_line::{DialChanges, Dials, Number, NumberState, Sign};
use tokio::sync::{mpsc, oneshot};

use super::line_sync::{LineSync, Request};
use super::mirror::Insiders;
use super::nodes::Nodes;
use super::pass_check::update_of;
use super::reconnect::Reconnector;
use super::schedules::Schedules;
use super::{RedisFailure, RedisOptions, explained, unusable};
use crate::clock::Clock;
use crate::error::WriteError;
use crate::line::{FixedLobby, Joined, LinePort, Lookup, Ticked};
use crate::port::{Pending, Reads};
use crate::writer::{LineChange, LineTask, Writer};

/// How many requests may wait for the line sync.
const REQUESTS_MAX: usize = 65_536;

/// A waiting line that many instances share.
pub struct RedisLine {
    epoch: Arc<AtomicU32>,
    requests: mpsc::Sender<Request>,
    insiders: Insiders,
    view_lifetime: Duration,
    is_closed: AtomicBool,
    reconnector: Reconnector,
}

impl RedisLine {
    /// The line of a sale in the store behind `reads` and `writer`. `settings` are the dials that count
    /// where no operator has set any. They replace those of the instance that was here before.
    ///
    /// # Errors
    /// When Redis or the store does not answer, or Redis is not fit to keep a line.
    pub async fn open(
        options: &RedisOptions,
        sale: SaleId,
        reads: Arc<dyn Reads>,
        writer: Writer,
        clock: Clock,
        settings: Dials,
    ) -> Result<Self, String> {
        let nodes = Nodes::named_by(&options.url).map_err(|reason| unusable("Redis", &reason))?;
        let shown = nodes.shown().to_owned();
        let (prefix, schedules) = (options.prefix.clone(), Schedules::default());
        let reconnector = Reconnector { sale, nodes, prefix, reads, writer, clock, settings, schedules };
        let unfound = |failure: RedisFailure| explained(&shown, &failure);
        let found = reconnector.reconnect(None, None).await.map_err(unfound)?;
        let epoch = Arc::new(AtomicU32::new(found.row.epoch));
        let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
        let insiders = Insiders::default();
        let sync = LineSync::open(
            reconnector.clone(),
            found,
            inbox,
            requests.downgrade(),
            &epoch,
            &insiders,
            options.tick_every,
        );
        tokio::spawn(sync.await.map_err(unfound)?.run());
        Ok(Self {
            epoch,
            requests,
            insiders,
            view_lifetime: options.view_lifetime,
            is_closed: AtomicBool::new(false),
            reconnector,
        })
    }

    async fn request<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, WriteError>>) -> Request,
    ) -> Result<T, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.requests.try_send(request(answer)).map_err(|_| WriteError::Busy)?;
        answered.await.unwrap_or(Err(WriteError::Busy))
    }

    async fn set_dials(
        &self,
        changes: DialChanges,
        seen: Option<Dials>,
        by: Option<UserId>,
    ) -> Result<Dials, WriteError> {
        let change = LineChange::SetDials { changes, seen, settings: self.reconnector.settings, by };
        loop {
            let row = self.reconnector.row().await.map_err(|_| WriteError::Busy)?;
            let task = LineTask { sale: row.sale, epoch: row.epoch, change };
            match self.reconnector.writer.submit_line(task).await {
                Ok(row) => {
                    let dials = row.dials.applied_to(self.reconnector.settings);
                    self.request(|answer| Request::SetDials(dials, answer)).await?;
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
    fn sale(&self) -> SaleId {
        self.reconnector.sale
    }

    fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::SeqCst)
    }

    fn view_lifetime(&self) -> Option<Duration> {
        Some(self.view_lifetime)
    }

    fn join(&self, user: UserId) -> Pending<'_, Result<Joined, WriteError>> {
        Box::pin(async move {
            if self.is_closed.load(Ordering::SeqCst) {
                return Err(WriteError::Busy);
            }
            self.request(|answer| Request::Join(user, answer)).await
        })
    }

    fn signs_of_life(&self, signs: Vec<Sign>) -> Pending<'_, Result<(), WriteError>> {
        Box::pin(async move {
            if signs.is_empty() {
                return Ok(());
            }
            self.request(|answer| Request::Signs(signs, answer)).await
        })
    }

    fn tick(&self) -> Pending<'_, Result<Ticked, WriteError>> {
        Box::pin(self.request(Request::Tick))
    }

    fn claim(&self, number: Number) -> Pending<'_, Result<Option<Call>, WriteError>> {
        Box::pin(self.request(move |answer| Request::Claim(number, answer)))
    }

    fn lookup(&self, number: Number) -> Pending<'_, Result<Lookup, WriteError>> {
        let now = self.reconnector.clock.now();
        let known = self.insiders.read().unwrap_or_else(PoisonError::into_inner).get(&number).copied();
        if let Some(until) = known.filter(|until| *until > now) {
            let lookup = Lookup { state: NumberState::Inside { until }, head: 0 };
            return Box::pin(std::future::ready(Ok(lookup)));
        }
        Box::pin(self.request(move |answer| Request::Lookup(number, answer)))
    }

    fn state_of_user(&self, user: UserId) -> Pending<'_, Result<Option<(Number, Lookup)>, WriteError>> {
        Box::pin(self.request(move |answer| Request::PlaceOf(user, answer)))
    }

    fn passes_changed(&self, passes: &[Pass]) {
        if passes.is_empty() {
            return;
        }
        let updates: Vec<_> = passes.iter().map(update_of).collect();
        {
            let mut insiders = self.insiders.write().unwrap_or_else(PoisonError::into_inner);
            for pass in &updates {
                match pass.until {
                    Some(until) => insiders.insert(pass.number, until),
                    None => insiders.remove(&pass.number),
                };
            }
        }
        // What does not get through is found again in the store, by the pass check.
        let _ = self.requests.try_send(Request::Passes(updates));
    }

    fn fix_lobby(&self) -> Pending<'_, Result<Option<FixedLobby>, WriteError>> {
        Box::pin(self.request(Request::FixLobby))
    }

    fn unfix_lobby(&self) -> Pending<'_, Result<(), WriteError>> {
        Box::pin(self.request(Request::UnfixLobby))
    }

    fn sale_changed(&self, sale: Arc<Sale>) -> Pending<'_, Result<(), WriteError>> {
        Box::pin(async move {
            let dated = self.reconnector.schedules.of(&sale).await;
            self.request(|answer| Request::Schedule(dated, answer)).await
        })
    }

    fn set_dials(
        &self,
        changes: DialChanges,
        seen: Option<Dials>,
        by: Option<UserId>,
    ) -> Pending<'_, Result<Dials, WriteError>> {
        Box::pin(self.set_dials(changes, seen, by))
    }

    /// Closing one instance loses nothing. This one gives out no more numbers.
    fn close(&self) -> Pending<'_, Result<(), WriteError>> {
        self.is_closed.store(true, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(())))
    }
}

impl From<RedisFailure> for WriteError {
    /// Whatever a script did to the line, repeating it is harmless.
    fn from(_: RedisFailure) -> Self {
        Self::Busy
    }
}
