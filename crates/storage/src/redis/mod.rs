//! The waiting line of many instances, kept in Redis, and the news that instances tell each other through it.
//!
//! Everybody's place is in Redis for speed only: numbers are reserved in the store before they are given out, and who
//! is inside is the store's to say. If Redis loses anything, the line begins its next epoch: under new keys, from
//! what the store knows and from the tickets that people show again.
//!
//! One task an instance (`keeper`) asks Redis, in rounds: whatever is waiting goes out as one pipeline of short
//! scripts, and comes back with the news since the last round, from which the instance keeps its `mirror` of the
//! line. Whom to call is decided by `onsale-line` on that mirror; a script applies it only if the line has not moved
//! since.

mod attach;
mod keeper;
mod line;
mod link;
mod look;
mod mirror;
mod news;
mod round;
mod scripts;
mod settle;

use std::fmt;
use std::time::Duration;

use thiserror::Error;

pub use self::line::RedisLine;
pub use self::news::{SeatNews, follow};

/// Where the line is kept.
#[derive(Clone)]
pub struct RedisOptions {
    /// `redis://[user:password@]host[:port][/database]`.
    pub url: String,
    /// What every key begins with.
    pub prefix: String,
    /// How long ago the last tick of any instance must be for the next.
    pub tick_every: Duration,
}

impl RedisOptions {
    /// For a server at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), prefix: "onsale:".to_owned(), tick_every: Duration::from_millis(90) }
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Why Redis does not do what it was asked. Whatever it was may have been done.
#[derive(Debug, Error)]
pub(crate) enum RedisFailure {
    /// It does not answer, or not what it should.
    #[error("{0}")]
    Lost(#[from] redis::RedisError),
    /// It does not have the line: it was emptied, or another instance has begun the next epoch.
    #[error("the line is not there")]
    Gone,
    /// It has less of the line than it had.
    #[error("what Redis has of the line is older than what it had")]
    Stale,
    /// It cannot keep a line.
    #[error("this Redis cannot keep a line: {0}")]
    Unfit(String),
    /// The store does not answer.
    #[error("the store: {0}")]
    Store(String),
}
