//! Programs that tests and clusters use: found, or installed where that is ours to do.

use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process::Command;

use onsale_testbed::programs::find_program;

/// A program and Debian's package that holds it.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    program: &'static str,
    package: &'static str,
}

pub(crate) const CURL: Tool = Tool { program: "curl", package: "curl" };
/// The package depends on the release's current version.
pub(crate) const POSTGRES: Tool = Tool { program: "initdb", package: "postgresql" };
pub(crate) const PSQL: Tool = Tool { program: "psql", package: "postgresql-client" };
/// Makes the certificates for the tests of encrypted connections.
pub(crate) const OPENSSL: Tool = Tool { program: "openssl", package: "openssl" };
pub(crate) const REDIS: Tool = Tool { program: "redis-server", package: "redis-server" };

/// Makes sure that all of them can be run.
///
/// Installs what is missing when running as root or in CI; else says what to type.
pub(crate) fn ensure(tools: &[Tool]) -> Result<(), String> {
    let missing = missing(tools);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    let install = format!("apt-get install --yes {}", packages.join(" "));
    if !(is_root() || std::env::var_os("CI").is_some()) {
        let programs: Vec<&str> = missing.iter().map(|tool| tool.program).collect();
        return Err(format!("{} is not installed. Install it:\n  sudo {install}", programs.join(", ")));
    }
    eprintln!("installing {}", packages.join(", "));
    let quiet = Quiet::during_install();
    as_root(&["apt-get", "update"])?;
    as_root(&[&["apt-get", "install", "--yes"], packages.as_slice()].concat())?;
    drop(quiet);
    match self::missing(tools).first() {
        None => Ok(()),
        Some(tool) => Err(format!("{} is still missing after: {install}", tool.program)),
    }
}

fn missing(tools: &[Tool]) -> Vec<Tool> {
    tools.iter().copied().filter(|tool| find_program(tool.program).is_err()).collect()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Where CI runs as somebody else, that somebody may become root without being asked.
fn as_root(command: &[&str]) -> Result<(), String> {
    let plain = ["env", "DEBIAN_FRONTEND=noninteractive"];
    let elevated = ["sudo", "--non-interactive", "env", "DEBIAN_FRONTEND=noninteractive"];
    let prefix: &[&str] = if is_root() { &plain } else { &elevated };
    let whole = [prefix, command].concat();
    match Command::new(whole[0]).args(&whole[1..]).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{} failed: {status}", whole.join(" "))),
        Err(error) => Err(format!("{} cannot be run: {error}", whole[0])),
    }
}

/// Files that keep Debian's packages from starting servers that nobody asked for. Those that we made go on drop.
struct Quiet(Vec<&'static Path>);

impl Quiet {
    fn during_install() -> Self {
        let folder = Path::new("/etc/postgresql-common/createcluster.d");
        let _ = std::fs::create_dir_all(folder);
        // No package starts its server; PostgreSQL's does not make one for the next boot either.
        let files = [
            ("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755),
            ("/etc/postgresql-common/createcluster.d/onsale.conf", "create_main_cluster = false\n", 0o644),
        ];
        let made = files.into_iter().filter_map(|(path, text, mode)| {
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).ok()?;
            std::io::Write::write_all(&mut file, text.as_bytes()).ok()?;
            Some(Path::new(path))
        });
        Self(made.collect())
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        for file in &self.0 {
            let _ = std::fs::remove_file(file);
        }
    }
}
