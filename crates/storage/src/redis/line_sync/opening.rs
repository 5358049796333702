//! The opening, as the store has decided it: taking it over, and learning of it.
//!
//! Another instance may have opened the line in Redis before this one knows its order. Until this one has
//! read the store, nothing that depends on the order is answered from its mirror: those requests are held.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{LineSync, Request, reject};
use crate::line::FixedLobby;
use crate::redis::RedisFailure;
use crate::redis::batch::{Batch, LearningStep};
use crate::redis::resync::{context, open_line};

/// How long requests are held at most. Callers get their answers within 2 s.
const HELD_MAX: Duration = Duration::from_secs(2);

/// What this instance is learning from the store about the sale.
#[derive(Default)]
pub(super) struct Learning {
    /// Whether the store is being asked.
    is_running: bool,
    /// Whether it was asked because Redis has heard of an opening: the answer must tell of it.
    is_for_opening: bool,
    is_late: bool,
    held: Vec<Request>,
}

impl LineSync {
    /// Takes over what the store says, here and in Redis. Returns whether an opening that Redis has heard of
    /// must be known now.
    pub(super) async fn take_over(&mut self, batch: &mut Batch) -> Result<bool, RedisFailure> {
        batch.schedules.drain(..).for_each(|dated| self.mirror.learn(dated));
        let was_for_opening = self.learned(batch);
        let (status, dated) = (&self.mirror.status, &self.mirror.dated);
        let known = (status.tail, status.version);
        let context = context(&self.reconnector, &self.key, &self.known, known, self.tick_every);
        if status.revision < dated.revision {
            self.link.one::<i64>(context.window(dated)).await?;
        }
        if self.mirror.is_to_open() {
            open_line(&mut self.link, &context, dated).await?;
        }
        Ok(was_for_opening)
    }

    /// Goes on with the requests that were held, or rejects them if the wait was in vain.
    fn learned(&mut self, batch: &mut Batch) -> bool {
        match batch.learning {
            LearningStep::None => false,
            LearningStep::IsLate => {
                self.learning.is_late = true;
                reject(std::mem::take(&mut self.learning.held));
                false
            }
            LearningStep::HasFailed => {
                self.stop_learning();
                false
            }
            LearningStep::IsOver => {
                let Learning { is_for_opening, held, .. } = std::mem::take(&mut self.learning);
                batch.add_all(held);
                is_for_opening
            }
        }
    }

    /// Rejects the requests that are held. What the store may still say is taken over all the same.
    pub(super) fn stop_learning(&mut self) {
        reject(std::mem::take(&mut self.learning).held);
    }

    /// Holds what depends on the order of the line, which is not known here, and asks the store for it.
    pub(super) fn hold(&mut self, batch: &mut Batch) {
        if !batch.checked_ticks.is_empty() {
            self.is_checking = false;
        }
        let requests = batch.take_ordered();
        if self.learning.is_late {
            return reject(requests);
        }
        self.learning.held.extend(requests);
        if !self.learning.is_running {
            self.learning.is_for_opening = true;
            self.learn();
        }
    }

    /// Holds a request until the store has said more about the sale.
    pub(super) fn hold_one(&mut self, request: Request) {
        self.learning.held.push(request);
        self.learn();
    }

    /// Whether Redis knows a later version of the sale.
    pub(super) fn is_behind(&self) -> bool {
        self.mirror.status.revision > self.mirror.dated.revision
    }

    /// Asks the store about the sale, once at a time.
    pub(super) fn learn(&mut self) {
        let Some(requests) = self.requests.upgrade().filter(|_| !self.learning.is_running) else { return };
        self.learning.is_running = true;
        let reconnector = self.reconnector.clone();
        tokio::spawn(async move {
            let mut learning = std::pin::pin!(async { reconnector.schedule().await.ok() });
            let soon = tokio::time::timeout(HELD_MAX, &mut learning).await;
            if soon.is_err() {
                let _ = requests.send(Request::LearningIsLate).await;
            }
            let learned = match soon {
                Ok(learned) => learned,
                Err(_) => learning.await,
            };
            let _ = requests.send(Request::Learned(learned)).await;
        });
    }

    /// Answers what was asked about the lobby.
    pub(super) fn answer_lobby(&self, batch: &mut Batch, lobby_tail: i64) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let fixed = lobby_tail.try_into().ok().map(|tail| FixedLobby { epoch, tail });
        batch.fixes.drain(..).for_each(|answer| drop(answer.send(Ok(fixed))));
        let done = batch.unfixes.drain(..).chain(batch.scheduled.drain(..));
        done.for_each(|answer| drop(answer.send(Ok(()))));
    }
}
