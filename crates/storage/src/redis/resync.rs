//! Reading the whole line: at the start, after missed updates, and after Redis was away.

use std::sync::Arc;
use std::time::Duration;

use onsale_line::{Number, NumberSet};

use super::RedisFailure;
use super::context::Context;
use super::link::Link;
use super::mirror::{Insiders, LineStatus, Mirror};
use super::pass_check::update_of;
use super::reconnect::Reconnector;
use super::schedules::DatedSchedule;
use super::scripts;
use crate::port::LineRow;

/// The most passes that one script gets.
const PASSES_PER_SCRIPT: usize = 1_000;

/// Redis says that the line has opened, and the store does not.
pub(super) const NO_SUCH_OPENING: RedisFailure = RedisFailure::Damaged("opened");

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

/// Gives a line the dials of its row and the times of its sale. Some may have been committed that Redis was
/// never sent.
async fn send_settings(
    link: &mut Link,
    context: &Context<'_>,
    reconnector: &Reconnector,
    row: &LineRow,
    dated: &DatedSchedule,
) -> Result<(), RedisFailure> {
    let mut pipe = redis::pipe();
    pipe.add_command(context.set_dials(row.dials.applied_to(reconnector.settings)));
    pipe.add_command(context.window(dated));
    link.query(&pipe).await?;
    Ok(())
}

/// Opens a line in Redis whose sale the store has opened: first the places of its draw, then the fact.
/// Several instances may do so at once, and again after a failure: all of them write the same.
pub(super) async fn open_line(
    link: &mut Link,
    context: &Context<'_>,
    dated: &DatedSchedule,
) -> Result<(), RedisFailure> {
    for (chunk, places) in dated.places() {
        let mut draw = context.script(&scripts::DRAW);
        draw.arg(chunk).arg(places);
        let is_written = link.one::<i64>(draw).await? == 1;
        if !is_written {
            return Ok(()); // Another instance has opened it.
        }
    }
    link.one::<i64>(context.open(dated)).await?;
    Ok(())
}

/// Brings a line that was away up to date about its dials, about its sale, and about everybody who has a
/// slot. Otherwise somebody who has paid would still seem to be inside, and joining again would return the
/// old number. It also vouches for the numbers up to `known`, which this instance knows to have been given
/// out; 0 if it knows none.
pub(super) async fn catch_up(
    link: &mut Link,
    reconnector: &Reconnector,
    key: &Arc<str>,
    row: &LineRow,
    known: Number,
    insiders: &Insiders,
) -> Result<Mirror, RedisFailure> {
    let nobody = NumberSet::default();
    let unversioned = context(reconnector, key, &nobody, (0, 0), Duration::ZERO);
    let dated = reconnector.schedule().await?;
    send_settings(link, &unversioned, reconnector, row, &dated).await?;
    if !dated.schedule.is_lobby() {
        open_line(link, &unversioned, &dated).await?;
    }
    let due = dated.schedule.due_of_all(reconnector.clock.now(), known);
    let mut vouch = unversioned.script(&scripts::VOUCH);
    vouch.arg(known).arg(due);
    link.one::<i64>(vouch).await?;
    // The sale may have been opened since it was read: then the line is found again. If not, Redis is wrong.
    let read =
        async |link: &mut Link, dated| read_line(link, reconnector, key, row.epoch, dated, insiders).await;
    let mut mirror = match read(link, dated).await? {
        Some(mirror) => mirror,
        None => read(link, reconnector.schedule().await?).await?.ok_or(NO_SUCH_OPENING)?,
    };
    let passes = reconnector.reads.passes(reconnector.sale, mirror.slots(usize::MAX)).await;
    let passes = passes.map_err(|error| RedisFailure::Store(error.to_string()))?;
    let updates: Vec<_> = passes.iter().map(update_of).filter(|pass| mirror.is_update(pass)).collect();
    if updates.is_empty() {
        return Ok(mirror);
    }
    for some in updates.chunks(PASSES_PER_SCRIPT) {
        link.one::<i64>(unversioned.passes(some)).await?;
    }
    read(link, mirror.dated).await?.ok_or(NO_SUCH_OPENING)
}

/// A mirror of the whole line. `None` if it has been opened, and `dated` is from before that: then nobody
/// knows here in which order it goes.
pub(super) async fn read_line(
    link: &mut Link,
    reconnector: &Reconnector,
    key: &Arc<str>,
    epoch: u32,
    dated: DatedSchedule,
    insiders: &Insiders,
) -> Result<Option<Mirror>, RedisFailure> {
    let nobody = NumberSet::default();
    let context = context(reconnector, key, &nobody, (0, 0), Duration::ZERO);
    let (status, _) = LineStatus::parse(link.one(context.sync(false)).await?)?;
    let mut mirror = Mirror::new(epoch, status, dated, Arc::clone(insiders));
    let version = mirror.replace(link.one(context.script(&scripts::WHOLE)).await?)?;
    let (status, updates) = LineStatus::parse(link.one(Context { version, ..context }.sync(false)).await?)?;
    if mirror.is_order_missing(&status) {
        return Ok(None);
    }
    mirror.apply(status, &updates.ok_or(RedisFailure::Stale)?);
    Ok(Some(mirror))
}
