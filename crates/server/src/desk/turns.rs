//! When each number may ask again: 4 bytes a number, no lock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use onsale_line::{CHUNK_NUMBERS, NUMBER_MAX, Number};

/// Marks a number whose place has changed since the last view: it is looked up afresh.
const ASK_LINE: u32 = u32::MAX;

/// How many chunks there are for every number that a line can give out.
#[expect(clippy::cast_possible_truncation, reason = "65,536 fits a usize everywhere")]
const CHUNKS: usize = (NUMBER_MAX as usize) / CHUNK_NUMBERS + 1;

/// A chunk is made when its first number polls, which takes a signed ticket.
pub(super) struct Turns {
    start: Timestamp,
    chunks: Box<[OnceLock<Box<[AtomicU32]>>]>,
}

impl Turns {
    /// Everybody may ask from `start` on.
    pub(super) fn new(start: Timestamp) -> Self {
        Self { start, chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect() }
    }

    /// Whether `number` may ask at `now`, or how long it has to wait. `None` asks for a fresh look.
    pub(super) fn check(&self, number: Number, now: Timestamp) -> Option<Result<(), Duration>> {
        let Some(turn) = self.turn(number) else { return Some(Ok(())) };
        match turn.load(Ordering::Relaxed) {
            ASK_LINE => None,
            at => match at.saturating_sub(self.millis(now)) {
                0 => Some(Ok(())),
                early_ms => Some(Err(Duration::from_millis(early_ms.into()))),
            },
        }
    }

    /// `number` was told to ask again after `interval`; under half of that is much too early.
    pub(super) fn note(&self, number: Number, now: Timestamp, interval: Duration) {
        let half = u32::try_from(interval.as_millis() / 2).unwrap_or(ASK_LINE);
        let at = self.millis(now).saturating_add(half).min(ASK_LINE - 1);
        if let Some(turn) = self.turn(number) {
            // A mark stays: what it says is more than a turn.
            let _ = turn.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |known| {
                (known != ASK_LINE).then_some(at)
            });
        }
    }

    /// From now on `number` is looked up afresh.
    pub(super) fn ask_line(&self, number: Number) {
        if let Some(turn) = self.turn(number) {
            turn.store(ASK_LINE, Ordering::Relaxed);
        }
    }

    fn turn(&self, number: Number) -> Option<&AtomicU32> {
        let number = usize::try_from(number).ok()?;
        let chunk = self.chunks.get(number / CHUNK_NUMBERS)?;
        chunk
            .get_or_init(|| (0..CHUNK_NUMBERS).map(|_| AtomicU32::new(0)).collect())
            .get(number % CHUNK_NUMBERS)
    }

    /// Milliseconds since the start, up to 49 days; after that nobody is too early.
    fn millis(&self, now: Timestamp) -> u32 {
        u32::try_from(now.duration_since(self.start).as_millis().max(0)).unwrap_or(ASK_LINE - 1)
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
    fn asking_before_half_of_the_interval_is_too_early() {
        let turns = Turns::new(start());
        assert_eq!(turns.check(7, start()), Some(Ok(())));
        turns.note(7, start(), Duration::from_secs(4));
        assert_eq!(turns.check(7, start() + SECOND), Some(Err(Duration::from_secs(1))));
        assert_eq!(turns.check(7, start() + SECOND * 2), Some(Ok(())));
        assert_eq!(turns.check(8, start()), Some(Ok(())), "numbers do not meet");
    }

    #[test]
    fn a_number_whose_place_changed_is_looked_up_from_then_on() {
        let turns = Turns::new(start());
        turns.ask_line(7);
        turns.note(7, start(), Duration::from_secs(4));
        assert_eq!(turns.check(7, start()), None);
    }

    #[test]
    fn a_number_beyond_all_lines_has_no_turn() {
        assert_eq!(Turns::new(start()).check(u64::MAX, start()), Some(Ok(())));
    }
}
