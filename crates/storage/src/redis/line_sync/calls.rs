//! Calling people: decided on the mirror, applied by a script.

use onsale_line::{CHUNK_NUMBERS, Number, Place, SCAN_PER_TICK_MAX, WalkBounds, second_of, walk};
use redis::Value;
use tokio::time::Instant;

use super::LineSync;
use crate::redis::RedisFailure;
use crate::redis::layout::{chunk_of, offset_of};
use crate::redis::mirror::LineStatus;

/// Walks in one tick. Each covers one chunk of numbers, or this many places of a draw, whose dues lie
/// scattered.
const WALKS_PER_TICK: usize = 4;
const WALK_NUMBERS: u64 = CHUNK_NUMBERS as u64;
const DRAWN_WALK_PLACES: u64 = 2_048;

impl LineSync {
    /// Calls people while there is room: decided on the mirror, applied by a script if the line has not
    /// moved.
    pub(super) async fn call_next(&mut self) -> Result<(), RedisFailure> {
        if Instant::now() < self.no_calls_until {
            return Ok(());
        }
        for _ in 0..WALKS_PER_TICK {
            let budget = self.mirror.budget();
            if budget == 0 || !self.mirror.is_anybody_waiting() {
                return Ok(());
            }
            let LineStatus { now, head, tail, .. } = self.mirror.status;
            let end = if head < self.mirror.order().lobby_tail() {
                let end = tail.min(head + DRAWN_WALK_PLACES);
                self.fetch_drawn_dues(head + 1, end).await?;
                end
            } else {
                let end = tail.min(head + WALK_NUMBERS);
                self.fetch_dues(head + 1, end).await?;
                end
            };
            let bounds = WalkBounds { budget, scan: SCAN_PER_TICK_MAX };
            let walk =
                walk(bounds, second_of(now), self.mirror.late(), head, end, |place| self.mirror.due(place));
            if walk.head == head && walk.called.is_empty() && walk.gone.is_empty() {
                return Ok(());
            }
            let is_over = walk.called.len() == budget || walk.head == tail;
            let mut pipe = redis::pipe();
            let context = self.context();
            pipe.add_command(context.call(&self.mirror, &walk));
            pipe.add_command(context.sync(false));
            let mut answers = self.link.query(&pipe).await?;
            let was_applied = answers.next() == Some(Value::Int(1));
            let (status, updates) = LineStatus::parse(answers.next().unwrap_or(Value::Nil))?;
            if !self.apply(status, updates).await? {
                return Ok(());
            }
            if is_over && was_applied {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Fetches the dues of the places from `first` to `last` of a draw.
    async fn fetch_drawn_dues(&mut self, first: Place, last: Place) -> Result<(), RedisFailure> {
        if last < first {
            return Ok(());
        }
        let numbers: Vec<Number> = (first..=last).map(|place| self.mirror.order().number(place)).collect();
        let dues: Vec<u8> = self.link.one(self.context().dues_of(&numbers)).await?;
        for (number, due) in numbers.into_iter().zip(dues.as_chunks::<4>().0) {
            self.mirror.note_due(number, u32::from_le_bytes(*due));
        }
        Ok(())
    }

    /// Fetches the dues of the numbers from `first` to `last`, whichever instance noted them.
    async fn fetch_dues(&mut self, first: Number, last: Number) -> Result<(), RedisFailure> {
        if last < first {
            return Ok(());
        }
        let chunks: Vec<_> = (chunk_of(first)..=chunk_of(last))
            .map(|chunk| {
                let start = if chunk == chunk_of(first) { offset_of(first) } else { 0 };
                let end = if chunk == chunk_of(last) { offset_of(last) + 1 } else { CHUNK_NUMBERS };
                (chunk, start..end)
            })
            .collect();
        let mut pipe = redis::pipe();
        for (chunk, numbers) in &chunks {
            pipe.add_command(self.context().dues(*chunk, numbers));
        }
        let answers = self.link.query(&pipe).await?;
        for ((chunk, numbers), value) in chunks.into_iter().zip(answers) {
            let bytes: Vec<u8> = redis::from_redis_value(value).map_err(redis::RedisError::from)?;
            self.mirror.apply_dues(chunk, numbers.start, &bytes);
        }
        Ok(())
    }
}
