//! The line in numbers, as every batch of scripts reports it.

use jiff::Timestamp;
use onsale_line::{Capacity, Dials, Number};
use redis::{FromRedisValue, Value};

use crate::redis::RedisFailure;

/// The line's state in numbers, as a script returns it.
#[derive(Debug, Clone, Copy)]
pub(in crate::redis) struct LineStatus {
    pub(in crate::redis) now: Timestamp,
    /// Whether this instance makes the tick.
    pub(in crate::redis) is_yours: bool,
    pub(in crate::redis) tail: Number,
    pub(in crate::redis) allocated: Number,
    pub(in crate::redis) head: Number,
    pub(in crate::redis) tick: i64,
    pub(in crate::redis) version: i64,
    pub(in crate::redis) dials: Dials,
    /// Calls and new numbers since the epoch began.
    pub(super) calls: u64,
    pub(super) joins: u64,
    /// Calls of the last minute.
    lately: u32,
    /// The revision of the sale whose times Redis has.
    pub(in crate::redis) revision: u64,
    /// Whether Redis has heard of the opening. Only the store decides that: a line calls once both say so.
    pub(in crate::redis) is_opened: bool,
}

impl LineStatus {
    /// The status, and the raw updates if they reach back far enough.
    pub(in crate::redis) fn parse(value: Value) -> Result<(Self, Option<Vec<u8>>), RedisFailure> {
        let mut fields = Vec::<Value>::from_redis_value(value).map_err(redis::RedisError::from)?;
        let updates = fields.pop().filter(|updates| *updates != Value::Nil);
        let updates =
            updates.map(Vec::<u8>::from_redis_value).transpose().map_err(redis::RedisError::from)?;
        let mut numbers = fields.into_iter().map(|field| i64::from_redis_value(field).unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        let now = timestamp(next());
        let is_yours = next() == 1;
        let (tail, allocated, head) = (unsigned(next()), unsigned(next()), unsigned(next()));
        let (tick, version) = (next(), next());
        let capacity = Capacity::new(small(next())).ok_or(RedisFailure::Damaged("capacity"))?;
        let dials = Dials { capacity, rate_per_minute: small(next()), paused: next() == 1 };
        let (calls, joins, lately) = (unsigned(next()), unsigned(next()), small(next()));
        let (revision, is_opened) = (unsigned(next()), next() == 1);
        let status = Self {
            now,
            is_yours,
            tail,
            allocated,
            head,
            tick,
            version,
            dials,
            calls,
            joins,
            lately,
            revision,
            is_opened,
        };
        Ok((status, updates))
    }

    /// How many calls the rate still allows in this minute.
    pub(super) fn allowance(&self) -> u32 {
        onsale_line::allowance(self.dials.rate_per_minute, self.lately)
    }
}

pub(in crate::redis) fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "microseconds since 1970 fit a double and an i64")]
pub(super) fn scored(score: f64) -> Timestamp {
    timestamp(score as i64)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(super) fn small(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}
