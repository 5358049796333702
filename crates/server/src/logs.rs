//! Logs go to stderr: readable lines on a terminal, JSON lines otherwise.
//!
//! No credential is ever logged: no token, no secret, no URL of a store or line, no `Authorization` header.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Starts logging with this filter, unless the process logs already, as when tests run several servers in one
/// process. An invalid filter, which the settings would have refused, counts as `info`.
pub fn init(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = fmt().with_env_filter(filter).with_writer(stderr);
    // It fails if the process logs already; the first subscriber goes on.
    let _ = if stderr().is_terminal() {
        logs.with_target(false).try_init()
    } else {
        logs.json().flatten_event(true).with_current_span(false).try_init()
    };
}
