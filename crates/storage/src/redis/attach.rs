//! Finding the line in Redis, or beginning its next epoch there.

use std::sync::Arc;
use std::time::Duration;

use onsale_line::{Dials, Number, due_after, poll_bounds};
use redis::Client;

use super::link::Link;
use super::mirror::offset_of;
use super::{RedisFailure, scripts};
use crate::clock::Clock;
use crate::error::WriteError;
use crate::port::{LineHistory, LineRow, Reads};
use crate::writer::{LineChange, LineTask, Writer};

/// How long another instance is given to build the epoch that it has begun.
const BUILT_WITHIN: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What it takes to find the line.
#[derive(Clone)]
pub(super) struct Attacher {
    pub(super) client: Client,
    pub(super) prefix: String,
    pub(super) reads: Arc<dyn Reads>,
    pub(super) writer: Writer,
    pub(super) clock: Clock,
    /// The dials wherever no operator has turned them.
    pub(super) settings: Dials,
}

/// A line that was found.
pub(super) struct Attached {
    pub(super) link: Link,
    pub(super) row: LineRow,
    /// The key of this epoch's line.
    pub(super) key: String,
}

impl Attacher {
    /// Connects, and finds the line that the store's row names. Where Redis does not have it, or is not the server that
    /// had it, the line begins its next epoch. `lost` is an epoch that is known to be damaged, `known` the last number
    /// that is known to have been given out, if anything is known.
    pub(super) async fn attach(
        &self,
        lost: Option<u32>,
        known: Option<Number>,
    ) -> Result<Attached, RedisFailure> {
        let mut link = Link::open(&self.client).await?;
        loop {
            let row = self.reads.line_row().await.map_err(|error| RedisFailure::Store(error.to_string()))?;
            if row.keeper == Some(link.keeper) && lost != Some(row.epoch) {
                let key = self.key(&row);
                if is_there(&mut link, &key).await? {
                    return Ok(Attached { link, row, key });
                }
            }
            let succeed = LineTask { epoch: row.epoch, change: LineChange::Succeed(Some(link.keeper)) };
            match self.writer.submit_line(succeed).await {
                Ok(_) => return self.build(link, &row, known).await,
                // Another instance was first; it builds.
                Err(WriteError::Superseded) => {}
                Err(error) => return Err(RedisFailure::Store(error.to_string())),
            }
        }
    }

    /// The time that a test dictates, or 0.
    pub(super) fn dictated(&self) -> i64 {
        if self.clock.is_manual() { self.clock.now().as_microsecond() } else { 0 }
    }

    /// All keys of an epoch begin with this, and what is in braces puts them on one node of a cluster.
    fn key(&self, row: &LineRow) -> String {
        format!("{}{{{}}}:{}", self.prefix, row.id.0, row.epoch)
    }

    /// Builds the epoch after the one in `before` from what the store knows. Read only now that the epoch has begun: whoever
    /// was let in by the last one is in it, and nobody will be any more.
    async fn build(
        &self,
        mut link: Link,
        before: &LineRow,
        known: Option<Number>,
    ) -> Result<Attached, RedisFailure> {
        let history = self.reads.line().await.map_err(|error| RedisFailure::Store(error.to_string()))?;
        let (row, key) = (history.row, self.key(&history.row));
        tracing::warn!(epoch = row.epoch, reserved = row.reserved, "the line begins a new epoch in Redis");
        let mut rebuild = redis::cmd("EVALSHA");
        rebuild.arg(scripts::REBUILD.get_hash()).arg(2).arg(&key).arg(self.key(before));
        rebuild.arg(self.dictated()).arg(self.clock.now().as_microsecond());
        self.describe(&history, known, &mut rebuild);
        link.one::<i64>(rebuild).await?;
        self.clear_away(&mut link, before).await;
        Ok(Attached { link, row, key })
    }

    /// As [`onsale_line::Line::recover`] does it.
    fn describe(&self, history: &LineHistory, known: Option<Number>, rebuild: &mut redis::Cmd) {
        let LineHistory { row, inside, ended, recent, now } = history;
        let passes = inside.iter().map(|(number, _, _)| *number);
        let tail = passes.chain(ended.iter().copied()).max().unwrap_or(0).max(row.reserved);
        let head = row.head.min(tail);
        let dials = row.dials.applied_to(self.settings);
        let due = due_after(*now, poll_bounds(tail - head).upper);
        rebuild.arg(tail).arg(head).arg(dials.capacity).arg(dials.rate_per_minute);
        rebuild.arg(i64::from(dials.paused)).arg(due).arg(inside.len());
        rebuild.arg(bitmap(ended));
        let absent: Vec<u8> =
            ended.iter().filter(|number| **number > head).copied().flat_map(short).collect();
        rebuild.arg(absent).arg(known.unwrap_or(tail));
        for (number, user, until) in inside {
            rebuild.arg(pass_bytes(*number, user.0, until.as_microsecond()));
        }
        for at in recent {
            rebuild.arg(at.as_microsecond());
        }
    }

    /// Frees what an epoch that is over has left. Its line is gone, so nobody uses it any more.
    async fn clear_away(&self, link: &mut Link, before: &LineRow) {
        let key = self.key(before);
        let mut unlink = redis::cmd("UNLINK");
        for name in ["called", "inside", "insiders", "late", "lates", "ended", "news", "minute"] {
            unlink.arg(format!("{key}:{name}"));
        }
        for bucket in 0..4_096 {
            unlink.arg(format!("{key}:users:{bucket}"));
        }
        for chunk in 0..=super::mirror::chunk_of(before.reserved) {
            unlink.arg(format!("{key}:due:{chunk}"));
        }
        if let Err(error) = link.one::<i64>(unlink).await {
            tracing::warn!(%error, "an old epoch's keys stay in Redis");
        }
    }
}

async fn is_there(link: &mut Link, key: &str) -> Result<bool, RedisFailure> {
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
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A pass as scripts read it; -1 for one that is over.
pub(super) fn pass_bytes(number: Number, user: uuid::Uuid, until: i64) -> Vec<u8> {
    let mut bytes = short(number).to_vec();
    bytes.extend(until.to_le_bytes());
    bytes.extend(user.as_bytes());
    bytes
}

/// A number as scripts read it.
pub(super) fn short(number: Number) -> [u8; 4] {
    u32::try_from(number).unwrap_or(0).to_le_bytes()
}

/// Numbers as Redis keeps a bitmap: the highest bit of the first byte is number 0.
fn bitmap(numbers: &[Number]) -> Vec<u8> {
    let last = numbers.iter().copied().max().unwrap_or(0);
    let mut bytes =
        vec![0_u8; super::mirror::chunk_of(last) * onsale_line::CHUNK_NUMBERS / 8 + offset_of(last) / 8 + 1];
    for number in numbers {
        let index = usize::try_from(number / 8).unwrap_or(usize::MAX);
        if let Some(byte) = bytes.get_mut(index) {
            *byte |= 0x80 >> (number % 8);
        }
    }
    bytes
}
