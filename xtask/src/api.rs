//! Requests that Schemathesis makes from the OpenAPI document, against a running instance.
//!
//! What it knows about onsale is in `xtask/schemathesis`: tokens, seats to pay for, and a check of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::cargo;
use crate::servers::{Servers, onsale};
use crate::tools::{self, PYTHON};

/// How many requests Schemathesis makes for each operation and kind of data, beside those of its own choice.
const EXAMPLES: &str = "10";
/// The setting `metrics_token` of the instance.
const METRICS_TOKEN: &str = "what-the-check-of-the-api-may-read-metrics-with";

/// Builds onsale and checks its API.
pub(crate) fn run() -> Result<(), String> {
    tools::ensure(&[PYTHON])?;
    cargo(&["build", "--package", "onsale"], &[], &[])?;
    check()
}

/// Checks the API of the debug build, which has to exist.
pub(crate) fn check() -> Result<(), String> {
    let schemathesis = install()?;
    let onsale = onsale("debug")?;
    // Everybody who joins has to be inside at once.
    let settings = [("ONSALE_LINE_CAPACITY", "1000000"), ("ONSALE_METRICS_TOKEN", METRICS_TOKEN)];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let servers = Servers::start(&onsale, None, &settings)?;
    let url = format!("http://{}", servers.addresses().first().ok_or("no instance runs")?);
    let token = operator_token(&onsale, &servers.secret)?;
    let folder = folder();
    eprintln!("schemathesis run {url}/openapi.json");
    let mut checks = Command::new(schemathesis);
    checks
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .args(["run", &format!("{url}/openapi.json"), "--generation-deterministic", "--no-color"])
        .args(["--max-examples", EXAMPLES])
        .envs([("SERVER_URL", url.as_str()), ("OPERATOR_TOKEN", &token), ("METRICS_TOKEN", METRICS_TOKEN)])
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", &folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // It keeps a cache where it runs.
        .current_dir(target());
    succeed(&mut checks)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemathesis")
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// Schemathesis, installed with exactly the packages of `requirements.txt` below the target folder.
fn install() -> Result<PathBuf, String> {
    let requirements = folder().join("requirements.txt");
    let wanted = read(&requirements)?;
    let environment = target().join("schemathesis");
    let installed = environment.join("installed.txt");
    let program = environment.join("bin/schemathesis");
    if program.exists() && std::fs::read_to_string(&installed).is_ok_and(|it| it == wanted) {
        return Ok(program);
    }
    eprintln!("installing Schemathesis");
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    succeed(&mut pip)?;
    std::fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(program)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn operator_token(onsale: &Path, secret: &str) -> Result<String, String> {
    let mut command = Command::new(onsale);
    command.args(["token", "--operator"]).env("ONSALE_TOKEN_SECRET", secret);
    let output = command.output().map_err(|error| format!("{}: {error}", onsale.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !text.is_empty() {
        return Ok(text);
    }
    Err(format!("onsale token --operator failed: {}", String::from_utf8_lossy(&output.stderr)))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} failed: {status}")),
        Err(error) => Err(format!("{program} cannot be run: {error}")),
    }
}
