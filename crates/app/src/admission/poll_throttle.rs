//! When each number may poll again, in 4 bytes per number and without a lock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use onsale_line::{CHUNK_NUMBERS, NUMBER_MAX, Number};

/// Marks a number whose place has changed: its next poll is a lookup.
const LOOKUP: u32 = u32::MAX;

/// How many chunks a group has. As many groups cover every number that a line can give out, so that a line
/// without numbers takes some kilobytes only.
const GROUP_CHUNKS: usize = 256;
const _: () = assert!((GROUP_CHUNKS * GROUP_CHUNKS * CHUNK_NUMBERS) as u64 > NUMBER_MAX);

type Chunk = Box<[AtomicU32]>;
type Group = Box<[OnceLock<Chunk>]>;

/// The earliest next poll of each number. A chunk is allocated when its first number polls; as this takes a
/// signed ticket, strangers cannot fill the memory.
pub(super) struct PollThrottle {
    start: Timestamp,
    groups: Box<[OnceLock<Group>]>,
}

impl PollThrottle {
    /// A throttle that lets everybody poll from `start` on.
    pub(super) fn new(start: Timestamp) -> Self {
        Self { start, groups: (0..GROUP_CHUNKS).map(|_| OnceLock::new()).collect() }
    }

    /// Whether `number` may poll at `now`; the error says how long it has to wait. `None` asks for a lookup.
    pub(super) fn check(&self, number: Number, now: Timestamp) -> Option<Result<(), Duration>> {
        let Some(slot) = self.slot(number) else { return Some(Ok(())) };
        match slot.load(Ordering::Relaxed) {
            LOOKUP => None,
            at => match at.saturating_sub(self.millis(now)) {
                0 => Some(Ok(())),
                early_ms => Some(Err(Duration::from_millis(early_ms.into()))),
            },
        }
    }

    /// Records that `number` was asked to poll again after `interval`. A poll before half of that is too
    /// early.
    pub(super) fn note(&self, number: Number, now: Timestamp, interval: Duration) {
        let half = u32::try_from(interval.as_millis() / 2).unwrap_or(LOOKUP);
        let at = self.millis(now).saturating_add(half).min(LOOKUP - 1);
        if let Some(slot) = self.slot(number) {
            // The mark stays: a lookup matters more than a time.
            let _ = slot
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |known| (known != LOOKUP).then_some(at));
        }
    }

    /// Makes every poll of `number` a lookup from now on.
    pub(super) fn require_lookup(&self, number: Number) {
        if let Some(slot) = self.slot(number) {
            slot.store(LOOKUP, Ordering::Relaxed);
        }
    }

    /// Whether every poll of `number` is a lookup.
    pub(super) fn is_looked_up(&self, number: Number) -> bool {
        self.slot(number).is_some_and(|slot| slot.load(Ordering::Relaxed) == LOOKUP)
    }

    fn slot(&self, number: Number) -> Option<&AtomicU32> {
        let number = usize::try_from(number).ok()?;
        let chunk = number / CHUNK_NUMBERS;
        let group = self.groups.get(chunk / GROUP_CHUNKS)?;
        let group = group.get_or_init(|| (0..GROUP_CHUNKS).map(|_| OnceLock::new()).collect());
        group
            .get(chunk % GROUP_CHUNKS)?
            .get_or_init(|| (0..CHUNK_NUMBERS).map(|_| AtomicU32::new(0)).collect())
            .get(number % CHUNK_NUMBERS)
    }

    /// Milliseconds since the start, up to 49 days; after that, no poll is too early.
    fn millis(&self, now: Timestamp) -> u32 {
        u32::try_from(now.duration_since(self.start).as_millis().max(0)).unwrap_or(LOOKUP - 1)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn start() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn polling_before_half_of_the_interval_is_too_early() {
        let throttle = PollThrottle::new(start());
        assert_eq!(throttle.check(7, start()), Some(Ok(())));
        throttle.note(7, start(), Duration::from_secs(4));
        assert_eq!(throttle.check(7, start() + SECOND), Some(Err(Duration::from_secs(1))));
        assert_eq!(throttle.check(7, start() + SECOND * 2), Some(Ok(())));
        assert_eq!(throttle.check(8, start()), Some(Ok(())), "numbers do not share a slot");
    }

    #[test]
    fn a_number_whose_place_has_changed_is_looked_up_from_then_on() {
        let throttle = PollThrottle::new(start());
        throttle.require_lookup(7);
        throttle.note(7, start(), Duration::from_secs(4));
        assert_eq!(throttle.check(7, start()), None);
        assert!(throttle.is_looked_up(7) && !throttle.is_looked_up(8));
    }

    #[test]
    fn a_number_larger_than_any_line_is_never_too_early() {
        let throttle = PollThrottle::new(start());
        for number in [NUMBER_MAX + 1, u64::MAX] {
            throttle.require_lookup(number);
            assert_eq!(throttle.check(number, start()), Some(Ok(())));
        }
        throttle.require_lookup(NUMBER_MAX);
        assert_eq!(throttle.check(NUMBER_MAX, start()), None, "the largest number has its slot");
    }

    #[test]
    fn memory_is_taken_by_the_chunk_and_only_for_numbers_that_poll() {
        let throttle = PollThrottle::new(start());
        let groups = |throttle: &PollThrottle| throttle.groups.iter().filter_map(OnceLock::get).count();
        assert_eq!(groups(&throttle), 0);
        throttle.note(7, start(), Duration::from_secs(4));
        let taken = throttle.groups[0].get().unwrap().iter().filter_map(OnceLock::get).count();
        assert_eq!((groups(&throttle), taken), (1, 1));
    }
}
