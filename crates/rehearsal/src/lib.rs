//! A sale played before it happens: simulated fans over HTTP, and an auditor that checks every answer.
//!
//! *Invariant: this crate knows the server's API, and nothing else about the server.* It defines the format
//! of answers a second time, on purpose: code that shares a rule with the server shares its mistakes.

mod answers;
pub mod auditor;
mod client;
pub mod crowd;
pub mod disturbance;
pub mod draw;
mod fan;
pub mod history;
mod line_watch;
pub mod options;
mod plan;
mod prepare;
mod progress;
pub mod report;
mod session;
mod stage;

use std::path::Path;

use options::Options;
use report::{About, Report};

/// A width that every terminal has.
const TERMINAL_WIDTH: usize = 80;

/// Plays a sale and audits it; reports progress on standard error.
///
/// # Errors
/// When it cannot start: nothing answers, no concert is on sale, or tokens are missing.
pub fn rehearse(options: &Options) -> Result<Report, String> {
    // Every connection is a file.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let history = runtime.map_err(|error| error.to_string())?.block_on(session::play(options))?;
    let disturbances = disturbance::disturbances(&history);
    let promises = auditor::audit(&history, &disturbances);
    Ok(report::measure::measure(&history, about(options, &history), &disturbances, promises))
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

fn about(options: &Options, history: &history::History) -> About {
    let (crowd, scene) = (&options.crowd, &options.scene);
    let first = history.stories.iter().map(|story| story.arrives).min().unwrap_or_default();
    let began = jiff::Timestamp::from_microsecond(first).unwrap_or_default();
    let reading = history.readings.first();
    let chosen = [
        ("leave", crowd.leave.to_string()),
        ("patience", crowd.patience.to_string()),
        ("silent", crowd.silent.to_string()),
        ("sse", crowd.sse.to_string()),
        ("taste", crowd.taste.to_string()),
        ("party", crowd.party.to_string()),
        ("abandon", crowd.abandon.to_string()),
        ("mischief", crowd.mischief.to_string()),
        ("think", crowd.think.to_string()),
        ("lasts", scene.lasts.to_string()),
        ("connections", scene.connections.to_string()),
    ];
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        url: options
            .url
            .iter()
            .map(|url| url.to_string().trim_end_matches('/').to_owned())
            .collect::<Vec<_>>()
            .join(" "),
        started_at: began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        lasted_s: 0.0,
        seed: crowd.seed,
        fans: crowd.fans,
        arrivals: crowd.arrivals.to_string(),
        options: chosen.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        concert: history.concert.name.clone(),
        seats: history.concert.seats,
        price: history.concert.price,
        capacity: reading.map(|reading| reading.capacity),
        rate_per_minute: reading.map(|reading| reading.rate_per_minute),
    }
}
