//! Running cargo, always with the versions of Cargo.lock.

use std::process::Command;

/// Runs `cargo` with `task`, whose first word is the subcommand, then `args`; adds `environment` to our own.
pub(crate) fn cargo(task: &[&str], args: &[String], environment: &[(&str, String)]) -> Result<(), String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let environment = environment.iter().map(|(name, value)| (name, value));
    let (subcommand, rest) = task.split_at(1);
    let mut command = Command::new(program);
    command.args(subcommand).arg("--locked").args(rest);
    let status = command.args(args).envs(environment).status();
    let status = status.map_err(|error| format!("cargo cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed", task.join(" "))) }
}
