//! A sale played before it happens: simulated fans over HTTP, and an auditor that checks every answer.
//!
//! *Invariant: this crate knows the server's API, and nothing else about the server.* It defines the format
//! of answers a second time, on purpose: code that shares a rule with the server shares its mistakes.

mod about;
mod answers;
pub mod auditor;
mod client;
pub mod crowd;
pub mod disturbance;
pub mod draw;
mod fan;
pub mod history;
mod intent;
mod line_watch;
pub mod options;
mod prepare;
mod progress;
pub mod report;
mod session;
mod stage;

use std::path::Path;

use options::Options;
use report::Report;

/// A width that every terminal has.
const TERMINAL_WIDTH: usize = 80;

/// Plays a sale and audits it; reports progress on standard error.
///
/// # Errors
/// When options contradict each other, or it cannot start: nothing answers, no concert is on sale, or tokens
/// are missing.
pub fn rehearse(options: &Options) -> Result<Report, String> {
    options.check()?;
    // Every connection is a file.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let histories = runtime.map_err(|error| error.to_string())?.block_on(session::play(options))?;
    let audits = histories.iter().map(|history| {
        let promises = auditor::audit(history, &disturbance::disturbances(history));
        (history.sale.name.clone(), promises)
    });
    let promises = auditor::together::together(audits.collect());
    let disturbances = disturbance::disturbances_of(&histories);
    let about = about::about(options, &histories);
    Ok(report::measure::together::measure_together(histories, about, &disturbances, promises))
}

/// Writes the report to the files in the options, and returns the text for the terminal.
///
/// # Errors
/// When a file cannot be written.
pub fn publish(report: &Report, options: &Options) -> Result<String, String> {
    let write = |path: &Path, text: String| {
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    if let Some(path) = &options.output.report {
        write(path, report::html::html(report).map_err(|error| error.to_string())?)?;
    }
    if let Some(path) = &options.output.json {
        write(path, report::json(report).map_err(|error| error.to_string())?)?;
    }
    Ok(report::terminal::terminal(report, TERMINAL_WIDTH, is_colourful()))
}

fn is_colourful() -> bool {
    use std::io::IsTerminal;
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
