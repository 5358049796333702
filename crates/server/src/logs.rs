//! Logs: for people on a terminal, JSON lines otherwise, always to stderr.
//!
//! Nothing that lets somebody in is ever logged: no token, no secret, no URL of a store or line, no `Authorization` header.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Starts logging what `filter` lets through. Whoever set up logging first in this process keeps it, so that several servers
/// in one test process do not quarrel; a filter that does not parse, which the settings would have refused, counts as `info`.
pub fn init(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = fmt().with_env_filter(filter).with_writer(stderr);
    // A second start is no fault: the first subscriber goes on.
    let _ = if stderr().is_terminal() {
        logs.with_target(false).try_init()
    } else {
        logs.json().flatten_event(true).with_current_span(false).try_init()
    };
}
