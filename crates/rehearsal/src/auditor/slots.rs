//! No slot stays empty while somebody present waits.

use crate::history::{Act, Micros, Outcome, PromiseId, SECOND};

use super::case::Case;
use super::facts::Seconds;
use super::findings::Book;
use super::occupancy;
use super::presence::Wait;

/// How long a slot may stay empty.
const IDLE_MAX: Micros = 3 * SECOND;
/// How long a rebuilt line may wait for numbers that belong to nobody.
const NOBODYS_MAX: Micros = 60 * SECOND;

/// A time in which a slot was certainly empty.
#[derive(Debug, Clone, Copy)]
struct Idle {
    from: Micros,
    until: Micros,
    slots_min: usize,
}

/// Compares certainly empty slots with people who certainly waited at the same time.
pub(super) fn check(case: &Case<'_>, waits: &[Wait], book: &mut Book) {
    let capacity = match known_capacity(case) {
        Ok(capacity) => capacity,
        Err(why) => return book.note(PromiseId::NoIdleSlots, why),
    };
    let stretches: Vec<Idle> = idle(case, capacity);
    let mut waits: Vec<&Wait> = waits.iter().collect();
    waits.sort_unstable_by_key(|wait| wait.from);
    book.checked(
        PromiseId::NoIdleSlots,
        waits.iter().filter(|wait| wait.until - wait.from > IDLE_MAX).count(),
    );
    let mut lost: Micros = 0;
    // Of all waits that began before a stretch, the one that ends last.
    let mut longest: Option<&Wait> = None;
    let mut waits = waits.into_iter().peekable();
    for stretch in &stretches {
        let mut worst = longest.map(|wait| (overlap(stretch, wait), wait));
        while let Some(wait) = waits.next_if(|wait| wait.from <= stretch.until) {
            let lasted = overlap(stretch, wait);
            worst = worst.filter(|(most, _)| *most >= lasted).or(Some((lasted, wait)));
            longest = longest.filter(|it| it.until >= wait.until).or(Some(wait));
        }
        if let Some((lasted, wait)) = worst.filter(|(lasted, _)| *lasted > IDLE_MAX) {
            lost += lasted * i64::try_from(stretch.slots_min).unwrap_or(i64::MAX);
            book.broken(PromiseId::NoIdleSlots, stretch.from, evidence(case, stretch, wait, capacity));
        }
    }
    if lost > 0 {
        let text = format!("slots were empty for at least {} in total while somebody waited", Seconds(lost));
        book.note(PromiseId::NoIdleSlots, text);
    }
}

/// How many slots there were throughout, if nobody else could use any.
fn known_capacity(case: &Case<'_>) -> Result<usize, &'static str> {
    let readings = &case.reading.history.readings;
    let Some(first) = readings.first() else {
        return Err("without an operator's token the capacity is unknown");
    };
    if readings.iter().any(|reading| reading.rate_per_minute > 0) {
        return Err("a rate limited calls, so slots may stay empty");
    }
    if readings.iter().any(|reading| reading.paused) {
        return Err("calls were paused");
    }
    if first.inside > 0 || first.waiting > 0 {
        return Err("others were in line or inside before the rehearsal");
    }
    if strangers(case) {
        return Err("others were in line, and the times in which they used slots are unknown");
    }
    let capacity = readings.iter().map(|reading| reading.capacity).min().unwrap_or(0);
    Ok(usize::try_from(capacity).unwrap_or(usize::MAX))
}

/// Whether more numbers were given out than fans can have got. A rebuilt line skips some.
fn strangers(case: &Case<'_>) -> bool {
    let fans: usize = case.places.len();
    let unheard = case.reading.history.stories.iter().flat_map(|story| &story.events);
    let unheard =
        unheard.filter(|event| event.act == Act::Join && matches!(event.outcome, Outcome::Unknown(_)));
    let in_one_epoch = case.reading.history.readings.windows(2).filter(|pair| pair[0].epoch == pair[1].epoch);
    let given: u64 = in_one_epoch.map(|pair| pair[1].tail.saturating_sub(pair[0].tail)).sum();
    given > u64::try_from(fans + unheard.count()).unwrap_or(u64::MAX)
}

/// Every time in which a slot was certainly empty for longer than allowed, in order.
fn idle(case: &Case<'_>, capacity: usize) -> Vec<Idle> {
    let readings = &case.reading.history.readings;
    let (Some(first), Some(last)) = (readings.first(), readings.last()) else { return Vec::new() };
    let taken = occupancy::possible(case).into_iter().map(|(from, until)| (from, until, 1));
    // During a disturbance every slot counts as used.
    let disturbed = case.reading.disturbances().iter().map(|it| (it.from, it.until + IDLE_MAX, capacity));
    // A rebuilt line continues above every allocated number, and waits for those that belong to nobody.
    let rebuilt = readings.windows(2).filter(|pair| pair[0].epoch != pair[1].epoch);
    let rebuilt = rebuilt.map(|pair| (pair[0].sent, pair[1].answered + NOBODYS_MAX, capacity));
    // Before the opening nobody may use a slot.
    let lobby = case.reading.opened_by().map(|opened| (Micros::MIN / 4, opened, capacity));
    let mut changes: Vec<(Micros, bool, usize)> = taken
        .chain(disturbed)
        .chain(rebuilt)
        .chain(lobby)
        .flat_map(|(from, until, slots)| [(from, true, slots), (until, false, slots)])
        .collect();
    changes.sort_unstable();
    let mut stretches: Vec<Idle> = Vec::new();
    let (mut now, mut used) = (first.sent, 0_usize);
    let mut open: Option<Idle> = None;
    for (at, begins, slots) in changes {
        let at = at.clamp(first.sent, last.answered);
        if at > now {
            step(&mut open, &mut stretches, now, at, capacity.saturating_sub(used));
            now = at;
        }
        used = if begins { used + slots } else { used - slots };
    }
    if now < last.answered {
        step(&mut open, &mut stretches, now, last.answered, capacity.saturating_sub(used));
    }
    stretches.extend(open);
    stretches.retain(|stretch| stretch.until - stretch.from > IDLE_MAX);
    stretches
}

/// Moves from `now` to `at` with this many slots free.
fn step(open: &mut Option<Idle>, stretches: &mut Vec<Idle>, now: Micros, at: Micros, free: usize) {
    if free == 0 {
        stretches.extend(open.take());
        return;
    }
    let stretch = open.get_or_insert(Idle { from: now, until: at, slots_min: free });
    stretch.until = at;
    stretch.slots_min = stretch.slots_min.min(free);
}

/// How long somebody waited during a stretch; negative if not at all.
fn overlap(stretch: &Idle, wait: &Wait) -> Micros {
    stretch.until.min(wait.until) - stretch.from.max(wait.from)
}

fn evidence(case: &Case<'_>, stretch: &Idle, wait: &Wait, capacity: usize) -> String {
    let place = &case.places[wait.place];
    format!(
        "{} of {capacity} slots were empty from {} until {}, and fan {} with number {} waited from {} until {}",
        stretch.slots_min,
        case.reading.at(stretch.from),
        case.reading.at(stretch.until),
        case.reading.fan(place.story),
        place.number,
        case.reading.at(wait.from),
        case.reading.at(wait.until)
    )
}
