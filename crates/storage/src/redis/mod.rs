//! The waiting line of many instances, kept in Redis, and the updates that instances send each other through
//! it.
//!
//! Places are in Redis for speed only: numbers are allocated in the store before they are given out, and the
//! store says who is inside. If Redis loses anything, the line begins its next epoch under new keys, from
//! what the store knows and from the tickets that people show again.
//!
//! Each instance has one task that talks to Redis (`line_sync`). It sends whatever is waiting as one pipeline
//! of short scripts, whose answers bring the updates since the last batch; with them the instance keeps its
//! `mirror` of the line. `onsale-line` decides on that mirror whom to call, and a script applies the decision
//! only if the line has not moved since.

mod batch;
mod context;
mod layout;
mod line;
mod line_sync;
mod link;
mod mirror;
mod nodes;
mod opener;
mod pass_check;
mod reconnect;
mod resync;
mod schedules;
mod scripts;
mod seat_updates;
mod url;

use std::fmt;
use std::time::Duration;

use redis::ErrorKind;
use thiserror::Error;

pub use self::line::RedisLine;
pub(crate) use self::opener::RedisOpener;
pub use self::seat_updates::{SeatUpdates, follow};

/// Where the line is kept.
#[derive(Clone)]
pub struct RedisOptions {
    /// `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS, with `sslrootcert` if the
    /// system does not know the authority. For a cluster some of its nodes, separated by commas.
    pub url: String,
    /// What every key begins with.
    pub prefix: String,
    /// How old the last tick of any instance must be for the next.
    pub tick_every: Duration,
    /// How old a view may be that answers polls, the same on every instance. It is more than two ticks, so
    /// that a late tick does not turn every poll into a lookup. An admission is reported only after that
    /// time, unless the ticket itself says it.
    pub view_lifetime: Duration,
}

impl RedisOptions {
    /// For a server at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: "onsale:".to_owned(),
            tick_every: Duration::from_millis(90),
            view_lifetime: Duration::from_millis(250),
        }
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Why the server at `address` cannot be used; the text names the setting.
fn unusable(address: &str, reason: &str) -> String {
    format!("setting line (ONSALE_LINE): cannot use {address}: {reason}")
}

/// Why a server at `address` cannot be used, for the one who wrote that address.
fn explained(address: &str, failure: &RedisFailure) -> String {
    let reason = match failure {
        RedisFailure::Lost(error) if error.kind() == ErrorKind::AuthenticationFailed => {
            "the user or the password is wrong".to_owned()
        }
        // A server without TLS waits for more; one with TLS hangs up on anything else.
        RedisFailure::Lost(error) if error.is_timeout() && address.starts_with("rediss:") => {
            format!("{error}; does this port speak TLS?")
        }
        RedisFailure::Lost(error)
            if error.is_connection_dropped()
                && !error.is_connection_refusal()
                && address.starts_with("redis:") =>
        {
            format!("{error}; if this port speaks TLS, the URL must begin with rediss://")
        }
        RedisFailure::Store(reason) => return reason.clone(),
        other => other.to_string(),
    };
    unusable(address, &reason)
}

/// Why a command to Redis failed. It may have taken effect.
#[derive(Debug, Error)]
pub(crate) enum RedisFailure {
    /// It does not answer, or answers something else.
    #[error("{0}")]
    Lost(#[from] redis::RedisError),
    /// It does not have the line: it was emptied, or another instance has begun the next epoch.
    #[error("Redis does not have the line")]
    Gone,
    /// It has an older copy of the line.
    #[error("Redis has an older copy of the line")]
    Stale,
    /// A field of the line has an impossible value.
    #[error("the line in Redis is damaged: {0}")]
    Damaged(&'static str),
    /// It is a cluster in which no node has the line's slot.
    #[error("no node of the cluster has the line's slot")]
    Unserved,
    /// It cannot keep a line.
    #[error("this Redis cannot keep a line: {0}")]
    Unfit(String),
    /// The store does not answer.
    #[error("the store: {0}")]
    Store(String),
}
