//! The project's files: those that git has, and new ones that it does not ignore.

use std::path::Path;
use std::process::Command;

use super::source::Source;

/// Reads them all. Files that are no text have none.
pub(crate) fn read() -> Result<Vec<Source>, String> {
    let root = git(&["rev-parse", "--show-toplevel"])?;
    let root = Path::new(root.trim_end());
    let listed = git(&[
        "-C",
        &root.to_string_lossy(),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])?;
    let mut all = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // A file may be deleted and still be in git's index.
        if let Ok(bytes) = std::fs::read(root.join(path)) {
            all.push(Source::new(path, &String::from_utf8(bytes).unwrap_or_default()));
        }
    }
    Ok(all)
}

/// Every package that is built or tested here, and its licence: `name vVERSION|LICENCE`.
pub(crate) fn tree() -> Result<String, String> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = [
        "tree",
        "--locked",
        "--workspace",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ];
    output(&program, &tree)
}

fn git(args: &[&str]) -> Result<String, String> {
    output("git", args)
}

fn output(program: &str, args: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(args).output();
    let output = output.map_err(|error| format!("{program} cannot be run: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{program} {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr)))
    }
}
