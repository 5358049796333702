//! Looking at the whole line: at the start, after news were missed, and after Redis was away.

use std::sync::Arc;
use std::time::Duration;

use onsale_line::{Number, NumberSet, due_after, poll_bounds};

use super::RedisFailure;
use super::attach::Attacher;
use super::link::Link;
use super::mirror::{Figures, Insiders, Mirror};
use super::round::Asking;
use super::scripts;
use super::settle::news_of;

/// How many passes one script is told of at most.
const PASSES_A_SCRIPT: usize = 1_000;

/// What every question to Redis says.
pub(super) fn asking<'a>(
    attacher: &Attacher,
    key: &'a Arc<str>,
    known: &'a NumberSet,
    (tail, version): (Number, i64),
    tick_every: Duration,
) -> Asking<'a> {
    Asking {
        key,
        at: attacher.dictated(),
        known,
        tail,
        version,
        tick_every: i64::try_from(tick_every.as_micros()).unwrap_or(i64::MAX),
        store_now: attacher.clock.now().as_microsecond(),
    }
}

/// Tells a line that was away for a while what became meanwhile of everybody who has a slot. Else whoever has paid
/// would still seem to be inside, and get their old number when they join again. And vouches for the numbers that this
/// instance knows to have been given out.
pub(super) async fn catch_up(
    link: &mut Link,
    attacher: &Attacher,
    key: &Arc<str>,
    epoch: u32,
    known: Number,
    insiders: &Insiders,
) -> Result<Mirror, RedisFailure> {
    let due = due_after(attacher.clock.now(), poll_bounds(known).upper);
    let nobody = NumberSet::default();
    let mut vouch = asking(attacher, key, &nobody, (0, 0), Duration::ZERO).ask(&scripts::VOUCH);
    vouch.arg(known).arg(due);
    link.one::<i64>(vouch).await?;
    let mut mirror = look_in(link, attacher, key, epoch, insiders).await?;
    let passes = attacher.reads.passes(mirror.slots(usize::MAX)).await;
    let passes = passes.map_err(|error| RedisFailure::Store(error.to_string()))?;
    let news: Vec<_> = passes.iter().map(news_of).filter(|pass| mirror.is_news(pass)).collect();
    if news.is_empty() {
        return Ok(mirror);
    }
    for some in news.chunks(PASSES_A_SCRIPT) {
        let told = asking(attacher, key, &nobody, (0, 0), Duration::ZERO).passes(some);
        link.one::<i64>(told).await?;
    }
    look_in(link, attacher, key, epoch, insiders).await
}

/// A mirror of everything that is there.
pub(super) async fn look_in(
    link: &mut Link,
    attacher: &Attacher,
    key: &Arc<str>,
    epoch: u32,
    insiders: &Insiders,
) -> Result<Mirror, RedisFailure> {
    let nobody = NumberSet::default();
    let asking = asking(attacher, key, &nobody, (0, 0), Duration::ZERO);
    let (figures, _) = Figures::parse(link.one(asking.sync(false)).await?)?;
    let mut mirror = Mirror::new(epoch, figures, Arc::clone(insiders));
    let version = mirror.replace(link.one(asking.ask(&scripts::WHOLE)).await?)?;
    let (figures, news) = Figures::parse(link.one(Asking { version, ..asking }.sync(false)).await?)?;
    mirror.take_up(figures, &news.ok_or(RedisFailure::Stale)?);
    Ok(mirror)
}
