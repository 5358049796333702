//! Looking for a line that was lost. Meanwhile requests are rejected and signs of life are kept.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use onsale_line::{NumberSet, Sign};
use tokio::time::Instant;

use super::{BATCH_MAX, LineSync, Request, reject};
use crate::redis::RedisFailure;
use crate::redis::batch::Batch;
use crate::redis::reconnect::FoundLine;
use crate::redis::resync::catch_up;

/// How long to wait between two attempts to find the line.
const RECONNECT_EVERY: Duration = Duration::from_millis(100);
/// After Redis was away nobody is called for this long, so that the signs of life kept meanwhile arrive
/// first.
const NO_CALLS_AFTER_LOSS: Duration = Duration::from_millis(1_500);
/// For how many people signs are kept while Redis is away.
const UNSENT_MAX: usize = 2_000_000;

impl LineSync {
    pub(super) fn keep_signs(&mut self, signs: Vec<Sign>) {
        for sign in signs {
            if self.unsent.len() < UNSENT_MAX || self.unsent.contains_key(&sign.number) {
                self.unsent.insert(sign.number, sign);
            }
        }
    }

    /// Looks for the line until it is found. Requests that arrive meanwhile are rejected at once.
    pub(super) async fn find_again(&mut self, failure: RedisFailure) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let mut lost = matches!(failure, RedisFailure::Stale | RedisFailure::Damaged(_)).then_some(epoch);
        let known = self.mirror.status.tail;
        reject(std::mem::take(&mut self.numberless));
        self.stop_learning();
        (self.is_checking, self.is_allocating) = (false, false);
        loop {
            let reconnector = self.reconnector.clone();
            let mut reconnecting =
                std::pin::pin!(async move { reconnector.reconnect(lost, Some(known)).await });
            let found = loop {
                let mut requests = Vec::new();
                tokio::select! {
                    biased;
                    found = &mut reconnecting => break found,
                    count = self.inbox.recv_many(&mut requests, BATCH_MAX) => {
                        if count == 0 {
                            return;
                        }
                        self.reject_all(requests);
                    }
                }
            };
            match found {
                Ok(FoundLine { mut link, row, key }) => {
                    let key: Arc<str> = key.into();
                    let found = catch_up(&mut link, &self.reconnector, &key, &row, known, &self.insiders);
                    match found.await {
                        Ok(mirror) => {
                            (self.link, self.key, self.mirror) = (link, key, mirror);
                            self.known = NumberSet::default();
                            self.epoch.store(row.epoch, Ordering::SeqCst);
                            self.no_calls_until = Instant::now() + NO_CALLS_AFTER_LOSS;
                            tracing::info!(epoch = row.epoch, "found the line in Redis again");
                            return;
                        }
                        Err(failure) => tracing::debug!(%failure, "lost the line in Redis again"),
                    }
                }
                Err(failure) => tracing::debug!(%failure, "the line in Redis is still missing"),
            }
            lost = lost.filter(|_| self.epoch.load(Ordering::SeqCst) == epoch);
            tokio::time::sleep(RECONNECT_EVERY).await;
        }
    }

    fn reject_all(&mut self, requests: Vec<Request>) {
        let mut batch = Batch::default();
        batch.add_all(requests);
        self.keep_signs(std::mem::take(&mut batch.signs));
        batch.reject();
    }
}
