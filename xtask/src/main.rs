//! Project tasks: `cargo xtask test` and `cargo xtask bench`.
//!
//! Kept without dependencies, so that it starts at once on a fresh machine.

mod tools;

use std::process::{Command, ExitCode};

const USAGE: &str = "cargo xtask test            run every test, getting what they need first
cargo xtask bench [NAME..]  measure: polls, reservations, payments, million (all if none is named)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.split_first() {
        Some((task, rest)) if task == "test" => test(rest),
        Some((task, rest)) if task == "bench" => bench(rest),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Everything after `test` goes to `cargo test`.
fn test(args: &[String]) -> Result<(), String> {
    tools::ensure("curl", "curl")?;
    cargo(&["test", "--workspace", "--all-targets"], args)?;
    cargo(&["test", "--workspace", "--doc"], &[])
}

fn bench(args: &[String]) -> Result<(), String> {
    cargo(&["build", "--release", "--package", "onsale", "--package", "onsale-bench"], &[])?;
    cargo(&["run", "--release", "--quiet", "--package", "onsale-bench", "--"], args)
}

fn cargo(task: &[&str], args: &[String]) -> Result<(), String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(program).args(task).args(args).status();
    let status = status.map_err(|error| format!("cargo cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed", task.join(" "))) }
}
