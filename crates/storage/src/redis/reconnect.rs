//! Connecting to Redis and finding the line there, or beginning its next epoch.

use std::sync::Arc;
use std::time::Duration;

use onsale_booking::ids::SaleId;
use onsale_line::{Dials, Number, RecoveredLine, Schedule};
use redis::Value;

use super::layout::{bitmap, chunk_of, pass_bytes, short};
use super::link::Link;
use super::nodes::Nodes;
use super::schedules::{DatedSchedule, Schedules};
use super::{RedisFailure, scripts};
use crate::clock::Clock;
use crate::error::{StoreError, WriteError};
use crate::port::{LineHistory, LineRow, Reads};
use crate::writer::{LineChange, LineTask, Writer};

/// How long another instance gets to build the epoch that it has begun.
const BUILT_WITHIN: Duration = Duration::from_millis(500);
const CHECK_EVERY: Duration = Duration::from_millis(50);

/// What it takes to find the line.
#[derive(Clone)]
pub(super) struct Reconnector {
    /// The sale whose line it is.
    pub(super) sale: SaleId,
    pub(super) nodes: Nodes,
    pub(super) prefix: String,
    pub(super) reads: Arc<dyn Reads>,
    pub(super) writer: Writer,
    pub(super) clock: Clock,
    /// The dials that count where no operator has set any.
    pub(super) settings: Dials,
    pub(super) schedules: Schedules,
}

/// A line that was found.
pub(super) struct FoundLine {
    pub(super) link: Link,
    pub(super) row: LineRow,
    /// The key of this epoch's line.
    pub(super) key: String,
}

impl Reconnector {
    /// Connects and finds the line that the store's row names. If Redis does not have it, or is not the
    /// server that had it, the line begins its next epoch. `lost` is an epoch known to be damaged, `known`
    /// the last number known to have been given out.
    pub(super) async fn reconnect(
        &self,
        lost: Option<u32>,
        known: Option<Number>,
    ) -> Result<FoundLine, RedisFailure> {
        let mut link = Link::open(&self.nodes, &self.tag()).await?;
        loop {
            let row = self.row().await?;
            if row.server_run == Some(link.server_run) && lost != Some(row.epoch) {
                let key = self.key(&row);
                if exists(&mut link, &key).await? {
                    return Ok(FoundLine { link, row, key });
                }
            }
            let change = LineChange::BeginEpoch(Some(link.server_run));
            match self.writer.submit_line(LineTask { sale: self.sale, epoch: row.epoch, change }).await {
                Ok(_) => {
                    let found = self.build(link, &row, known).await?;
                    // Another instance may have given up on this one meanwhile, and begun the epoch after.
                    if self.row().await?.epoch == found.row.epoch {
                        return Ok(found);
                    }
                    link = found.link;
                }
                // Another instance was first; it builds.
                Err(WriteError::Superseded) => {}
                Err(error) => return Err(RedisFailure::Store(error.to_string())),
            }
        }
    }

    /// The line's row in the store.
    pub(super) async fn row(&self) -> Result<LineRow, RedisFailure> {
        let row = self.reads.line_row(self.sale).await;
        row.map_err(|error| RedisFailure::Store(error.to_string()))?.ok_or_else(|| self.no_line())
    }

    /// What the store says of the line's times, its opening and its order.
    pub(super) async fn schedule(&self) -> Result<DatedSchedule, RedisFailure> {
        let record = self.reads.sale(self.sale).await;
        let record = record.map_err(|error| RedisFailure::Store(error.to_string()))?;
        Ok(self.schedules.of(&record.ok_or_else(|| self.no_line())?.sale).await)
    }

    fn no_line(&self) -> RedisFailure {
        RedisFailure::Store(StoreError::no_line(self.sale).to_string())
    }

    /// The time that a test sets, or 0.
    pub(super) fn test_time(&self) -> i64 {
        if self.clock.is_manual() { self.clock.now().as_microsecond() } else { 0 }
    }

    /// All keys of the line begin with this. The part in braces puts them on one node of a cluster.
    fn tag(&self) -> String {
        format!("{}{{{}}}", self.prefix, self.sale)
    }

    /// All keys of an epoch begin with this.
    fn key(&self, row: &LineRow) -> String {
        format!("{}:{}", self.tag(), row.epoch)
    }

