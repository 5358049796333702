//! Programs that tests use: found, or installed where that is ours to do.

use std::path::Path;
use std::process::Command;

/// Makes sure that `program` can be run; Debian's `package` holds it.
///
/// Installs it when running as root or in CI; else says what to type.
pub(crate) fn ensure(program: &str, package: &str) -> Result<(), String> {
    if is_installed(program) {
        return Ok(());
    }
    let install = format!("apt-get install --yes {package}");
    if !(is_root() || std::env::var_os("CI").is_some()) {
        return Err(format!("tests use {program}, which is not installed. Install it:\n  sudo {install}"));
    }
    eprintln!("installing {package}");
    run("apt-get", &["update"])?;
    run("apt-get", &["install", "--yes", package])?;
    if is_installed(program) { Ok(()) } else { Err(format!("{program} is still missing after: {install}")) }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(Path::new("/proc/self")).is_ok_and(|own| own.uid() == 0)
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let status = Command::new(program).args(args).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} {} failed: {status}", args.join(" "))),
        Err(error) => Err(format!("{program} cannot be run: {error}")),
    }
}
