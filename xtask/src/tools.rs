//! Finds the programs and fonts that tests and clusters use, and installs them as root or in CI.

use std::fmt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process::Command;

use onsale_testbed::programs::find_program;

/// Something that has to be on the machine, and Debian's package that holds it.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    what: What,
    package: &'static str,
}

#[derive(Clone, Copy)]
enum What {
    Program(&'static str),
    /// A font with the letters of a language, by its code.
    FontFor(&'static str),
    /// Python, able to make environments, which Debian packs apart.
    PythonWithVenv,
}

impl Tool {
    const fn program(program: &'static str, package: &'static str) -> Self {
        Self { what: What::Program(program), package }
    }

    fn is_there(self) -> bool {
        match self.what {
            What::Program(program) => find_program(program).is_ok(),
            What::FontFor(language) => has_font_for(language),
            What::PythonWithVenv => python_has("ensurepip"),
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Program(program) => to.write_str(program),
            What::FontFor(language) => write!(to, "a font for the language {language}"),
            What::PythonWithVenv => to.write_str("python3 with venv"),
        }
    }
}

/// The browser and its driver.
pub(crate) const CHROMIUM: Tool = Tool::program("chromium", "chromium");
pub(crate) const CHROMEDRIVER: Tool = Tool::program("chromedriver", "chromium-driver");
pub(crate) const CURL: Tool = Tool::program("curl", "curl");
/// Says which fonts there are.
pub(crate) const FC_LIST: Tool = Tool::program("fc-list", "fontconfig");
/// Without it, pictures of Korean pages show boxes.
pub(crate) const KOREAN_FONT: Tool = Tool { what: What::FontFor("ko"), package: "fonts-nanum" };
/// The package depends on the release's current version.
pub(crate) const POSTGRES: Tool = Tool::program("initdb", "postgresql");
pub(crate) const PSQL: Tool = Tool::program("psql", "postgresql-client");
/// Runs Schemathesis.
pub(crate) const PYTHON: Tool = Tool { what: What::PythonWithVenv, package: "python3-venv" };
pub(crate) const REDIS: Tool = Tool::program("redis-server", "redis-server");

/// Makes sure that all of them can be used.
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
        let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
        return Err(format!("{} is not installed. Install it:\n  sudo {install}", names.join(", ")));
    }
    eprintln!("installing {}", packages.join(", "));
    let quiet = Quiet::during_install();
    as_root(&["apt-get", "update"])?;
    as_root(&[&["apt-get", "install", "--yes"], packages.as_slice()].concat())?;
    drop(quiet);
    match self::missing(tools).first() {
        None => Ok(()),
        Some(tool) => Err(format!("{tool} is still missing after: {install}")),
    }
}

fn missing(tools: &[Tool]) -> Vec<Tool> {
    tools.iter().copied().filter(|tool| !tool.is_there()).collect()
}

fn has_font_for(language: &str) -> bool {
    let fonts = Command::new("fc-list").arg(format!(":lang={language}")).output();
    fonts.is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

fn python_has(module: &str) -> bool {
    let python = Command::new("python3").args(["-c", &format!("import {module}")]).output();
    python.is_ok_and(|output| output.status.success())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// In CI a user who is not root can use sudo without a password.
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

/// Files that keep Debian's packages from starting servers. Those that we made are removed on drop.
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
