//! How a mirror takes up what happened in Redis: update by update, or as a whole.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use onsale_line::{Admissions, Number, Pass};
use redis::{FromRedisValue, Value};
use uuid::Uuid;

use super::status::{scored, small};
use super::{LineStatus, Mirror, timestamp};
use crate::redis::RedisFailure;

/// One update: kind, number, time or due, user.
const UPDATE_BYTES: usize = 29;

impl Mirror {
    /// Applies the updates of a batch.
    pub(in crate::redis) fn apply(&mut self, status: LineStatus, updates: &[u8]) {
        self.status = status;
        for piece in updates.as_chunks::<UPDATE_BYTES>().0 {
            self.apply_one(piece);
        }
        if status.head > self.admissions.head() {
            Arc::make_mut(&mut self.admissions).pass_to(status.head);
            self.dues.drop_behind(status.head);
        }
    }

    fn apply_one(&mut self, piece: &[u8; UPDATE_BYTES]) {
        let (kind, rest) = piece.split_at(1);
        let (number, rest) = rest.split_at(4);
        let (value, user) = rest.split_at(8);
        let number = Number::from(u32::from_le_bytes(number.try_into().unwrap_or_default()));
        let value = i64::from_le_bytes(value.try_into().unwrap_or_default());
        let user = Uuid::from_slice(user).unwrap_or_default();
        let place = self.place(number);
        let admissions = Arc::make_mut(&mut self.admissions);
        match kind {
            b"c" => {
                if admissions.call(place).is_none() {
                    self.called.push(number);
                }
                admissions.set_call(place, timestamp(value));
                self.late.remove(&place);
            }
            b"s" => admissions.skip(place),
            b"i" => {
                let until = timestamp(value);
                if admissions.call(place).is_none() && admissions.pass(place).is_none() {
                    self.called.push(number);
                }
                admissions.enter(place, Pass { user, until });
                self.late.remove(&place);
                self.insiders.write().unwrap_or_else(PoisonError::into_inner).insert(number, until);
            }
            b"e" => {
                admissions.end(place);
                self.late.remove(&place);
                self.insiders.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
                self.ended.push(number);
            }
            b"l" => {
                self.late.insert(place, small(value));
            }
            b"g" => {
                self.late.remove(&place);
            }
            // The opening, which the status shows as well.
            b"o" => {}
            other => tracing::warn!(?other, "unknown kind of line update, from another version"),
        }
    }

    /// Replaces everything, after updates were missed. Returns the version it now has.
    pub(in crate::redis) fn replace(&mut self, whole: Value) -> Result<i64, RedisFailure> {
        type Scored = Vec<(u64, f64)>;
        type Whole = (i64, Scored, Scored, HashMap<u64, Vec<u8>>, HashMap<u64, u32>, Vec<u8>);
        let (version, called, inside, users, late, ended) =
            Whole::from_redis_value(whole).map_err(redis::RedisError::from)?;
        let mut admissions = Admissions::new(self.status.head);
        for number in set_bits(&ended) {
            admissions.end(self.place(number));
        }
        for (number, until) in called {
            admissions.set_call(self.place(number), scored(until));
        }
        let mut insiders = HashMap::new();
        for (number, until) in inside {
            let user = users.get(&number).and_then(|user| Uuid::from_slice(user).ok()).unwrap_or_default();
            admissions.enter(self.place(number), Pass { user, until: scored(until) });
            insiders.insert(number, scored(until));
        }
        *self.insiders.write().unwrap_or_else(PoisonError::into_inner) = insiders;
        // Nobody here knows which of these calls are new.
        let slots = admissions.called().chain(admissions.inside().map(|(place, _)| place));
        self.called = slots.map(|place| self.number(place)).collect();
        self.admissions = Arc::new(admissions);
        self.late = late.into_iter().map(|(number, due)| (self.place(number), due)).collect();
        self.status.version = version;
        Ok(version)
    }
}

/// The numbers of a bitmap as Redis keeps it: the highest bit of the first byte is number 0.
fn set_bits(bitmap: &[u8]) -> impl Iterator<Item = Number> {
    bitmap.iter().enumerate().filter(|(_, byte)| **byte != 0).flat_map(|(index, byte)| {
        (0..8).filter(move |bit| byte >> (7 - bit) & 1 == 1).map(move |bit| index as Number * 8 + bit)
    })
}
