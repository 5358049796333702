//! Reading the whole line: at the start, after missed updates, and after Redis was away.

use std::sync::Arc;
use std::time::Duration;

use onsale_line::{Number, NumberSet, due_after, poll_bounds};
use redis::Value;

use super::RedisFailure;
use super::batch::Context;
use super::link::Link;
use super::mirror::{Insiders, LineStatus, Mirror};
use super::pass_check::update_of;
use super::reconnect::Reconnector;
use super::scripts;
use crate::port::LineRow;

/// The most passes that one script gets.
const PASSES_PER_SCRIPT: usize = 1_000;

/// What every command to Redis needs.
pub(super) fn context<'a>(
    reconnector: &Reconnector,
    key: &'a Arc<str>,
    known: &'a NumberSet,
    (tail, version): (Number, i64),
    tick_every: Duration,
) -> Context<'a> {
    Context {
        key,
        at: reconnector.test_time(),
        known,
        tail,
        version,
        tick_every: i64::try_from(tick_every.as_micros()).unwrap_or(i64::MAX),
        store_now: reconnector.clock.now().as_microsecond(),
    }
}

/// Gives a line the dials of its row. Some may have been committed that Redis was never sent.
async fn send_dials(
    link: &mut Link,
    reconnector: &Reconnector,
    key: &Arc<str>,
    row: &LineRow,
) -> Result<(), RedisFailure> {
    let (dials, nobody) = (row.dials.applied_to(reconnector.settings), NumberSet::default());
    let set_dials = context(reconnector, key, &nobody, (0, 0), Duration::ZERO).set_dials(dials);
    link.one::<Value>(set_dials).await?;
    Ok(())
}

/// Brings a line that was away up to date about its dials and about everybody who has a slot. Otherwise
/// somebody who has paid would still seem to be inside, and joining again would return the old number. It
/// also vouches for the numbers up to `known`, which this instance knows to have been given out; 0 if it
/// knows none.
pub(super) async fn catch_up(
    link: &mut Link,
    reconnector: &Reconnector,
    key: &Arc<str>,
    row: &LineRow,
    known: Number,
    insiders: &Insiders,
) -> Result<Mirror, RedisFailure> {
    send_dials(link, reconnector, key, row).await?;
    let due = due_after(reconnector.clock.now(), poll_bounds(known).upper);
    let nobody = NumberSet::default();
    let mut vouch = context(reconnector, key, &nobody, (0, 0), Duration::ZERO).script(&scripts::VOUCH);
    vouch.arg(known).arg(due);
    link.one::<i64>(vouch).await?;
    let mut mirror = read_line(link, reconnector, key, row.epoch, insiders).await?;
    let passes = reconnector.reads.passes(reconnector.sale, mirror.slots(usize::MAX)).await;
    let passes = passes.map_err(|error| RedisFailure::Store(error.to_string()))?;
    let updates: Vec<_> = passes.iter().map(update_of).filter(|pass| mirror.is_update(pass)).collect();
    if updates.is_empty() {
        return Ok(mirror);
    }
    for some in updates.chunks(PASSES_PER_SCRIPT) {
        let update = context(reconnector, key, &nobody, (0, 0), Duration::ZERO).passes(some);
        link.one::<i64>(update).await?;
    }
    read_line(link, reconnector, key, row.epoch, insiders).await
}

/// A mirror of the whole line.
pub(super) async fn read_line(
    link: &mut Link,
    reconnector: &Reconnector,
    key: &Arc<str>,
    epoch: u32,
    insiders: &Insiders,
) -> Result<Mirror, RedisFailure> {
    let nobody = NumberSet::default();
    let context = context(reconnector, key, &nobody, (0, 0), Duration::ZERO);
    let (status, _) = LineStatus::parse(link.one(context.sync(false)).await?)?;
    let mut mirror = Mirror::new(epoch, status, Arc::clone(insiders));
    let version = mirror.replace(link.one(context.script(&scripts::WHOLE)).await?)?;
    let (status, updates) = LineStatus::parse(link.one(Context { version, ..context }.sync(false)).await?)?;
    mirror.apply(status, &updates.ok_or(RedisFailure::Stale)?);
    Ok(mirror)
}