    /// Builds the epoch after the one in `before` from what the store knows. It reads the store only after
    /// the epoch has begun: by then everybody whom the old epoch let in is there, and it lets nobody in any
    /// more.
    async fn build(
        &self,
        mut link: Link,
        before: &LineRow,
        known: Option<Number>,
    ) -> Result<FoundLine, RedisFailure> {
        let history = self.reads.line(self.sale).await;
        let history = history.map_err(|error| RedisFailure::Store(error.to_string()))?;
        let history = history.ok_or_else(|| self.no_line())?;
        let (row, key) = (history.row, self.key(&history.row));
        let is_first = before.server_run.is_none();
        if is_first {
            tracing::info!(sale = %self.sale, "the line begins in Redis");
        } else {
            tracing::warn!(
                epoch = row.epoch,
                allocated = row.allocated,
                "the line begins a new epoch in Redis"
            );
        }
        // A draw that is known already takes no time: others wait only so long for this epoch.
        let dated = self.schedules.of(&history.sale).await;
        let rebuilt = recovered(history, dated.schedule.clone(), known);
        // Nobody looks at the new keys before the line itself is there.
        for (chunk, places) in dated.places() {
            let mut write = redis::cmd("SET");
            write.arg(format!("{key}:places:{chunk}")).arg(places);
            link.one::<Value>(write).await?;
        }
        link.one::<i64>(self.rebuild(rebuilt, &dated, &row, before)).await?;
        if !is_first {
            self.delete_old_keys(&mut link, before).await;
        }
        Ok(FoundLine { link, row, key })
    }

    /// The script that puts the new line into Redis, as `onsale-line` decides it.
    fn rebuild(
        &self,
        line: RecoveredLine,
        dated: &DatedSchedule,
        row: &LineRow,
        before: &LineRow,
    ) -> redis::Cmd {
        let RecoveredLine { tail, head, present_upto, due, away, inside, ended, recent_calls, .. } = line;
        let dials = row.dials.applied_to(self.settings);
        let mut rebuild = redis::cmd("EVALSHA");
        rebuild.arg(scripts::REBUILD.get_hash()).arg(2).arg(self.key(row)).arg(self.key(before));
        rebuild.arg(self.test_time()).arg(self.clock.now().as_microsecond());
        rebuild.arg(tail).arg(head);
        rebuild.arg(dials.capacity.get()).arg(dials.rate_per_minute).arg(i64::from(dials.paused));
        rebuild.arg(present_upto).arg(due).arg(inside.len()).arg(bitmap(&ended));
        rebuild.arg(away.into_iter().flat_map(short).collect::<Vec<u8>>());
        dated.add_to(&mut rebuild);
        rebuild.arg(i64::from(!dated.schedule.is_lobby())).arg(dated.drawn());
        for (number, user, until) in inside {
            rebuild.arg(pass_bytes(number, user, until.as_microsecond()));
        }
        for at in recent_calls {
            rebuild.arg(at.as_microsecond());
        }
        rebuild
    }

    /// Deletes what the old epoch has left. Its line is gone, so nobody uses it any more.
    async fn delete_old_keys(&self, link: &mut Link, before: &LineRow) {
        let key = self.key(before);
        let mut unlink = redis::cmd("UNLINK");
        for name in ["called", "inside", "insiders", "late", "lates", "ended", "updates", "minute"] {
            unlink.arg(format!("{key}:{name}"));
        }
        for bucket in 0..scripts::USER_BUCKETS {
            unlink.arg(format!("{key}:users:{bucket}"));
        }
        for chunk in 0..=chunk_of(before.allocated) {
            unlink.arg(format!("{key}:due:{chunk}")).arg(format!("{key}:places:{chunk}"));
        }
        if let Err(error) = link.one::<i64>(unlink).await {
            tracing::warn!(%error, "could not delete an old epoch's keys from Redis");
        }
    }
}

/// What the line is after a loss. `known` is the last number that this instance knows to have been given out.
fn recovered(history: LineHistory, schedule: Schedule, known: Option<Number>) -> RecoveredLine {
    let (row, now) = (history.row, history.now);
    // In a lobby the tail is noted all the time: above it there are hardly any people, and numbers that were
    // never given out must take no slot at the opening.
    let given = if schedule.is_lobby() { Some(known.unwrap_or(0).max(row.given)) } else { known };
    history.recovery(schedule, row.allocated, given).decide(now)
}

async fn exists(link: &mut Link, key: &str) -> Result<bool, RedisFailure> {
    let give_up = tokio::time::Instant::now() + BUILT_WITHIN;
    loop {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(key);
        if link.one::<i64>(exists).await? == 1 {
            return Ok(true);
        }
        if tokio::time::Instant::now() >= give_up {
            return Ok(false);
        }
        tokio::time::sleep(CHECK_EVERY).await;
    }
}
